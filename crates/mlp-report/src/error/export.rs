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

impl ExportError {
    /// See [`crate::error::Error::exit_code`].
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::TooLarge { .. } | Self::OtherConfig { .. } => 2,
            Self::Unreadable { .. } | Self::Tensors { .. } | Self::OtherRows { .. } => 4,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::TooLarge { .. } => "choose --format safetensors".into(),
            Self::Unreadable { .. } => {
                "give a safetensors file, such as `safetensors.torch.save_file(model.state_dict(), FILE)` writes".into()
            }
            Self::Tensors { .. } => {
                "save the state_dict of Linear layers one after the other, with biases and finite numbers: 0.weight [out, in], 0.bias [out], 2.weight, … or with names of its own, as fc1.weight, whose order the shapes tell"
                    .into()
            }
            Self::OtherRows { .. } => {
                "name the data that the network was trained on in the config's [data]".into()
            }
            Self::OtherConfig { remedy, .. } => remedy.clone(),
        }
    }
}
