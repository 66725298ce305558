//! A batch as the kernels take it.

use burn::tensor::{Device, Int, Tensor};

use crate::backend::HostValues;
use crate::model::batch::labels_tensor;
use crate::model::deformed::Part;
use crate::model::{Batch, RowBatch};
use mlp_core::kernels::{Inputs, ThreadPool};

/// A batch in this process's memory.
#[derive(Debug)]
pub(super) enum Given {
    Rows(RowBatch),
    Scaled(Box<ScaledBatch>),
}

/// A batch whose inputs are ready.
#[derive(Debug)]
pub(super) struct ScaledBatch {
    inputs: HostValues,
    targets: HostValues,
    labels: Tensor<1, Int>,
    weight: f64,
    step: u64,
}

impl Given {
    /// The batch, its rows deformed on the pool if they are to be.
    pub fn new(batch: Batch, pool: &ThreadPool) -> Self {
        match batch {
            Batch::Rows(batch) => {
                Self::Rows(batch.deformed(|parts| pool.for_each(parts, Part::run)))
            }
            Batch::Tensors(batch) => Self::Scaled(Box::new(ScaledBatch {
                inputs: HostValues::of(batch.inputs),
                targets: HostValues::of(batch.targets),
                labels: batch.labels,
                weight: batch.weight,
                step: batch.step,
            })),
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Rows(batch) => batch.labels.len(),
            Self::Scaled(batch) => batch.labels.dims()[0],
        }
    }

    pub fn inputs(&self) -> Inputs<'_> {
        match self {
            Self::Rows(batch) => batch.stored.inputs(&batch.numbers),
            Self::Scaled(batch) => Inputs::Scaled(&batch.inputs),
        }
    }

    /// `[rows, classes]`
    pub fn targets(&self) -> &[f32] {
        match self {
            Self::Rows(batch) => &batch.targets,
            Self::Scaled(batch) => &batch.targets,
        }
    }

    pub fn labels(&self, device: &Device) -> Tensor<1, Int> {
        match self {
            Self::Rows(batch) => labels_tensor(&batch.labels, device),
            Self::Scaled(batch) => batch.labels.clone(),
        }
    }

    pub fn weight(&self) -> f64 {
        match self {
            Self::Rows(batch) => batch.weight,
            Self::Scaled(batch) => batch.weight,
        }
    }

    pub fn step(&self) -> u64 {
        match self {
            Self::Rows(batch) => batch.step,
            Self::Scaled(batch) => batch.step,
        }
    }
}
