//! The network and batch whose loss is differentiated, as float64 matrices.

use burn::tensor::Tensor;
use serde::Serialize;

use super::Matrix;
use crate::model::{Mlp, TensorBatch};
use mlp_core::config::{Activation, Reduction};
use mlp_core::task::Loss;

/// Weights and biases of a layer, or their gradients, in float64.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `[inputs, outputs]`.
    pub weights: Matrix,
    /// `[outputs]`.
    pub biases: Vec<f64>,
}

/// One of the two parameter tensors of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Parameter {
    Weights,
    Biases,
}

impl Parameter {
    /// Returns the name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::Biases => "biases",
        }
    }
}

/// Position of a parameter tensor in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Layer, counted from 0.
    pub layer: usize,
    /// Weights or biases.
    pub parameter: Parameter,
}

impl Place {
    /// Returns the input (`None` for a bias) and the unit of parameter `index`, in a layer with `outputs` units.
    #[must_use]
    pub fn input_and_unit(self, index: usize, outputs: usize) -> (Option<usize>, usize) {
        match self.parameter {
            Parameter::Weights => (Some(index / outputs), index % outputs),
            Parameter::Biases => (None, index),
        }
    }

    /// Returns the values of this tensor.
    #[must_use]
    pub fn of(self, layers: &[Layer]) -> &[f64] {
        let layer = &layers[self.layer];
        match self.parameter {
            Parameter::Weights => &layer.weights.values,
            Parameter::Biases => &layer.biases,
        }
    }
}

/// A network and a batch, which define the loss as a function of the parameters.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Layers in the order of the forward pass.
    pub layers: Vec<Layer>,
    /// Function after each layer except the last.
    pub activation: Activation,
    /// X: `[rows, features]`.
    pub inputs: Matrix,
    /// Y: `[rows, outputs]`, one-hot unless labels are smoothed or classes weighted; standardised targets of a regression.
    pub targets: Matrix,
    /// Weight of each row in the loss of numbers, `[rows]`; empty if all are 1. Those of classes are in Y.
    pub row_weights: Vec<f64>,
    /// m: the number of rows, unless classes or rows are weighted.
    pub weight: f64,
    /// Whether the loss is divided by m.
    pub reduction: Reduction,
    /// The loss of a row.
    pub loss: Loss,
}

impl Problem {
    /// Reads a network and a batch from their device.
    #[must_use]
    pub fn new(
        network: &Mlp,
        activation: Activation,
        reduction: Reduction,
        loss: Loss,
        batch: &TensorBatch,
    ) -> Self {
        let layers = network.layers.iter().map(|layer| Layer {
            weights: matrix(&layer.weight.val()),
            biases: layer
                .bias
                .as_ref()
                .map(|bias| numbers(bias.val()))
                .unwrap_or_default(),
        });
        Self {
            layers: layers.collect(),
            activation,
            inputs: matrix(&batch.inputs),
            targets: matrix(&batch.targets),
            row_weights: batch.row_weights.clone().map(numbers).unwrap_or_default(),
            weight: batch.weight,
            reduction,
            loss,
        }
    }

    /// Returns the positions of all parameter tensors, in order.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let both = [Parameter::Weights, Parameter::Biases];
        let of = |layer| both.map(|parameter| Place { layer, parameter });
        (0..self.layers.len()).flat_map(of).collect()
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.inputs.rows().len()
    }

    /// Returns the weight of a row in the loss of numbers.
    #[must_use]
    pub fn row_weight(&self, row: usize) -> f64 {
        self.row_weights.get(row).copied().unwrap_or(1.0)
    }

    /// Returns the divisor of the summed loss: m for the mean, 1 for the sum.
    #[must_use]
    pub fn divisor(&self) -> f64 {
        match self.reduction {
            Reduction::Mean => self.weight,
            Reduction::Sum => 1.0,
        }
    }
}

fn matrix(tensor: &Tensor<2>) -> Matrix {
    Matrix::new(tensor.dims()[1], numbers(tensor.clone()))
}

pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    let data = tensor.into_data().convert::<f64>();
    data.try_to_vec().unwrap_or_default() // just converted to this type
}
