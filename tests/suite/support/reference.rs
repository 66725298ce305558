//! Forward pass and loss, written out in float64.

use mlp::config::Activation;

use super::network::Layers;

/// `PyTorch`'s definitions; GELU in its exact form.
pub fn function(activation: Activation, x: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => sigmoid(x),
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu => x.max(0.01 * x),
        Activation::Gelu => x * f64::midpoint(1.0, libm::erf(x / 2.0_f64.sqrt())),
        Activation::Silu => x * sigmoid(x),
        Activation::TanhDoubled => (2.0 * x).tanh(),
    }
}

/// `x · weight + bias` of rows; weight `[inputs, outputs]`.
pub fn linear(x: &[f64], (weight, bias): &(Vec<f64>, Vec<f64>)) -> Vec<f64> {
    let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
    x.chunks_exact(inputs)
        .flat_map(|row| {
            (0..outputs).map(move |unit| {
                let products = row.iter().enumerate();
                bias[unit]
                    + products
                        .map(|(i, x)| x * weight[i * outputs + unit])
                        .sum::<f64>()
            })
        })
        .collect()
}

pub fn logits(layers: &Layers, activation: Activation, inputs: &[f64]) -> Vec<f64> {
    let (last, hidden) = layers.split_last().unwrap();
    let mut x = inputs.to_vec();
    for layer in hidden {
        x = linear(&x, layer)
            .iter()
            .map(|sum| function(activation, *sum))
            .collect();
    }
    linear(&x, last)
}

/// `PyTorch`'s `CrossEntropyLoss(weight, label_smoothing)`, as its documentation has it:
/// `Σᵢ [(1 − ε)·w[yᵢ]·(−log p[yᵢ]) + ε/C·Σ_c w[c]·(−log p[c])] / Σᵢ w[yᵢ]`.
pub fn cross_entropy(logits: &[f64], labels: &[usize], weights: &[f64], smoothing: f64) -> f64 {
    let classes = weights.len();
    let mut sum = 0.0;
    for (row, &label) in logits.chunks_exact(classes).zip(labels) {
        let normaliser = row.iter().map(|logit| logit.exp()).sum::<f64>().ln();
        let surprise = |class: usize| weights[class] * (normaliser - row[class]);
        let all: f64 = (0..classes).map(surprise).sum();
        sum += (1.0 - smoothing) * surprise(label) + smoothing / classes as f64 * all;
    }
    sum / labels.iter().map(|label| weights[*label]).sum::<f64>()
}
