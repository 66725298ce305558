//! From numbers to predict to the output of a network, and back.

use serde::{Deserialize, Serialize};

use crate::error::PreparationError;
use crate::options::TargetTransform;

/// Largest logarithm that is undone: the square of its exponential is still a number of 64 bits.
const MAX_EXPONENT: f64 = 300.0;

/// Maps a number to predict to the output of a network: `(transform(value) − center) / scale`, in 64 bits.
///
/// Center and scale are mean and standard deviation of the transformed targets of the training rows, with their weights,
/// so that losses and learning rates do not depend on the target's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetScaling {
    /// Applied first.
    pub transform: TargetTransform,
    /// Subtracted then.
    pub center: f64,
    /// Divided by then; above 0.
    pub scale: f64,
}

impl TargetScaling {
    /// Leaves numbers as they are.
    pub const IDENTITY: Self = Self {
        transform: TargetTransform::None,
        center: 0.0,
        scale: 1.0,
    };

    /// Fits center and scale to the values of the training rows `rows`. `weights` are those of all values, 1 each without
    /// them.
    ///
    /// # Errors
    /// If any value, of whichever row, cannot be transformed, or the training rows all have the same value.
    pub fn fit(
        values: &[f64],
        weights: Option<&[f64]>,
        rows: &[u32],
        transform: TargetTransform,
    ) -> Result<Self, PreparationError> {
        let identity = Self {
            transform,
            ..Self::IDENTITY
        };
        identity.check(values)?;
        let transformed = || {
            rows.iter()
                .map(|&row| identity.scaled(values[row as usize]))
        };
        let weight = |&row: &u32| weights.map_or(1.0, |weights| weights[row as usize]);
        let weights = || rows.iter().map(weight);
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let weighted = values.zip(weights());
            weighted.map(|(value, weight)| weight * value).sum::<f64>() / weights().sum::<f64>()
        };
        let first = transformed().next().unwrap_or(0.0);
        // Relative to one of them, so that large values of small differences lose no digits.
        let center = first + mean(&mut transformed().map(|value| value - first));
        let mut squares = transformed().map(|value| (value - center) * (value - center));
        let scale = mean(&mut squares).sqrt();
        if transformed().all(|value| value.total_cmp(&first).is_eq()) {
            let value = rows.first().map_or(f64::NAN, |&row| values[row as usize]);
            return Err(PreparationError::ConstantTarget { value });
        }
        if !scale.is_finite() || scale <= 0.0 {
            return Err(PreparationError::TargetRange);
        }
        Ok(Self {
            transform,
            center,
            scale,
        })
    }

    /// Checks that all values can be transformed.
    ///
    /// # Errors
    /// If one cannot, with its row.
    pub fn check(&self, values: &[f64]) -> Result<(), PreparationError> {
        let wrong = values.iter().position(|value| !self.takes(*value));
        wrong.map_or(Ok(()), |row| {
            Err(PreparationError::NotPositive {
                row: row + 1,
                value: values[row],
            })
        })
    }

    /// Returns whether a value can be transformed.
    #[must_use]
    pub fn takes(&self, value: f64) -> bool {
        match self.transform {
            TargetTransform::None => true,
            TargetTransform::Log => value > 0.0,
        }
    }

    /// Returns the output of a network that predicts `value` exactly.
    #[inline]
    #[must_use]
    pub fn scaled(&self, value: f64) -> f64 {
        let transformed = match self.transform {
            TargetTransform::None => value,
            TargetTransform::Log => libm::log(value),
        };
        (transformed - self.center) / self.scale
    }

    /// Returns the prediction that an output of a network stands for, in the unit of the file.
    #[inline]
    #[must_use]
    pub fn unscaled(&self, output: f64) -> f64 {
        let transformed = self.center + self.scale * output;
        match self.transform {
            TargetTransform::None => transformed,
            TargetTransform::Log => libm::exp(transformed.min(MAX_EXPONENT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(values: &[f64], transform: TargetTransform) -> TargetScaling {
        let rows: Vec<u32> = (0..).take(values.len()).collect();
        TargetScaling::fit(values, None, &rows, transform).unwrap()
    }

    fn assert_close(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-12 * expected.abs(), "{found} is not {expected}");
    }

    #[test]
    fn targets_are_standardised_by_the_training_rows() {
        let scaling = TargetScaling::fit(
            &[1.0, 900.0, 3.0, 5.0],
            None,
            &[0, 2, 3],
            TargetTransform::None,
        );
        let scaling = scaling.unwrap();
        assert_close(scaling.center, 3.0);
        assert_close(scaling.scale, (8.0_f64 / 3.0).sqrt());
        for value in [1.0, 900.0, -7.5] {
            assert_close(scaling.unscaled(scaling.scaled(value)), value);
        }
    }

    #[test]
    fn logarithms_are_standardised_and_undone() {
        let scaling = fitted(&[1.0, 10.0, 100.0], TargetTransform::Log);
        assert_close(scaling.center, 10.0_f64.ln());
        for value in [0.01, 10.0, 1e9] {
            assert_close(scaling.unscaled(scaling.scaled(value)), value);
        }
    }

    #[test]
    fn small_differences_of_large_values_are_kept() {
        let values: Vec<f64> = (0..1000).map(|i| 1e15 + f64::from(i % 2)).collect();
        let scaling = fitted(&values, TargetTransform::None);
        assert_close(scaling.scale, 0.5);
        assert_close(scaling.scaled(1e15), -1.0);
    }

    #[test]
    fn values_that_cannot_be_predicted_are_refused() {
        let error = |values: &[f64], transform| {
            let rows: Vec<u32> = (0..).take(values.len()).collect();
            TargetScaling::fit(values, None, &rows, transform).unwrap_err()
        };
        assert_eq!(
            error(&[2.0, 1.0, 0.0], TargetTransform::Log),
            PreparationError::NotPositive { row: 3, value: 0.0 }
        );
        assert_eq!(
            error(&[0.1, 0.1, 0.1], TargetTransform::None),
            PreparationError::ConstantTarget { value: 0.1 }
        );
        assert_eq!(
            error(&[-1e300, 1e300], TargetTransform::None),
            PreparationError::TargetRange
        );
    }
}
