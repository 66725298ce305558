//! The CPU devices of this build.

use burn::tensor::{DType, Device, Tensor, TensorData};
use mlp::backend;
use mlp::config::BackendKind;

/// Every backend of this build that computes on the CPU.
pub fn cpu_backends() -> Vec<BackendKind> {
    let mut kinds = backend::compiled();
    kinds.retain(|kind| *kind != BackendKind::Wgpu);
    assert!(!kinds.is_empty(), "these tests need flex or ndarray");
    kinds
}

/// The training device of each.
pub fn training_devices() -> Vec<(&'static str, Device)> {
    cpu_backends()
        .into_iter()
        .map(|kind| {
            let device = backend::device(kind, "auto").unwrap();
            (kind.name(), device.autodiff())
        })
        .collect()
}

/// A tensor of an explicit float type.
pub fn tensor<const D: usize>(
    values: &[f64],
    shape: [usize; D],
    device: &Device,
    dtype: DType,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (device, dtype))
}

/// A tensor's numbers, whatever its float type.
pub fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    let data = tensor.clone().into_data();
    data.convert::<f64>().try_to_vec().unwrap()
}
