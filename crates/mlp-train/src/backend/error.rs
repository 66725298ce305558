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
        /// Message of the driver layer.
        cause: String,
    },
    /// A GPU was lost or had no memory left.
    #[error("the GPU failed: {cause}")]
    Failed {
        /// Message of the driver.
        cause: String,
    },
}
