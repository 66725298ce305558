//! A run and its repetition, compared.

use serde::Serialize;

use super::{Original, WeightComparison};
use crate::error::Error;
use mlp_core::evaluation::Evaluation;
use mlp_core::run::{Checkpoint, MetricsLog, MetricsRecord, RunDirectory, Split, Which};

/// How a run and its repetition compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Updates that the run made.
    pub steps_then: u64,
    /// Updates that its repetition made.
    pub steps_now: u64,
    /// The weights after the last update.
    pub weights: WeightComparison,
    /// What was logged on the way.
    pub metrics: MetricsComparison,
    /// Accuracy on the rows that say most about unseen ones; `None` if the run has no evaluation.
    pub accuracy: Option<AccuracyComparison>,
}

/// How two logs compare, the time of each line left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricsComparison {
    /// Whether all lines are equal.
    pub equal: bool,
    /// Lines of the run.
    pub lines: usize,
    /// First line, counted from 1, that is another or there only once.
    pub first_difference: Option<usize>,
    /// That line of the run, if it has it.
    pub then: Option<MetricsRecord>,
    /// That line of the repetition, if it has it.
    pub now: Option<MetricsRecord>,
}

/// Two accuracies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AccuracyComparison {
    /// On which rows.
    pub split: Split,
    /// Of the run.
    pub then: f64,
    /// Of its repetition.
    pub now: f64,
}

impl Comparison {
    /// Whether weights and metrics are equal.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.weights.equal && self.metrics.equal
    }
}

impl Original {
    /// Compares it with its repetition, which is finished and has the same layers.
    ///
    /// # Errors
    /// If a file of one of both is missing or damaged.
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
            accuracy: accuracy(&self.run, again),
        })
    }
}

impl MetricsComparison {
    fn between(mut then: Vec<MetricsRecord>, mut now: Vec<MetricsRecord>) -> Self {
        for record in then.iter_mut().chain(&mut now) {
            record.seconds = 0.0; // the one figure that differs between equal runs
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

/// A run that is without its evaluation has still its weights.
fn accuracy(run: &RunDirectory, again: &RunDirectory) -> Option<AccuracyComparison> {
    let (then, now) = (Evaluation::read(run).ok()?, Evaluation::read(again).ok()?);
    let mut pairs = then.splits().filter_map(|(split, then)| {
        let (_, now) = now.splits().find(|(other, _)| *other == split)?;
        Some(AccuracyComparison {
            split,
            then: then.accuracy,
            now: now.accuracy,
        })
    });
    pairs.next()
}
