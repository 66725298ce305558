//! Correctness and speed of a device, as measured by `mlp doctor`.

use std::time::Instant;

use burn::tensor::{DType, Device};
use burn::train::TrainStep as _;

use crate::gradcheck::{Layer, Matrix, Problem, autodiff, gradients};
use crate::model::{Batch, Mlp, Objective, TargetDistribution};
use mlp_core::config::{Activation, ModelSection, Reduction};
use mlp_core::task::Loss;

/// Largest accepted absolute error of a gradient in 32-bit arithmetic.
pub const TOLERANCE: f64 = 1e-5;

/// Two rows of two features, and their classes.
const INPUTS: [[f64; 2]; 2] = [[0.5, -1.0], [1.5, 0.25]];
const TARGETS: [[f64; 2]; 2] = [[0.0, 1.0], [1.0, 0.0]];
/// `[2 inputs, 3 units]` and `[3]`.
const HIDDEN: ([[f64; 3]; 2], [f64; 3]) = ([[0.2, -0.4, 0.7], [0.5, 0.3, -0.6]], [0.1, -0.2, 0.05]);
/// `[3 units, 2 classes]` and `[2]`.
const OUTPUT: ([[f64; 2]; 3], [f64; 2]) = ([[0.3, -0.5], [-0.2, 0.6], [0.8, 0.1]], [0.0, 0.15]);

/// The network on which a step is timed: units of each layer, and rows of a batch.
const TIMED_SIZES: [usize; 3] = [784, 64, 10];
const TIMED_ROWS: usize = 64;
const WARM_UP_STEPS: usize = 3;
const TIMED_STEPS: usize = 20;

/// Computes the largest absolute error of the gradients of a fixed 2–3–2 tanh network, in comparison with the closed
/// form in 64-bit arithmetic.
///
/// `device` must not be an autodiff device. A correct device has an error of at most [`TOLERANCE`]. Returns NaN
/// if a gradient is NaN or missing.
///
/// # Panics
/// If the device's driver panics.
#[must_use]
pub fn gradient_error(device: &Device) -> f64 {
    let layer = |weights: &[f64], biases: &[f64]| Layer {
        weights: Matrix::new(biases.len(), weights.to_vec()),
        biases: biases.to_vec(),
    };
    let problem = Problem {
        layers: vec![
            layer(&HIDDEN.0.concat(), &HIDDEN.1),
            layer(&OUTPUT.0.concat(), &OUTPUT.1),
        ],
        activation: Activation::Tanh,
        inputs: Matrix::new(2, INPUTS.concat()),
        targets: Matrix::new(2, TARGETS.concat()),
        row_weights: Vec::new(),
        weight: 2.0,
        reduction: Reduction::Mean,
        loss: Loss::CrossEntropy,
    };
    let [found, expected] = [
        autodiff(&problem, device, DType::F32),
        gradients(&problem, None),
    ]
    .map(|layers| {
        let tensors = problem.places().into_iter();
        let tensors = tensors.map(|place| place.of(&layers).to_vec());
        tensors.collect::<Vec<_>>().concat()
    });
    if found.len() != expected.len() {
        return f64::NAN; // a gradient is missing
    }
    let errors = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    // `f64::max` would ignore NaN.
    errors.fold(
        0.0,
        |largest, error| {
            if error <= largest { largest } else { error }
        },
    )
}

/// Measures the median time, in milliseconds, of a forward and backward pass of 64 rows through a 784–64–10 network.
///
/// # Panics
/// If the device's driver panics.
#[must_use]
pub fn step_milliseconds(device: &Device) -> f64 {
    let device = device.clone().autodiff();
    let section = ModelSection::default();
    let network = Mlp::new(&section, &TIMED_SIZES, 1, Objective::default(), &device);
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
    times[TIMED_STEPS / 2]
}
