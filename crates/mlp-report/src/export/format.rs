//! The forms of an export.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use mlp_core::safetensors;
use serde_json::{Value, json};

use super::scaling::Scaling;
use super::{Exported, c, html, onnx};
use crate::error::ExportError;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Bare weights, which `PyTorch` loads.
    Safetensors,
    /// A graph for ONNX runtimes.
    Onnx,
    /// One page for a browser.
    Html,
    /// One C99 header.
    C,
}

impl Format {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Safetensors, Self::Onnx, Self::Html, Self::C];

    /// As the command line has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Html => "html",
            Self::C => "c",
        }
    }

    /// Whether it is text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Html | Self::C)
    }

    /// The form that the ending of a file's name asks for.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "safetensors" => Some(Self::Safetensors),
            "onnx" => Some(Self::Onnx),
            "html" | "htm" => Some(Self::Html),
            "h" | "c" => Some(Self::C),
            _ => None,
        }
    }

    /// A network in this form.
    ///
    /// # Errors
    /// If the form cannot hold so large a network.
    pub fn write(self, model: &Exported) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Safetensors => Ok(tensors(model)),
            Self::Onnx => onnx::write(model),
            Self::Html => Ok(html::page(model).into_bytes()),
            Self::C => Ok(c::header(model).into_bytes()),
        }
    }
}

/// Bare weights, with what the weights alone do not say in the metadata.
fn tensors(model: &Exported) -> Vec<u8> {
    let classes = Value::from(model.classes().to_vec());
    let features = Value::from(model.model.schema.feature_names());
    let about = [
        ("class_names", classes.to_string()),
        ("feature_names", features.to_string()),
        (
            "scaling",
            json!(Scaling::from(&model.model.preprocessor)).to_string(),
        ),
    ];
    safetensors::write(&model.model.network, &about)
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| "expected safetensors, onnx, html or c".to_owned())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
