//! Errors of choosing what computes.

/// A backend or device that cannot be had, or that broke down.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The binary was built without it.
    #[error("backend `{wanted}` is not compiled into this program (it has: {})", .compiled.join(", "))]
    NotCompiled {
        /// Name as in the config.
        wanted: &'static str,
        /// Names of those that are there.
        compiled: Vec<&'static str>,
    },
    /// The graphics API found no such device.
    #[error("no `{device}` device for backend `{backend}`: {cause}")]
    NoDevice {
        /// Name of the backend.
        backend: &'static str,
        /// The device asked for.
        device: String,
        /// What the driver layer said.
        cause: String,
    },
    /// A GPU was lost or had no memory left.
    #[error("the GPU failed: {cause}")]
    Failed {
        /// What its driver said.
        cause: String,
    },
}

impl BackendError {
    /// See [`crate::error::Error::exit_code`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotCompiled { .. } | Self::NoDevice { .. } => 3,
            Self::Failed { .. } => 1,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NotCompiled { wanted, compiled } => format!(
                "build it in: cargo run --features {wanted} -- …, or choose another: --backend {}",
                compiled.first().copied().unwrap_or("flex")
            ),
            Self::NoDevice { .. } | Self::Failed { .. } => {
                "`mlp doctor` lists what works here; --backend flex computes on the CPU".to_owned()
            }
        }
    }
}
