//! What can go wrong, and the exit code of each error.

pub use mlp_core::error::{ConfigError, ConfigPlace, Problem, RunError};
pub use mlp_data::error::{
    DataError, DataErrorKind, DataPlace, DownloadError, FailedMirror, MIRRORS_VARIABLE,
    MirrorFailure, PreparationError,
};
pub use mlp_report::error::ExportError;
pub use mlp_serve::error::ServeError;
pub use mlp_train::error::Error as TrainError;
pub use mlp_train::error::{BackendError, ComparisonError, TrainingError};

/// Any failure of the library.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
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

impl From<mlp_data::error::Error> for Error {
    fn from(error: mlp_data::error::Error) -> Self {
        match error {
            mlp_data::error::Error::Data(error) => Self::Data(error),
            mlp_data::error::Error::Preparation(error) => Self::Preparation(error),
            mlp_data::error::Error::Download(error) => Self::Download(error),
        }
    }
}

impl From<mlp_core::error::Error> for Error {
    fn from(error: mlp_core::error::Error) -> Self {
        match error {
            mlp_core::error::Error::Data(error) => error.into(),
            mlp_core::error::Error::Config(error) => Self::Config(error),
            mlp_core::error::Error::Run(error) => Self::Run(error),
        }
    }
}

impl From<mlp_train::error::Error> for Error {
    fn from(error: mlp_train::error::Error) -> Self {
        match error {
            mlp_train::error::Error::Core(error) => error.into(),
            mlp_train::error::Error::Backend(error) => Self::Backend(error),
            mlp_train::error::Error::Training(error) => Self::Training(error),
            mlp_train::error::Error::Comparison(error) => Self::Comparison(error),
        }
    }
}

impl From<mlp_report::error::Error> for Error {
    fn from(error: mlp_report::error::Error) -> Self {
        match error {
            mlp_report::error::Error::Core(error) => error.into(),
            mlp_report::error::Error::Export(error) => Self::Export(error),
        }
    }
}

impl From<mlp_serve::error::Error> for Error {
    fn from(error: mlp_serve::error::Error) -> Self {
        match error {
            mlp_serve::error::Error::Report(error) => error.into(),
            mlp_serve::error::Error::Serve(error) => Self::Serve(error),
        }
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
