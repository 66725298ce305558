//! The errors of all crates in one enum.

pub use mlp_core::error::{ConfigError, ConfigPlace, ExplanationError, Problem, RunError};
pub use mlp_data::error::{
    DataError, DataErrorKind, DataPlace, DownloadError, FailedMirror, MIRRORS_VARIABLE,
    MirrorFailure, PreparationError,
};
pub use mlp_report::error::{ExportError, ImportError};
pub use mlp_serve::error::ServeError;
pub use mlp_train::error::Error as TrainError;
pub use mlp_train::error::{BackendError, ComparisonError, TrainingError};

/// Any error of the library.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is named after the error in it
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
    Import(#[from] ImportError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Explanation(#[from] ExplanationError),
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
            mlp_core::error::Error::Explanation(error) => Self::Explanation(error),
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
            mlp_report::error::Error::Import(error) => Self::Import(error),
        }
    }
}

impl From<mlp_serve::error::Error> for Error {
    fn from(error: mlp_serve::error::Error) -> Self {
        match error {
            mlp_serve::error::Error::Core(error) => error.into(),
            mlp_serve::error::Error::Serve(error) => Self::Serve(error),
        }
    }
}
