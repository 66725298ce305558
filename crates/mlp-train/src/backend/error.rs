//! Errors of backends and devices.

/// A backend or device that is not available or that failed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The binary was built without this backend.
    #[error("backend `{wanted}` is not compiled into this program (it has: {})", .compiled.join(", "))]
    NotCompiled {
        /// Name as in the config.
        wanted: &'static str,
        /// Names of the backends in this binary.
        compiled: Vec<&'static str>,
    },
    /// The graphics API found no such device.
    #[error("no `{device}` device for backend `{backend}`: {cause}")]
    NoDevice {
        /// Name of the backend.
        backend: &'static str,
        /// Requested device.
        device: String,
        /// Message of the driver layer.
        cause: String,
    },
    /// A GPU was lost or ran out of memory.
    #[error("the GPU failed: {cause}")]
    Failed {
        /// Message of the driver.
        cause: String,
    },
}
