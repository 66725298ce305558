//! Metrics of updates that are still on the device.

use burn::tensor::{Int, Tensor, TensorData, Transaction};
use burn::train::ClassificationOutput;

use crate::backend::failure;
use crate::error::BackendError;
use mlp_core::metrics::{MetricAccumulator, argmax};

/// Time spent on a device that computes asynchronously, in seconds since the start or the resume.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceTimes {
    /// Until the metrics of the first update were read, which includes the compilation of kernels.
    pub first_update: Option<f64>,
    /// Time waited for metrics to be read back.
    pub waiting: f64,
}

/// The metrics of an update that are still on the device.
pub(super) struct Pending {
    /// `[1]`
    loss: Tensor<1>,
    right: Right,
    labels: Vec<u32>,
}

/// How correct predictions are counted.
enum Right {
    /// On the host, from logits `[batch, classes]`, which a CPU backend has in memory already.
    Logits(Tensor<2>),
    /// On the device, `[1]`, so that only one number is read back.
    Counted(Tensor<1, Int>),
}

impl Pending {
    /// With `on_device` correct predictions are counted on the device.
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

    /// Reads back the metrics of all updates in one transfer.
    pub fn read(pending: &[Self]) -> Result<Vec<MetricAccumulator>, BackendError> {
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
            Some(one.metrics(&loss, &right))
        });
        Ok(pairs.collect())
    }

    fn metrics(&self, loss: &[f32], right: &[f32]) -> MetricAccumulator {
        let loss = loss.first().copied().unwrap_or(f32::NAN);
        #[allow(clippy::cast_sign_loss)] // a count of rows
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
        let mut metrics = MetricAccumulator::default();
        metrics.add(f64::from(loss), right, self.labels.len() as u64);
        metrics
    }
}

/// Converts to float32, in which counts of rows are exact up to 2²⁴.
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
