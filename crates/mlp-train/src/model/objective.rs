//! What a training minimises, and how its gradients are formed.

use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData, activation};

use super::Mlp;
use mlp_core::config::Reduction;
use mlp_data::random::{Purpose, Stream};

/// Everything about a training step that is neither the network nor the optimizer.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Over the rows of a batch.
    pub reduction: Reduction,
    /// Largest global norm of the gradient; 0 is off.
    pub clip_norm: f64,
    /// Share of hidden units dropped.
    pub dropout: f64,
    /// Seed of the dropped units.
    pub seed: u64,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            reduction: Reduction::Mean,
            clip_norm: 0.0,
            dropout: 0.0,
            seed: 0,
        }
    }
}

/// The targets of a batch as a distribution over classes for each row.
///
/// Label smoothing ε and class weights *w* are both contained in it:
/// `q[i, c] = w[c]·((1 − ε)·[c = label i] + ε/classes)`, and the loss is
/// `−Σ q ⊙ log softmax(logits) / Σ w[label i]`, as `PyTorch`'s `CrossEntropyLoss` has it.
#[derive(Clone, Debug)]
pub struct TargetDistribution {
    smoothing: f64,
    class_weights: Vec<f64>,
}

impl TargetDistribution {
    /// ε in `[0, 1)`, and a positive weight for each class.
    #[must_use]
    pub fn new(smoothing: f64, class_weights: Vec<f64>) -> Self {
        Self {
            smoothing,
            class_weights,
        }
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.class_weights.len()
    }

    /// `q` of these labels as `[rows · classes]`, row-major, and `Σ w[label]`.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // a class count; f32 is the network's type
    pub fn of(&self, labels: &[u32]) -> (Vec<f32>, f64) {
        let classes = self.class_weights.len();
        let spread = self.smoothing / classes as f64;
        let base: Vec<f32> = self
            .class_weights
            .iter()
            .map(|weight| (weight * spread) as f32)
            .collect();
        let mut rows = Vec::with_capacity(labels.len() * classes);
        for &label in labels {
            let label = label as usize;
            let start = rows.len();
            rows.extend_from_slice(&base);
            rows[start + label] =
                (self.class_weights[label] * (1.0 - self.smoothing + spread)) as f32;
        }
        (rows, self.weight(labels))
    }

    /// `Σ w[label]`
    #[must_use]
    pub fn weight(&self, labels: &[u32]) -> f64 {
        let weights = labels
            .iter()
            .map(|label| self.class_weights[*label as usize]);
        weights.fold(0.0, |sum, weight| sum + weight)
    }
}

/// Cross-entropy `[1]` of logits `[batch, classes]` under target distributions `[batch, classes]`,
/// averaged with the rows' summed class weight.
#[must_use]
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>, weight: f64) -> Tensor<1> {
    let log_probabilities = activation::log_softmax(logits, 1); // [batch, classes]
    // Not a division: autodiff differentiates one with the reciprocal rounded to float32.
    (targets * log_probabilities)
        .sum()
        .mul_scalar(-weight.recip()) // [1]
}

/// Scales all gradients so that their common Euclidean norm is at most `limit`.
///
/// As `PyTorch`'s `clip_grad_norm_`: factor `min(1, limit / (norm + 1e-6))`. Burn's own clipping is by
/// tensor. Nothing is read back from the device.
pub(super) fn clip_global_norm(network: &Mlp, gradients: &mut GradientsParams, limit: f64) {
    let mut squares: Option<Tensor<1>> = None;
    let mut add = |square: Tensor<1>| {
        squares = Some(match squares.take() {
            Some(sum) => sum + square,
            None => square,
        });
    };
    for layer in &network.layers {
        if let Some(gradient) = gradients.get::<2>(layer.weight.id) {
            add((gradient.clone() * gradient).sum());
        }
        if let Some(gradient) = layer
            .bias
            .as_ref()
            .and_then(|bias| gradients.get::<1>(bias.id))
        {
            add((gradient.clone() * gradient).sum());
        }
    }
    let Some(squares) = squares else { return };
    let factor = squares
        .sqrt()
        .add_scalar(1e-6)
        .recip()
        .mul_scalar(limit)
        .clamp_max(1.0); // [1]
    for layer in &network.layers {
        if let Some(gradient) = gradients.remove::<2>(layer.weight.id) {
            gradients.register(layer.weight.id, gradient * factor.clone().unsqueeze());
        }
        if let Some(bias) = &layer.bias
            && let Some(gradient) = gradients.remove::<1>(bias.id)
        {
            gradients.register(bias.id, gradient * factor.clone());
        }
    }
}

/// Inverted dropout: units are 0 with the given probability, the others scaled so that the mean stays.
pub(super) fn dropout(
    objective: &Objective,
    hidden: Tensor<2>,
    step: u64,
    layer: usize,
) -> Tensor<2> {
    let shape = hidden.dims();
    let mask = TensorData::new(objective.mask(step, layer, shape[0] * shape[1]), shape);
    let mask = Tensor::from_data(mask, (&hidden.device(), hidden.dtype()));
    hidden * mask
}

impl Objective {
    /// What dropout multiplies the units of a hidden layer by, `[batch, units]` of so many values.
    ///
    /// A function of (seed, step, layer, row in batch, unit), so that a resumed step drops the same units.
    #[allow(clippy::cast_possible_truncation)] // f32 is the network's type
    pub(super) fn mask(&self, step: u64, layer: usize, values: usize) -> Vec<f32> {
        // 2¹⁶ layers a step: indices never meet.
        let stream = Stream::new(self.seed, Purpose::Dropout, (step << 16) | layer as u64);
        let kept = (1.0 / (1.0 - self.dropout)) as f32;
        let dropped = |unit| stream.uniform(unit) < self.dropout;
        (0..values as u64)
            .map(|unit| if dropped(unit) { 0.0 } else { kept })
            .collect()
    }
}
