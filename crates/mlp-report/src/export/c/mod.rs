//! One C99 header that needs nothing but the standard library.
//!
//! | file | subject |
//! |---|---|
//! | `inputs` | raw values → inputs of the first layer |
//! | `text` | names, texts and numbers as C has them |

mod inputs;
mod text;

use super::Exported;
use inputs::Input;
use mlp_core::config::{Activation, LEAKY_RELU_SLOPE};
use mlp_core::decision::Decision;
use mlp_data::TargetScaling;
use mlp_data::options::TargetTransform;
use text::{array, comment, float, texts};

pub use text::Prefix;

/// Maximum number of features whose names are listed.
const MAX_LISTED: usize = 64;

/// What the names of a header begin with.
struct Names {
    /// Functions, types and constants.
    lower: String,
    /// Macros.
    upper: String,
}

/// Returns the header; its `mlp_predict` maps raw values to probabilities, or to the predicted number.
pub(super) fn header(model: &Exported) -> String {
    let input = Input::of(model);
    let names = Names {
        lower: model.prefix.lower().to_owned(),
        upper: model.prefix.upper(),
    };
    let (p, u) = (&names.lower, &names.upper);
    let mut text = about(model, &input, &names);
    let string = if input.has_texts() {
        "#include <string.h>\n"
    } else {
        ""
    };
    let inputs = if input.is_encoded() {
        format!("#define {u}_INPUTS {}\n", model.model.network.sizes()[0])
    } else {
        String::new()
    };
    let classes = match model.target() {
        None => format!("#define {u}_CLASSES {}\n", model.classes().len()),
        Some(_) => String::new(),
    };
    text += &format!(
        "#ifndef {u}_MODEL_H\n#define {u}_MODEL_H\n\n#include <math.h>\n#include <stddef.h>\n{string}\n\
         #define {u}_FEATURES {}\n{inputs}{classes}\n\
         #ifndef {u}_API\n#define {u}_API static inline\n#endif\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
        model.features()
    );
    text += &input.row_type(&names);
    if model.target().is_none() {
        text += &class_names(model, &names);
    }
    text += &parameters(model, &names);
    text += &input.functions(&names);
    text += &format!(
        "/* Adds the products of one value and its weights to the sums. */\n\
         static inline void {p}_accumulate(float value, const float *weights, float *sums, size_t units) {{\n    \
         size_t unit;\n    if (value == 0.0f) {{\n        return;\n    }}\n    \
         for (unit = 0; unit < units; ++unit) {{\n        sums[unit] += value * weights[unit];\n    }}\n}}\n\n"
    );
    text += &activation(model.activation(), &names);
    text += &predict(model, &input, &names);
    text += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
    text
}

/// Returns the comment at the top.
fn about(model: &Exported, input: &Input, names: &Names) -> String {
    let (p, u) = (&names.lower, &names.upper);
    let sizes = model
        .layers()
        .iter()
        .map(|layer| layer.weight.len() + layer.bias.len());
    let parameters: usize = sizes.sum();
    let widest = model.hidden().iter().max().copied().unwrap_or(0);
    let buffers = if model.hidden().len() > 1 { 2 } else { 1 };
    let mut stack = widest * buffers;
    if input.is_encoded() {
        stack += model.model.network.sizes()[0];
    }
    let mut lines = vec![
        format!(
            "{}: a multilayer perceptron, {}",
            comment(&model.name),
            comment(&model.architecture())
        ),
        format!(
            "written by mlp {} from the weights of step {}.",
            env!("CARGO_PKG_VERSION"),
            model.step
        ),
        String::new(),
    ];
    if let Some(fallback) = &model.fallback {
        lines.push(format!(
            "Not trained on the configured data: {}",
            comment(fallback)
        ));
        lines.push(String::new());
    }
    let (example, input_is) = match input {
        Input::Row(_) => ("&row", format!("raw values in a struct {p}_row")),
        _ => ("input", format!("{} raw values", model.features())),
    };
    let (output, usage, library): (_, &[String], _) = match model.target() {
        None => (
            [
                format!("Output: the probability of each class. The function returns the index of the {}, or -1 if the", returned_class(model)),
                "input has NAN where a value is required, or a value so large that the sums overflow.".to_owned(),
            ],
            &[
                format!("    float probabilities[{u}_CLASSES];"),
                format!("    int most_probable = {p}_predict({example}, probabilities);"),
                format!("    puts({p}_class_name(most_probable));"),
            ],
            "For other languages, the same header is a library with these two functions:",
        ),
        Some(_) => (
            [
                format!("Output: {}, in the unit of the data file; not a number if the input has NAN where a value is required,", comment(model.target_name())),
                "or a value so large that the sums overflow.".to_owned(),
            ],
            &[format!("    double prediction = {p}_predict({example});")],
            "For other languages, the same header is a library with this function:",
        ),
    };
    lines.extend([format!(
        "Input: {input_is}, as the data file has them; they are {}.",
        model.scaling_in_words()
    )]);
    lines.extend(output);
    lines.extend([format!(
        "Size: {parameters} weights and biases, {} bytes of constants; about {} bytes of stack.",
        4 * parameters,
        4 * stack
    )]);
    if input.may_miss() && !matches!(input, Input::Row(_)) {
        lines.push("A value that is missing is given as NAN.".to_owned());
    }
    lines.extend([String::new(), "    #include \"model.h\"".to_owned()]);
    lines.extend(
        input
            .example(names)
            .iter()
            .map(|line| format!("    {line}")),
    );
    lines.extend(usage.iter().cloned());
    lines.extend([
        String::new(),
        "    cc -std=c99 -O2 program.c -lm".to_owned(),
        String::new(),
        library.to_owned(),
        String::new(),
        format!("    cc -std=c99 -O2 -shared -fPIC -D{u}_API= -x c model.h -o libmodel.so -lm"),
    ]);
    if !matches!(input, Input::Row(_)) && model.features() <= MAX_LISTED {
        lines.push(String::new());
        lines.push("Order of the input:".to_owned());
        let names = model.model.schema.feature_names();
        let names = names.iter().enumerate();
        lines.extend(names.map(|(index, name)| format!("    {index}  {}", comment(name))));
    }
    let body: String = lines
        .iter()
        .map(|line| format!(" * {line}").trim_end().to_owned() + "\n")
        .collect();
    format!("/*\n{body} */\n")
}

/// Describes the class whose index is returned.
fn returned_class(model: &Exported) -> String {
    model.model.decision.rule().map_or_else(
        || "most probable class".to_owned(),
        |(class, threshold)| {
            let other = 1 - class;
            format!("predicted class: {class} where its probability is at least {threshold}, else {other}")
        },
    )
}

fn class_names(model: &Exported, names: &Names) -> String {
    let (p, u) = (&names.lower, &names.upper);
    let classes: Vec<&str> = model.classes().iter().map(String::as_str).collect();
    texts(&format!("{p}_class_names"), &classes)
        + &format!(
            "\n/* Name of a class, in UTF-8; NULL if there is no such class. */\n\
             {u}_API const char *{p}_class_name(int class_index) {{\n    \
             return class_index >= 0 && class_index < {u}_CLASSES ? {p}_class_names[class_index] : NULL;\n}}\n\n"
        )
}

fn parameters(model: &Exported, names: &Names) -> String {
    let p = &names.lower;
    let mut text = String::new();
    for (index, (layer, inputs, outputs)) in model.shaped_layers().enumerate() {
        text += &format!(
            "/* Layer {index}: {inputs} inputs, {outputs} outputs; the weights of an input follow each other. */\n"
        );
        let weight = layer.weight.iter().copied().map(float);
        text += &array("float", &format!("{p}_weight_{index}"), weight);
        let bias = layer.bias.iter().copied().map(float);
        text += &array("float", &format!("{p}_bias_{index}"), bias);
    }
    text
}

fn activation(activation: Activation, names: &Names) -> String {
    let expression = match activation {
        Activation::Tanh => "tanhf(z)".to_owned(),
        Activation::TanhDoubled => "tanhf(z + z)".to_owned(),
        Activation::Sigmoid => "1.0f / (1.0f + expf(-z))".to_owned(),
        Activation::Relu => "z < 0.0f ? 0.0f : z".to_owned(),
        Activation::LeakyRelu => format!("z < 0.0f ? {:e}f * z : z", LEAKY_RELU_SLOPE as f32),
        Activation::Gelu => "0.5f * z * (1.0f + erff(z * 0.70710678f))".to_owned(),
        Activation::Silu => "z / (1.0f + expf(-z))".to_owned(),
    };
    format!(
        "/* {} */\nstatic inline float {}_activate(float z) {{\n    return {expression};\n}}\n\n",
        activation.name(),
        names.lower
    )
}

/// Returns `mlp_predict`, layer by layer; hidden layers alternate between two buffers.
fn predict(model: &Exported, input: &Input, names: &Names) -> String {
    let (p, u) = (&names.lower, &names.upper);
    let hidden = model.hidden();
    let widest = hidden.iter().max().copied().unwrap_or(0);
    let buffers = ["even", "odd"];
    let parameter = input.parameter(names);
    let mut text = match model.target() {
        None => format!(
            "/* Probabilities of one row of raw values; returns the index of the predicted class. */\n\
             {u}_API int {p}_predict({parameter}, float probabilities[{u}_CLASSES]) {{\n"
        ),
        Some(_) => format!(
            "/* The number that is predicted for one row of raw values. */\n\
             {u}_API double {p}_predict({parameter}) {{\n"
        ),
    };
    if input.is_encoded() {
        text += &format!("    float inputs[{u}_INPUTS];\n");
    }
    for buffer in &buffers[..hidden.len().min(2)] {
        text += &format!("    float {buffer}[{widest}];\n");
    }
    let (variables, outputs_name) = match model.target() {
        None => (
            "    float largest, sum = 0.0f;\n    size_t i;\n    int class_index = 0;\n\n",
            "probabilities",
        ),
        Some(_) => ("    float output[1];\n    size_t i;\n\n", "output"),
    };
    text += variables;
    let first = match input {
        Input::Numbers(_) => format!("{p}_scaled(input[i], i)"),
        Input::Row(_) => {
            text += &format!("    {p}_encode(row, inputs);\n");
            "inputs[i]".to_owned()
        }
        Input::Encoded(_) => {
            text += &format!("    {p}_encode(input, inputs);\n");
            "inputs[i]".to_owned()
        }
    };
    for (index, (_, inputs, outputs)) in model.shaped_layers().enumerate() {
        let sums = if index < hidden.len() {
            buffers[index % 2]
        } else {
            outputs_name
        };
        let value = if index == 0 {
            first.clone()
        } else {
            format!("{}[i]", buffers[(index - 1) % 2])
        };
        text += &format!(
            "    for (i = 0; i < {outputs}; ++i) {{\n        {sums}[i] = {p}_bias_{index}[i];\n    }}\n    \
             for (i = 0; i < {inputs}; ++i) {{\n        \
             {p}_accumulate({value}, {p}_weight_{index} + i * {outputs}, {sums}, {outputs});\n    }}\n"
        );
        if index < hidden.len() {
            text += &format!(
                "    for (i = 0; i < {outputs}; ++i) {{\n        {sums}[i] = {p}_activate({sums}[i]);\n    }}\n"
            );
        }
        text.push('\n');
    }
    match model.target() {
        None => text + &softmax(u, &model.model.decision),
        Some(scaling) => text + &unscaled(scaling) + "}\n",
    }
}

/// Returns the end of `mlp_predict` of a number: from the output to the unit of the data file.
fn unscaled(scaling: TargetScaling) -> String {
    let TargetScaling { center, scale, .. } = scaling;
    let value = format!("{center:e} + {scale:e} * (double)output[0]");
    match scaling.transform {
        TargetTransform::None => format!("    return {value};\n"),
        TargetTransform::Log => format!("    return exp({value});\n"),
    }
}

/// Returns the end of `mlp_predict`: from the logits of classes to their probabilities and the predicted class.
fn softmax(u: &str, decision: &Decision) -> String {
    let temperature = decision.temperature as f32;
    let distance = if temperature.to_bits() == 1_f32.to_bits() {
        "probabilities[i] - largest".to_owned()
    } else {
        format!("(probabilities[i] - largest) / {}", float(temperature))
    };
    let decided = decision
        .rule()
        .map_or_else(String::new, |(class, threshold)| {
            format!(
                "    class_index = probabilities[{class}] >= {} ? {class} : {};\n",
                float(threshold as f32),
                1 - class
            )
        });
    format!(
        "    largest = probabilities[0];\n    for (i = 1; i < {u}_CLASSES; ++i) {{\n        \
         if (probabilities[i] > largest) {{\n            largest = probabilities[i];\n            \
         class_index = (int)i;\n        }}\n    }}\n    \
         for (i = 0; i < {u}_CLASSES; ++i) {{\n        probabilities[i] = expf({distance});\n        \
         sum += probabilities[i];\n    }}\n    \
         for (i = 0; i < {u}_CLASSES; ++i) {{\n        probabilities[i] /= sum;\n    }}\n{decided}    \
         return sum == sum ? class_index : -1;\n}}\n"
    )
}
