//! Loss and accuracy gathered batch by batch.

use serde::{Deserialize, Serialize};

use super::{argmax, softmax};
use crate::task::{Metric, Scores};

/// Exact sums over the rows seen so far: a mean over rows, not over batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricAccumulator {
    loss_sum: f64,
    correct: u64,
    rows: u64,
}

impl MetricAccumulator {
    /// Adds a batch of `rows` rows by its mean loss and its number of right predictions.
    #[inline]
    pub fn add(&mut self, mean_loss: f64, correct: u64, rows: u64) {
        self.loss_sum += mean_loss * rows as f64;
        self.correct += correct;
        self.rows += rows;
    }

    /// Adds the sums of other rows.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.rows += other.rows;
    }

    /// The figures of logits `[rows, classes]`: the plain cross-entropy, without smoothing or weights.
    #[must_use]
    pub fn of_logits(logits: &[f32], labels: &[u32]) -> Self {
        let mut figures = Self::default();
        let classes = logits.len() / labels.len().max(1);
        for (row, &label) in logits.chunks_exact(classes.max(1)).zip(labels) {
            let (_, normaliser) = softmax(row);
            let loss = normaliser - f64::from(row[label as usize]);
            figures.add(loss, u64::from(argmax(row) == label as usize), 1);
        }
        figures
    }

    /// Rows seen.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Mean loss of a row; NaN before the first.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.rows as f64
    }

    /// Share of rows predicted right; NaN before the first.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.rows as f64
    }

    /// Returns the metrics of the rows so far.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let metrics = [
            (Metric::Loss, self.loss()),
            (Metric::Accuracy, self.accuracy()),
        ];
        metrics.into_iter().collect()
    }
}
