//! A small network and a batch in plain numbers, and one training step on them.

use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor, TensorData};
use burn::train::{Learner, TrainStep};
use mlp::config::{Activation, Reduction};
use mlp::gradcheck::{Layer, Matrix, Problem};
use mlp::model::{Batch, Mlp, Objective, TensorBatch};
use mlp::task::Loss;

use super::devices::{numbers, tensor};

/// Layers in order: weights `[inputs, outputs]`, row-major, and biases `[outputs]`.
pub type Layers = Vec<(Vec<f64>, Vec<f64>)>;

/// A network in plain numbers.
#[derive(Clone)]
pub struct Plain {
    pub sizes: Vec<usize>,
    pub layers: Layers,
}

impl Plain {
    /// Numbers between −0.5 and 0.5 that look random.
    pub fn new(sizes: &[usize]) -> Self {
        let layers = sizes
            .windows(2)
            .enumerate()
            .map(|(index, size)| {
                let seed = 1000 * index + 1;
                (
                    scatter(size[0] * size[1], seed),
                    scatter(size[1], seed + 500),
                )
            })
            .collect();
        Self {
            sizes: sizes.to_vec(),
            layers,
        }
    }

    pub fn model(
        &self,
        activation: Activation,
        objective: Objective,
        device: &Device,
        dtype: DType,
    ) -> Mlp {
        let layers = self
            .layers
            .iter()
            .zip(self.sizes.windows(2))
            .map(|((weight, bias), size)| {
                (
                    tensor(weight, [size[0], size[1]], device, dtype),
                    tensor(bias, [size[1]], device, dtype),
                )
            })
            .collect();
        Mlp::from_tensors(layers, activation, objective)
    }

    /// The same on a batch: inputs, targets and summed class weight.
    pub fn problem(
        &self,
        activation: Activation,
        reduction: Reduction,
        (inputs, targets, weight): (&[f64], &[f64], f64),
    ) -> Problem {
        let layers = self.layers.iter().map(|(weights, biases)| Layer {
            weights: Matrix::new(biases.len(), weights.clone()),
            biases: biases.clone(),
        });
        Problem {
            layers: layers.collect(),
            activation,
            inputs: Matrix::new(self.sizes[0], inputs.to_vec()),
            targets: Matrix::new(self.sizes[self.sizes.len() - 1], targets.to_vec()),
            row_weights: Vec::new(),
            weight,
            reduction,
            loss: Loss::CrossEntropy,
        }
    }
}

/// Numbers between −0.5 and 0.5 that look random.
pub fn scatter(count: usize, seed: usize) -> Vec<f64> {
    (0..count)
        .map(|index| ((index + seed) as f64 * 12.9898).sin() * 43758.547)
        .map(|value| value - value.floor() - 0.5)
        .collect()
}

/// A batch of plain numbers; `targets` is `[rows, classes]`, `weight` the summed class weight.
pub fn batch(
    inputs: &[f64],
    labels: &[usize],
    (targets, weight): (&[f64], f64),
    device: &Device,
    dtype: DType,
) -> Batch {
    let rows = labels.len();
    let numbers: Vec<i32> = labels
        .iter()
        .map(|label| i32::try_from(*label).unwrap())
        .collect();
    let batch = TensorBatch {
        inputs: tensor(inputs, [rows, inputs.len() / rows], device, dtype),
        labels: Some(Tensor::from_data(TensorData::new(numbers, [rows]), device)),
        targets: tensor(targets, [rows, targets.len() / rows], device, dtype),
        row_weights: None,
        weight,
        step: 0,
    };
    batch.into()
}

/// A batch of plain numbers with a standardised target a row.
pub fn batch_of_values(inputs: &[f64], targets: &[f64], device: &Device, dtype: DType) -> Batch {
    let rows = targets.len();
    let batch = TensorBatch {
        inputs: tensor(inputs, [rows, inputs.len() / rows], device, dtype),
        labels: None,
        targets: tensor(targets, [rows, 1], device, dtype),
        row_weights: None,
        weight: rows as f64,
        step: 0,
    };
    batch.into()
}

/// The targets of plain labels: 1 for the label, smoothed by ε.
pub fn smoothed(labels: &[usize], classes: usize, smoothing: f64) -> Vec<f64> {
    let spread = smoothing / classes as f64;
    let mut targets = vec![spread; labels.len() * classes];
    for (row, label) in labels.iter().enumerate() {
        targets[row * classes + label] += 1.0 - smoothing;
    }
    targets
}

/// Loss and gradients of one training step, in plain numbers.
pub fn gradients(model: &Mlp, batch: Batch) -> (f64, Layers) {
    let output = TrainStep::step(model, batch);
    (
        numbers(&output.item.loss())[0],
        plain_gradients(model, &output.grads),
    )
}

/// Updates the weights on one batch; the mean loss before each of the `steps`.
pub fn descend(learner: &mut Learner<Mlp>, batch: &Batch, steps: usize) -> Vec<f64> {
    let losses = (0..steps).map(|_| {
        learner.lr_step();
        let output = learner.train_step(batch.clone());
        learner.optimizer_step(output.grads);
        numbers(&output.item.loss())[0]
    });
    losses.collect()
}

fn plain_gradients(model: &Mlp, gradients: &GradientsParams) -> Layers {
    model
        .layers
        .iter()
        .map(|layer| {
            let bias = layer.bias.as_ref().unwrap().id;
            (
                numbers(&gradients.get::<2>(layer.weight.id).unwrap()),
                numbers(&gradients.get::<1>(bias).unwrap()),
            )
        })
        .collect()
}

/// Weights and biases, in plain numbers of full precision.
pub fn values(model: &Mlp) -> Layers {
    model
        .layers
        .iter()
        .map(|layer| {
            (
                numbers(&layer.weight.val()),
                numbers(&layer.bias.as_ref().unwrap().val()),
            )
        })
        .collect()
}

/// Layers from the nested lists of a fixture: of each weight `[in][out]`, and its biases.
pub fn layers(weights: &[Vec<Vec<f64>>], biases: &[Vec<f64>]) -> Layers {
    let weights = weights.iter().map(|weight| weight.concat());
    weights.zip(biases.iter().cloned()).collect()
}

/// All numbers of all layers, one after the other.
pub fn flat(layers: &Layers) -> Vec<f64> {
    layers
        .iter()
        .flat_map(|(weight, bias)| weight.iter().chain(bias))
        .copied()
        .collect()
}
