//! Common mistakes in a hand-written backward pass, which the check must detect.
//!
//! Each mistake affects one place, so that a test can verify that the check reports that place: gradients
//! computed after it in the backward pass are wrong too, those computed before it are right.

use std::borrow::Cow;

use super::{Layer, Matrix, Problem};
use mlp_core::config::{Activation, Reduction};

/// A mistake in the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The gradient of the last layer's weights has the wrong sign: `dW = −Aᵀ dZ`.
    SignFlipped,
    /// `dZ = Ŷ − Y` lacks the 1/m of the mean; for a sum, it has a superfluous 1/m.
    MissingMean,
    /// The error is propagated through W of the last layer as if it were stored transposed.
    TransposedWeight,
    /// The gradient of the first layer's biases is 0.
    ForgottenBias,
    /// φ′ of a different activation is used after the first layer.
    WrongActivation,
    /// The gradient of the first layer's weights pairs each row's inputs with the next row's error.
    OffByOneRows,
}

impl Bug {
    /// All mistakes.
    pub const ALL: [Self; 6] = [
        Self::SignFlipped,
        Self::MissingMean,
        Self::TransposedWeight,
        Self::ForgottenBias,
        Self::WrongActivation,
        Self::OffByOneRows,
    ];

    /// Returns the name used on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignFlipped => "sign-flipped",
            Self::MissingMean => "missing-mean",
            Self::TransposedWeight => "transposed-weight",
            Self::ForgottenBias => "forgotten-bias",
            Self::WrongActivation => "wrong-activation",
            Self::OffByOneRows => "off-by-one-rows",
        }
    }

    /// Returns a description of the wrong formula.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::SignFlipped => "the last layer's weights: −Aᵀ dZ instead of Aᵀ dZ",
            Self::MissingMean => {
                "the last layer's error: Ŷ − Y instead of (Ŷ − Y)/m, or the other way round for a sum"
            }
            Self::TransposedWeight => "the way back through the last layer: dZ W instead of dZ Wᵀ",
            Self::ForgottenBias => "the first layer's biases: 0 instead of the column sums of dZ",
            Self::WrongActivation => "behind the first layer: the derivative of another activation",
            Self::OffByOneRows => {
                "the first layer's weights: the inputs of row i with the error of row i + 1"
            }
        }
    }

    /// Returns what the network and batch need for this mistake to change any gradient.
    #[must_use]
    pub const fn needs(self) -> &'static str {
        match self {
            Self::SignFlipped | Self::ForgottenBias => "it needs a gradient that is not 0",
            Self::MissingMean => "it needs more than one row in the batch",
            Self::TransposedWeight => {
                "it needs a hidden layer, with more than one unit and different weights behind it, and more than one output"
            }
            Self::WrongActivation => "it needs a hidden layer",
            Self::OffByOneRows => "it needs more than one row in the batch, and rows that differ",
        }
    }
}

/// Applies the mistake to `dZ` of the last layer, `[m, outputs]`.
pub(super) fn in_output_error(bug: Option<Bug>, problem: &Problem, dz: &mut Matrix) {
    if bug == Some(Bug::MissingMean) {
        let wrong = match problem.reduction {
            Reduction::Mean => problem.weight,
            Reduction::Sum => problem.weight.recip(),
        };
        *dz = dz.map(|error| error * wrong);
    }
}

/// Applies the mistake to the gradient of layer `l`, counted from 0.
pub(super) fn in_gradient(
    bug: Option<Bug>,
    problem: &Problem,
    l: usize,
    inputs: &Matrix,
    dz: &Matrix,
    gradient: &mut Layer,
) {
    let (is_first, is_last) = (l == 0, l + 1 == problem.layers.len());
    match bug {
        Some(Bug::SignFlipped) if is_last => {
            gradient.weights = gradient.weights.map(|slope| -slope);
        }
        Some(Bug::ForgottenBias) if is_first => gradient.biases.fill(0.0),
        Some(Bug::OffByOneRows) if is_first => {
            let mut shifted = dz.clone();
            shifted.values.rotate_left(dz.columns);
            gradient.weights = inputs.transposed_times(&shifted);
        }
        _ => {}
    }
}

/// Returns Wₗ `[inputs, outputs]` as used to propagate the error back from layer `l`.
pub(super) fn in_weights<'a>(
    bug: Option<Bug>,
    problem: &Problem,
    l: usize,
    weights: &'a Matrix,
) -> Cow<'a, Matrix> {
    if bug != Some(Bug::TransposedWeight) || l + 1 != problem.layers.len() {
        return Cow::Borrowed(weights);
    }
    let (inputs, outputs) = (weights.rows().len(), weights.columns);
    let places = (0..inputs).flat_map(|i| (0..outputs).map(move |o| o * inputs + i));
    let values = places.map(|place| weights.values[place]).collect();
    Cow::Owned(Matrix::new(outputs, values))
}

/// Returns the activation whose derivative is used after layer `l`, counted from 0.
pub(super) fn in_activation(bug: Option<Bug>, l: usize, activation: Activation) -> Activation {
    match (bug, activation) {
        (Some(Bug::WrongActivation), Activation::Sigmoid) if l == 0 => Activation::Tanh,
        (Some(Bug::WrongActivation), _) if l == 0 => Activation::Sigmoid,
        _ => activation,
    }
}
