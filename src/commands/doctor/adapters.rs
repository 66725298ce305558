//! The graphics adapters of this machine, for wgpu.

use crate::backend::{self, Adapter, Adapters};
use crate::config::BackendKind;
use serde::Serialize;

use crate::commands::terminal::size;

/// What there is, and what a training would take.
#[derive(Serialize)]
pub struct AdaptersReport {
    #[serde(flatten)]
    adapters: Adapters,
    /// Device as asked for.
    device: String,
    /// The adapter that it stands for; absent if there is none.
    taken: Option<Adapter>,
}

impl AdaptersReport {
    /// After the backend was tried on this device.
    pub fn of(device: &str) -> Self {
        Self {
            adapters: backend::adapters(),
            device: device.to_owned(),
            taken: backend::adapter(BackendKind::Wgpu, device),
        }
    }

    /// Nothing without wgpu.
    pub fn describe(&self) -> String {
        if self.adapters.searched.is_empty() {
            return String::new();
        }
        let mut text = "adapters\n".to_owned();
        if self.adapters.found.is_empty() {
            text += &format!("  {}\n", self.adapters.describe());
        }
        for adapter in &self.adapters.found {
            text += &format!(
                "  {}: buffers up to {}, workgroups of {} threads and {}\n",
                adapter.describe(),
                size(adapter.largest_buffer),
                adapter.workgroup_threads,
                size(adapter.workgroup_bytes.into())
            );
        }
        if let Some(taken) = &self.taken {
            text += &format!("  device = \"{}\" takes {}\n", self.device, taken.name);
        }
        text
    }
}
