//! Calibration of the predicted probabilities.

use serde::{Deserialize, Serialize};

/// Number of confidence intervals, as in Guo et al. 2017, "On calibration of modern neural networks".
const BINS: usize = 15;

/// Confidence in comparison with accuracy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// `Σ rows[b]/rows · |accuracy[b] − confidence[b]|`, of weighted rows by their weight; 0 for a perfectly calibrated network.
    pub expected_calibration_error: f64,
    /// Equal intervals of confidence from 0 to 1, in ascending order, including empty ones.
    pub bins: Vec<CalibrationBin>,
}

/// The rows whose confidence lies in `(lower, upper]`; the first interval includes 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Lower bound, exclusive.
    pub lower: f64,
    /// Upper bound, inclusive.
    pub upper: f64,
    /// Number of rows.
    pub rows: u64,
    /// Mean confidence of the rows; 0 if there are none.
    pub confidence: f64,
    /// Share of the rows predicted correctly; 0 if there are none.
    pub accuracy: f64,
}

impl Calibration {
    /// Computes the calibration from each row's confidence, the probability of its predicted class, and whether the
    /// prediction is correct.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let rows = rows.into_iter();
        Self::weighted(rows.map(|(confidence, is_right)| (confidence, is_right, 1.0)))
    }

    /// Computes the same from rows with weights, their last entry. Means are weighted; rows are counted.
    #[must_use]
    pub fn weighted(rows: impl IntoIterator<Item = (f64, bool, f64)>) -> Self {
        let edge = |index: usize| index as f64 / BINS as f64;
        let mut sums = [(0_u64, 0.0, 0.0, 0.0); BINS];
        for (confidence, is_right, weight) in rows {
            let bin = (1..BINS)
                .position(|index| confidence <= edge(index))
                .unwrap_or(BINS - 1);
            sums[bin].0 += 1;
            sums[bin].1 += weight * confidence;
            sums[bin].2 += weight * f64::from(u8::from(is_right));
            sums[bin].3 += weight;
        }
        let bins: Vec<CalibrationBin> = sums
            .iter()
            .enumerate()
            .map(
                |(index, &(rows, confidence, right, weight))| CalibrationBin {
                    lower: edge(index),
                    upper: edge(index + 1),
                    rows,
                    confidence: if rows > 0 { confidence / weight } else { 0.0 },
                    accuracy: if rows > 0 { right / weight } else { 0.0 },
                },
            )
            .collect();
        let total: f64 = sums.iter().map(|sum| sum.3).sum();
        let gap = |(bin, sum): (&CalibrationBin, &(u64, f64, f64, f64))| {
            let share = if total > 0.0 { sum.3 / total } else { 0.0 };
            share * (bin.accuracy - bin.confidence).abs()
        };
        Self {
            expected_calibration_error: bins.iter().zip(&sums).map(gap).sum(),
            bins,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_the_interval_below_it() {
        let calibration =
            Calibration::new([(0.0, false), (0.2, true), (0.2 + 1e-9, true), (1.0, true)]);
        let rows: Vec<u64> = calibration.bins.iter().map(|bin| bin.rows).collect();
        let mut expected = [0; BINS];
        (expected[0], expected[2], expected[3], expected[14]) = (1, 1, 1, 1);
        assert_eq!(rows, expected);
    }

    #[test]
    fn confidence_that_is_right_has_no_error() {
        let rows = (0..100).map(|row| (0.75, row % 4 != 0));
        assert!(Calibration::new(rows).expected_calibration_error < 1e-12);
        let rows = (0..100).map(|row| (0.95, row % 4 != 0));
        let error = Calibration::new(rows).expected_calibration_error;
        assert!((error - 0.2).abs() < 1e-12, "{error}");
        assert!(Calibration::new([]).expected_calibration_error.abs() < 1e-12);
    }
}
