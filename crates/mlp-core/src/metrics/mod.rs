//! Figures of merit, from plain labels and predictions.

mod calibration;
mod classification;
mod confusion;
mod running;
pub mod significance;

pub use calibration::{Calibration, CalibrationBin};
pub use classification::{ClassReport, ClassificationReport, Mistake};
pub use confusion::ConfusionMatrix;
pub use running::MetricAccumulator;

/// Index of the largest value; the first of equals. 0 for an empty slice.
#[must_use]
#[inline]
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    // Kept beside its place, the largest needs no branch: which class it is, no processor can foresee.
    let mut largest = values.first().copied().unwrap_or(f32::NAN);
    for (index, &value) in values.iter().enumerate() {
        let larger = value > largest;
        best = if larger { index } else { best };
        largest = if larger { value } else { largest };
    }
    best
}

/// How many classes come before `class` when they are sorted by value, the first of equals first: 0 for
/// the [`argmax`].
#[must_use]
#[allow(clippy::float_cmp)] // a tie is one to the last bit, as for the `argmax`
#[inline]
pub fn rank(values: &[f32], class: usize) -> usize {
    let own = values[class];
    let before = |(index, value): (usize, &f32)| *value > own || (*value == own && index < class);
    values
        .iter()
        .enumerate()
        .filter(|entry| before(*entry))
        .count()
}

/// Probabilities of logits, and the logarithm of their normaliser: `log p[c] = logits[c] − normaliser`.
///
/// In float64 and with the largest logit taken out first, so that neither overflows.
#[must_use]
pub fn softmax(logits: &[f32]) -> (Vec<f64>, f64) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let largest = f64::from(largest);
    let exponentials: Vec<f64> = logits
        .iter()
        .map(|logit| (f64::from(*logit) - largest).exp())
        .collect();
    let sum: f64 = exponentials.iter().sum();
    (
        exponentials.iter().map(|value| value / sum).collect(),
        largest + sum.ln(),
    )
}
