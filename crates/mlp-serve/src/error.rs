//! Errors of the server.

use std::io;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is named like the error in it")]
pub enum Error {
    #[error(transparent)]
    Core(mlp_core::error::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Errors that the core crate knows, of its own or of the crates below it.
impl<E: Into<mlp_core::error::Error>> From<E> for Error {
    fn from(error: E) -> Self {
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
