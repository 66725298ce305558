//! Loss, accuracy, speed and rate of a training in progress.

use std::time::Instant;

use burn::tensor::{Int, Tensor, TensorData, Transaction};
use burn::train::ClassificationOutput;

use super::Session;
use crate::backend::failure;
use crate::error::{BackendError, Error};
use crate::training::observer::Progress;
use mlp_core::error::RunError;
use mlp_core::metrics::{RunningMean, argmax};
use mlp_core::run::{MetricsRecord, Scope, Split};

/// What a training spends on a device that computes by itself, in seconds since the start or the resume.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::training) struct DeviceTimes {
    /// Until the figures of the first update were there: kernels are compiled in it.
    pub first_update: Option<f64>,
    /// Waiting for figures to be read back.
    pub waiting: f64,
}

/// The figures of an update that are still on the device.
pub(super) struct Pending {
    /// `[1]`
    loss: Tensor<1>,
    right: Right,
    labels: Vec<u32>,
}

/// How the right predictions are counted.
enum Right {
    /// Here, from logits `[batch, classes]`, which a CPU backend has in memory already.
    Logits(Tensor<2>),
    /// On the device, `[1]`, so that next to nothing is read back.
    Counted(Tensor<1, Int>),
}

impl Pending {
    /// `on_device` has the right predictions counted there.
    pub fn new(item: &ClassificationOutput, labels: Vec<u32>, on_device: bool) -> Self {
        let logits = item.output.clone();
        let right = if on_device {
            let labels = item.targets.clone().reshape([labels.len(), 1]);
            Right::Counted(logits.argmax(1).equal(labels).int().sum())
        } else {
            Right::Logits(logits)
        };
        Self {
            loss: item.loss.clone(),
            right,
            labels,
        }
    }

    /// The figures of each, read back at once: the device is waited for a single time.
    fn read(pending: &[Self]) -> Result<Vec<RunningMean>, BackendError> {
        let mut transaction = Transaction::default();
        for one in pending {
            transaction = transaction.register(one.loss.clone());
            transaction = match &one.right {
                Right::Logits(logits) => transaction.register(logits.clone()),
                Right::Counted(count) => transaction.register(count.clone()),
            };
        }
        let read = transaction
            .try_execute()
            .map_err(|error| failure::reported(&error.to_string()))?;
        let mut read = read.into_iter().map(numbers);
        let pairs = pending.iter().map_while(|one| {
            let (loss, right) = (read.next()?, read.next()?);
            Some(one.figures(&loss, &right))
        });
        Ok(pairs.collect())
    }

    fn figures(&self, loss: &[f32], right: &[f32]) -> RunningMean {
        let loss = loss.first().copied().unwrap_or(f32::NAN);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of rows
        let right = match self.right {
            Right::Counted(_) => right.first().map_or(0, |count| *count as u64),
            Right::Logits(_) => {
                let predictions = right.chunks_exact(right.len() / self.labels.len());
                let right = predictions
                    .map(argmax)
                    .zip(&self.labels)
                    .filter(|(prediction, label)| *prediction == **label as usize);
                right.count() as u64
            }
        };
        let mut figures = RunningMean::default();
        figures.add(f64::from(loss), right, self.labels.len() as u64);
        figures
    }
}

/// As float32, in which counts of rows are exact up to 2²⁴.
fn numbers(data: TensorData) -> Vec<f32> {
    let data = data.convert::<f32>();
    data.try_into_vec().unwrap_or_default() // just converted to this type
}

/// Reads logits back from the device.
pub(super) fn read(logits: Tensor<2>) -> Result<Vec<f32>, BackendError> {
    let data = logits.try_into_data();
    let data = data.map_err(|error| failure::reported(&error.to_string()))?;
    Ok(numbers(data))
}

impl Session {
    /// Reads the waiting figures back into the epoch's; the answer are those of the last batch.
    ///
    /// One batch is added after the other, so that the sum does not depend on when it is read back.
    pub(super) fn settle(&mut self, pending: &mut Vec<Pending>) -> Result<RunningMean, Error> {
        let started = Instant::now();
        let read = Pending::read(pending)?;
        pending.clear();
        self.times.waiting += started.elapsed().as_secs_f64();
        let elapsed = || self.started.elapsed().as_secs_f64();
        self.times.first_update.get_or_insert_with(elapsed);
        let mut last = RunningMean::default();
        for figures in read {
            self.state.epoch_metrics.merge(&figures);
            last = figures;
        }
        if self.state.epoch_metrics.loss().is_finite() {
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
            loss: self.state.epoch_metrics.loss(),
            accuracy: self.state.epoch_metrics.accuracy(),
            learning_rate: self.learning_rate(),
            rows_per_second: steps_per_second * plan.rows_per_epoch() as f64
                / plan.steps_per_epoch() as f64,
            remaining_seconds: steps.saturating_sub(self.state.step) as f64 / steps_per_second,
        }
    }
}
