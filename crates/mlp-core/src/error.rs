//! Errors of this crate.

pub use crate::config::{ConfigError, ConfigPlace, Problem};
pub use crate::explanation::ExplanationError;
pub use crate::run::error::RunError;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each variant is what it is of
pub enum Error {
    #[error(transparent)]
    Data(mlp_data::error::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Explanation(#[from] ExplanationError),
}

/// Errors of the data crate.
impl<E: Into<mlp_data::error::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Data(error.into())
    }
}
