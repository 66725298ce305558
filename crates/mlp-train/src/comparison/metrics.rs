//! Metrics of the trained networks and of their configs.

use std::path::PathBuf;

use serde::Serialize;

use super::study::evaluated_rows;
use crate::error::Error;
use crate::predictor;
use crate::training::Prepared;
use mlp_core::error::RunError;
use mlp_core::evaluation::{Evaluation, Report, Scored, ScoredRow, score};
use mlp_core::metrics::significance::{mean, variance};
use mlp_core::model::LoadedRun;
use mlp_core::run::{RunDirectory, Split, Which};

/// A trained network and its metrics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    /// Seed it was trained with.
    pub seed: u64,
    /// The run folder.
    pub run: PathBuf,
    /// Metrics of the evaluated rows.
    #[serde(flatten)]
    pub metrics: TaskMetrics<f64>,
    /// Training time with validation and checkpoints, in seconds.
    pub training_seconds: f64,
    /// Weights and biases.
    #[serde(skip)]
    pub parameters: usize,
    /// How well each evaluated row is predicted.
    #[serde(skip)]
    pub rows: RowQuality,
}

/// Metrics of a network (`T` is a number), or of the networks of a config (`T` is a [`Spread`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TaskMetrics<T> {
    /// Of classes.
    Classes(ClassMetrics<T>),
    /// Of numbers.
    Values(ValueMetrics<T>),
}

/// Metrics of classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassMetrics<T> {
    /// Accuracy on the evaluated rows.
    pub accuracy: T,
    /// Mean cross-entropy on the evaluated rows, in nats.
    pub loss: T,
    /// Macro precision.
    pub precision: T,
    /// Macro recall.
    pub recall: T,
    /// Macro F1.
    pub f1: T,
    /// Balanced accuracy, if all networks have it.
    pub balanced_accuracy: Option<T>,
    /// Area under the ROC curve, if all networks have it.
    pub roc_auc: Option<T>,
    /// Average precision, if all networks have it.
    pub average_precision: Option<T>,
    /// Brier score, if all networks have it.
    pub brier: Option<T>,
    /// Matthews' correlation coefficient, if all networks have it.
    pub mcc: Option<T>,
    /// Accuracy on the training rows, if all runs have it.
    pub train_accuracy: Option<T>,
}

/// Metrics of numbers, in the unit of the target but for the loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ValueMetrics<T> {
    /// Root of the mean squared error on the evaluated rows.
    pub rmse: T,
    /// Mean absolute error on the evaluated rows.
    pub mae: T,
    /// Coefficient of determination, if there are rows enough.
    pub r2: Option<T>,
    /// Median absolute error on the evaluated rows.
    pub median_absolute_error: T,
    /// Mean loss of the training on the evaluated rows.
    pub loss: T,
    /// RMSE on the training rows, if all runs have it.
    pub train_rmse: Option<T>,
}

/// How well each evaluated row is predicted, `[rows]`.
#[derive(Clone, Debug, PartialEq)]
pub enum RowQuality {
    /// Whether its class is predicted correctly.
    Right(Vec<bool>),
    /// The absolute error of its number.
    Errors(Vec<f64>),
}

impl TaskMetrics<f64> {
    /// Takes the metrics of a report, and those of the training rows if they are known.
    fn of(report: &Report, train: Option<&Report>) -> Self {
        match report {
            Report::Classification(report) => Self::Classes(ClassMetrics {
                accuracy: report.accuracy,
                loss: report.loss,
                precision: report.precision,
                recall: report.recall,
                f1: report.f1,
                balanced_accuracy: report.balanced_accuracy,
                roc_auc: report.roc_auc,
                average_precision: report.average_precision,
                brier: report.brier,
                mcc: report.mcc,
                train_accuracy: train
                    .and_then(Report::classification)
                    .map(|report| report.accuracy),
            }),
            Report::Regression(report) => Self::Values(ValueMetrics {
                rmse: report.rmse,
                mae: report.mae,
                r2: report.r2,
                median_absolute_error: report.median_absolute_error,
                loss: report.loss,
                train_rmse: train.and_then(Report::regression).map(|report| report.rmse),
            }),
        }
    }
}

impl TaskMetrics<Spread> {
    /// Summarizes the metrics of networks of one task, of which there must be at least one.
    fn over(networks: &[Network]) -> Self {
        let classes = |network: &Network| match network.metrics {
            TaskMetrics::Classes(metrics) => Some(metrics),
            TaskMetrics::Values(_) => None,
        };
        let values = |network: &Network| match network.metrics {
            TaskMetrics::Classes(_) => None,
            TaskMetrics::Values(metrics) => Some(metrics),
        };
        let classes: Vec<ClassMetrics<f64>> = networks.iter().filter_map(classes).collect();
        let values: Vec<ValueMetrics<f64>> = networks.iter().filter_map(values).collect();
        if values.is_empty() {
            let of = |metric: fn(&ClassMetrics<f64>) -> f64| spread(&classes, metric);
            Self::Classes(ClassMetrics {
                accuracy: of(|metrics| metrics.accuracy),
                loss: of(|metrics| metrics.loss),
                precision: of(|metrics| metrics.precision),
                recall: of(|metrics| metrics.recall),
                f1: of(|metrics| metrics.f1),
                balanced_accuracy: spread_of_all(&classes, |metrics| metrics.balanced_accuracy),
                roc_auc: spread_of_all(&classes, |metrics| metrics.roc_auc),
                average_precision: spread_of_all(&classes, |metrics| metrics.average_precision),
                brier: spread_of_all(&classes, |metrics| metrics.brier),
                mcc: spread_of_all(&classes, |metrics| metrics.mcc),
                train_accuracy: spread_of_all(&classes, |metrics| metrics.train_accuracy),
            })
        } else {
            let of = |metric: fn(&ValueMetrics<f64>) -> f64| spread(&values, metric);
            Self::Values(ValueMetrics {
                rmse: of(|metrics| metrics.rmse),
                mae: of(|metrics| metrics.mae),
                r2: spread_of_all(&values, |metrics| metrics.r2),
                median_absolute_error: of(|metrics| metrics.median_absolute_error),
                loss: of(|metrics| metrics.loss),
                train_rmse: spread_of_all(&values, |metrics| metrics.train_rmse),
            })
        }
    }
}

fn spread<M>(metrics: &[M], metric: impl Fn(&M) -> f64) -> Spread {
    Spread::of(&metrics.iter().map(metric).collect::<Vec<_>>())
}

/// Returns the spread of a metric that every network has; `None` if one lacks it.
fn spread_of_all<M>(metrics: &[M], metric: impl Fn(&M) -> Option<f64>) -> Option<Spread> {
    let all: Option<Vec<f64>> = metrics.iter().map(metric).collect();
    all.as_deref().map(Spread::of)
}

impl Network {
    /// Evaluates the network of a finished run: its best checkpoint if it has validated, otherwise its last.
    ///
    /// # Errors
    /// If the run is damaged, even if an older checkpoint is left, or its backend is not available.
    pub fn score(run: &RunDirectory, prepared: &Prepared, split: Split) -> Result<Self, Error> {
        let trained = LoadedRun::load(run, Which::Chosen)?;
        if let Some(cause) = trained.skipped.first() {
            return Err(RunError::Damaged {
                path: run.checkpoints(),
                cause: cause.clone(),
            }
            .into());
        }
        let (dataset, rows) = evaluated_rows(prepared, split);
        let config = &prepared.config;
        let mut predictor = predictor(&trained, run, config.backend, &config.device)?;
        let baseline = trained.manifest.data.baseline();
        let scored = score(predictor.as_mut(), dataset, &rows, baseline);
        let train = Evaluation::read(run).ok().and_then(|known| known.train);
        let timings = trained.manifest.timings;
        Ok(Self {
            seed: prepared.config.seed,
            run: run.path().to_owned(),
            metrics: TaskMetrics::of(&scored.report(), train.as_ref()),
            training_seconds: timings.map_or(0.0, |timings| timings.training_seconds),
            parameters: trained.manifest.parameters,
            rows: match scored {
                Scored::Classes(scored) => {
                    RowQuality::Right(scored.rows.iter().map(ScoredRow::is_right).collect())
                }
                Scored::Values(scored) => {
                    let errors = scored.rows.iter().map(|row| row.error().abs());
                    RowQuality::Errors(errors.collect())
                }
            },
        })
    }
}

/// Mean and spread of a metric over the seeds of a config.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (`n − 1` below); `None` for a single seed.
    pub standard_deviation: Option<f64>,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        Self {
            mean: mean(values),
            standard_deviation: (values.len() > 1).then(|| variance(values).sqrt()),
        }
    }
}

/// Metrics of a config over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigMetrics {
    /// Name of the config in this comparison.
    pub name: String,
    /// Weights and biases.
    pub parameters: usize,
    /// Metrics of the evaluated rows.
    #[serde(flatten)]
    pub metrics: TaskMetrics<Spread>,
    /// Training time of one network, in seconds.
    pub training_seconds: Spread,
    /// The network of each seed.
    pub networks: Vec<Network>,
}

impl ConfigMetrics {
    /// Summarizes the networks of a config, of which there must be at least one.
    #[must_use]
    pub fn new(name: &str, networks: Vec<Network>) -> Self {
        Self {
            name: name.to_owned(),
            parameters: networks.first().map_or(0, |network| network.parameters),
            metrics: TaskMetrics::over(&networks),
            training_seconds: spread(&networks, |network| network.training_seconds),
            networks,
        }
    }
}
