//! A graph for ONNX runtimes.
//!
//! Source of the field numbers: `onnx.proto` of the ONNX specification, <https://onnx.ai/onnx/repo-docs/IR.html>.

use super::protobuf::Message;
use super::scaling::Scaling;
use super::{ExportError, Exported};
use mlp_core::config::{Activation, LEAKY_RELU_SLOPE, ScaleKind};

/// Version of the operators; those used here have not changed since opset 20.
const OPSET: u64 = 23;
/// Version of the file format; the one released with this opset.
const IR_VERSION: u64 = 11;
/// Maximum size of a protobuf file.
const MAX_BYTES: usize = i32::MAX as usize;
/// `TensorProto.DataType.FLOAT`
const FLOAT: u64 = 1;
/// `AttributeProto.AttributeType`
const ATTRIBUTE_FLOAT: u64 = 1;
const ATTRIBUTE_INT: u64 = 2;

/// Name of the graph's input, `[N, features]`.
const INPUT: &str = "input";
/// Name of the graph's output, `[N, classes]`.
const OUTPUT: &str = "probabilities";

/// Returns the model as a file: input `[N, features]` of raw values, output `[N, classes]` of probabilities.
///
/// # Errors
/// If the file would be longer than a protobuf file can be.
pub(super) fn write(model: &Exported) -> Result<Vec<u8>, ExportError> {
    let weights: usize = model
        .layers()
        .iter()
        .map(|layer| size_of_val(&layer.weight[..]) + size_of_val(&layer.bias[..]))
        .sum();
    if weights >= MAX_BYTES / 2 {
        return Err(ExportError::TooLarge {
            format: "onnx",
            bytes: weights,
        });
    }
    let mut graph = Graph::default();
    let inputs = prepare(&mut graph, model);
    let logits = layers(&mut graph, model, inputs);
    graph.node("Softmax", &[&logits], OUTPUT, &[integer("axis", 1)]);
    let properties = [
        ("class_names", json(model.classes())),
        ("feature_names", json(&model.model.schema.feature_names())),
        ("activation", model.activation().name().to_owned()),
        ("architecture", model.architecture()),
    ]
    .map(|(key, value)| Message::default().text(1, key).text(2, &value));
    let about = format!(
        "{}, step {}. Input: rows of raw values, {}. Output: the probability of each class.",
        model.architecture(),
        model.step,
        model.scaling_in_words()
    );
    let opset = Message::default().text(1, "").integer(2, OPSET);
    let model = Message::default()
        .integer(1, IR_VERSION)
        .text(2, "mlp")
        .text(3, env!("CARGO_PKG_VERSION"))
        .text(6, &about)
        .message(7, &graph.finish(model))
        .message(8, &opset)
        .messages(14, &properties);
    Ok(model.into_bytes())
}

/// Adds the nodes that fill empty cells and scale; returns the name of their output.
fn prepare(graph: &mut Graph, model: &Exported) -> String {
    let columns = model.features();
    let mut last = INPUT.to_owned();
    if let Some(fill) = model.model.preprocessor.fill() {
        graph.constant("fill", &[columns], &fill);
        graph.node("IsNaN", &[INPUT], "is_empty", &[]);
        last = graph.node("Where", &["is_empty", "fill", INPUT], "filled", &[]);
    }
    let scaling = Scaling::from(&model.model.preprocessor);
    match scaling.kind {
        ScaleKind::None => last,
        ScaleKind::Unit => {
            graph.constant("largest", &[], &[255.0]);
            graph.node("Div", &[&last, "largest"], "scaled", &[])
        }
        _ => {
            graph.constant("mean", &[columns], &scaling.mean);
            graph.constant("deviation", &[columns], &scaling.deviation);
            last = graph.node("Sub", &[&last, "mean"], "centred", &[]);
            graph.node("Div", &[&last, "deviation"], "scaled", &[])
        }
    }
}

/// Adds the layers; returns the name of the logits.
fn layers(graph: &mut Graph, model: &Exported, inputs: String) -> String {
    let mut last = inputs;
    let hidden = model.hidden().len();
    for (index, (layer, from, to)) in model.shaped_layers().enumerate() {
        let name = |what: &str| format!("layer{index}.{what}");
        let (weight, bias) = (name("weight"), name("bias"));
        graph.constant(&weight, &[from, to], &layer.weight);
        graph.constant(&bias, &[to], &layer.bias);
        last = graph.node("Gemm", &[&last, &weight, &bias], &name("sums"), &[]);
        if index < hidden {
            last = activate(graph, model.activation(), &last, &name("activations"));
        }
    }
    last
}

/// Adds an activation; returns the name of its output.
fn activate(graph: &mut Graph, activation: Activation, sums: &str, output: &str) -> String {
    let part = |what: &str| format!("{output}.{what}");
    match activation {
        Activation::Tanh => graph.node("Tanh", &[sums], output, &[]),
        Activation::TanhDoubled => {
            let doubled = graph.node("Add", &[sums, sums], &part("doubled"), &[]);
            graph.node("Tanh", &[&doubled], output, &[])
        }
        Activation::Sigmoid => graph.node("Sigmoid", &[sums], output, &[]),
        Activation::Relu => graph.node("Relu", &[sums], output, &[]),
        Activation::LeakyRelu => {
            let slope = float("alpha", LEAKY_RELU_SLOPE as f32);
            graph.node("LeakyRelu", &[sums], output, &[slope])
        }
        Activation::Silu => {
            let share = graph.node("Sigmoid", &[sums], &part("share"), &[]);
            graph.node("Mul", &[sums, &share], output, &[])
        }
        Activation::Gelu => {
            // z·(1 + erf(z/√2))/2
            let root_half = graph.number("root_half", std::f32::consts::FRAC_1_SQRT_2);
            let one = graph.number("one", 1.0);
            let half = graph.number("half", 0.5);
            let argument = graph.node("Mul", &[sums, &root_half], &part("argument"), &[]);
            let error = graph.node("Erf", &[&argument], &part("error"), &[]);
            let twice = graph.node("Add", &[&error, &one], &part("twice"), &[]);
            let share = graph.node("Mul", &[&twice, &half], &part("share"), &[]);
            graph.node("Mul", &[sums, &share], output, &[])
        }
    }
}

/// A graph under construction.
#[derive(Default)]
struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    numbers: Vec<String>,
}

impl Graph {
    /// Adds an operation; returns the name of its output.
    fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
    ) -> String {
        let inputs = inputs
            .iter()
            .fold(Message::default(), |node, input| node.text(1, input));
        let node = inputs
            .text(2, output)
            .text(3, &format!("{output}/{operator}"))
            .text(4, operator)
            .messages(5, attributes);
        self.nodes.push(node);
        output.to_owned()
    }

    /// Adds a constant tensor.
    fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let tensor = shape.iter().fold(Message::default(), |tensor, &size| {
            tensor.integer(1, size as u64)
        });
        let tensor = tensor.integer(2, FLOAT).text(8, name).bytes(9, &bytes);
        self.constants.push(tensor);
    }

    /// Adds a number that several layers use, once; returns its name.
    fn number(&mut self, name: &str, value: f32) -> String {
        if !self.numbers.iter().any(|known| known == name) {
            self.numbers.push(name.to_owned());
            self.constant(name, &[], &[value]);
        }
        name.to_owned()
    }

    fn finish(self, model: &Exported) -> Message {
        Message::default()
            .messages(1, &self.nodes)
            .text(2, &model.name)
            .messages(5, &self.constants)
            .message(11, &rows(INPUT, model.features()))
            .message(12, &rows(OUTPUT, model.classes().len()))
    }
}

/// Describes a tensor `[N, columns]`.
fn rows(name: &str, columns: usize) -> Message {
    let any = Message::default().text(2, "N");
    let known = Message::default().integer(1, columns as u64);
    let shape = Message::default().messages(1, [&any, &known]);
    let tensor = Message::default().integer(1, FLOAT).message(2, &shape);
    let kind = Message::default().message(1, &tensor);
    Message::default().text(1, name).message(2, &kind)
}

fn integer(name: &str, value: u64) -> Message {
    let attribute = Message::default().text(1, name).integer(3, value);
    attribute.integer(20, ATTRIBUTE_INT)
}

fn float(name: &str, value: f32) -> Message {
    let attribute = Message::default().text(1, name).float(2, value);
    attribute.integer(20, ATTRIBUTE_FLOAT)
}

fn json(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}
