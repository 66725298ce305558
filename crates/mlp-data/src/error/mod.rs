//! What can go wrong with data.

mod data;
mod preparation;

pub use crate::download::{DownloadError, FailedMirror, MIRRORS_VARIABLE, MirrorFailure};
pub use data::{DataError, DataErrorKind, DataPlace, turns_text};
pub(crate) use data::{listed, shown, suggestion};
pub use preparation::PreparationError;

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Data(#[from] Box<DataError>),
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    #[error(transparent)]
    Download(#[from] DownloadError),
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}
