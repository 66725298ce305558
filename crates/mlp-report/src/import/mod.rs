//! Weights that were trained elsewhere, from a safetensors file with the names and shapes of `PyTorch`'s
//! `nn.Sequential(Linear, activation, Linear, …)`: `0.weight [out, in]`, `0.bias [out]`, `2.weight`, …

mod layers;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::de::DeserializeOwned;

use crate::export::scaling::{Scaling, other_column};
use layers::Pair;
use mlp_core::config::Config;
use mlp_core::network::Layer;
use mlp_data::{Preprocessor, Schema, sha256};

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
    /// How raw values became inputs; known if this program wrote the file.
    pub preprocessor: Option<Preprocessor>,
    activation: Option<String>,
    class_names: Option<Vec<String>>,
    feature_names: Option<Vec<String>>,
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
        let preprocessor =
            preprocessor(metadata, sizes.first().copied().unwrap_or(0)).map_err(unreadable)?;
        Ok(Self {
            path: path.to_owned(),
            sha256: sha256(&bytes),
            layers,
            sizes,
            preprocessor,
            activation: metadata.and_then(|metadata| metadata.get("activation").cloned()),
            class_names: parsed(metadata, "class_names").map_err(unreadable)?,
            feature_names: parsed(metadata, "feature_names").map_err(unreadable)?,
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
        let (class_names, feature_names) = (schema.classes(), &schema.feature_names()[..]);
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
        if let Some((column, what)) = other_column(schema, preprocessor) {
            return Err(other_rows(format!(
                "weights are imported for columns of plain numbers, but column `{column}` is {what}"
            )));
        }
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
        let differs = |what: &str, theirs: &Option<Vec<String>>, ours: &[String]| {
            let theirs = theirs.as_ref().filter(|theirs| *theirs != ours)?;
            let at = theirs
                .iter()
                .zip(ours)
                .position(|(one, other)| one != other);
            Some(at.map_or_else(
                || {
                    format!(
                        "it has {} {what}, the rows have {}",
                        theirs.len(),
                        ours.len()
                    )
                },
                |at| {
                    format!(
                        "of its {what}, number {} is `{}`, that of the rows `{}`",
                        at + 1,
                        theirs[at],
                        ours[at]
                    )
                },
            ))
        };
        let sizes = (class_names.len(), feature_names.len());
        let cause = if sizes == (*outputs, *inputs) {
            differs("classes", &self.class_names, class_names)
                .or_else(|| differs("inputs", &self.feature_names, feature_names))
        } else {
            Some(format!(
                "it takes {inputs} values and tells {outputs} classes, but the rows have {} values and {} classes",
                sizes.1, sizes.0
            ))
        };
        cause.map_or(Ok(()), |cause| Err(other_rows(cause)))
    }
}

impl WeightsFile {
    /// Returns the preprocessing of the file if it is known, and scales or fills otherwise than this one.
    #[must_use]
    pub fn other_preprocessing(&self, ours: &Preprocessor) -> Option<Preprocessor> {
        let theirs = self.preprocessor.as_ref()?;
        (Scaling::from(theirs) != Scaling::from(ours)).then(|| theirs.clone())
    }
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

/// Returns the preprocessing that the metadata describes.
fn preprocessor(
    metadata: Option<&HashMap<String, String>>,
    inputs: usize,
) -> Result<Option<Preprocessor>, String> {
    let Some(scaling) = parsed::<Scaling>(metadata, "scaling")? else {
        return Ok(None);
    };
    let unreadable = |cause| format!("`scaling` in its metadata cannot be read: {cause}");
    let preprocessor = Preprocessor::try_from(scaling).map_err(unreadable)?;
    if !preprocessor.fits(inputs) {
        return Err(unreadable("it is for another number of inputs"));
    }
    Ok(Some(preprocessor))
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
