//! Metrics accumulated batch by batch.

use mlp_data::{Target, TargetScaling};
use serde::{Deserialize, Serialize};

use super::{argmax, softmax};
use crate::task::{Loss, Metric, Scores};

/// Accumulator of the loss, and of the accuracy of classes or the squared errors of numbers, averaged over rows, with
/// their weights, rather than batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricAccumulator {
    loss_sum: f64,
    /// Summed weight of the correct predictions; `None` before the first batch, and where numbers are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correct: Option<f64>,
    /// Weighted sum of the squared errors in the target's unit; `None` before the first batch, and where classes are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    squared_error: Option<f64>,
    /// Summed weight of the rows: their number if they have none.
    #[serde(rename = "rows")]
    weight: f64,
}

impl MetricAccumulator {
    /// Adds a batch of rows of this summed `weight`, which is their number if they are not weighted, with its mean loss and
    /// the summed weight of its correct predictions.
    #[inline]
    pub fn add(&mut self, mean_loss: f64, correct: f64, weight: f64) {
        self.add_loss(mean_loss, weight);
        self.correct = Some(self.correct.unwrap_or(0.0) + correct);
    }

    /// Adds a batch of rows of this summed `weight` with its mean loss and the weighted sum of the squared errors of its
    /// predictions, in the target's unit.
    #[inline]
    pub fn add_values(&mut self, mean_loss: f64, squared_error: f64, weight: f64) {
        self.add_loss(mean_loss, weight);
        self.squared_error = Some(self.squared_error.unwrap_or(0.0) + squared_error);
    }

    #[inline]
    fn add_loss(&mut self, mean_loss: f64, weight: f64) {
        self.loss_sum += mean_loss * weight;
        self.weight += weight;
    }

    /// Adds the sums of another accumulator.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.loss_sum += other.loss_sum;
        if let Some(correct) = other.correct {
            self.correct = Some(self.correct.unwrap_or(0.0) + correct);
        }
        if let Some(squared_error) = other.squared_error {
            self.squared_error = Some(self.squared_error.unwrap_or(0.0) + squared_error);
        }
        self.weight += other.weight;
    }

    /// Computes the metrics of outputs `[rows, outputs]` of rows with these targets and weights. The loss is that of the rows
    /// as they are: without label smoothing or class weights.
    #[must_use]
    pub fn of_outputs(
        outputs: &[f32],
        target: &Target,
        weights: Option<&[f64]>,
        loss: Loss,
        scaling: &TargetScaling,
    ) -> Self {
        match target {
            Target::Class { labels } => Self::of_logits(outputs, labels, weights),
            Target::Value { values } => {
                let mut metrics = Self::default();
                for (row, (output, value)) in outputs.iter().zip(values).enumerate() {
                    let weight = weights.map_or(1.0, |weights| weights[row]);
                    let error = f64::from(*output) - scaling.scaled(*value);
                    let distance = scaling.unscaled((*output).into()) - value;
                    let loss = loss.of_error(error);
                    metrics.add_values(loss, weight * distance * distance, weight);
                }
                metrics
            }
        }
    }

    /// Computes the metrics of logits `[rows, classes]`; the loss is the cross-entropy.
    fn of_logits(logits: &[f32], labels: &[u32], weights: Option<&[f64]>) -> Self {
        let mut metrics = Self::default();
        let classes = logits.len() / labels.len().max(1);
        let rows = logits.chunks_exact(classes.max(1)).zip(labels);
        for (index, (row, &label)) in rows.enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[index]);
            let (_, normaliser) = softmax(row);
            let loss = normaliser - f64::from(row[label as usize]);
            let is_right = argmax(row) == label as usize;
            metrics.add(loss, if is_right { weight } else { 0.0 }, weight);
        }
        metrics
    }

    /// Returns whether the metric is one of those that are accumulated, of the task that has it.
    #[must_use]
    pub const fn measures(metric: Metric) -> bool {
        matches!(metric, Metric::Loss | Metric::Accuracy | Metric::Rmse)
    }

    /// Returns the mean loss per row; NaN if there are no rows.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.weight
    }

    /// Returns the share of rows predicted correctly; NaN if there are no rows, or numbers are predicted.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct.unwrap_or(f64::NAN) / self.weight
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
            scores.push((Metric::Rmse, (squared_error / self.weight).sqrt()));
        }
        scores.into_iter().collect()
    }
}
