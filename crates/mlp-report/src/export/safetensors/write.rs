//! From a network to a file.

use serde_json::{Map, Value, json};

use crate::export::Network;

/// Bytes that the header is padded to.
const ALIGNMENT: usize = 8;

/// The file: the length of the header, the header as JSON, the tensors.
///
/// Written here and not by the library, which writes metadata in an order that changes from call to call.
pub fn write(network: &Network) -> Vec<u8> {
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), metadata(network));
    let mut tensors: Vec<u8> = Vec::new();
    for (index, (layer, inputs, outputs)) in network.shaped_layers().enumerate() {
        let place = 2 * index; // every other place is the activation's
        let mut add = |name: &str, shape: Value, values: &mut dyn Iterator<Item = f32>| {
            let start = tensors.len();
            tensors.extend(values.flat_map(f32::to_le_bytes));
            let about =
                json!({"dtype": "F32", "shape": shape, "data_offsets": [start, tensors.len()]});
            header.insert(format!("{place}.{name}"), about);
        };
        let mut transposed = (0..outputs)
            .flat_map(|output| (0..inputs).map(move |input| input * outputs + output))
            .map(|at| layer.weight[at]);
        add("weight", json!([outputs, inputs]), &mut transposed);
        add("bias", json!([outputs]), &mut layer.bias.iter().copied());
    }
    let mut text = Value::Object(header).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
    let mut file = (text.len() as u64).to_le_bytes().to_vec();
    file.extend(text);
    file.extend(tensors);
    file
}

/// What the weights alone do not say. Values are texts; those with parts are JSON.
fn metadata(network: &Network) -> Value {
    let sizes = Value::from(network.sizes.clone());
    let classes = Value::from(network.class_names.clone());
    let features = Value::from(network.feature_names.clone());
    json!({
        "format": "pt",
        "mlp_version": env!("CARGO_PKG_VERSION"),
        "activation": network.activation.name(),
        "layer_sizes": sizes.to_string(),
        "class_names": classes.to_string(),
        "feature_names": features.to_string(),
        "scaling": json!(network.scaling).to_string(),
    })
}
