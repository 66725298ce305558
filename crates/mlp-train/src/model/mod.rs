//! The network on Burn, and its rows as batches.

mod batch;
mod burn_dataset;
mod device_dataset;
mod fused;
mod host_dataset;
mod module;
mod targets;

pub(crate) use batch::labels_tensor;
pub use batch::{Batch, BatchLoader, RowBatch, TensorBatch};
pub use burn_dataset::{LabelledRow, RowBatcher, RowDataset, RowTarget};
pub use device_dataset::{DeviceDataset, TensorAugmentation, device_bytes};
pub use fused::Fused;
pub use host_dataset::{EpochAugmentation, HostDataset};
pub(crate) use host_dataset::{Part, gather};
pub use mlp_core::network::{layer_sizes, parameter_counts};
pub(crate) use module::clip_global_norm;
pub use module::{Mlp, Objective, into_tensors};
pub use targets::{StepOutput, TargetDistribution, TargetEncoder};
