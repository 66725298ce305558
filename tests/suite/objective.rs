//! Activations, loss, clipping and dropout of a training step, against formulas written out in float64.

use burn::tensor::{DType, Tensor};
use mlp::config::{Activation, Reduction};
use mlp::model::{Batch, Mlp, Objective, TargetDistribution};

use crate::support::assert_close;
use crate::support::devices::{numbers, tensor, training_devices};
use crate::support::network::{Layers, Plain, batch, flat, gradients, scatter, smoothed};
use crate::support::reference::{cross_entropy, logits};

const ROWS: usize = 5;
const LABELS: [usize; ROWS] = [2, 0, 1, 1, 2];

fn inputs(columns: usize) -> Vec<f64> {
    scatter(ROWS * columns, 77)
        .iter()
        .map(|x| 4.0 * x)
        .collect()
}

/// Central differences of a function of the parameters.
fn slopes(layers: &Layers, loss: impl Fn(&Layers) -> f64) -> Vec<f64> {
    let step = 1e-5;
    (0..flat(layers).len())
        .map(|index| {
            let moved = |by: f64| {
                let mut layers = layers.clone();
                let mut parameters = layers
                    .iter_mut()
                    .flat_map(|(weight, bias)| weight.iter_mut().chain(bias));
                *parameters.nth(index).unwrap() += by;
                drop(parameters);
                loss(&layers)
            };
            (moved(step) - moved(-step)) / (2.0 * step)
        })
        .collect()
}

#[test]
fn every_activation_has_its_value_and_slope() {
    let plain = Plain::new(&[4, 6, 5, 3]);
    let inputs = inputs(4);
    for activation in [
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Gelu,
        Activation::Silu,
    ] {
        let expected = logits(&plain.layers, activation, &inputs);
        let slopes = slopes(&plain.layers, |layers| {
            cross_entropy(
                &logits(layers, activation, &inputs),
                &LABELS,
                &[1.0; 3],
                0.0,
            )
        });
        for (backend, device) in training_devices() {
            let what = format!("{activation:?} on {backend}");
            let model = plain.model(activation, Objective::default(), &device, DType::F32);
            let found = model.forward(tensor(&inputs, [ROWS, 4], &device, DType::F32));
            assert_close(&what, &numbers(&found), &expected, 1e-5);
            let targets = smoothed(&LABELS, 3, 0.0);
            let batch = batch(&inputs, &LABELS, (&targets, 5.0), &device, DType::F32);
            let (_, found) = gradients(&model, batch);
            assert_close(&what, &flat(&found), &slopes, 1e-5);
        }
    }
}

#[test]
fn doubled_tanh_passes_on_half_its_slope() {
    let plain = Plain::new(&[4, 6, 3]);
    let inputs = inputs(4);
    let activation = Activation::TanhDoubled;
    let mut expected = slopes(&plain.layers, |layers| {
        let logits = logits(layers, activation, &inputs);
        cross_entropy(&logits, &LABELS, &[1.0; 3], 0.0)
    });
    for slope in &mut expected[..4 * 6 + 6] {
        *slope /= 2.0; // what lies before the activation
    }
    for (backend, device) in training_devices() {
        let model = plain.model(activation, Objective::default(), &device, DType::F32);
        let targets = smoothed(&LABELS, 3, 0.0);
        let batch = batch(&inputs, &LABELS, (&targets, 5.0), &device, DType::F32);
        let (_, found) = gradients(&model, batch);
        assert_close(backend, &flat(&found), &expected, 1e-5);
    }
}

#[test]
fn class_weights_and_smoothing_are_those_of_pytorch() {
    let plain = Plain::new(&[4, 6, 3]);
    let inputs = inputs(4);
    let (weights, smoothing) = (vec![0.5, 2.0, 1.25], 0.15);
    let loss = |layers: &Layers| {
        let logits = logits(layers, Activation::Tanh, &inputs);
        cross_entropy(&logits, &LABELS, &weights, smoothing)
    };
    let total: f64 = LABELS.iter().map(|label| weights[*label]).sum();
    let distribution = TargetDistribution::new(smoothing, weights.clone());
    let labels = LABELS.map(|label| u32::try_from(label).unwrap());
    let values: Vec<f32> = inputs.iter().map(|value| *value as f32).collect();
    for (reduction, factor) in [(Reduction::Mean, 1.0), (Reduction::Sum, total)] {
        let expected: Vec<f64> = slopes(&plain.layers, loss)
            .iter()
            .map(|s| s * factor)
            .collect();
        for (backend, device) in training_devices() {
            let what = format!("{reduction:?} on {backend}");
            let objective = Objective {
                reduction,
                ..Objective::default()
            };
            let model = plain.model(Activation::Tanh, objective, &device, DType::F32);
            let batch = Batch::from_rows(values.clone(), 4, &labels, &distribution, 0, &device);
            let (found, slopes) = gradients(&model, batch);
            // The reported loss is the mean under either reduction.
            assert_close(&what, &[found], &[loss(&plain.layers)], 1e-5);
            assert_close(&what, &flat(&slopes), &expected, 1e-5);
        }
    }
}

#[test]
fn clipping_scales_all_gradients_by_their_common_norm() {
    let plain = Plain::new(&[4, 6, 3]);
    let inputs = inputs(4);
    let targets = smoothed(&LABELS, 3, 0.0);
    for (backend, device) in training_devices() {
        let with = |clip_norm: f64| {
            let objective = Objective {
                clip_norm,
                ..Objective::default()
            };
            let model = plain.model(Activation::Tanh, objective, &device, DType::F32);
            let batch = batch(&inputs, &LABELS, (&targets, 5.0), &device, DType::F32);
            flat(&gradients(&model, batch).1)
        };
        let free = with(0.0);
        let norm = free.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
        for limit in [norm / 3.0, norm * 2.0] {
            let factor = (limit / (norm + 1e-6)).min(1.0);
            let expected: Vec<f64> = free.iter().map(|slope| slope * factor).collect();
            assert_close(backend, &with(limit), &expected, 1e-6);
        }
    }
}

/// A network whose only hidden layer gives 1 everywhere and whose outputs are those units: the
/// logits of a training step are then its dropout mask.
fn mask(
    dropout: f64,
    seed: u64,
    step: u64,
    rows: usize,
    device: &burn::tensor::Device,
) -> Vec<f64> {
    const UNITS: usize = 40;
    let objective = Objective {
        dropout,
        seed,
        ..Objective::default()
    };
    let mut identity = vec![0.0; UNITS * UNITS];
    (0..UNITS).for_each(|unit| identity[unit * (UNITS + 1)] = 1.0);
    let plain = Plain {
        sizes: vec![1, UNITS, UNITS],
        layers: vec![
            (vec![0.0; UNITS], vec![1.0; UNITS]),
            (identity, vec![0.0; UNITS]),
        ],
    };
    let model = plain.model(Activation::Relu, objective, device, DType::F32);
    let labels = vec![0; rows];
    let targets = smoothed(&labels, UNITS, 0.0);
    let batch = batch(
        &vec![1.0; rows],
        &labels,
        (&targets, 1.0),
        device,
        DType::F32,
    );
    let mut tensors = batch.tensors(device);
    tensors.step = step;
    let batch = Batch::from(tensors);
    assert_close(
        "inference",
        &forward(&model, &batch),
        &vec![1.0; rows * UNITS],
        0.0,
    );
    numbers(&burn::train::TrainStep::step(&model, batch).item.outputs())
}

fn forward(model: &Mlp, batch: &Batch) -> Vec<f64> {
    let logits: Tensor<2> = burn::train::InferenceStep::step(model, batch.clone()).outputs();
    numbers(&logits)
}

#[test]
fn dropout_is_a_function_of_seed_step_row_and_unit() {
    let mut masks = Vec::new();
    for (_, device) in training_devices() {
        let of = |seed, step, rows| mask(0.25, seed, step, rows, &device);
        let first = of(1, 0, 100);
        let kept = 4.0 / 3.0;
        assert!(first.iter().all(|x| *x == 0.0 || (x - kept).abs() < 1e-6));
        let zeros = first.iter().filter(|x| **x == 0.0).count();
        assert!(
            (900..1100).contains(&zeros),
            "{zeros} of 4000 units dropped"
        );

        assert_eq!(first, of(1, 0, 100), "the same position, the same mask");
        assert_eq!(
            first[..1200],
            of(1, 0, 30),
            "a row's units do not depend on the others"
        );
        assert_ne!(first, of(2, 0, 100), "another seed");
        assert_ne!(first, of(1, 1, 100), "another step");
        assert_ne!(first[..40], first[40..80], "another row");
        masks.push(first);
    }
    assert!(
        masks.windows(2).all(|pair| pair[0] == pair[1]),
        "backends agree"
    );
}
