//! Whether a device computes what it should, and how fast: what `mlp doctor` measures.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use burn::train::TrainStep as _;

use crate::config::{Activation, ModelSection};
use crate::error::ConfigError;
use crate::model::{Batch, Mlp, Objective, TargetDistribution};

/// Largest error of a gradient that is still right, in 32-bit arithmetic.
pub const TOLERANCE: f64 = 1e-5;

/// Two rows of two features, and their classes.
const INPUTS: [[f64; 2]; 2] = [[0.5, -1.0], [1.5, 0.25]];
const LABELS: [u32; 2] = [1, 0];
/// `[2 inputs, 3 units]` and `[3]`.
const HIDDEN: ([[f64; 3]; 2], [f64; 3]) = ([[0.2, -0.4, 0.7], [0.5, 0.3, -0.6]], [0.1, -0.2, 0.05]);
/// `[3 units, 2 classes]` and `[2]`.
const OUTPUT: ([[f64; 2]; 3], [f64; 2]) = ([[0.3, -0.5], [-0.2, 0.6], [0.8, 0.1]], [0.0, 0.15]);

/// The network on which a step is timed: units of each layer, and rows of a batch.
const TIMED_SIZES: [usize; 3] = [784, 64, 10];
const TIMED_ROWS: usize = 64;
const WARM_UP_STEPS: usize = 3;
const TIMED_STEPS: usize = 20;

/// Largest absolute error among the gradients of a fixed 2–3–2 tanh network, against the closed form
/// in 64-bit arithmetic. `device` is without automatic differentiation. Right is at most [`TOLERANCE`];
/// NaN if the device computes something that is no number.
///
/// # Panics
/// Where the driver beneath the device does.
#[must_use]
pub fn gradient_error(device: &Device) -> f64 {
    let device = device.clone().autodiff();
    let layers = vec![
        (
            matrix(&HIDDEN.0.concat(), [2, 3], &device),
            vector(&HIDDEN.1, &device),
        ),
        (
            matrix(&OUTPUT.0.concat(), [3, 2], &device),
            vector(&OUTPUT.1, &device),
        ),
    ];
    let network = Mlp::from_tensors(layers, Activation::Tanh, Objective::default());
    let targets = TargetDistribution::new(0.0, vec![1.0; 2]);
    let inputs = single(&INPUTS.concat());
    let batch = Batch::from_rows(inputs, 2, &LABELS, &targets, 0, &device);
    let gradients = network.step(batch).grads;

    let mut found = Vec::new();
    for layer in &network.layers {
        let weight = gradients.get::<2>(layer.weight.id).map(Tensor::into_data);
        let bias = layer.bias.as_ref();
        let bias = bias.and_then(|bias| gradients.get::<1>(bias.id).map(Tensor::into_data));
        for data in [weight, bias].into_iter().flatten() {
            let values: Vec<f32> = data.convert::<f32>().try_to_vec().unwrap_or_default(); // just converted
            found.extend(values.into_iter().map(f64::from));
        }
    }
    let expected = closed_form();
    if found.len() != expected.len() {
        return f64::NAN; // a gradient is missing
    }
    let errors = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    // `max` would pass over NaN.
    errors.fold(
        0.0,
        |largest, error| {
            if error <= largest { largest } else { error }
        },
    )
}

/// Time of one forward and backward pass of 64 rows through a 784–64–10 network, in milliseconds: the
/// median of several.
///
/// # Errors
/// Never in practice: the network is a default one.
///
/// # Panics
/// Where the driver beneath the device does.
pub fn step_milliseconds(device: &Device) -> Result<f64, ConfigError> {
    let device = device.clone().autodiff();
    let section = ModelSection::default();
    let network = Mlp::new(&section, &TIMED_SIZES, 1, Objective::default(), &device)?;
    let targets = TargetDistribution::new(0.0, vec![1.0; TIMED_SIZES[2]]);
    let inputs = vec![0.5; TIMED_ROWS * TIMED_SIZES[0]];
    let labels: Vec<u32> = (0..10).cycle().take(TIMED_ROWS).collect();
    let batch = Batch::from_rows(inputs, TIMED_SIZES[0], &labels, &targets, 0, &device);
    let mut times = Vec::new();
    for _ in 0..WARM_UP_STEPS + TIMED_STEPS {
        let started = Instant::now();
        let output = network.step(batch.clone());
        // Reading a gradient waits until the device has computed it.
        if let Some(gradient) = output.grads.get::<2>(network.layers[0].weight.id) {
            gradient.into_data();
        }
        times.push(1e3 * started.elapsed().as_secs_f64());
    }
    times.drain(..WARM_UP_STEPS);
    times.sort_by(f64::total_cmp);
    Ok(times[TIMED_STEPS / 2])
}

/// Gradients of the mean cross-entropy in the order of the network's parameters: hidden weights and
/// biases, output weights and biases.
fn closed_form() -> Vec<f64> {
    let mut hidden = ([[0.0; 3]; 2], [0.0; 3]);
    let mut output = ([[0.0; 2]; 3], [0.0; 2]);
    for (input, label) in INPUTS.iter().zip(LABELS) {
        let mut units = [0.0; 3]; // tanh(x·W + b)
        for (j, unit) in units.iter_mut().enumerate() {
            let sum = HIDDEN.1[j] + input[0] * HIDDEN.0[0][j] + input[1] * HIDDEN.0[1][j];
            *unit = libm::tanh(sum);
        }
        let mut powers = [0.0; 2]; // e^logit
        for (c, power) in powers.iter_mut().enumerate() {
            let terms = (0..3).map(|j| units[j] * OUTPUT.0[j][c]);
            *power = libm::exp(OUTPUT.1[c] + terms.sum::<f64>());
        }
        let mut errors = [0.0; 2]; // (softmax − one-hot) / rows
        for (c, error) in errors.iter_mut().enumerate() {
            let one_hot = f64::from(u8::from(u32::from(c == 1) == label));
            *error = (powers[c] / (powers[0] + powers[1]) - one_hot) / 2.0;
            output.1[c] += *error;
        }
        for (j, unit) in units.iter().enumerate() {
            let back = errors[0] * OUTPUT.0[j][0] + errors[1] * OUTPUT.0[j][1];
            let back = back * (1.0 - unit * unit);
            hidden.1[j] += back;
            for (i, value) in input.iter().enumerate() {
                hidden.0[i][j] += value * back;
            }
            for (c, error) in errors.iter().enumerate() {
                output.0[j][c] += unit * error;
            }
        }
    }
    let parts: [&[f64]; 4] = [&hidden.0.concat(), &hidden.1, &output.0.concat(), &output.1];
    parts.concat()
}

fn matrix(values: &[f64], shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(single(values), shape), device)
}

fn vector(values: &[f64], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(single(values), [values.len()]), device)
}

#[allow(clippy::cast_possible_truncation)] // the network computes in f32
fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences of the loss that the closed form claims to be the gradient of.
    #[test]
    fn the_closed_form_is_the_slope_of_the_loss() {
        let loss = |parameters: &[f64]| {
            let rows = INPUTS.iter().zip(LABELS).map(|(input, label)| {
                let units: Vec<f64> = (0..3)
                    .map(|j| {
                        let weighted = input[0] * parameters[j] + input[1] * parameters[3 + j];
                        (weighted + parameters[6 + j]).tanh()
                    })
                    .collect();
                let logit = |c: usize| {
                    let sum: f64 = (0..3).map(|j| units[j] * parameters[9 + 2 * j + c]).sum();
                    sum + parameters[15 + c]
                };
                let label = label as usize;
                (logit(0).exp() + logit(1).exp()).ln() - logit(label)
            });
            rows.sum::<f64>() / 2.0
        };
        let parts: [&[f64]; 4] = [&HIDDEN.0.concat(), &HIDDEN.1, &OUTPUT.0.concat(), &OUTPUT.1];
        let parameters = parts.concat();
        let gradient = closed_form();
        assert_eq!(gradient.len(), 17);
        for index in 0..17 {
            let moved = |by: f64| {
                let mut parameters = parameters.clone();
                parameters[index] += by;
                loss(&parameters)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - gradient[index]).abs() < 1e-9, "parameter {index}");
        }
    }
}
