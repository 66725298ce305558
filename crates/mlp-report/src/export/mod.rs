//! A trained model in the formats in which other programs run it.
//!
//! | file | subject |
//! |---|---|
//! | `exported` | the model and what else an export needs |
//! | `onnx`, `protobuf` | a graph for ONNX runtimes |
//! | `c` | one C99 header |
//! | `html` | one page that draws and predicts |
//! | `scaling` | preprocessing as files of weights describe it |
//!
//! Every format but safetensors takes raw values, as data files hold them: filling and scaling are part of it.

mod c;
mod exported;
mod html;
mod onnx;
mod protobuf;
pub(crate) mod scaling;

pub use exported::Exported;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use mlp_core::safetensors;
use serde_json::{Value, json};

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
    /// A column of the model is none that exports know.
    #[error("the format {format} takes columns of plain numbers, but column `{column}` is {what}")]
    Column {
        /// Name of the format.
        format: &'static str,
        /// Name of the column.
        column: String,
        /// What it is.
        what: &'static str,
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
    /// If the format cannot hold so large a network, or a column of the model is not one of plain numbers.
    pub fn write(self, model: &Exported) -> Result<Vec<u8>, ExportError> {
        if let Some((column, what)) =
            scaling::other_column(&model.model.schema, &model.model.preprocessor)
        {
            return Err(ExportError::Column {
                format: self.name(),
                column,
                what,
            });
        }
        match self {
            Self::Safetensors => Ok(tensors(model)),
            Self::Onnx => onnx::write(model),
            Self::Html => Ok(html::page(model).into_bytes()),
            Self::C => Ok(c::header(model).into_bytes()),
        }
    }
}

/// Returns bare weights, with names and scaling in the metadata.
fn tensors(model: &Exported) -> Vec<u8> {
    let classes = Value::from(model.classes().to_vec());
    let features = Value::from(model.model.schema.feature_names());
    let metadata = [
        ("class_names", classes.to_string()),
        ("feature_names", features.to_string()),
        (
            "scaling",
            json!(scaling::Scaling::from(&model.model.preprocessor)).to_string(),
        ),
    ];
    safetensors::write(&model.model.network, &metadata)
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

#[cfg(test)]
mod tests {
    use mlp_core::config::{Activation, ScaleKind};
    use mlp_core::model::Model;
    use mlp_core::network::{Layer, Network};
    use mlp_core::task::Task;
    use mlp_data::{
        Column, ColumnKind, Encoding, EncodingRule, Numeric, Preprocessor, Schema, TargetColumn,
    };

    use super::*;

    /// A model of a number and of a column of this kind and encoding.
    fn model(kind: ColumnKind, encoding: Encoding) -> Exported {
        let preprocessor =
            Preprocessor::of_columns(&[Encoding::number(Numeric::IDENTITY), encoding]);
        let inputs = preprocessor.width(2);
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let schema = Schema {
            columns: vec![column("age", ColumnKind::NUMBER), column("other", kind)],
            target: TargetColumn::Class {
                classes: vec!["no".to_owned(), "yes".to_owned()],
            },
            ..Schema::default()
        };
        let network = Network {
            layers: vec![Layer {
                weight: vec![0.5; 2 * inputs],
                bias: vec![0.0; 2],
            }],
            activation: Activation::Tanh,
        };
        let model = Model::new(schema, preprocessor, network, Task::Multiclass);
        Exported::new(model, "test", 1)
    }

    #[test]
    fn a_column_that_no_format_knows_is_named() {
        let scaled = Numeric::new(ScaleKind::Robust, 1.0, 2.0);
        let plain = model(ColumnKind::NUMBER, Encoding::number(scaled));
        for format in Format::ALL {
            assert!(!format.write(&plain).unwrap().is_empty());
        }
        let encoding = |rule| Encoding {
            rule,
            missing: 0,
            indicator: false,
        };
        let clipped = Numeric {
            smooth_clip: true,
            ..scaled
        };
        let indicated = Encoding {
            indicator: true,
            ..Encoding::number(scaled)
        };
        let categories = ColumnKind::Category {
            categories: vec!["a".to_owned(), "b".to_owned()],
            rare: Vec::new(),
        };
        let one_hot = EncodingRule::OneHot {
            categories: 2,
            rare: 0,
        };
        let others = [
            (categories, encoding(one_hot), "a category"),
            (
                ColumnKind::Boolean,
                encoding(EncodingRule::Boolean),
                "a boolean",
            ),
            (ColumnKind::NUMBER, Encoding::number(clipped), "smooth_clip"),
            (ColumnKind::NUMBER, indicated, "indicator"),
        ];
        for (kind, encoding, what) in others {
            let model = model(kind, encoding);
            for format in Format::ALL {
                let error = format.write(&model).unwrap_err().to_string();
                let names = ["`other`", what, format.name()];
                assert!(names.iter().all(|name| error.contains(name)), "{error}");
            }
        }
    }
}
