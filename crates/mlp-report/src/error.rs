//! The errors of this crate.

use mlp_core::error::{ConfigError, RunError};
use mlp_data::error::DataError;

pub use crate::export::ExportError;
pub use crate::import::ImportError;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is named like the error in it")]
pub enum Error {
    #[error(transparent)]
    Core(#[from] mlp_core::error::Error),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Core(error.into())
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        Self::Core(error.into())
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Core(error.into())
    }
}
