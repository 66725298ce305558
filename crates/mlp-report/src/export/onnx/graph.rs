//! A graph under construction.
//!
//! Names within the graph begin with a slash, and those of its inputs and outputs do not, so that they never meet.

use std::collections::HashSet;

use super::protobuf::Message;

/// `AttributeProto.AttributeType`
const ATTRIBUTE_FLOAT: u64 = 1;
const ATTRIBUTE_INT: u64 = 2;
const ATTRIBUTE_INTS: u64 = 7;
const ATTRIBUTE_STRINGS: u64 = 8;

/// Type of the elements of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    Float,
    Int64,
    Text,
    Bool,
    Double,
}

impl Element {
    /// `TensorProto.DataType`
    pub const fn code(self) -> u64 {
        match self {
            Self::Float => 1,
            Self::Int64 => 7,
            Self::Text => 8,
            Self::Bool => 9,
            Self::Double => 11,
        }
    }

    /// Returns the name of tensors of such elements.
    pub const fn tensor(self) -> &'static str {
        match self {
            Self::Float => "tensor(float)",
            Self::Int64 => "tensor(int64)",
            Self::Text => "tensor(string)",
            Self::Bool => "tensor(bool)",
            Self::Double => "tensor(double)",
        }
    }
}

/// Nodes, constants, inputs and outputs.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    shared: HashSet<String>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    /// Whether a node is one of the operators for machine learning.
    pub has_ml: bool,
}

impl Graph {
    /// Adds an operation; returns the name of its output.
    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
    ) -> String {
        self.inner(operator, inputs, output, attributes, "")
    }

    /// Adds an operation of the domain `ai.onnx.ml`; returns the name of its output.
    pub fn ml_node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
    ) -> String {
        self.has_ml = true;
        self.inner(operator, inputs, output, attributes, "ai.onnx.ml")
    }

    /// Adds an operation whose output stays within the graph, under a name that is none of the graph's own.
    fn inner(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
        domain: &str,
    ) -> String {
        let output = format!("/{output}");
        self.push(operator, inputs, &output, attributes, domain);
        output
    }

    /// Adds the operation whose output is one of the graph.
    pub fn output(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
        (columns, about): (usize, &str),
    ) {
        self.push(operator, inputs, output, attributes, "");
        self.outputs
            .push(rows(output, Element::Float, columns, about));
    }

    /// Adds the operation whose output is a column of whole numbers of the graph.
    pub fn class_output(&mut self, operator: &str, inputs: &[&str], output: &str, about: &str) {
        self.push(operator, inputs, output, &[], "");
        self.outputs.push(rows(output, Element::Int64, 1, about));
    }

    fn push(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[Message],
        domain: &str,
    ) {
        let inputs = inputs
            .iter()
            .fold(Message::default(), |node, input| node.text(1, input));
        let mut node = inputs
            .text(2, output)
            .text(3, &format!("{output}/{operator}"))
            .text(4, operator)
            .messages(5, attributes);
        if !domain.is_empty() {
            node = node.text(7, domain);
        }
        self.nodes.push(node);
    }

    /// Adds an input `[N, columns]` of the graph.
    pub fn input(&mut self, name: &str, element: Element, columns: usize, about: &str) {
        self.inputs.push(rows(name, element, columns, about));
    }

    /// Adds a constant tensor; returns its name.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, Element::Float, shape, &bytes)
    }

    /// Adds a constant tensor of whole numbers; returns its name.
    pub fn integers(&mut self, name: &str, shape: &[usize], values: &[i64]) -> String {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, Element::Int64, shape, &bytes)
    }

    /// Adds a constant list of places; returns its name.
    pub fn indices(&mut self, name: &str, places: &[usize]) -> String {
        let values: Vec<i64> = places.iter().copied().map(index).collect();
        self.integers(name, &[values.len()], &values)
    }

    /// Adds a constant tensor of booleans; returns its name.
    pub fn booleans(&mut self, name: &str, shape: &[usize], values: &[bool]) -> String {
        let bytes: Vec<u8> = values.iter().map(|value| u8::from(*value)).collect();
        self.constant(name, Element::Bool, shape, &bytes)
    }

    /// Adds a constant tensor of numbers of this type, float or double; returns its name.
    pub fn reals(
        &mut self,
        name: &str,
        element: Element,
        shape: &[usize],
        values: &[f64],
    ) -> String {
        if element == Element::Float {
            // They were numbers of 32 bits.
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            return self.floats(name, shape, &values);
        }
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, element, shape, &bytes)
    }

    fn constant(&mut self, name: &str, element: Element, shape: &[usize], bytes: &[u8]) -> String {
        let name = format!("/{name}");
        let tensor = shape.iter().fold(Message::default(), |tensor, &size| {
            tensor.integer(1, size as u64)
        });
        let tensor = tensor.integer(2, element.code()).text(8, &name);
        self.constants.push(tensor.bytes(9, bytes));
        name
    }

    /// Adds a number that several nodes use, once; returns its name.
    pub fn number(&mut self, element: Element, value: f64) -> String {
        let name = match element {
            Element::Double => format!("double/{value}"),
            _ => format!("float/{value}"),
        };
        if self.shared.insert(name.clone()) {
            return self.reals(&name, element, &[], &[value]);
        }
        format!("/{name}")
    }

    /// Returns the graph as a message.
    pub fn finish(self, name: &str) -> Message {
        Message::default()
            .messages(1, &self.nodes)
            .text(2, name)
            .messages(5, &self.constants)
            .messages(11, &self.inputs)
            .messages(12, &self.outputs)
    }
}

/// Describes a tensor `[N, columns]`.
fn rows(name: &str, element: Element, columns: usize, about: &str) -> Message {
    let any = Message::default().text(2, "N");
    let known = Message::default().integer(1, columns as u64);
    let shape = Message::default().messages(1, [&any, &known]);
    let tensor = Message::default()
        .integer(1, element.code())
        .message(2, &shape);
    let kind = Message::default().message(1, &tensor);
    let value = Message::default().text(1, name).message(2, &kind);
    value.text(3, about)
}

/// An attribute that is a whole number.
pub fn integer(name: &str, value: i64) -> Message {
    let attribute = Message::default().text(1, name);
    let attribute = attribute.integer(3, value.cast_unsigned());
    attribute.integer(20, ATTRIBUTE_INT)
}

/// An attribute that is a number.
pub fn float(name: &str, value: f32) -> Message {
    let attribute = Message::default().text(1, name).float(2, value);
    attribute.integer(20, ATTRIBUTE_FLOAT)
}

/// An attribute of whole numbers.
pub fn integers(name: &str, values: impl IntoIterator<Item = i64>) -> Message {
    let attribute = Message::default().text(1, name);
    let attribute = values.into_iter().fold(attribute, |attribute, value| {
        attribute.integer(8, value.cast_unsigned())
    });
    attribute.integer(20, ATTRIBUTE_INTS)
}

/// An attribute of texts.
pub fn texts<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Message {
    let attribute = Message::default().text(1, name);
    let attribute = values
        .into_iter()
        .fold(attribute, |attribute, value| attribute.text(9, value));
    attribute.integer(20, ATTRIBUTE_STRINGS)
}

/// A place as the graph has it.
#[allow(clippy::cast_possible_wrap)] // memory holds fewer than 63 bits count
pub const fn index(place: usize) -> i64 {
    place as i64
}
