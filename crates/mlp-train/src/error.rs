//! Errors of this crate.

pub use crate::backend::error::BackendError;
pub use crate::comparison::error::ComparisonError;
pub use crate::training::error::TrainingError;
use mlp_core::run::RunDirectory;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Core(mlp_core::error::Error),
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

/// Errors that the core crate knows, of its own or of the crates below it.
impl<E: Into<mlp_core::error::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}
