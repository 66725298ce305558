//! What the values of a data set look like, and how they are best scaled.

use serde::Serialize;

use crate::options::ScaleKind;

/// Beyond this, a column reaches into the upper half of a byte.
const HALF_A_BYTE: f32 = 127.0;

/// What the values look like as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ValueRange {
    /// Between 0 and 1 throughout.
    #[serde(rename = "0-1")]
    Unit,
    /// Between 0 and 255, most columns reaching into the upper half, as the pixels of images do.
    #[serde(rename = "0-255")]
    Byte,
    /// Anything else.
    #[serde(rename = "other")]
    Other,
}

impl ValueRange {
    /// From the smallest and the largest value of each column; columns without values have none, and
    /// constant ones say nothing.
    #[must_use]
    pub fn of(columns: impl Iterator<Item = (f32, f32)>) -> Self {
        let (mut smallest, mut largest) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut low, mut high) = (0, 0);
        for (minimum, maximum) in columns.filter(|(minimum, maximum)| minimum <= maximum) {
            smallest = smallest.min(minimum);
            largest = largest.max(maximum);
            if minimum < maximum {
                *(if maximum > HALF_A_BYTE {
                    &mut high
                } else {
                    &mut low
                }) += 1;
            }
        }
        if smallest > largest {
            Self::Other // no values
        } else if smallest >= 0.0 && largest <= 1.0 {
            Self::Unit
        } else if smallest >= 0.0 && largest <= 255.0 && high > low {
            Self::Byte
        } else {
            Self::Other
        }
    }

    /// The `data.scale` that brings such values to about 1.
    #[must_use]
    pub const fn fitting_scale(self) -> ScaleKind {
        match self {
            Self::Unit => ScaleKind::None,
            Self::Byte => ScaleKind::Unit,
            Self::Other => ScaleKind::Standard,
        }
    }

    /// In words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Unit => "looks like 0–1",
            Self::Byte => "looks like 0–255",
            Self::Other => "neither 0–1 nor 0–255",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_told_from_measurements() {
        let of = |columns: &[(f32, f32)]| ValueRange::of(columns.iter().copied());
        assert_eq!(of(&[(0.0, 1.0), (0.25, 0.5)]), ValueRange::Unit);
        assert_eq!(
            of(&[(0.0, 0.0), (0.0, 254.5), (0.0, 9.0), (3.0, 255.0)]),
            ValueRange::Byte
        );
        let age_and_weight = [(18.0, 79.0), (44.0, 151.0), (1.0, 5.0)];
        assert_eq!(of(&age_and_weight), ValueRange::Other);
        assert_eq!(of(&[(-0.5, 200.0)]), ValueRange::Other);
        assert_eq!(of(&[(0.0, 255.5)]), ValueRange::Other);
        let empty = (f32::INFINITY, f32::NEG_INFINITY);
        assert_eq!(of(&[empty, (0.0, 200.0)]), ValueRange::Byte);
        assert_eq!(of(&[empty]), ValueRange::Other);
    }
}
