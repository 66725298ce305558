//! Networks in the safetensors format, with the tensor names and shapes of `PyTorch`'s
//! `nn.Sequential(Linear, activation, Linear, …)`: `0.weight [out, in]`, `0.bias [out]`, `2.weight`, …

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};

use crate::config::Activation;
use crate::network::{Layer, Network};

/// Alignment of the header's length, in bytes.
const ALIGNMENT: usize = 8;
/// Metadata key of the activation's name.
const ACTIVATION: &str = "activation";

/// Serialises a network: the length of the header, the header as JSON, the tensors.
///
/// `about` holds further metadata entries. The `safetensors` crate is not used for writing because its order of the
/// metadata is not deterministic.
#[must_use]
pub fn write(network: &Network, about: &[(&str, String)]) -> Vec<u8> {
    let mut file = TensorWriter::new(metadata(network, about));
    for (index, layer) in network.layers.iter().enumerate() {
        let (inputs, outputs) = (layer.inputs(), layer.outputs());
        let place = 2 * index; // every other module is an activation
        let mut add = |name: &str, shape: &[usize], values: &mut dyn Iterator<Item = f32>| {
            let bytes = values.flat_map(f32::to_le_bytes);
            file.add(&format!("{place}.{name}"), "F32", shape, bytes);
        };
        let mut transposed = (0..outputs)
            .flat_map(|output| (0..inputs).map(move |input| input * outputs + output))
            .map(|at| layer.weight[at]);
        add("weight", &[outputs, inputs], &mut transposed);
        add("bias", &[outputs], &mut layer.bias.iter().copied());
    }
    file.into_bytes()
}

/// A file under construction.
pub(crate) struct TensorWriter {
    header: Map<String, Value>,
    tensors: Vec<u8>,
}

impl TensorWriter {
    /// Creates a file without tensors; the values of its metadata must be texts.
    pub fn new(metadata: Value) -> Self {
        let mut header = Map::new();
        header.insert("__metadata__".to_owned(), metadata);
        Self {
            header,
            tensors: Vec::new(),
        }
    }

    /// Adds a tensor of a type, as the format names it, with its bytes in little-endian order.
    pub fn add(
        &mut self,
        name: &str,
        dtype: &str,
        shape: &[usize],
        bytes: impl Iterator<Item = u8>,
    ) {
        let start = self.tensors.len();
        self.tensors.extend(bytes);
        let about =
            json!({"dtype": dtype, "shape": shape, "data_offsets": [start, self.tensors.len()]});
        self.header.insert(name.to_owned(), about);
    }

    /// Returns the file.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut text = Value::Object(self.header).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
        let mut file = (text.len() as u64).to_le_bytes().to_vec();
        file.extend(text);
        file.extend(self.tensors);
        file
    }
}

/// Returns the metadata. All values are strings, as the format requires; structured ones are JSON.
fn metadata(network: &Network, about: &[(&str, String)]) -> Value {
    let mut metadata = Map::new();
    let mut add = |key: &str, value: &str| metadata.insert(key.to_owned(), value.into());
    add("format", "pt");
    add("mlp_version", env!("CARGO_PKG_VERSION"));
    add(ACTIVATION, network.activation.name());
    add("layer_sizes", &Value::from(network.sizes()).to_string());
    for (key, value) in about {
        add(key, value);
    }
    Value::Object(metadata)
}

/// Reads a file that [`write()`] has written.
///
/// # Errors
/// A description of the problem if the bytes are not such a file.
pub fn read(bytes: &[u8]) -> Result<Network, String> {
    let text = |error: safetensors::SafeTensorError| error.to_string();
    let file = SafeTensors::deserialize(bytes).map_err(text)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(text)?;
    let name = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(ACTIVATION))
        .ok_or("its metadata does not name the activation")?;
    let activation: Activation = serde_json::from_value(name.as_str().into())
        .map_err(|_| format!("its activation is `{name}`, which is not known"))?;
    if file.len() % 2 != 0 || file.is_empty() {
        return Err(format!(
            "it holds {} tensors, not pairs of them",
            file.len()
        ));
    }
    let mut layers: Vec<Layer> = Vec::new();
    for place in (0..file.len()).step_by(2) {
        let tensor = |name: &str| file.tensor(&format!("{place}.{name}")).map_err(text);
        let (weight, bias) = (tensor("weight")?, tensor("bias")?);
        let (&[outputs, inputs], &[biases]) = (weight.shape(), bias.shape()) else {
            return Err(format!("layer {place} is not a Linear layer"));
        };
        let fits = layers.last().is_none_or(|last| last.outputs() == inputs);
        if outputs != biases || outputs == 0 || inputs == 0 || !fits {
            return Err(format!("the shapes of layer {place} do not fit"));
        }
        let rows = numbers(&weight)?;
        let transposed = (0..inputs)
            .flat_map(|input| (0..outputs).map(move |output| output * inputs + input))
            .map(|at| rows[at]);
        layers.push(Layer {
            weight: transposed.collect(),
            bias: numbers(&bias)?,
        });
    }
    Ok(Network { layers, activation })
}

fn numbers(tensor: &TensorView) -> Result<Vec<f32>, String> {
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("a tensor is of the type {}", tensor.dtype()));
    }
    let values = tensor.data().as_chunks().0.iter();
    Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_reads_back_as_it_was_written() {
        let network = Network {
            layers: vec![
                Layer {
                    weight: vec![1.0, -0.0, 3.5, f32::MIN_POSITIVE, 5.0, 6.0],
                    bias: vec![0.1, 0.2, 0.3],
                },
                Layer {
                    weight: vec![7.0, 8.0, 9.0],
                    bias: vec![-1.0],
                },
            ],
            activation: Activation::LeakyRelu,
        };
        let bytes = write(&network, &[("note", "a text".to_owned())]);
        assert_eq!(read(&bytes).unwrap(), network);
        assert_eq!(network.sizes(), [2, 3, 1]);
    }

    #[test]
    fn a_file_that_is_cut_off_or_of_something_else_is_refused() {
        let layer = Layer {
            weight: vec![1.0, 2.0],
            bias: vec![0.5],
        };
        let network = Network {
            layers: vec![layer],
            activation: Activation::Tanh,
        };
        let bytes = write(&network, &[]);
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
        assert!(read(b"label,x\n1,2\n").is_err());
    }
}
