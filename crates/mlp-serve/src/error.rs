//! Errors of the server.

use std::io;

use mlp_core::error::{ConfigError, RunError};

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Report(#[from] mlp_report::error::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl From<mlp_core::error::Error> for Error {
    fn from(error: mlp_core::error::Error) -> Self {
        Self::Report(error.into())
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        Self::Report(error.into())
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Report(error.into())
    }
}

/// A server that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not to be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As the user gave it.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system has no threads left.
    #[error("no threads for the server: {0}")]
    Threads(#[source] io::Error),
}
