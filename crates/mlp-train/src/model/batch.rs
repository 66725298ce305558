//! Rows of a data set as tensors.

use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;

use super::deformed::{Deformed, Part};
use super::{StoredRows, TargetDistribution};

/// What a training step works on.
#[derive(Clone, Debug)]
pub enum Batch {
    /// Tensors on a device.
    Tensors(Box<TensorBatch>),
    /// Rows in memory, which become tensors only where they are asked for.
    Rows(RowBatch),
}

/// A batch as tensors.
#[derive(Clone, Debug)]
pub struct TensorBatch {
    /// Scaled features, `[batch, features]`.
    pub inputs: Tensor<2>,
    /// Class of each row, `[batch]`.
    pub labels: Tensor<1, Int>,
    /// Target distribution of each row, `[batch, classes]`; see [`TargetDistribution`].
    pub targets: Tensor<2>,
    /// Summed class weight of the rows: their number, unless classes are weighted.
    pub weight: f64,
    /// Number of updates before this one: the position that dropout draws from.
    pub step: u64,
}

/// A batch as rows of a data set.
#[derive(Clone, Debug)]
pub struct RowBatch {
    /// Where the rows are.
    pub stored: Arc<StoredRows>,
    /// Number of each row, `[batch]`.
    pub numbers: Vec<u32>,
    /// Class of each row, `[batch]`.
    pub labels: Vec<u32>,
    /// As in [`TensorBatch`], row-major.
    pub targets: Vec<f32>,
    /// As in [`TensorBatch`].
    pub weight: f64,
    /// As in [`TensorBatch`].
    pub step: u64,
    /// What becomes of the rows before they are used; `None` if they stay as they are.
    pub deformed: Option<Deformed>,
}

impl Batch {
    /// Rows of scaled `inputs` (`[batch, columns]`, row-major) with their labels (`[batch]`).
    #[must_use]
    pub fn from_rows(
        inputs: Vec<f32>,
        columns: usize,
        labels: &[u32],
        targets: &TargetDistribution,
        step: u64,
        device: &Device,
    ) -> Self {
        let (distribution, weight) = targets.of(labels);
        let inputs = TensorData::new(inputs, [labels.len(), columns]);
        TensorBatch::new(inputs, labels, distribution, weight, step, device).into()
    }

    /// The batch as tensors; rows are gathered onto `device`.
    #[must_use]
    pub fn tensors(self, device: &Device) -> TensorBatch {
        match self {
            Self::Tensors(batch) => batch.followed_by(device),
            Self::Rows(batch) => {
                let batch = batch.deformed(|parts| parts.into_par_iter().for_each(Part::run));
                TensorBatch::new(
                    batch.stored.gather(&batch.numbers),
                    &batch.labels,
                    batch.targets,
                    batch.weight,
                    batch.step,
                    device,
                )
            }
        }
    }
}

impl From<TensorBatch> for Batch {
    fn from(batch: TensorBatch) -> Self {
        Self::Tensors(Box::new(batch))
    }
}

impl TensorBatch {
    /// The batch for a network on `device`: with automatic differentiation if it has that.
    fn followed_by(self, device: &Device) -> Self {
        if !device.is_autodiff() {
            return self;
        }
        Self {
            inputs: self.inputs.autodiff(),
            targets: self.targets.autodiff(),
            ..self
        }
    }

    fn new(
        inputs: TensorData,
        labels: &[u32],
        targets: Vec<f32>,
        weight: f64,
        step: u64,
        device: &Device,
    ) -> Self {
        let rows = labels.len();
        let classes = targets.len() / rows.max(1);
        Self {
            inputs: Tensor::from_data(inputs, device),
            labels: labels_tensor(labels, device),
            targets: Tensor::from_data(TensorData::new(targets, [rows, classes]), device),
            weight,
            step,
        }
    }
}

/// Classes as `[batch]`.
pub(super) fn labels_tensor(labels: &[u32], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i32> = labels.iter().map(|label| label.cast_signed()).collect();
    let rows = labels.len();
    Tensor::from_data(TensorData::new(labels, [rows]), device)
}
