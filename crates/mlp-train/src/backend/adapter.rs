//! What a graphics adapter is, as far as a training cares.

use serde::Serialize;

/// A graphics adapter: a GPU, or a driver that computes on the CPU what a GPU would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// Its name in the config: `discrete:0`, `integrated:0`, `virtual:0` or `cpu`; `None` for one of another
    /// type, which only `auto` can take.
    pub device: Option<String>,
    /// As its driver names it.
    pub name: String,
    /// Graphics API through which it is reached.
    pub api: String,
    /// Name and version of its driver.
    pub driver: String,
    /// Largest buffer that a kernel can work on, in bytes.
    pub largest_buffer: u64,
    /// Most threads of a workgroup.
    pub workgroup_threads: u32,
    /// Memory that a workgroup shares, in bytes.
    pub workgroup_bytes: u32,
}

impl Adapter {
    /// Whether it computes on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.device.as_deref() == Some("cpu")
    }

    /// On one line, without its limits.
    #[must_use]
    pub fn describe(&self) -> String {
        let device = self.device.as_deref().unwrap_or("no name for it");
        format!("{} ({device}, {}, {})", self.name, self.api, self.driver)
    }
}

/// All adapters that the program can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Adapters {
    /// Graphics APIs that were asked, in this order. The first with a GPU serves all devices.
    pub searched: Vec<String>,
    /// Adapters of the API that serves.
    pub found: Vec<Adapter>,
}

impl Adapters {
    /// What was looked for where, and what was found.
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
