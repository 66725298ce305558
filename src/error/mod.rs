//! What can go wrong, one type a room, and the exit code of each.

mod backend;
mod comparison;
mod config;
mod data;
mod download;
mod export;
mod preparation;
pub(crate) mod quoting;
mod remedies;
mod run;
mod serve;
mod training;

pub use backend::BackendError;
pub use comparison::ComparisonError;
pub use config::{ConfigError, ConfigPlace, Problem};
pub use data::{DataError, DataErrorKind, DataPlace};

pub use download::{DownloadError, FailedMirror, MIRRORS_VARIABLE, MirrorFailure};
pub use export::ExportError;
pub use preparation::PreparationError;
pub use run::RunError;
pub use serve::ServeError;
pub use training::TrainingError;

/// Any failure of the library.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is the room it comes from
pub enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Data(#[from] Box<DataError>),
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}

impl Error {
    /// Exit code of the program: 1 failed, 2 usage or config, 3 backend, 4 data or run, 5 diverged.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Comparison(_) => 2,
            Self::Backend(error) => error.exit_code(),
            Self::Data(error) => error.exit_code(),
            Self::Preparation(_) => 4,
            Self::Download(error) => error.exit_code(),
            Self::Run(error) => error.exit_code(),
            Self::Training(error) => error.exit_code(),
            Self::Export(error) => error.exit_code(),
            Self::Serve(error) => error.exit_code(),
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Config(_) => None, // each of its problems carries its own
            Self::Data(error) => Some(error.remedy()),
            Self::Preparation(error) => Some(error.remedy().to_owned()),
            Self::Download(error) => Some(error.remedy()),
            Self::Backend(error) => Some(error.remedy()),
            Self::Run(error) => Some(error.remedy()),
            Self::Training(error) => Some(error.remedy()),
            Self::Comparison(error) => Some(error.remedy()),
            Self::Export(error) => Some(error.remedy()),
            Self::Serve(error) => Some(error.remedy().to_owned()),
        }
    }
}
