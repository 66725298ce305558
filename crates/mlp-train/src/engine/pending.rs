//! Metrics of updates that are still on the device.

use burn::tensor::{Int, Tensor, TensorData, Transaction};

use crate::backend::failure;
use crate::error::BackendError;
use crate::model::StepOutput;
use mlp_core::metrics::{MetricAccumulator, argmax};
use mlp_data::{Target, TargetScaling};

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
    quality: Quality,
    rows: usize,
    /// Weight of each row; `None` if all count alike.
    weights: Option<Vec<f64>>,
}

/// What besides the loss is measured, and where it is computed.
enum Quality {
    /// Correct predictions of these labels, on the host, from logits `[batch, classes]`, which a CPU backend has in memory
    /// already.
    Logits(Tensor<2>, Vec<u32>),
    /// Correct predictions, on the device, `[1]`, so that only one number is read back.
    Counted(Tensor<1, Int>),
    /// Errors of these values in their own unit, on the host, from outputs `[batch, 1]`.
    Outputs(Tensor<2>, Vec<f64>, TargetScaling),
}

impl Pending {
    /// Takes what a step gave for rows with these targets and weights. With `on_device` correct predictions of rows without
    /// weights are counted on the device.
    pub fn new(
        item: &StepOutput,
        target: Target,
        weights: Option<Vec<f64>>,
        scaling: TargetScaling,
        on_device: bool,
    ) -> Self {
        let rows = target.rows();
        let quality = match (item, target) {
            (StepOutput::Classes(item), Target::Class { .. }) if on_device && weights.is_none() => {
                let labels = item.targets.clone().reshape([rows, 1]);
                let predicted = item.output.clone().argmax(1);
                Quality::Counted(predicted.equal(labels).int().sum())
            }
            (_, Target::Class { labels }) => Quality::Logits(item.outputs(), labels),
            (_, Target::Value { values }) => Quality::Outputs(item.outputs(), values, scaling),
        };
        Self {
            loss: item.loss(),
            quality,
            rows,
            weights,
        }
    }

    /// Reads back the metrics of all updates in one transfer.
    pub fn read(pending: &[Self]) -> Result<Vec<MetricAccumulator>, BackendError> {
        let mut transaction = Transaction::default();
        for one in pending {
            transaction = transaction.register(one.loss.clone());
            transaction = match &one.quality {
                Quality::Logits(outputs, _) | Quality::Outputs(outputs, _, _) => {
                    transaction.register(outputs.clone())
                }
                Quality::Counted(count) => transaction.register(count.clone()),
            };
        }
        let read = transaction
            .try_execute()
            .map_err(|error| failure::reported(&error.to_string()))?;
        let mut read = read.into_iter().map(numbers);
        let pairs = pending.iter().map_while(|one| {
            let (loss, found) = (read.next()?, read.next()?);
            Some(one.metrics(&loss, &found))
        });
        Ok(pairs.collect())
    }

    fn metrics(&self, loss: &[f32], found: &[f32]) -> MetricAccumulator {
        let loss = f64::from(loss.first().copied().unwrap_or(f32::NAN));
        let weights = self.weights.as_deref();
        let weight_of = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let weight = weights.map_or(self.rows as f64, |weights| weights.iter().sum());
        let mut metrics = MetricAccumulator::default();
        match &self.quality {
            Quality::Counted(_) => {
                let right = found.first().map_or(0.0, |count| f64::from(*count));
                metrics.add(loss, right, weight);
            }
            Quality::Logits(_, labels) => {
                let predictions = found.chunks_exact(found.len() / self.rows);
                let right = predictions
                    .map(argmax)
                    .zip(labels)
                    .enumerate()
                    .filter(|(_, (prediction, label))| *prediction == **label as usize);
                let right = right.fold(0.0, |sum, (row, _)| sum + weight_of(row));
                metrics.add(loss, right, weight);
            }
            Quality::Outputs(_, values, scaling) => {
                let distances = found.iter().zip(values).enumerate();
                let distances = distances.map(|(row, (output, value))| {
                    let distance = scaling.unscaled((*output).into()) - value;
                    weight_of(row) * distance * distance
                });
                metrics.add_values(loss, distances.sum(), weight);
            }
        }
        metrics
    }
}

/// Converts to float32, in which counts of rows are exact up to 2²⁴.
fn numbers(data: TensorData) -> Vec<f32> {
    let data = data.convert::<f32>();
    data.try_into_vec().unwrap_or_default() // just converted to this type
}

/// Reads outputs back from the device.
pub(super) fn read(outputs: Tensor<2>) -> Result<Vec<f32>, BackendError> {
    let data = outputs.try_into_data();
    let data = data.map_err(|error| failure::reported(&error.to_string()))?;
    Ok(numbers(data))
}
