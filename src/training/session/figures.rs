//! Loss, accuracy, speed and rate of a training in progress.

use burn::tensor::Tensor;
use burn::train::ClassificationOutput;

use super::Session;
use crate::error::{Error, RunError};
use crate::metrics::{RunningMean, argmax};
use crate::run::{MetricsRecord, Scope, Split};
use crate::training::observer::Progress;

/// The figures of an update that are still on the device.
pub(super) struct Pending {
    /// `[1]`
    loss: Tensor<1>,
    /// `[batch, classes]`
    logits: Tensor<2>,
    labels: Vec<u32>,
}

impl Pending {
    pub fn new(item: &ClassificationOutput, labels: Vec<u32>) -> Self {
        Self {
            loss: item.loss.clone(),
            logits: item.output.clone(),
            labels,
        }
    }

    fn read(self) -> RunningMean {
        let loss = f64::from(self.loss.into_scalar::<f32>());
        let logits = read(self.logits);
        let classes = logits.len() / self.labels.len();
        let predictions = logits.chunks_exact(classes).map(argmax);
        let correct = predictions
            .zip(&self.labels)
            .filter(|(prediction, label)| *prediction == **label as usize);
        let mut figures = RunningMean::default();
        figures.add(loss, correct.count() as u64, self.labels.len() as u64);
        figures
    }
}

/// Reads logits back from the device.
pub(super) fn read(logits: Tensor<2>) -> Vec<f32> {
    logits
        .into_data()
        .convert::<f32>()
        .try_to_vec()
        .unwrap_or_default() // just converted to this type
}

impl Session {
    /// Reads the waiting figures back into the epoch's; the answer are those of the last batch.
    ///
    /// One batch is added after the other, so that the sum does not depend on when it is read back.
    pub(super) fn settle(&mut self, pending: &mut Vec<Pending>) -> Result<RunningMean, Error> {
        let mut last = RunningMean::default();
        for pending in pending.drain(..) {
            last = pending.read();
            self.state.epoch_figures.merge(&last);
        }
        if self.state.epoch_figures.loss().is_finite() {
            Ok(last)
        } else {
            Err(self.diverged("loss").into())
        }
    }

    pub(super) fn record(
        &mut self,
        split: Split,
        scope: Scope,
        figures: RunningMean,
    ) -> Result<(), RunError> {
        let record = self.figures(split, scope, figures);
        self.metrics.append(&record)
    }

    pub(super) fn figures(
        &self,
        split: Split,
        scope: Scope,
        figures: RunningMean,
    ) -> MetricsRecord {
        MetricsRecord {
            step: self.state.step,
            epoch: self.state.epoch + 1,
            split,
            scope,
            loss: figures.loss(),
            accuracy: figures.accuracy(),
            learning_rate: self.learning_rate(),
            seconds: self.seconds(),
        }
    }

    /// Rate of the last update.
    pub(super) fn learning_rate(&self) -> f64 {
        self.schedule.rate(self.state.step.saturating_sub(1))
    }

    /// Training time so far, over all resumptions.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    #[allow(clippy::cast_precision_loss)] // counts far below 2⁵³
    pub(super) fn progress(&self) -> Progress {
        let plan = self.train.plan();
        let steps = plan.steps_per_epoch() as u64 * self.config.training.epochs as u64;
        let elapsed = self.started.elapsed().as_secs_f64();
        let done = (self.state.step - self.step_at_start) as f64;
        let steps_per_second = done / elapsed;
        Progress {
            step: self.state.step,
            steps,
            epoch: self.state.epoch + 1,
            epochs: self.config.training.epochs,
            loss: self.state.epoch_figures.loss(),
            accuracy: self.state.epoch_figures.accuracy(),
            learning_rate: self.learning_rate(),
            rows_per_second: steps_per_second * plan.rows_per_epoch() as f64
                / plan.steps_per_epoch() as f64,
            remaining_seconds: steps.saturating_sub(self.state.step) as f64 / steps_per_second,
        }
    }
}
