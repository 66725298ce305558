//! Errors of this crate.

pub use crate::backend::error::BackendError;
pub use crate::comparison::error::ComparisonError;
pub use crate::training::error::TrainingError;
use mlp_core::error::{ConfigError, RunError};
use mlp_core::run::RunDirectory;
use mlp_data::error::{DataError, DownloadError, PreparationError};

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Core(#[from] mlp_core::error::Error),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
}

impl Error {
    /// Adds the run folder to a divergence error.
    pub(crate) fn in_run(mut self, folder: &RunDirectory) -> Self {
        if let Self::Training(TrainingError::Diverged { run, .. }) = &mut self {
            *run = Some(folder.path().to_owned());
        }
        self
    }
}

/// Converts errors of the underlying crates, wrapped in the core crate's error.
macro_rules! from_below {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Core(error.into())
            }
        })*
    };
}
from_below!(
    mlp_data::error::Error,
    DataError,
    PreparationError,
    DownloadError,
    ConfigError,
    RunError
);
