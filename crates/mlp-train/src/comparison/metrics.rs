//! Metrics of the trained networks and of their configs.

use std::path::PathBuf;

use serde::Serialize;

use super::study::evaluated_rows;
use crate::error::Error;
use crate::predictor;
use crate::training::Prepared;
use mlp_core::error::RunError;
use mlp_core::evaluation::{Evaluation, ScoredRow, score};
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
    /// Accuracy on the evaluated rows.
    pub accuracy: f64,
    /// Mean cross-entropy on the evaluated rows, in nats.
    pub loss: f64,
    /// Macro precision.
    pub precision: f64,
    /// Macro recall.
    pub recall: f64,
    /// Macro F1.
    pub f1: f64,
    /// Accuracy on the training rows, if the run has it.
    pub train_accuracy: Option<f64>,
    /// Training time with validation and checkpoints, in seconds.
    pub training_seconds: f64,
    /// Weights and biases.
    #[serde(skip)]
    pub parameters: usize,
    /// Whether the prediction of each evaluated row is correct.
    #[serde(skip)]
    pub right: Vec<bool>,
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
        let majority = trained.manifest.data.majority_class();
        let scored = score(predictor.as_mut(), dataset, &rows, majority);
        let report = scored.report;
        let train = Evaluation::read(run).ok().and_then(|known| known.train);
        let timings = trained.manifest.timings;
        Ok(Self {
            seed: prepared.config.seed,
            run: run.path().to_owned(),
            accuracy: report.accuracy,
            loss: report.loss,
            precision: report.precision,
            recall: report.recall,
            f1: report.f1,
            train_accuracy: train.map(|report| report.accuracy),
            training_seconds: timings.map_or(0.0, |timings| timings.training_seconds),
            parameters: trained.manifest.parameters,
            right: scored.rows.iter().map(ScoredRow::is_right).collect(),
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
    /// Accuracy on the evaluated rows.
    pub accuracy: Spread,
    /// Mean cross-entropy on the evaluated rows, in nats.
    pub loss: Spread,
    /// Macro precision.
    pub precision: Spread,
    /// Macro recall.
    pub recall: Spread,
    /// Macro F1.
    pub f1: Spread,
    /// Accuracy on the training rows, if all runs have it.
    pub train_accuracy: Option<Spread>,
    /// Training time of one network, in seconds.
    pub training_seconds: Spread,
    /// The network of each seed.
    pub networks: Vec<Network>,
}

impl ConfigMetrics {
    /// Summarizes the networks of a config, of which there must be at least one.
    #[must_use]
    pub fn new(name: &str, networks: Vec<Network>) -> Self {
        let spread = |metric: fn(&Network) -> f64| {
            Spread::of(&networks.iter().map(metric).collect::<Vec<_>>())
        };
        let train: Option<Vec<f64>> = networks.iter().map(|n| n.train_accuracy).collect();
        Self {
            name: name.to_owned(),
            parameters: networks.first().map_or(0, |network| network.parameters),
            accuracy: spread(|network| network.accuracy),
            loss: spread(|network| network.loss),
            precision: spread(|network| network.precision),
            recall: spread(|network| network.recall),
            f1: spread(|network| network.f1),
            train_accuracy: train.as_deref().map(Spread::of),
            training_seconds: spread(|network| network.training_seconds),
            networks,
        }
    }
}
