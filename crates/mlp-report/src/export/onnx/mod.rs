//! A graph for ONNX runtimes.
//!
//! | file | subject |
//! |---|---|
//! | `inputs` | raw values → inputs of the first layer |
//! | `graph` | nodes, constants, inputs and outputs |
//! | `protobuf` | the encoding of messages |
//!
//! Source of the field numbers: `onnx.proto` of the ONNX specification, <https://onnx.ai/onnx/repo-docs/IR.html>.

mod graph;
mod inputs;
mod protobuf;

use super::{ExportError, Exported};
use graph::{Element, Graph, float, integer};
use mlp_core::config::{Activation, LEAKY_RELU_SLOPE};
use mlp_data::TargetScaling;
use mlp_data::options::TargetTransform;
use protobuf::Message;
use serde_json::json;

/// Version of the operators: the first in which all that are used here have the form of today.
const OPSET: u64 = 13;
/// Version of the operators of `ai.onnx.ml`: the first that has `LabelEncoder` from texts to whole numbers of any order.
const ML_OPSET: u64 = 2;
/// Version of the file format; the one released with this opset, which any runtime since 2020 reads.
const IR_VERSION: u64 = 7;
/// Maximum size of a protobuf file.
const MAX_BYTES: usize = i32::MAX as usize;

/// Name of the graph's input where all columns are numbers, `[N, features]`.
const INPUT: &str = "input";
/// Name of the graph's output, `[N, classes]`.
const OUTPUT: &str = "probabilities";
/// Name of the output with the number of the predicted class, `[N, 1]`, where a threshold decides.
const CLASS: &str = "class";
/// Name of the output where a number is predicted, `[N, 1]`.
const VALUE: &str = "prediction";

/// Returns the model as a file: from raw values to probabilities, `[N, classes]`, or to predicted numbers, `[N, 1]`. If all columns are numbers, they are one
/// input, `[N, features]`; else each column is an input of its own, `[N, 1]`.
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
    let inputs = inputs::inputs(&mut graph, model);
    let outputs = layers(&mut graph, model, inputs);
    let computed = match model.target() {
        None => {
            let (axis, classes) = ([integer("axis", 1)], model.classes().len());
            let decision = model.model.decision;
            let logits = if is_one(decision.temperature) {
                outputs
            } else {
                let temperature = graph.number(Element::Float, decision.temperature);
                graph.node("Div", &[&outputs, &temperature], "calibrated", &[])
            };
            graph.output(
                "Softmax",
                &[&logits],
                OUTPUT,
                &axis,
                (classes, "Probability of each class."),
            );
            match decision.rule() {
                None => "the probability of each class".to_owned(),
                Some((positive, threshold)) => {
                    class_output(&mut graph, positive, threshold);
                    format!(
                        "the probability of each class, and `{CLASS}`, the number of the predicted one: {positive} where its \
                         probability is at least {threshold}"
                    )
                }
            }
        }
        Some(scaling) => {
            unscale(&mut graph, &outputs, scaling);
            "the predicted number, in the unit of the data file".to_owned()
        }
    };
    let schema = &model.model.schema;
    let mut properties = vec![
        ("class_names", json!(model.classes()).to_string()),
        ("feature_names", json!(schema.feature_names()).to_string()),
        ("activation", model.activation().name().to_owned()),
        ("architecture", model.architecture()),
    ];
    if let Some(decision) = model.decision() {
        properties.push(("decision", decision.to_string()));
    }
    let takes = if schema.is_numeric() {
        "rows of raw values"
    } else {
        properties.push(("columns", inputs::description(model).to_string()));
        "raw values, each column an input [N, 1]: numbers and booleans (1 or 0) as numbers, dates as seconds since \
         1970-01-01T00:00:00Z, categories as text; what is missing is NaN, or an empty text"
    };
    let about = format!(
        "{}, step {}. Input: {takes}; {}. Output: {computed}, computed in float32.",
        model.architecture(),
        model.step,
        model.scaling_in_words(),
    );
    let mut opsets = vec![opset("", OPSET)];
    if graph.has_ml {
        opsets.push(opset("ai.onnx.ml", ML_OPSET));
    }
    let properties: Vec<Message> = properties
        .into_iter()
        .map(|(key, value)| Message::default().text(1, key).text(2, &value))
        .collect();
    let model = Message::default()
        .integer(1, IR_VERSION)
        .text(2, "mlp")
        .text(3, env!("CARGO_PKG_VERSION"))
        .text(6, &about)
        .message(7, &graph.finish(&model.name))
        .messages(8, &opsets)
        .messages(14, &properties);
    Ok(model.into_bytes())
}

/// Adds the output of the class that is predicted: the positive one where its probability reaches the threshold.
fn class_output(graph: &mut Graph, positive: u32, threshold: f64) {
    let place = graph.indices("positive", &[positive as usize]);
    let other = graph.indices("negative", &[1 - positive as usize]);
    let threshold = graph.number(Element::Float, threshold);
    let axis = [integer("axis", 1)];
    let score = graph.node("Gather", &[OUTPUT, &place], "score", &axis);
    let is_positive = graph.node("GreaterOrEqual", &[&score, &threshold], "is_positive", &[]);
    graph.class_output(
        "Where",
        &[&is_positive, &place, &other],
        CLASS,
        "Number of the predicted class.",
    );
}

/// Whether a temperature leaves the logits as they are.
#[allow(clippy::float_cmp)] // exactly 1 where none was fitted
fn is_one(temperature: f64) -> bool {
    temperature == 1.0
}

/// Adds the nodes that bring the output to the unit of the data file.
///
/// The graph computes in float32, so a prediction has about seven digits.
fn unscale(graph: &mut Graph, output: &str, scaling: TargetScaling) {
    let about = (1, "The predicted number.");
    let center = graph.number(Element::Float, scaling.center);
    let scale = graph.number(Element::Float, scaling.scale);
    let scaled = graph.node("Mul", &[output, &scale], "target_scaled", &[]);
    match scaling.transform {
        TargetTransform::None => graph.output("Add", &[&scaled, &center], VALUE, &[], about),
        TargetTransform::Log => {
            let logarithm = graph.node("Add", &[&scaled, &center], "target_logarithm", &[]);
            graph.output("Exp", &[&logarithm], VALUE, &[], about);
        }
    }
}

fn opset(domain: &str, version: u64) -> Message {
    Message::default().text(1, domain).integer(2, version)
}

/// Adds the layers; returns the name of the outputs.
fn layers(graph: &mut Graph, model: &Exported, inputs: String) -> String {
    let mut last = inputs;
    let hidden = model.hidden().len();
    for (index, (layer, from, to)) in model.shaped_layers().enumerate() {
        let name = |what: &str| format!("layer{index}.{what}");
        let weight = graph.floats(&name("weight"), &[from, to], &layer.weight);
        let bias = graph.floats(&name("bias"), &[to], &layer.bias);
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
            let mut number = |value| graph.number(Element::Float, value);
            let root_half = number(std::f64::consts::FRAC_1_SQRT_2);
            let (one, half) = (number(1.0), number(0.5));
            let argument = graph.node("Mul", &[sums, &root_half], &part("argument"), &[]);
            let error = graph.node("Erf", &[&argument], &part("error"), &[]);
            let twice = graph.node("Add", &[&error, &one], &part("twice"), &[]);
            let share = graph.node("Mul", &[&twice, &half], &part("share"), &[]);
            graph.node("Mul", &[sums, &share], output, &[])
        }
    }
}
