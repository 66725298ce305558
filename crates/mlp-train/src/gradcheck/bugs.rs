//! Mistakes that people make in a hand-written backward pass, to be planted and caught.
//!
//! Each is in one place, so that the check can be seen to name that place: what lies behind it on the
//! way back is wrong too, what lies before it is right.

use std::borrow::Cow;

use super::{Layer, Matrix, Problem};
use mlp_core::config::{Activation, Reduction};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The weights of the last layer would climb: `dW = −Aᵀ dZ`.
    SignFlipped,
    /// `dZ = Ŷ − Y` without the 1/m of the mean; under a sum, with a 1/m that does not belong there.
    MissingMean,
    /// The error comes back through W of the last layer, read as if it were stored transposed.
    TransposedWeight,
    /// The first layer's biases get no gradient.
    ForgottenBias,
    /// φ′ of another activation behind the first layer.
    WrongActivation,
    /// The first layer's weights pair each row's inputs with the error of the next row.
    OffByOneRows,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SignFlipped,
        Self::MissingMean,
        Self::TransposedWeight,
        Self::ForgottenBias,
        Self::WrongActivation,
        Self::OffByOneRows,
    ];

    /// As it is typed.
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

    /// What is wrong, in a formula.
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

    /// What a network and a batch need for this mistake to change any gradient.
    #[must_use]
    pub const fn needs(self) -> &'static str {
        match self {
            Self::SignFlipped | Self::ForgottenBias => "it needs a gradient that is not 0",
            Self::MissingMean => "it needs more than one row in the batch",
            Self::TransposedWeight => {
                "it needs a hidden layer, with more than one unit and different weights behind it"
            }
            Self::WrongActivation => "it needs a hidden layer",
            Self::OffByOneRows => "it needs more than one row in the batch, and rows that differ",
        }
    }
}

/// Where `dZ` of the last layer, `[m, classes]`, has been computed.
pub(super) fn in_output_error(bug: Option<Bug>, problem: &Problem, dz: &mut Matrix) {
    if bug == Some(Bug::MissingMean) {
        let wrong = match problem.reduction {
            Reduction::Mean => problem.weight,
            Reduction::Sum => problem.weight.recip(),
        };
        *dz = dz.map(|error| error * wrong);
    }
}

/// Where the gradient of layer `l`, counted from 0, has been computed.
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

/// Wₗ `[inputs, outputs]` as the way back from layer `l` sees it.
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

/// The activation whose derivative is taken behind layer `l`, counted from 0.
pub(super) fn in_activation(bug: Option<Bug>, l: usize, activation: Activation) -> Activation {
    match (bug, activation) {
        (Some(Bug::WrongActivation), Activation::Sigmoid) if l == 0 => Activation::Tanh,
        (Some(Bug::WrongActivation), _) if l == 0 => Activation::Sigmoid,
        _ => activation,
    }
}
