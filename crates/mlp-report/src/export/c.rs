//! One C99 header that needs nothing but `math.h`.

use super::Exported;
use super::scaling::Scaling;
use mlp_core::config::{Activation, LEAKY_RELU_SLOPE, ScaleKind};

/// Numbers per line.
const NUMBERS_PER_LINE: usize = 8;
/// Maximum number of features whose names are listed.
const MAX_LISTED: usize = 64;

/// Returns the header; its `mlp_predict` maps raw values to probabilities.
pub(super) fn header(model: &Exported) -> String {
    let mut text = about(model);
    text += &format!(
        "#ifndef MLP_MODEL_H\n#define MLP_MODEL_H\n\n#include <math.h>\n#include <stddef.h>\n\n\
         #define MLP_FEATURES {}\n#define MLP_CLASSES {}\n\n\
         #ifndef MLP_API\n#define MLP_API static inline\n#endif\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
        model.features(),
        model.classes().len()
    );
    text += &class_names(model);
    text += &parameters(model);
    text += &scaling(model);
    text += "/* Adds the products of one value and its weights to the sums. */\n\
             static inline void mlp_accumulate(float value, const float *weights, float *sums, size_t units) {\n    \
             size_t unit;\n    if (value == 0.0f) {\n        return;\n    }\n    \
             for (unit = 0; unit < units; ++unit) {\n        sums[unit] += value * weights[unit];\n    }\n}\n\n";
    text += &activation(model.activation());
    text += &predict(model);
    text += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
    text
}

/// Returns the comment at the top.
fn about(model: &Exported) -> String {
    let sizes = model
        .layers()
        .iter()
        .map(|layer| layer.weight.len() + layer.bias.len());
    let parameters: usize = sizes.sum();
    let widest = model.hidden().iter().max().copied().unwrap_or(0);
    let buffers = if model.hidden().len() > 1 { 2 } else { 1 };
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
    lines.extend([
        format!("Input: {} raw values, as the data file has them; they are {}.", model.features(), model.scaling_in_words()),
        "Output: the probability of each class; the function returns the most probable one.".to_owned(),
        format!("Size: {parameters} weights and biases, {} bytes of constants; about {} bytes of stack.", 4 * parameters, 4 * widest * buffers),
    ]);
    if model.model.preprocessor.fill().is_some() {
        lines.push("A value that is missing is given as NAN.".to_owned());
    }
    lines.extend(
        [
            "",
            "    #include \"model.h\"",
            "    float probabilities[MLP_CLASSES];",
            "    int most_probable = mlp_predict(input, probabilities);",
            "    puts(mlp_class_name(most_probable));",
            "",
            "    cc -std=c99 -O2 program.c -lm",
            "",
            "For other languages, the same header is a library with these two functions:",
            "",
            "    cc -std=c99 -O2 -shared -fPIC -DMLP_API= -x c model.h -o libmodel.so -lm",
        ]
        .map(str::to_owned),
    );
    if model.features() <= MAX_LISTED {
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

fn class_names(model: &Exported) -> String {
    let mut names = String::new();
    for name in model.classes() {
        names += &format!("        {},\n", literal(name));
    }
    format!(
        "/* Name of a class, in UTF-8; NULL if there is no such class. */\n\
         MLP_API const char *mlp_class_name(int class_index) {{\n    \
         static const char *const names[MLP_CLASSES] = {{\n{names}    }};\n    \
         return class_index >= 0 && class_index < MLP_CLASSES ? names[class_index] : NULL;\n}}\n\n"
    )
}

fn parameters(model: &Exported) -> String {
    let mut text = String::new();
    for (index, (layer, inputs, outputs)) in model.shaped_layers().enumerate() {
        text += &format!(
            "/* Layer {index}: {inputs} inputs, {outputs} outputs; the weights of an input follow each other. */\n"
        );
        text += &array(&format!("mlp_weight_{index}"), &layer.weight);
        text += &array(&format!("mlp_bias_{index}"), &layer.bias);
    }
    text
}

fn array(name: &str, values: &[f32]) -> String {
    let mut lines = String::new();
    for (index, value) in values.iter().enumerate() {
        let before = if index % NUMBERS_PER_LINE == 0 {
            "\n    "
        } else {
            ""
        };
        // The fewest digits that parse to the same float.
        lines += &format!("{before}{value:e}f,");
    }
    format!(
        "static const float {name}[{}] = {{{lines}\n}};\n\n",
        values.len()
    )
}

/// Returns the function that maps a raw value to an input of the first layer.
fn scaling(model: &Exported) -> String {
    let mut text = String::new();
    let mut lines = String::new();
    let mut by_column = false;
    if let Some(fill) = model.model.preprocessor.fill() {
        text += &array("mlp_fill", &fill);
        lines += "    if (value != value) {\n        value = mlp_fill[column];\n    }\n";
        by_column = true;
    }
    let scaling = Scaling::from(&model.model.preprocessor);
    lines += match scaling.kind {
        ScaleKind::None => "    return value;\n",
        ScaleKind::Unit => "    return value / 255.0f;\n",
        _ => {
            text += &array("mlp_mean", &scaling.mean);
            text += &array("mlp_deviation", &scaling.deviation);
            by_column = true;
            "    return (value - mlp_mean[column]) / mlp_deviation[column];\n"
        }
    };
    if !by_column {
        lines.insert_str(0, "    (void)column;\n");
    }
    text + &format!(
        "/* A raw value as the first layer takes it. */\nstatic inline float mlp_scaled(float value, size_t column) {{\n{lines}}}\n\n"
    )
}

fn activation(activation: Activation) -> String {
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
        "/* {} */\nstatic inline float mlp_activate(float z) {{\n    return {expression};\n}}\n\n",
        activation.name()
    )
}

/// Returns `mlp_predict`, layer by layer; hidden layers alternate between two buffers.
fn predict(model: &Exported) -> String {
    let hidden = model.hidden();
    let widest = hidden.iter().max().copied().unwrap_or(0);
    let buffers = ["even", "odd"];
    let mut text = String::from(
        "/* Probabilities of one row of raw values; returns the index of the most probable class. */\n\
         MLP_API int mlp_predict(const float input[MLP_FEATURES], float probabilities[MLP_CLASSES]) {\n",
    );
    for buffer in &buffers[..hidden.len().min(2)] {
        text += &format!("    float {buffer}[{widest}];\n");
    }
    text += "    float largest, sum = 0.0f;\n    size_t i;\n    int class_index = 0;\n\n";
    for (index, (_, inputs, outputs)) in model.shaped_layers().enumerate() {
        let sums = if index < hidden.len() {
            buffers[index % 2]
        } else {
            "probabilities"
        };
        let value = if index == 0 {
            "mlp_scaled(input[i], i)".to_owned()
        } else {
            format!("{}[i]", buffers[(index - 1) % 2])
        };
        text += &format!(
            "    for (i = 0; i < {outputs}; ++i) {{\n        {sums}[i] = mlp_bias_{index}[i];\n    }}\n    \
             for (i = 0; i < {inputs}; ++i) {{\n        \
             mlp_accumulate({value}, mlp_weight_{index} + i * {outputs}, {sums}, {outputs});\n    }}\n"
        );
        if index < hidden.len() {
            text += &format!(
                "    for (i = 0; i < {outputs}; ++i) {{\n        {sums}[i] = mlp_activate({sums}[i]);\n    }}\n"
            );
        }
        text.push('\n');
    }
    text + "    largest = probabilities[0];\n    for (i = 1; i < MLP_CLASSES; ++i) {\n        \
           if (probabilities[i] > largest) {\n            largest = probabilities[i];\n            \
           class_index = (int)i;\n        }\n    }\n    \
           for (i = 0; i < MLP_CLASSES; ++i) {\n        probabilities[i] = expf(probabilities[i] - largest);\n        \
           sum += probabilities[i];\n    }\n    \
           for (i = 0; i < MLP_CLASSES; ++i) {\n        probabilities[i] /= sum;\n    }\n    return class_index;\n}\n"
}

/// Returns a C string literal; bytes beyond ASCII become octal escapes, which have at most three digits.
fn literal(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            // A question mark could begin a trigraph.
            b'"' | b'\\' | b'?' => {
                quoted.push('\\');
                quoted.push(byte.into());
            }
            b' '..=b'~' => quoted.push(byte.into()),
            other => quoted += &format!("\\{other:03o}"),
        }
    }
    quoted + "\""
}

/// Returns text for a C comment, without characters that could end or continue the comment.
fn comment(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ()_-–.,:;=+'%".contains(c);
    text.chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_for_c() {
        assert_eq!(
            literal("a \"b\"\\ ??= é\n1"),
            r#""a \"b\"\\ \?\?= \303\251\0121""#
        );
        assert_eq!(comment("a */ b /* c ??/\\\n d"), "a __ b __ c _____ d");
    }
}
