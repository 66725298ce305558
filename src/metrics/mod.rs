//! Figures of merit, from plain labels and predictions.

mod classification;
mod confusion;
mod running;

pub use classification::{ClassReport, ClassificationReport};
pub use confusion::ConfusionMatrix;
pub use running::RunningMean;

/// Index of the largest value; the first of equals. 0 for an empty slice.
#[must_use]
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
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
