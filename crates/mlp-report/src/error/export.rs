//! Errors of exports, and of weights from elsewhere.

use std::path::PathBuf;

/// A network that cannot be exported, or weights that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format has an end.
    #[error(
        "the network's {bytes} bytes of weights are more than a file of the format {format} can hold"
    )]
    TooLarge {
        /// Name of the format.
        format: &'static str,
        /// Of the weights.
        bytes: usize,
    },
    /// The file with the weights cannot be read, or is not what its name says.
    #[error("{path}: {cause}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
    /// A tensor is not what a multilayer perceptron has.
    #[error("{path}: {cause}", path = path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Which tensor, and what is wrong.
        cause: String,
    },
    /// Weights and rows do not fit each other.
    #[error("{path}: {cause}", path = path.display())]
    OtherRows {
        /// The file.
        path: PathBuf,
        /// What differs.
        cause: String,
    },
    /// Weights and config do not fit each other.
    #[error("{path}: {cause}", path = path.display())]
    OtherConfig {
        /// The file.
        path: PathBuf,
        /// What differs.
        cause: String,
        /// What to write into the config.
        remedy: String,
    },
}
