//! From the backend's name in the config to Burn's device. The only file that knows of cargo features.
//!
//! Burn chooses its backend at run time: a [`Device`] is all that the rest of the program passes on.
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

/// The backends in this binary, the preferred one first.
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

/// This backend, or in place of a GPU's the preferred one on the CPU, if this binary has any.
#[must_use]
pub fn on_cpu(kind: BackendKind) -> BackendKind {
    let is_on_cpu = |kind: &BackendKind| *kind != BackendKind::Wgpu;
    let mut candidates = std::iter::once(kind).chain(compiled());
    candidates.find(is_on_cpu).unwrap_or(kind)
}

/// Whether Burn's full-screen dashboard was compiled in.
#[must_use]
pub const fn has_tui() -> bool {
    cfg!(feature = "tui")
}

/// The device without automatic differentiation; call `.autodiff()` on it for training.
///
/// `name` is the config's `device`, already checked to be `auto`, `cpu`, `discrete:N`, `integrated:N` or
/// `virtual:N`; only wgpu looks at it. The same name is the same device throughout the process.
///
/// # Errors
/// If the backend is not compiled in, or has no such device.
pub fn device(kind: BackendKind, name: &str) -> Result<Device, BackendError> {
    match kind {
        #[cfg(feature = "flex")]
        BackendKind::Flex => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated)] // upstream drops it in 0.23; users ask for it until then
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

/// The adapter behind a device that [`device`] has made of this name; `None` on the CPU backends.
#[must_use]
pub fn adapter(kind: BackendKind, name: &str) -> Option<Adapter> {
    #[cfg(feature = "wgpu")]
    if kind == BackendKind::Wgpu {
        return gpu::opened(name);
    }
    let _ = (kind, name);
    None
}

/// Whether a GPU was opened, or was to be.
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

/// What wgpu finds on this machine, or would if it were compiled in.
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

/// Takes every GPU away from this process, as a driver's reset does: for tests of what happens then.
pub fn lose_devices() {
    #[cfg(feature = "wgpu")]
    gpu::lose();
}

/// The float32 numbers of a tensor on the CPU, row-major, without a copy where the backend allows it.
#[derive(Debug)]
pub struct HostValues(Held);

#[derive(Debug)]
enum Held {
    #[cfg(feature = "flex")]
    Flex(burn_flex::FlexTensor),
    Copied(Vec<f32>),
}

impl HostValues {
    /// Reads a tensor. One of another float type is converted.
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

    /// Returns the values as a vector, without a copy if nothing else holds them.
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

/// Returns the number of CPU threads for a config's number; 0 is one per core.
#[must_use]
pub fn threads(wanted: usize) -> usize {
    if wanted > 0 {
        return wanted;
    }
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Variables of the environment that Burn and its libraries read once a process, and what they must be for trainings on
/// this backend with so many threads, 0 for one for each core. A program sets them early, while it has a single thread.
///
/// Burn places the state of a loaded optimizer on its default device first, and moves it at the next
/// step. With wgpu compiled in, that default is a GPU, whatever device was chosen: it is made the CPU.
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
