//! Which numbers are taken as values of a feature.

use crate::error::DataErrorKind;
use crate::options::{MissingPolicy, MissingPolicyName, ScaleKind};

/// Largest number, of either sign, that is taken as a value of a feature: larger ones overflow 32 bits as soon as two of
/// them are added or scaled.
pub const MAX_MAGNITUDE: f64 = 1e37;

/// Returns a number in 32 bits, given next to its exact value, if it may be a value of a feature.
#[inline]
pub fn check_number(value: f64, narrow: f32, is_unit: bool) -> Result<f32, DataErrorKind> {
    if value.abs() > MAX_MAGNITUDE {
        return Err(DataErrorKind::TooLarge { value });
    }
    if is_unit && !(0.0..=255.0).contains(&value) {
        return Err(DataErrorKind::OutOfRange { value: narrow });
    }
    Ok(narrow)
}

/// Returns the value to store for a finite number, or for an empty cell (`None`): NaN, which the model fills.
///
/// # Errors
/// If the cell must not be empty, the number is too large, or `scale` does not take it.
pub fn feature_value(
    cell: Option<f32>,
    missing: MissingPolicy,
    scale: ScaleKind,
) -> Result<f32, DataErrorKind> {
    match (cell, missing) {
        (None, MissingPolicy::Named(MissingPolicyName::Error)) => Err(DataErrorKind::EmptyCell),
        (None, _) => Ok(f32::NAN),
        (Some(value), _) => check_number(value.into(), value, scale == ScaleKind::Unit),
    }
}
