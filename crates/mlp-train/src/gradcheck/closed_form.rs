//! The gradient of a multilayer perceptron in closed form.
//!
//! Forward, for rows X `[m, features]`, layer by layer, with `A₀ = X`:
//!
//! ```text
//! Zₗ = Aₗ₋₁ Wₗ + bₗ        Aₗ = φ(Zₗ)        Ŷ = softmax(Z of the last layer); of a regression Ŷ = Z of the last layer
//! ```
//!
//! Backward, from the loss of Ŷ against Y to the parameters, layer by layer from the last:
//!
//! ```text
//! dZ = (Ŷ − Y)/m                      softmax and cross-entropy together
//! dZ = ℓ′(Ŷ − Y)/m                    of a regression: 2(Ŷ − Y) for mse, the sign for mae, Ŷ − Y within ±1 for huber
//! dWₗ = Aₗ₋₁ᵀ dZₗ                     every weight: its input times the error of its unit
//! dbₗ = the column sums of dZₗ         a bias is the weight of an input that is always 1
//! dZₗ₋₁ = dZₗ Wₗᵀ ⊙ φ′(Zₗ₋₁)          back through the weights, then through the activation
//! ```
//!
//! These are the equations of Rumelhart, Hinton and Williams, "Learning representations by
//! back-propagating errors" (1986), for a batch.

use super::activation::{slope, value};
use super::bugs::{self, Bug};
use super::{Layer, Matrix, Problem};
use mlp_core::task::Loss;

/// Intermediate results of the forward pass that the backward pass needs.
pub(super) struct Forward {
    /// Zₗ of each layer: `[m, outputs]`; the last are the logits.
    pub sums: Vec<Matrix>,
    /// Aₗ₋₁ of each layer: `[m, inputs]`; the first is X.
    pub inputs: Vec<Matrix>,
    /// Ŷ: `[m, outputs]`.
    pub predictions: Matrix,
}

pub(super) fn forward(problem: &Problem) -> Forward {
    let mut sums: Vec<Matrix> = Vec::new();
    let mut inputs = Vec::new();
    for layer in &problem.layers {
        let a = match sums.last() {
            None => problem.inputs.clone(),                     // X
            Some(z) => z.map(|z| value(problem.activation, z)), // Aₗ₋₁ = φ(Zₗ₋₁)
        };
        sums.push(a.times(&layer.weights).plus_row(&layer.biases)); // Zₗ: [m, outputs]
        inputs.push(a);
    }
    Forward {
        predictions: match problem.loss {
            Loss::CrossEntropy => softmax(&sums[sums.len() - 1]), // a network has at least its output layer
            Loss::Mse | Loss::Mae | Loss::Huber => sums[sums.len() - 1].clone(),
        },
        sums,
        inputs,
    }
}

/// Computes the gradient of the loss with respect to every parameter, with the mistake `bug` if given.
#[must_use]
pub fn gradients(problem: &Problem, bug: Option<Bug>) -> Vec<Layer> {
    let Forward {
        sums,
        inputs,
        predictions,
    } = forward(problem);
    let mut dz = output_error(problem, &predictions); // [m, outputs]
    bugs::in_output_error(bug, problem, &mut dz);

    let mut found = Vec::new();
    for (l, layer) in problem.layers.iter().enumerate().rev() {
        let mut gradient = Layer {
            weights: inputs[l].transposed_times(&dz), // dWₗ = Aₗ₋₁ᵀ dZₗ: [inputs, outputs]
            biases: dz.column_sums(),                 // dbₗ: [outputs]
        };
        bugs::in_gradient(bug, problem, l, &inputs[l], &dz, &mut gradient);
        found.push(gradient);

        if l > 0 {
            let weights = bugs::in_weights(bug, problem, l, &layer.weights);
            let activation = bugs::in_activation(bug, l - 1, problem.activation);
            let da = dz.times_transposed(&weights); // dAₗ₋₁ = dZₗ Wₗᵀ: [m, inputs]
            dz = da.zip_map(&sums[l - 1], |da, z| da * slope(activation, z)); // dZₗ₋₁ = dAₗ₋₁ ⊙ φ′(Zₗ₋₁)
        }
    }
    found.reverse();
    found
}

/// `dZ = (Ŷ − Y)/m`.
///
/// A row of Y sums to 1 unless classes are weighted. In general the derivative of `−Σ y log ŷ` is
/// `Ŷ·Σy − Y`, where `Σy` is the weight of the row. Of a regression it is `ℓ′(Ŷ − Y)/m` times the
/// weight of the row.
fn output_error(problem: &Problem, predictions: &Matrix) -> Matrix {
    let m = problem.divisor();
    if problem.loss != Loss::CrossEntropy {
        let rows = predictions.rows().zip(problem.targets.rows()).enumerate();
        let error = rows.flat_map(|(row, (p, y))| {
            let weight = problem.row_weight(row) / m;
            let pairs = p.iter().zip(y);
            pairs.map(move |(p, y)| problem.loss.slope(p - y) * weight)
        });
        return Matrix::new(predictions.columns, error.collect());
    }
    let rows = predictions.rows().zip(problem.targets.rows());
    let error = rows.flat_map(|(p, y)| {
        let count: f64 = y.iter().sum();
        p.iter().zip(y).map(move |(p, y)| (p * count - y) / m)
    });
    Matrix::new(predictions.columns, error.collect())
}

/// `e^z / Σ e^z` of each row. The largest z is subtracted first to avoid overflow.
fn softmax(logits: &Matrix) -> Matrix {
    let mut probabilities = logits.clone();
    for row in probabilities.values.chunks_exact_mut(logits.columns) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for z in row.iter_mut() {
            *z = libm::exp(*z - largest);
        }
        let sum: f64 = row.iter().sum();
        for power in row {
            *power /= sum;
        }
    }
    probabilities
}
