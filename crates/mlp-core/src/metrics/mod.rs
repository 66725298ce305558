//! Metrics of targets and predictions.

mod calibration;
mod classes;
mod classification;
mod confusion;
mod curves;
mod ranking;
mod regression;
mod running;
pub mod significance;

pub use calibration::{Calibration, CalibrationBin};
pub use classes::{ClassMetrics, ClassRow, Rankings};
pub use classification::{ClassReport, ClassificationReport, Mistake};
pub use confusion::{ClassCounts, ConfusionMatrix, MAX_MATRIX_CLASSES};
pub use curves::{
    BinaryReport, KeptCurve, PrecisionRecallPoint, RocPoint, precision_recall_curve, roc_curve,
};
pub(crate) use curves::{Counts, Ranking};
pub use regression::{RegressionReport, ValueRow};
pub use running::MetricAccumulator;

/// Returns the index of the largest value, the first one of equal values; 0 for an empty slice.
#[must_use]
#[inline]
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    // Conditional moves instead of a branch, which would be unpredictable.
    let mut largest = values.first().copied().unwrap_or(f32::NAN);
    for (index, &value) in values.iter().enumerate() {
        let larger = value > largest;
        best = if larger { index } else { best };
        largest = if larger { value } else { largest };
    }
    best
}

/// Returns the position of `class` in descending order of value, equal values in order of index: 0 for the
/// [`argmax`].
#[must_use]
#[allow(clippy::float_cmp)] // only exact ties count, as in `argmax`
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

/// Computes the probabilities of logits and the log-normaliser, with `ln p[c] = logits[c] − normaliser`.
///
/// Uses float64 and subtracts the largest logit first to avoid overflow.
#[must_use]
pub fn softmax(logits: &[f32]) -> (Vec<f64>, f64) {
    softmax_with_temperature(logits, 1.0)
}

/// Computes the probabilities of logits that are divided by a temperature, which must be above 0, and the
/// log-normaliser, with `ln p[c] = logits[c] / temperature − normaliser`.
#[must_use]
pub fn softmax_with_temperature(logits: &[f32], temperature: f64) -> (Vec<f64>, f64) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let largest = f64::from(largest);
    let exponentials: Vec<f64> = logits
        .iter()
        .map(|logit| ((f64::from(*logit) - largest) / temperature).exp())
        .collect();
    let sum: f64 = exponentials.iter().sum();
    (
        exponentials.iter().map(|value| value / sum).collect(),
        largest / temperature + sum.ln(),
    )
}
