//! From a file to weights, checked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::de::DeserializeOwned;

use super::names::{self, Pair};
use crate::error::ExportError;
use crate::export::scaling::Scaling;
use mlp_core::config::Config;
use mlp_core::network::Layer;
use mlp_data::{Preprocessor, sha256};

/// Weights and biases out of a safetensors file.
#[derive(Clone, Debug)]
pub struct StoredWeights {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// In the order of the layers.
    pub layers: Vec<Layer>,
    /// Units of each layer, inputs first.
    pub sizes: Vec<usize>,
    /// How raw values became inputs, if this program wrote the file.
    pub preprocessor: Option<Preprocessor>,
    activation: Option<String>,
    class_names: Option<Vec<String>>,
    feature_names: Option<Vec<String>>,
}

impl StoredWeights {
    /// Reads a file. Numbers may be F32, F64, F16 or BF16.
    ///
    /// # Errors
    /// If it is not a safetensors file, its tensors are not those of a multilayer perceptron, or a number is not finite.
    pub fn read(path: &Path) -> Result<Self, ExportError> {
        let unreadable = |cause: String| ExportError::Unreadable {
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
        let tensors = |cause| ExportError::Tensors {
            path: path.to_owned(),
            cause,
        };
        let layers = names::layers(&file).map_err(tensors)?;
        let (sizes, layers) = check(&layers).map_err(tensors)?;
        // Only what this program wrote is known to mean the same by these words.
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

    /// Checks that a config and the classes and columns of its rows are those of these weights.
    ///
    /// # Errors
    /// If they are not.
    pub fn check(
        &self,
        config: &Config,
        class_names: &[String],
        feature_names: &[String],
    ) -> Result<(), ExportError> {
        let other_config = |cause: String, remedy: String| ExportError::OtherConfig {
            path: self.path.clone(),
            cause,
            remedy,
        };
        let [inputs, hidden @ .., outputs] = &self.sizes[..] else {
            return Ok(()); // checked: a network has a layer
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
        if let Some(preprocessor) = &self.preprocessor
            && preprocessor.kind() != config.data.scale
        {
            let name = |kind| serde_json::to_value(kind).unwrap_or_default();
            let (theirs, ours) = (name(preprocessor.kind()), name(config.data.scale));
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
        cause.map_or(Ok(()), |cause| {
            Err(ExportError::OtherRows {
                path: self.path.clone(),
                cause,
            })
        })
    }
}

/// Units of each layer and the values in this program's order; or what is wrong.
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

/// The numbers of a tensor as float32.
fn numbers(tensor: &TensorView, name: &str) -> Result<Vec<f32>, String> {
    fn each<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks().0.iter().copied().map(convert).collect()
    }
    let bytes = tensor.data();
    #[allow(clippy::cast_possible_truncation)] // rounded to the network's type
    let numbers = match tensor.dtype() {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32), // to infinity beyond its range
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

/// What the metadata says of how values become the network's inputs.
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

/// A part of the metadata that is JSON.
fn parsed<T: DeserializeOwned>(
    metadata: Option<&HashMap<String, String>>,
    key: &str,
) -> Result<Option<T>, String> {
    let text = metadata.and_then(|metadata| metadata.get(key));
    text.map(|text| serde_json::from_str(text))
        .transpose()
        .map_err(|error| format!("`{key}` in its metadata cannot be read: {error}"))
}
