//! What came out of the trainings.

use std::path::PathBuf;

use serde::Serialize;

use super::field::judging;
use crate::error::Error;
use crate::predictor;
use crate::training::Prepared;
use mlp_core::error::RunError;
use mlp_core::evaluation::{Evaluation, ScoredRow, score};
use mlp_core::metrics::significance::{mean, variance};
use mlp_core::model::LoadedRun;
use mlp_core::run::{RunDirectory, Split, Which};

/// One network, judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    /// Seed it was trained with.
    pub seed: u64,
    /// Its run folder.
    pub run: PathBuf,
    /// Share of the judging rows predicted right.
    pub accuracy: f64,
    /// Mean cross-entropy of a judging row, in nats.
    pub loss: f64,
    /// Macro precision.
    pub precision: f64,
    /// Macro recall.
    pub recall: f64,
    /// Macro F1.
    pub f1: f64,
    /// Share of the training rows predicted right, where the run has kept it.
    pub train_accuracy: Option<f64>,
    /// Training time with validation and checkpoints, in seconds.
    pub training_seconds: f64,
    /// Weights and biases.
    #[serde(skip)]
    pub parameters: usize,
    /// Whether each judging row was predicted right.
    #[serde(skip)]
    pub right: Vec<bool>,
}

impl Network {
    /// Scores the network of a finished run, by its best checkpoint if it validated, else by its last.
    ///
    /// # Errors
    /// If the run is damaged, be it that only an older checkpoint is left, or its backend is not there.
    pub fn score(run: &RunDirectory, prepared: &Prepared, split: Split) -> Result<Self, Error> {
        let trained = LoadedRun::load(run, Which::Chosen)?;
        if let Some(cause) = trained.skipped.first() {
            return Err(RunError::Damaged {
                path: run.checkpoints(),
                cause: cause.clone(),
            }
            .into());
        }
        let (dataset, rows) = judging(prepared, split);
        let config = &prepared.config;
        let mut predictor = predictor(&trained, run, config.backend, &config.device)?;
        let scored = score(predictor.as_mut(), dataset, &rows);
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

/// A figure over the seeds of a config.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (`n − 1` below); none of a single seed.
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

/// A config's figures over its seeds: all that a chart of the comparison needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigMetrics {
    /// What it is called in this comparison.
    pub name: String,
    /// Weights and biases.
    pub parameters: usize,
    /// Share of the judging rows predicted right.
    pub accuracy: Spread,
    /// Mean cross-entropy of a judging row, in nats.
    pub loss: Spread,
    /// Macro precision.
    pub precision: Spread,
    /// Macro recall.
    pub recall: Spread,
    /// Macro F1.
    pub f1: Spread,
    /// Share of the training rows predicted right, where all runs have kept it.
    pub train_accuracy: Option<Spread>,
    /// Training time of one network, in seconds.
    pub training_seconds: Spread,
    /// Each seed's network.
    pub networks: Vec<Network>,
}

impl ConfigMetrics {
    /// From the networks of a config, at least one.
    #[must_use]
    pub fn new(name: &str, networks: Vec<Network>) -> Self {
        let spread = |figure: fn(&Network) -> f64| {
            Spread::of(&networks.iter().map(figure).collect::<Vec<_>>())
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
