//! Finds, opens and describes wgpu devices.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::cubecl::config::cache::CacheConfig;
use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig as _};
use burn::cubecl::future::block_on;
use burn::cubecl::wgpu::{AutoGraphicsApi, wgpu};
use burn::tensor::wgpu::WgpuInitError;
use burn::tensor::{Device, DeviceKind};

use super::{Adapter, Adapters};
use crate::error::BackendError;
use mlp_core::config::BackendKind;

struct Opened {
    /// Device name in the config.
    name: String,
    device: Device,
    handle: wgpu::Device,
    adapter: Adapter,
}

/// Opened devices, kept because Burn refuses to open a device twice.
static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// Whether any device was opened. An atomic, because a panic hook reads it and must not block.
static IN_USE: AtomicBool = AtomicBool::new(false);

fn all_opened() -> MutexGuard<'static, Vec<Opened>> {
    // A push cannot leave the list half-updated, so a poisoned lock is safe to use.
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn device(name: &str) -> Result<Device, BackendError> {
    let mut opened = all_opened();
    if let Some(known) = opened.iter().find(|known| known.name == name) {
        return Ok(known.device.clone());
    }
    keep_caches_with_the_user();
    IN_USE.store(true, Ordering::Relaxed); // first: a broken driver may panic while it is opened
    let (device, setup) = Device::wgpu_options()
        .device_kind(kind(name))
        .init_with_setup()
        .map_err(|error| refusal(name, &error))?;
    opened.push(Opened {
        name: name.to_owned(),
        device: device.clone(),
        handle: setup.device,
        adapter: identify(&setup.adapter),
    });
    Ok(device)
}

pub(super) fn in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

pub(super) fn opened(name: &str) -> Option<Adapter> {
    let opened = all_opened();
    let known = opened.iter().find(|known| known.name == name);
    known.map(|known| known.adapter.clone())
}

pub(super) fn lose() {
    for opened in all_opened().iter() {
        opened.handle.destroy();
    }
}

fn kind(name: &str) -> DeviceKind {
    let index = |text: &str| text.parse().unwrap_or(0); // the config's check admits digits only
    match name.split_once(':') {
        Some(("discrete", number)) => DeviceKind::DiscreteGpu(index(number)),
        Some(("integrated", number)) => DeviceKind::IntegratedGpu(index(number)),
        Some(("virtual", number)) => DeviceKind::VirtualGpu(index(number)),
        _ if name == "cpu" => DeviceKind::Cpu,
        _ => DeviceKind::DefaultDevice,
    }
}

fn refusal(name: &str, error: &WgpuInitError) -> BackendError {
    let found = adapters().describe();
    let cause = match error {
        WgpuInitError::AdapterUnavailable { .. } => found, // the error has no further details
        other => format!("{other}; {found}"),
    };
    BackendError::NoDevice {
        backend: BackendKind::Wgpu.name(),
        device: name.to_owned(),
        cause,
    }
}

/// Returns the adapters as the runtime selects them: those of the first graphics API with a GPU, else of the first
/// with any adapter.
pub(super) fn adapters() -> Adapters {
    let mut adapters = Adapters::default();
    for api in AutoGraphicsApi::chain() {
        adapters.searched.push(api_name(api));
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: api.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let found = named(&block_on(instance.enumerate_adapters(api.into())));
        let has_gpu = !found.iter().all(Adapter::is_software);
        if has_gpu || adapters.found.is_empty() {
            adapters.found = found;
        }
        if has_gpu {
            break;
        }
    }
    adapters
}

/// Describes an adapter, with its device name in the config, which depends on the other adapters.
fn identify(adapter: &wgpu::Adapter) -> Adapter {
    let taken = describe(adapter, None);
    let is_it = |listed: &Adapter| {
        let device = None;
        let listed = listed.clone();
        Adapter { device, ..listed } == taken
    };
    let listed = adapters().found.into_iter().find(is_it);
    listed.unwrap_or(taken)
}

/// Names the adapters, numbering each type separately in the driver's order.
fn named(adapters: &[wgpu::Adapter]) -> Vec<Adapter> {
    let types: Vec<_> = adapters
        .iter()
        .map(|adapter| adapter.get_info().device_type)
        .collect();
    let name = |index: usize| {
        let of_type = types[..index].iter().filter(|one| **one == types[index]);
        let number = of_type.count();
        match types[index] {
            wgpu::DeviceType::DiscreteGpu => Some(format!("discrete:{number}")),
            wgpu::DeviceType::IntegratedGpu => Some(format!("integrated:{number}")),
            wgpu::DeviceType::VirtualGpu => Some(format!("virtual:{number}")),
            wgpu::DeviceType::Cpu => Some("cpu".to_owned()),
            wgpu::DeviceType::Other => None,
        }
    };
    adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| describe(adapter, name(index)))
        .collect()
}

fn describe(adapter: &wgpu::Adapter, device: Option<String>) -> Adapter {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    let driver = format!("{} {}", info.driver, info.driver_info);
    Adapter {
        device,
        name: info.name,
        api: api_name(info.backend),
        driver: driver.trim().to_owned(),
        largest_buffer: limits
            .max_buffer_size
            .min(limits.max_storage_buffer_binding_size),
        workgroup_threads: limits.max_compute_invocations_per_workgroup,
        workgroup_bytes: limits.max_compute_workgroup_storage_size,
    }
}

fn api_name(api: wgpu::Backend) -> String {
    match api {
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "DirectX 12",
        wgpu::Backend::Gl => "OpenGL",
        wgpu::Backend::BrowserWebGpu => "WebGPU",
        wgpu::Backend::Noop => "no API",
    }
    .to_owned()
}

/// Stores the runtime's autotune results in the user's cache folder. By default the runtime uses the `target` folder of
/// the project that contains the current folder. A user's own setting is kept.
fn keep_caches_with_the_user() {
    let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
    if matches!(config.environment.path, CacheConfig::Target)
        && let Some(folder) = cache_folder()
    {
        config.environment.path = CacheConfig::Directory(folder);
    }
    CubeClRuntimeConfig::try_set(config); // refused only if it was set before
}

fn cache_folder() -> Option<PathBuf> {
    let folder = |name| {
        let value = std::env::var_os(name)?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    };
    let home = |below| Some(folder("HOME")?.join(below));
    let caches = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home("Library/Caches")
    } else {
        folder("XDG_CACHE_HOME").or_else(|| home(".cache"))
    };
    Some(caches?.join("mlp"))
}
