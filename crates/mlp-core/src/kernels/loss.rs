//! Softmax, cross-entropy and its gradient in one pass over the logits.

use pulp::Simd;

use super::activation::exp;
use super::simd::map;

/// What is minimised: `scale·Σ −q log softmax(z)`, summed over the rows and classes of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// Target distribution q of each row, `[rows, classes]`. A row sums to 1 unless classes are weighted.
    pub targets: &'a [f32],
    /// Factor of the summed cross-entropy.
    pub scale: f32,
    /// Dropout factors of the units of each hidden layer, `[rows, units]`; empty without dropout.
    pub masks: &'a [Vec<f32>],
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
