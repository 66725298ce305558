//! The wgpu backend, on whatever device is here: a GPU, or a software driver.

mod devices;
mod training;

use burn::tensor::Device;
use mlp::backend;
use mlp::config::BackendKind;

use crate::augmentation::tensors;
use crate::support::say;
use crate::{golden, golden_regression, typed_tables};

/// The device, or `None` said aloud.
fn device() -> Option<Device> {
    if !backend::compiled().contains(&BackendKind::Wgpu) {
        return None; // another build tests it
    }
    match backend::device(BackendKind::Wgpu, "auto") {
        Ok(device) => Some(device),
        Err(error) => {
            say(&format!("SKIPPED: no wgpu device: {error}"));
            None
        }
    }
}

#[test]
fn it_agrees_with_pytorch() {
    let Some(device) = device() else { return };
    golden::check_float32("wgpu", &device.autodiff(), 1e-4);
}

#[test]
fn it_agrees_with_numpy_on_numbers() {
    let Some(device) = device() else { return };
    golden_regression::check_float32("wgpu", &device.autodiff(), 1e-4);
}

#[test]
fn it_trains_on_columns_of_every_kind_as_flex_does() {
    if device().is_some() {
        typed_tables::check_backend("wgpu");
    }
}

#[test]
fn it_deforms_as_the_slices_do() {
    if device().is_some() {
        tensors::check_pixels(BackendKind::Wgpu);
        tensors::check_resident_rows(BackendKind::Wgpu);
    }
}
