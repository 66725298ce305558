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

impl ServeError {
    /// See [`crate::error::Error::exit_code`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::InvalidInput => 2,
            Self::Listen { .. } | Self::Threads(_) => 1,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Listen { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program listens there: stop it, or choose another port; port 0 takes any that is free"
                }
                io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
                io::ErrorKind::AddrNotAvailable => {
                    "choose an address of this machine: 127.0.0.1 for it alone, 0.0.0.0 for all that reach it"
                }
                _ => "give an address and a port, such as --listen 127.0.0.1:8080",
            },
            Self::Threads(_) => "stop other programs, or raise the limit of processes (ulimit -u)",
        }
    }
}
