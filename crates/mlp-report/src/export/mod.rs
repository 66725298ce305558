//! A trained model in the formats in which other programs run it.
//!
//! | file | subject |
//! |---|---|
//! | `exported` | the model and what else an export needs |
//! | `onnx` | a graph for ONNX runtimes |
//! | `c` | one C99 header |
//! | `html` | one page that draws and predicts |
//!
//! Every format but safetensors takes raw values, as data files hold them: filling and scaling are part of it.

mod c;
mod exported;
mod html;
mod onnx;

pub use c::Prefix;
pub use exported::Exported;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use mlp_core::safetensors;
use serde_json::json;

/// A model that cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The model is larger than a file of the format can be.
    #[error(
        "the network's {bytes} bytes of weights are more than a file of the format {format} can hold"
    )]
    TooLarge {
        /// Name of the format.
        format: &'static str,
        /// Bytes of the weights.
        bytes: usize,
    },
}

/// A format of exports.
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
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Safetensors, Self::Onnx, Self::Html, Self::C];

    /// Returns the name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Html => "html",
            Self::C => "c",
        }
    }

    /// Returns whether files of this format are text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Html | Self::C)
    }

    /// Returns the format that the extension of a file name stands for.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "safetensors" => Some(Self::Safetensors),
            "onnx" => Some(Self::Onnx),
            "html" | "htm" => Some(Self::Html),
            "h" | "c" => Some(Self::C),
            _ => None,
        }
    }

    /// Returns a model as a file of this format.
    ///
    /// # Errors
    /// If the format cannot hold so large a network.
    pub fn write(self, model: &Exported) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Safetensors => Ok(tensors(model)),
            Self::Onnx => onnx::write(model),
            Self::Html => Ok(html::page(model).into_bytes()),
            Self::C => Ok(c::header(model).into_bytes()),
        }
    }
}

/// Version of the metadata of weights: 1 had `scaling`, for columns of plain numbers only.
pub(crate) const METADATA_VERSION: u64 = 2;

/// Returns bare weights, with columns, classes and encodings in the metadata.
fn tensors(model: &Exported) -> Vec<u8> {
    let (schema, preprocessor) = (&*model.model.schema, &model.model.preprocessor);
    let mut metadata = vec![
        ("metadata_version", METADATA_VERSION.to_string()),
        ("class_names", json!(model.classes()).to_string()),
        ("feature_names", json!(schema.feature_names()).to_string()),
        (
            "input_names",
            json!(preprocessor.input_names(schema)).to_string(),
        ),
        ("schema", text(schema)),
        ("preprocessing", text(preprocessor)),
    ];
    if let Some(decision) = model.decision() {
        metadata.push(("decision", decision.to_string()));
    }
    safetensors::write(&model.model.network, &metadata)
}

/// Returns a value as JSON, its numbers of 32 bits with no more digits than these need.
fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() // text and numbers under keys that are text
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
