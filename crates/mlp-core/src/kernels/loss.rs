//! The loss and its gradient in one pass over the outputs.

use pulp::Simd;

use super::activation::exp;
use super::simd::map;
use crate::task;

/// What is minimised: `scale·Σ ℓ(z, q)`, summed over the rows and outputs of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// Which ℓ: `−q log softmax(z)` of the cross-entropy, or a function of the error `z − q`.
    pub kind: task::Loss,
    /// Targets q, `[rows, outputs]`: of classes a distribution for each row, which sums to 1 unless classes are weighted;
    /// of a regression the standardised target.
    pub targets: &'a [f32],
    /// Weight of each row, `[rows]`, which scales ℓ of a regression; empty if all are 1. Of classes it is in the targets.
    pub weights: &'a [f32],
    /// Factor of the sum.
    pub scale: f32,
    /// Dropout factors of the units of each hidden layer, `[rows, units]`; empty without dropout.
    pub masks: &'a [Vec<f32>],
}

/// Computes the loss of each error and its gradient.
///
/// For outputs `z` and targets `q`, both `[rows, outputs]`, writes `Σ ℓ(z − q)` over the outputs of a row to `losses`
/// `[rows]`, and `scale·ℓ′(z − q)` to `errors` `[rows, outputs]`, both times the row's weight. In 64 bits, value by value: an output layer of a
/// regression is one unit wide.
pub(super) fn of_errors(
    kind: task::Loss,
    values: &[f32],
    targets: &[f32],
    weights: &[f32],
    scale: f32,
    errors: &mut [f32],
    losses: &mut [f64],
) {
    let outputs = values.len() / losses.len().max(1);
    let given = values
        .chunks_exact(outputs)
        .zip(targets.chunks_exact(outputs));
    let found = errors.chunks_exact_mut(outputs).zip(losses);
    for (row, ((values, targets), (errors, loss))) in given.zip(found).enumerate() {
        let weight = weights.get(row).map_or(1.0, |weight| f64::from(*weight));
        *loss = 0.0;
        for ((error, value), target) in errors.iter_mut().zip(values).zip(targets) {
            let distance = f64::from(*value) - f64::from(*target);
            *error = (f64::from(scale) * weight * kind.slope(distance)) as f32;
            *loss += weight * kind.of_error(distance);
        }
    }
}

/// Computes the cross-entropy of each row of logits and its gradient.
///
/// For logits `z` and targets `q`, both `[rows, classes]`, writes `−Σ q log softmax(z)` to `losses` `[rows]` and the
/// gradient of `scale` times that, `scale·(softmax(z)·Σq − q)`, to `errors` `[rows, classes]`.
#[inline(always)]
pub(super) fn cross_entropy<S: Simd>(
    simd: S,
    logits: &[f32],
    targets: &[f32],
    classes: usize,
    scale: f32,
    errors: &mut [f32],
    losses: &mut [f64],
) {
    let given = logits
        .chunks_exact(classes)
        .zip(targets.chunks_exact(classes));
    let found = errors.chunks_exact_mut(classes).zip(losses);
    for ((logits, targets), (errors, loss)) in given.zip(found) {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shift = simd.splat_f32s(largest);
        errors.copy_from_slice(logits);
        map(
            simd,
            errors,
            #[inline(always)]
            |z| exp(simd, simd.sub_f32s(z, shift)),
        );
        // In the order of the classes, whatever the width of a vector.
        let sum: f64 = errors.iter().map(|power| f64::from(*power)).sum();
        let normaliser = f64::from(largest) + libm::log(sum);

        let total: f64 = targets.iter().map(|target| f64::from(*target)).sum(); // Σq
        let factor = (total * f64::from(scale) / sum) as f32;
        *loss = 0.0;
        for ((error, logit), target) in errors.iter_mut().zip(logits).zip(targets) {
            *error = *error * factor - scale * target;
            *loss += f64::from(*target) * (normaliser - f64::from(*logit));
        }
    }
}
