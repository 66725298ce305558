//! The errors of this crate.

pub use crate::export::ExportError;
pub use crate::import::ImportError;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is named like the error in it")]
pub enum Error {
    #[error(transparent)]
    Core(mlp_core::error::Error),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Errors that the core crate knows, of its own or of the crates below it.
impl<E: Into<mlp_core::error::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}
