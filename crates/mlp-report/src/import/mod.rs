//! Weights that were trained elsewhere, from a safetensors file with the names and shapes of `PyTorch`'s
//! `nn.Sequential(Linear, activation, Linear, …)`: `0.weight [out, in]`, `0.bias [out]`, `2.weight`, …

mod layers;
mod scaling;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::de::DeserializeOwned;

use crate::export::METADATA_VERSION;
use layers::Pair;
use mlp_core::config::Config;
use mlp_core::network::Layer;
use mlp_data::{EncodingRule, Preprocessor, Schema, TargetScaling, sha256};
use scaling::Scaling;

/// Weights that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read, or is not a safetensors file.
    #[error("{path}: {cause}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read.
        cause: String,
    },
    /// The tensors are not those of a multilayer perceptron.
    #[error("{path}: {cause}", path = path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Which tensor, and what is wrong with it.
        cause: String,
    },
    /// A newer version of the program wrote the file.
    #[error(
        "{path}: its metadata have the version {version}, of which this program knows nothing", path = path.display()
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The version.
        version: u64,
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

/// Weights and biases from a safetensors file.
#[derive(Clone, Debug)]
pub struct WeightsFile {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Layers from the inputs to the outputs.
    pub layers: Vec<Layer>,
    /// Units of each layer, inputs first.
    pub sizes: Vec<usize>,
    /// Columns and classes; known if this program wrote the file. Rows are read as these say, matched by name.
    pub schema: Option<Arc<Schema>>,
    /// How raw values became inputs; known if this program wrote the file.
    pub preprocessor: Option<Preprocessor>,
    /// Threshold and temperature of the network that the weights are of, as JSON; `None` if it had neither.
    pub decision: Option<String>,
    activation: Option<String>,
}

impl WeightsFile {
    /// Reads a file. Numbers may be F32, F64, F16 or BF16.
    ///
    /// # Errors
    /// If it is not a safetensors file, its tensors are not those of a multilayer perceptron, or a number is not finite.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let unreadable = |cause: String| ImportError::Unreadable {
            path: path.to_owned(),
            cause,
        };
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => unreadable("there is no such file".to_owned()),
            _ => unreadable(format!("the file cannot be read: {error}")),
        })?;
        let not_safetensors = |error| {
            // What torch.save writes: a ZIP archive, or a bare pickle before that.
            let is_pickle = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80\x02");
            unreadable(if is_pickle {
                "this is a file of torch.save, a pickle, which may run code when it is read"
                    .to_owned()
            } else {
                format!("this is not a whole safetensors file: {error}")
            })
        };
        let file = SafeTensors::deserialize(&bytes).map_err(not_safetensors)?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(not_safetensors)?;
        let tensors = |cause| ImportError::Tensors {
            path: path.to_owned(),
            cause,
        };
        let layers = layers::layers(&file).map_err(tensors)?;
        let (sizes, layers) = check(&layers).map_err(tensors)?;
        // Other programs may use these keys in other meanings.
        let metadata = header
            .metadata()
            .as_ref()
            .filter(|metadata| metadata.contains_key("mlp_version"));
        let version = parsed(metadata, "metadata_version").map_err(unreadable)?;
        let version = version.unwrap_or(1);
        if version > METADATA_VERSION {
            let path = path.to_owned();
            return Err(ImportError::NewerFormat { path, version });
        }
        let (schema, preprocessor) = if version == 1 {
            let inputs = sizes.first().copied().unwrap_or(0);
            first_version(metadata, inputs).map_err(unreadable)?
        } else {
            encodings(metadata, &sizes).map_err(unreadable)?
        };
        Ok(Self {
            path: path.to_owned(),
            sha256: sha256(&bytes),
            layers,
            sizes,
            schema: schema.map(Arc::new),
            preprocessor,
            decision: metadata.and_then(|metadata| metadata.get("decision").cloned()),
            activation: metadata.and_then(|metadata| metadata.get("activation").cloned()),
        })
    }

    /// Checks that the weights fit a config, the columns and classes of its rows, and their preprocessing.
    ///
    /// # Errors
    /// If they do not fit.
    pub fn check(
        &self,
        config: &Config,
        schema: &Schema,
        preprocessor: &Preprocessor,
    ) -> Result<(), ImportError> {
        let other_config = |cause: String, remedy: String| ImportError::OtherConfig {
            path: self.path.clone(),
            cause,
            remedy,
        };
        let [inputs, hidden @ .., outputs] = &self.sizes[..] else {
            return Ok(()); // never: a file without layers is refused
        };
        if *hidden != config.model.hidden {
            return Err(other_config(
                format!(
                    "its hidden layers have {hidden:?} units, those of the config {:?}",
                    config.model.hidden
                ),
                format!("set model.hidden = {hidden:?}"),
            ));
        }
        let configured = config.model.activation.name();
        if let Some(activation) = self
            .activation
            .as_deref()
            .filter(|name| *name != configured)
        {
            return Err(other_config(
                format!("its activation is {activation}, that of the config {configured}"),
                format!("set model.activation = {activation:?}"),
            ));
        }
        let other_rows = |cause| ImportError::OtherRows {
            path: self.path.clone(),
            cause,
        };
        if let Some(theirs) = &self.preprocessor
            && theirs.kind() != preprocessor.kind()
        {
            let name = |kind| serde_json::to_value(kind).unwrap_or_default();
            let (theirs, ours) = (name(theirs.kind()), name(preprocessor.kind()));
            return Err(other_config(
                format!("its inputs are scaled by {theirs}, those of the config by {ours}"),
                format!("set data.scale = {theirs}"),
            ));
        }
        let told = self.check_target(schema)?;
        let Some(known) = &self.schema else {
            if let Some((column, what)) = other_column(schema, preprocessor) {
                return Err(other_rows(format!(
                    "it does not tell how its inputs were encoded, so the columns must be plain numbers, but column \
                     `{column}` is {what}"
                )));
            }
            let (values, targets) = (schema.columns.len(), schema.target.outputs());
            if (values, targets) != (*inputs, *outputs) {
                return Err(other_rows(format!(
                    "it takes {inputs} values and tells {outputs} {told}, but the rows have {values} values and {targets} {told}"
                )));
            }
            return Ok(());
        };
        // Files are read as the schema says; generated rows are as they are.
        let cause = difference("classes", known.classes(), schema.classes());
        let features = (known.feature_names(), schema.feature_names());
        let cause = cause.or_else(|| difference("columns", &features.0, &features.1));
        cause.map_or(Ok(()), |cause| Err(other_rows(cause)))
    }

    /// Returns how the number to predict became the network's output; `None` where classes are predicted, and where
    /// nothing is known of the rows.
    #[must_use]
    pub fn target(&self) -> Option<TargetScaling> {
        self.schema.as_ref()?.target_scaling()
    }

    /// Checks that the file predicts what the rows have, and returns the name of that.
    fn check_target(&self, schema: &Schema) -> Result<&'static str, ImportError> {
        let other_rows = |cause: &str| ImportError::OtherRows {
            path: self.path.clone(),
            cause: cause.to_owned(),
        };
        let theirs = self.schema.as_ref().map(|schema| schema.target_scaling());
        match (theirs, schema.target_scaling()) {
            (Some(Some(_)), None) => Err(other_rows(
                "it predicts a number, but the rows have classes",
            )),
            (Some(None), Some(_)) => Err(other_rows(
                "it tells classes, but the rows have numbers to predict",
            )),
            (Some(Some(theirs)), Some(ours)) if theirs.transform != ours.transform => {
                let name = |transform| serde_json::to_value(transform).unwrap_or_default();
                let (theirs, ours) = (name(theirs.transform), name(ours.transform));
                Err(ImportError::OtherConfig {
                    path: self.path.clone(),
                    cause: format!(
                        "its target was transformed by {theirs}, that of the config by {ours}"
                    ),
                    remedy: format!("set data.target_transform = {theirs}"),
                })
            }
            (_, None) => Ok("classes"),
            (_, Some(_)) => Ok("numbers to predict"),
        }
    }

    /// Returns the preprocessing of the file if it is known, and encodes otherwise than this one.
    #[must_use]
    pub fn other_preprocessing(&self, ours: &Preprocessor) -> Option<Preprocessor> {
        let theirs = self.preprocessor.as_ref()?;
        // The first version of the metadata has no more than these numbers.
        let numbers = |one: &Preprocessor| (one.kind(), one.fill(), one.center_and_scale());
        let is_same = theirs == ours
            || ours.is_plain() && theirs.is_plain() && numbers(theirs) == numbers(ours);
        (!is_same).then(|| theirs.clone())
    }
}

/// Returns how two lists of names differ.
fn difference(what: &str, theirs: &[String], ours: &[String]) -> Option<String> {
    if theirs == ours {
        return None;
    }
    let mut pairs = theirs.iter().zip(ours).enumerate();
    Some(match pairs.find(|(_, (one, other))| one != other) {
        Some((at, (one, other))) => format!(
            "of its {what}, number {} is `{one}`, that of the rows `{other}`",
            at + 1
        ),
        None => format!(
            "it has {} {what}, the rows have {}",
            theirs.len(),
            ours.len()
        ),
    })
}

/// Returns name and description of the first column that is no plain number: it is not scaled by a center and a scale in
/// 32 bits, or becomes other than one input.
fn other_column(schema: &Schema, preprocessor: &Preprocessor) -> Option<(String, &'static str)> {
    let mut columns = schema.columns.iter().enumerate();
    columns.find_map(|(number, column)| {
        let encoding = preprocessor.encoding(number);
        let what = match &encoding.rule {
            EncodingRule::Number(_) if encoding.indicator => "one with an indicator of empty cells",
            EncodingRule::Number(_) => return None,
            EncodingRule::Wide(_) => "one of numbers of 64 bits",
            EncodingRule::Boolean => "a boolean",
            EncodingRule::OneHot { .. } => "a category",
            EncodingRule::Date(_) => "a date",
            EncodingRule::Omitted => "no input, because it is empty in all training rows",
        };
        Some((column.name.clone(), what))
    })
}

/// Returns the units of each layer, and the layers with weights in this program's order `[in, out]`; or what is wrong.
fn check(layers: &[Pair]) -> Result<(Vec<usize>, Vec<Layer>), String> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut checked = Vec::new();
    for Pair { name, weight, bias } in layers {
        let &[outputs, inputs] = weight.shape() else {
            return Err(format!(
                "`{name}.weight` has the shape {:?}; that of a Linear layer is [out, in]",
                weight.shape()
            ));
        };
        if outputs == 0 || inputs == 0 {
            return Err(format!(
                "`{name}.weight` has the shape {:?}, which holds nothing",
                weight.shape()
            ));
        }
        if *bias.shape() != [outputs] {
            return Err(format!(
                "`{name}.bias` has the shape {:?}, but `{name}.weight` has {outputs} outputs",
                bias.shape()
            ));
        }
        if let Some(&before) = sizes.last()
            && before != inputs
        {
            return Err(format!(
                "`{name}.weight` takes {inputs} values, but the layer before gives {before}"
            ));
        }
        let rows = numbers(weight, &format!("{name}.weight"))?;
        checked.push(Layer {
            weight: (0..inputs)
                .flat_map(|input| (0..outputs).map(move |output| output * inputs + input))
                .map(|at| rows[at])
                .collect(),
            bias: numbers(bias, &format!("{name}.bias"))?,
        });
        if sizes.is_empty() {
            sizes.push(inputs);
        }
        sizes.push(outputs);
    }
    Ok((sizes, checked))
}

/// Returns the numbers of a tensor as float32.
fn numbers(tensor: &TensorView, name: &str) -> Result<Vec<f32>, String> {
    fn each<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks().0.iter().copied().map(convert).collect()
    }
    let bytes = tensor.data();
    let numbers = match tensor.dtype() {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32), // infinite beyond the range of float32, and refused below
        Dtype::F16 => each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::BF16 => each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        other => {
            return Err(format!(
                "`{name}` holds numbers of the type {other}; F32, F64, F16 and BF16 are read"
            ));
        }
    };
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(format!(
            "number {} of `{name}` is {}: not finite, or beyond the range of float32",
            at + 1,
            numbers[at]
        )),
        None => Ok(numbers),
    }
}

/// What the metadata of a file say of the rows that its network takes.
type Known = (Option<Schema>, Option<Preprocessor>);

/// Returns columns, classes and preprocessing of a network with these numbers of units.
fn encodings(metadata: Option<&HashMap<String, String>>, sizes: &[usize]) -> Result<Known, String> {
    let schema: Option<Schema> = parsed(metadata, "schema")?;
    let preprocessor: Option<Preprocessor> = parsed(metadata, "preprocessing")?;
    let (Some(schema), Some(preprocessor)) = (&schema, &preprocessor) else {
        return Err("`schema` or `preprocessing` is missing in its metadata".to_owned());
    };
    let columns = schema.columns.len();
    if !preprocessor.suits(schema)
        || sizes.first() != Some(&preprocessor.width(columns))
        || sizes.last() != Some(&schema.target.outputs())
        || !schema.target_scaling().is_none_or(is_usable)
    {
        return Err(
            "the `schema` and the `preprocessing` in its metadata do not fit its layers".to_owned(),
        );
    }
    Ok((Some(schema.clone()), Some(preprocessor.clone())))
}

/// Whether a number comes out of every output.
fn is_usable(scaling: TargetScaling) -> bool {
    scaling.center.is_finite() && scaling.scale.is_finite() && scaling.scale > 0.0
}

/// Returns the same of a file of the first version, which knew columns of plain numbers only.
fn first_version(
    metadata: Option<&HashMap<String, String>>,
    inputs: usize,
) -> Result<Known, String> {
    let features: Option<Vec<String>> = parsed(metadata, "feature_names")?;
    let classes: Option<Vec<String>> = parsed(metadata, "class_names")?;
    let schema = features.zip(classes);
    let schema = schema.map(|(features, classes)| Schema::of_numbers(features, classes));
    let Some(scaling) = parsed::<Scaling>(metadata, "scaling")? else {
        return Ok((schema, None));
    };
    let unreadable = |cause| format!("`scaling` in its metadata cannot be read: {cause}");
    let preprocessor = Preprocessor::try_from(scaling).map_err(unreadable)?;
    if !preprocessor.fits(inputs) {
        return Err(unreadable("it is for another number of inputs"));
    }
    Ok((schema, Some(preprocessor)))
}

/// Parses a value of the metadata as JSON.
fn parsed<T: DeserializeOwned>(
    metadata: Option<&HashMap<String, String>>,
    key: &str,
) -> Result<Option<T>, String> {
    let text = metadata.and_then(|metadata| metadata.get(key));
    text.map(|text| serde_json::from_str(text))
        .transpose()
        .map_err(|error| format!("`{key}` in its metadata cannot be read: {error}"))
}
