//! Errors of this crate.

pub use crate::config::{ConfigError, ConfigPlace, Problem};
pub use crate::run::error::RunError;
use mlp_data::error::{DataError, DownloadError, PreparationError};

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Data(#[from] mlp_data::error::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Data(error.into())
    }
}

impl From<PreparationError> for Error {
    fn from(error: PreparationError) -> Self {
        Self::Data(error.into())
    }
}

impl From<DownloadError> for Error {
    fn from(error: DownloadError) -> Self {
        Self::Data(error.into())
    }
}
