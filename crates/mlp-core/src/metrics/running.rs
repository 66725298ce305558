//! Metrics accumulated batch by batch.

use mlp_data::{Target, TargetScaling};
use serde::{Deserialize, Serialize};

use super::{argmax, softmax};
use crate::task::{Loss, Metric, Scores};

/// Accumulator of the loss, and of the accuracy of classes or the squared errors of numbers, averaged over rows rather
/// than batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricAccumulator {
    loss_sum: f64,
    /// Correct predictions; `None` before the first batch, and where numbers are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correct: Option<u64>,
    /// Sum of the squared errors in the target's unit; `None` before the first batch, and where classes are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    squared_error: Option<f64>,
    rows: u64,
}

impl MetricAccumulator {
    /// Adds a batch of `rows` rows with its mean loss and its number of correct predictions.
    #[inline]
    pub fn add(&mut self, mean_loss: f64, correct: u64, rows: u64) {
        self.add_loss(mean_loss, rows);
        self.correct = Some(self.correct.unwrap_or(0) + correct);
    }

    /// Adds a batch of `rows` rows with its mean loss and the sum of the squared errors of its predictions, in the
    /// target's unit.
    #[inline]
    pub fn add_values(&mut self, mean_loss: f64, squared_error: f64, rows: u64) {
        self.add_loss(mean_loss, rows);
        self.squared_error = Some(self.squared_error.unwrap_or(0.0) + squared_error);
    }

    #[inline]
    fn add_loss(&mut self, mean_loss: f64, rows: u64) {
        self.loss_sum += mean_loss * rows as f64;
        self.rows += rows;
    }

    /// Adds the sums of another accumulator.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.loss_sum += other.loss_sum;
        if let Some(correct) = other.correct {
            self.correct = Some(self.correct.unwrap_or(0) + correct);
        }
        if let Some(squared_error) = other.squared_error {
            self.squared_error = Some(self.squared_error.unwrap_or(0.0) + squared_error);
        }
        self.rows += other.rows;
    }

    /// Computes the metrics of outputs `[rows, outputs]` of rows with these targets. The loss is that of the rows as they
    /// are: without label smoothing or class weights.
    #[must_use]
    pub fn of_outputs(
        outputs: &[f32],
        target: &Target,
        loss: Loss,
        scaling: &TargetScaling,
    ) -> Self {
        match target {
            Target::Class { labels } => Self::of_logits(outputs, labels),
            Target::Value { values } => {
                let mut metrics = Self::default();
                for (output, value) in outputs.iter().zip(values) {
                    let error = f64::from(*output) - scaling.scaled(*value);
                    let distance = scaling.unscaled((*output).into()) - value;
                    metrics.add_values(loss.of_error(error), distance * distance, 1);
                }
                metrics
            }
        }
    }

    /// Computes the metrics of logits `[rows, classes]`; the loss is the cross-entropy.
    #[must_use]
    pub fn of_logits(logits: &[f32], labels: &[u32]) -> Self {
        let mut metrics = Self::default();
        let classes = logits.len() / labels.len().max(1);
        for (row, &label) in logits.chunks_exact(classes.max(1)).zip(labels) {
            let (_, normaliser) = softmax(row);
            let loss = normaliser - f64::from(row[label as usize]);
            metrics.add(loss, u64::from(argmax(row) == label as usize), 1);
        }
        metrics
    }

    /// Returns whether the metric is one of those that are accumulated, of the task that has it.
    #[must_use]
    pub const fn measures(metric: Metric) -> bool {
        matches!(metric, Metric::Loss | Metric::Accuracy | Metric::Rmse)
    }

    /// Returns the number of rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the mean loss per row; NaN if there are no rows.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.rows as f64
    }

    /// Returns the share of rows predicted correctly; NaN if there are no rows, or numbers are predicted.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct.map_or(f64::NAN, |correct| correct as f64) / self.rows as f64
    }

    /// Returns whether every metric is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.loss().is_finite() && self.squared_error.is_none_or(f64::is_finite)
    }

    /// Returns the metrics of the rows so far.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let mut scores = vec![(Metric::Loss, self.loss())];
        if self.correct.is_some() {
            scores.push((Metric::Accuracy, self.accuracy()));
        }
        if let Some(squared_error) = self.squared_error {
            scores.push((Metric::Rmse, (squared_error / self.rows as f64).sqrt()));
        }
        scores.into_iter().collect()
    }
}
