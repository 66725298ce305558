//! Comparison of a run and its repetition.

use serde::Serialize;

use super::{Original, WeightComparison};
use crate::error::Error;
use mlp_core::evaluation::Evaluation;
use mlp_core::run::{Checkpoint, MetricsLog, MetricsRecord, RunDirectory, Split, Which};
use mlp_core::task::Metric;

/// Comparison of a run and its repetition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Updates of the original run.
    pub steps_then: u64,
    /// Updates of the repetition.
    pub steps_now: u64,
    /// Comparison of the weights after the last update.
    pub weights: WeightComparison,
    /// Comparison of the metrics logs.
    pub metrics: MetricsComparison,
    /// Accuracy on the test split, else validation, else training; `None` if either run has no evaluation, or numbers are
    /// predicted.
    pub accuracy: Option<MetricComparison>,
    /// RMSE on the same; `None` where classes are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rmse: Option<MetricComparison>,
}

/// Comparison of two metrics logs, ignoring the times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricsComparison {
    /// Whether all lines are equal.
    pub equal: bool,
    /// Number of lines of the original run.
    pub lines: usize,
    /// First line, counted from 1, that differs or exists in one log only.
    pub first_difference: Option<usize>,
    /// That line of the original run, if it exists.
    pub then: Option<MetricsRecord>,
    /// That line of the repetition, if it exists.
    pub now: Option<MetricsRecord>,
}

/// A metric of a run and its repetition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// Evaluated rows.
    pub split: Split,
    /// Value of the original run.
    pub then: f64,
    /// Value of the repetition.
    pub now: f64,
}

impl Comparison {
    /// Returns whether both weights and metrics are equal.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.weights.equal && self.metrics.equal
    }
}

impl Original {
    /// Compares the run with its repetition, which must be finished and have the same layers.
    ///
    /// # Errors
    /// If a file of either run is missing or damaged.
    pub fn compare(&self, again: &RunDirectory) -> Result<Comparison, Error> {
        let repeated = Checkpoint::find(again, Which::Last)?.checkpoint;
        Ok(Comparison {
            steps_then: self.checkpoint.state.step,
            steps_now: repeated.state.step,
            weights: WeightComparison::between(
                &self.checkpoint.network.layers,
                &repeated.network.layers,
            ),
            metrics: MetricsComparison::between(
                self.metrics.clone(),
                MetricsLog::read(&again.metrics())?,
            ),
            accuracy: metric(Metric::Accuracy, &self.run, again),
            rmse: metric(Metric::Rmse, &self.run, again),
        })
    }
}

impl MetricsComparison {
    fn between(mut then: Vec<MetricsRecord>, mut now: Vec<MetricsRecord>) -> Self {
        for record in then.iter_mut().chain(&mut now) {
            record.seconds = 0.0; // the only field that differs between equal runs
        }
        let longest = then.len().max(now.len());
        let first = (0..longest).find(|&line| then.get(line) != now.get(line));
        Self {
            equal: first.is_none(),
            lines: then.len(),
            first_difference: first.map(|line| line + 1),
            then: first.and_then(|line| then.get(line).cloned()),
            now: first.and_then(|line| now.get(line).cloned()),
        }
    }
}

/// Returns `None` if an evaluation is missing: the weights can be compared without it.
fn metric(metric: Metric, run: &RunDirectory, again: &RunDirectory) -> Option<MetricComparison> {
    let (then, now) = (Evaluation::read(run).ok()?, Evaluation::read(again).ok()?);
    let mut pairs = then.splits().filter_map(|(split, then)| {
        let (_, now) = now.splits().find(|(other, _)| *other == split)?;
        Some(MetricComparison {
            split,
            then: then.logged_scores().get(metric)?,
            now: now.logged_scores().get(metric)?,
        })
    });
    pairs.next()
}
