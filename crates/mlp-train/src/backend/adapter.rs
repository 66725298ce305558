//! Description of graphics adapters.

use serde::Serialize;

/// A graphics adapter: a GPU or a software renderer on the CPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// Device name in the config: `discrete:0`, `integrated:0`, `virtual:0` or `cpu`; `None` for an adapter of
    /// another type, which only `auto` can select.
    pub device: Option<String>,
    /// Name reported by the driver.
    pub name: String,
    /// Graphics API.
    pub api: String,
    /// Name and version of the driver.
    pub driver: String,
    /// Largest buffer that a kernel can bind, in bytes.
    pub largest_buffer: u64,
    /// Maximum number of threads in a workgroup.
    pub workgroup_threads: u32,
    /// Shared memory of a workgroup, in bytes.
    pub workgroup_bytes: u32,
}

impl Adapter {
    /// Returns whether the adapter computes on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.device.as_deref() == Some("cpu")
    }

    /// Describes the adapter on one line, without its limits.
    #[must_use]
    pub fn describe(&self) -> String {
        let device = self.device.as_deref().unwrap_or("no name for it");
        format!("{} ({device}, {}, {})", self.name, self.api, self.driver)
    }
}

/// Adapters available to the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Adapters {
    /// Graphics APIs in the order they were queried. The first one with a GPU is used for all devices.
    pub searched: Vec<String>,
    /// Adapters of the API in use.
    pub found: Vec<Adapter>,
}

impl Adapters {
    /// Describes the queried APIs and the adapters found.
    #[must_use]
    pub fn describe(&self) -> String {
        let searched = self.searched.join(" and ");
        if self.found.is_empty() {
            return format!("{searched} found no adapter");
        }
        let found: Vec<String> = self.found.iter().map(Adapter::describe).collect();
        format!("{searched} found {}", found.join(", "))
    }
}
