//! What can go wrong with reports and exports.

mod export;

pub use export::ExportError;
use mlp_core::error::{ConfigError, RunError};
use mlp_data::error::DataError;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Core(#[from] mlp_core::error::Error),
    #[error(transparent)]
    Export(#[from] ExportError),
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
