//! Maps the config's backend and device names to Burn devices. The only module that depends on the cargo features of
//! the backends.
//!
//! Burn dispatches on the [`Device`] at run time, so the rest of the program is independent of the backend.
//! Never use `Device::default()`: it prefers a GPU whenever one was compiled in.

mod adapter;
pub(crate) mod error;
pub mod failure;
#[cfg(feature = "wgpu")]
mod gpu;

pub use adapter::{Adapter, Adapters};

use std::ops::Deref;

use burn::tensor::{Device, Tensor};

use crate::error::BackendError;
use mlp_core::config::BackendKind;

#[cfg(not(any(feature = "flex", feature = "ndarray", feature = "wgpu")))]
compile_error!("choose a backend: --features flex, ndarray or wgpu");

/// Returns the backends compiled into this binary, the preferred one first.
#[must_use]
pub fn compiled() -> Vec<BackendKind> {
    let mut kinds = Vec::new();
    if cfg!(feature = "flex") {
        kinds.push(BackendKind::Flex);
    }
    if cfg!(feature = "ndarray") {
        kinds.push(BackendKind::Ndarray);
    }
    if cfg!(feature = "wgpu") {
        kinds.push(BackendKind::Wgpu);
    }
    kinds
}

/// Returns `kind`, or for a GPU backend the preferred CPU backend if this binary has one.
#[must_use]
pub fn on_cpu(kind: BackendKind) -> BackendKind {
    let is_on_cpu = |kind: &BackendKind| *kind != BackendKind::Wgpu;
    let mut candidates = std::iter::once(kind).chain(compiled());
    candidates.find(is_on_cpu).unwrap_or(kind)
}

/// Returns whether Burn's full-screen dashboard is compiled in.
#[must_use]
pub const fn has_tui() -> bool {
    cfg!(feature = "tui")
}

/// Opens a device, without automatic differentiation; call `.autodiff()` on it for training.
///
/// `name` is the config's `device`, already validated to be `auto`, `cpu`, `discrete:N`, `integrated:N` or
/// `virtual:N`; only wgpu uses it. Within a process, the same name always returns the same device.
///
/// # Errors
/// If the backend is not compiled in or has no such device.
pub fn device(kind: BackendKind, name: &str) -> Result<Device, BackendError> {
    match kind {
        #[cfg(feature = "flex")]
        BackendKind::Flex => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated)] // removed upstream in 0.23, supported until then
        BackendKind::Ndarray => Ok(Device::ndarray()),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => gpu::device(name),
        #[allow(unreachable_patterns)] // reachable unless every backend is compiled in
        missing => {
            let _ = name;
            Err(BackendError::NotCompiled {
                wanted: missing.name(),
                compiled: compiled().into_iter().map(BackendKind::name).collect(),
            })
        }
    }
}

/// Returns the adapter of the device that [`device`] opened under this name; `None` on the CPU backends.
#[must_use]
pub fn adapter(kind: BackendKind, name: &str) -> Option<Adapter> {
    #[cfg(feature = "wgpu")]
    if kind == BackendKind::Wgpu {
        return gpu::opened(name);
    }
    let _ = (kind, name);
    None
}

/// Returns whether this process has opened, or tried to open, a GPU.
#[must_use]
pub fn gpu_in_use() -> bool {
    #[cfg(feature = "wgpu")]
    {
        gpu::in_use()
    }
    #[cfg(not(feature = "wgpu"))]
    {
        false
    }
}

/// Returns the adapters that wgpu finds on this machine; empty if wgpu is not compiled in.
#[must_use]
pub fn adapters() -> Adapters {
    #[cfg(feature = "wgpu")]
    {
        gpu::adapters()
    }
    #[cfg(not(feature = "wgpu"))]
    {
        Adapters::default()
    }
}

/// Destroys every open GPU device, as a driver reset does. For tests.
pub fn lose_devices() {
    #[cfg(feature = "wgpu")]
    gpu::lose();
}

/// Float32 values of a tensor in host memory, row-major, without a copy where the backend allows it.
#[derive(Debug)]
pub struct HostValues(Held);

#[derive(Debug)]
enum Held {
    #[cfg(feature = "flex")]
    Flex(burn_flex::FlexTensor),
    Copied(Vec<f32>),
}

impl HostValues {
    /// Reads a tensor, converting other float types to float32.
    #[must_use]
    pub fn of<const D: usize>(tensor: Tensor<D>) -> Self {
        let tensor = tensor.inner();
        #[cfg(feature = "flex")]
        if let Ok(tensor) = tensor.clone().try_into_primitive::<burn_flex::Flex>()
            && tensor.as_slice::<f32>().is_some()
        {
            return Self(Held::Flex(tensor));
        }
        let data = tensor.into_data().convert::<f32>();
        Self(Held::Copied(data.try_into_vec().unwrap_or_default())) // just converted to this type
    }

    /// Returns the values as a vector, without a copy if nothing else refers to them.
    #[must_use]
    pub fn into_vec(self) -> Vec<f32> {
        match self.0 {
            #[cfg(feature = "flex")]
            Held::Flex(tensor) => tensor.into_data().try_into_vec().unwrap_or_default(), // float32, as checked
            Held::Copied(values) => values,
        }
    }
}

impl AsRef<[f32]> for HostValues {
    fn as_ref(&self) -> &[f32] {
        self
    }
}

impl Deref for HostValues {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            #[cfg(feature = "flex")]
            Held::Flex(tensor) => tensor.as_slice().unwrap_or_default(), // contiguous float32, as checked
            Held::Copied(values) => values,
        }
    }
}

/// Returns the number of CPU threads for a config value, where 0 means one per core.
#[must_use]
pub fn threads(wanted: usize) -> usize {
    if wanted > 0 {
        return wanted;
    }
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Returns the environment variables that Burn and its libraries need for training on this backend with `threads`
/// threads (0 for one per core).
///
/// The libraries read them once per process, so a program must set them early, while it is single-threaded.
///
/// Burn loads optimizer state to its default device and moves it at the next step. With wgpu compiled in, that default
/// is a GPU regardless of the chosen device; `BURN_DEVICE` changes it to the CPU.
#[must_use]
pub fn environment(kind: BackendKind, threads: usize) -> Vec<(&'static str, String)> {
    let mut variables = Vec::new();
    if cfg!(feature = "wgpu") && std::env::var_os("BURN_DEVICE").is_none() {
        variables.push(("BURN_DEVICE", on_cpu(kind).name().to_owned()));
    }
    if threads > 0 {
        variables.push(("MATMUL_NUM_THREADS", threads.to_string())); // ndarray's matrix multiplication
    }
    variables
}
