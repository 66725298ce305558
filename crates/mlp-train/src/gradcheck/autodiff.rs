//! Gradients by Burn's automatic differentiation, in an explicit float type.

use burn::tensor::{DType, Device, Tensor, TensorData};
use burn::train::TrainStep as _;

use super::problem::numbers;
use super::{Layer, Matrix, Problem};
use crate::model::{Mlp, Objective, TensorBatch};

/// Computes the gradient of every parameter by automatic differentiation in `dtype`.
///
/// `device` must not be an autodiff device. A parameter without a gradient yields an empty vector.
///
/// # Panics
/// If the device's driver panics.
#[must_use]
pub fn autodiff(problem: &Problem, device: &Device, dtype: DType) -> Vec<Layer> {
    let device = device.clone().autodiff();
    let matrix = |matrix: &Matrix| -> Tensor<2> {
        let shape = [matrix.rows().len(), matrix.columns];
        tensor(&matrix.values, shape, &device, dtype)
    };
    let layers = problem.layers.iter().map(|layer| {
        let biases = tensor(&layer.biases, [layer.biases.len()], &device, dtype);
        (matrix(&layer.weights), biases)
    });
    let objective = Objective {
        reduction: problem.reduction,
        loss: problem.loss,
        ..Objective::default()
    };
    let network = Mlp::from_tensors(layers.collect(), problem.activation, objective);
    let batch = TensorBatch {
        inputs: matrix(&problem.inputs),
        labels: None, // the loss is that of the targets
        targets: matrix(&problem.targets),
        row_weights: (!problem.row_weights.is_empty()).then(|| {
            let shape = [problem.row_weights.len(), 1];
            tensor(&problem.row_weights, shape, &device, dtype)
        }),
        weight: problem.weight,
        step: 0,
    };
    let gradients = network.step(batch.into()).grads;
    let found = network.layers.iter().map(|layer| {
        let weights = gradients.get::<2>(layer.weight.id).map(numbers);
        let biases = layer
            .bias
            .as_ref()
            .and_then(|bias| gradients.get::<1>(bias.id));
        Layer {
            weights: Matrix::new(layer.weight.dims()[1], weights.unwrap_or_default()),
            biases: biases.map(numbers).unwrap_or_default(),
        }
    });
    found.collect()
}

fn tensor<const D: usize>(
    values: &[f64],
    shape: [usize; D],
    device: &Device,
    dtype: DType,
) -> Tensor<D> {
    let data = TensorData::new(values.to_vec(), shape).convert_dtype(dtype);
    Tensor::from_data(data, (device, dtype))
}
