//! Errors of the server.

use std::io;

use mlp_core::error::{ConfigError, RunError};

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is named like the error in it")]
pub enum Error {
    #[error(transparent)]
    Core(#[from] mlp_core::error::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        Self::Core(error.into())
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Core(error.into())
    }
}

/// A server that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is invalid or not available.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As the user gave it.
        address: String,
        /// Error of the system.
        source: io::Error,
    },
    /// The system cannot create threads.
    #[error("no threads for the server: {0}")]
    Threads(#[source] io::Error),
}
