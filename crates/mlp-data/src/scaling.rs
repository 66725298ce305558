//! From stored values to the network's inputs: empty cells filled, columns scaled.

use serde::{Deserialize, Serialize};

use super::{Dataset, Features};
use crate::error::PreparationError;
use crate::options::{MissingPolicy, MissingPolicyName, ScaleKind};

/// What is done to every value, fitted on the training rows alone. Part of a run: predictions repeat it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Which rule.
    pub kind: ScaleKind,
    /// `[columns]`, what an empty cell becomes; `None` where the reader leaves no cell empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Vec<f32>>,
    /// `[columns]` for `standard`, empty otherwise: taken off each value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// `[columns]` for `standard`, empty otherwise: what each value is then divided by; 1 for a constant column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviation: Vec<f32>,
}

impl Scaling {
    /// Fits fill values and scales on the training rows.
    ///
    /// The deviation is the population's, √(Σ(x − mean)² / rows), with empty cells already filled.
    ///
    /// # Errors
    /// When empty cells are to become means and a column has no value in any training row.
    pub fn fit(
        dataset: &Dataset,
        rows: &[u32],
        kind: ScaleKind,
        missing: MissingPolicy,
    ) -> Result<Self, PreparationError> {
        let fills = missing == MissingPolicy::Named(MissingPolicyName::Mean);
        if kind != ScaleKind::Standard && !fills {
            return Ok(Self {
                kind,
                fill: None,
                mean: Vec::new(),
                deviation: Vec::new(),
            });
        }
        let moments = Moments::of(dataset, rows);
        if fills && let Some(column) = moments.counts.iter().position(|&count| count == 0) {
            let name = dataset.schema.columns[column].name.clone();
            return Err(PreparationError::EmptyColumn {
                column: column + 1,
                name,
            });
        }
        let mean = moments.mean();
        let deviation = if kind == ScaleKind::Standard {
            moments.deviation(rows.len())
        } else {
            Vec::new()
        };
        Ok(Self {
            kind,
            fill: fills.then(|| mean.clone()),
            mean: if kind == ScaleKind::Standard {
                mean
            } else {
                Vec::new()
            },
            deviation,
        })
    }

    /// Whether this scaling was fitted for so many columns, or does not depend on their number.
    #[must_use]
    pub fn fits(&self, columns: usize) -> bool {
        let moments = if self.kind == ScaleKind::Standard {
            columns
        } else {
            0
        };
        self.fill.as_ref().is_none_or(|fill| fill.len() == columns)
            && self.mean.len() == moments
            && self.deviation.len() == moments
    }

    /// Writes the inputs of one row, `[columns]`, to `out`, whose length is the number of columns.
    ///
    /// # Panics
    /// When there is no such row, or the scaling does not fit the columns ([`Self::fits`]).
    #[allow(clippy::inline_always)] // compiled anew where the widest vectors of the processor are in use
    #[inline(always)]
    pub fn apply_row(&self, features: &Features, row: usize, out: &mut [f32]) {
        let range = row * out.len()..(row + 1) * out.len();
        match (features, self.kind) {
            (Features::Bytes(values), ScaleKind::Unit) => {
                for (out, &value) in out.iter_mut().zip(&values[range]) {
                    // A division, not a product with 1/255, which is off by one bit for some bytes.
                    *out = f32::from(value) / 255.0;
                }
            }
            (Features::Bytes(values), _) => {
                for (out, &value) in out.iter_mut().zip(&values[range]) {
                    *out = f32::from(value);
                }
            }
            (Features::Floats(values), _) => {
                out.copy_from_slice(&values[range]);
                if let Some(fill) = &self.fill {
                    for (out, &fill) in out.iter_mut().zip(&fill[..]) {
                        *out = if out.is_nan() { fill } else { *out };
                    }
                }
                if self.kind == ScaleKind::Unit {
                    for out in out.iter_mut() {
                        *out /= 255.0;
                    }
                }
            }
        }
        if self.kind == ScaleKind::Standard {
            let (mean, deviation) = (&self.mean[..out.len()], &self.deviation[..out.len()]);
            for ((out, &mean), &deviation) in out.iter_mut().zip(mean).zip(deviation) {
                *out = (*out - mean) / deviation;
            }
        }
    }
}

/// Sums over the training rows, column by column, empty cells left out.
struct Moments {
    counts: Vec<u32>,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Two passes: squares of distances from the mean lose nothing to cancellation.
    fn of(dataset: &Dataset, rows: &[u32]) -> Self {
        let columns = dataset.columns();
        let mut moments = Self {
            counts: vec![0; columns],
            means: vec![0.0; columns],
            squares: vec![0.0; columns],
        };
        for_each_value(dataset, rows, |column, value| {
            moments.counts[column] += 1;
            moments.means[column] += f64::from(value);
        });
        for (mean, &count) in moments.means.iter_mut().zip(&moments.counts) {
            *mean /= f64::from(count.max(1));
        }
        for_each_value(dataset, rows, |column, value| {
            moments.squares[column] += (f64::from(value) - moments.means[column]).powi(2);
        });
        moments
    }

    #[allow(clippy::cast_possible_truncation)] // means are stored as the values are
    fn mean(&self) -> Vec<f32> {
        self.means.iter().map(|&mean| mean as f32).collect()
    }

    /// Over all rows: a filled cell lies on the mean and adds nothing to the squares.
    ///
    /// A constant column gets exactly 0 before it is made 1: below 2²⁹ rows, the sum of equal `f32` is exact in `f64`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    fn deviation(&self, rows: usize) -> Vec<f32> {
        let of_column = |squares: &f64| (squares / rows as f64).sqrt() as f32;
        let or_one = |deviation| if deviation == 0.0 { 1.0 } else { deviation };
        self.squares.iter().map(of_column).map(or_one).collect()
    }
}

fn for_each_value(dataset: &Dataset, rows: &[u32], mut take: impl FnMut(usize, f32)) {
    let columns = dataset.columns();
    for &row in rows {
        let range = row as usize * columns..(row as usize + 1) * columns;
        match &dataset.features {
            Features::Bytes(values) => {
                values[range]
                    .iter()
                    .enumerate()
                    .for_each(|(column, &value)| take(column, f32::from(value)));
            }
            Features::Floats(values) => {
                let present = values[range]
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| !value.is_nan());
                present.for_each(|(column, &value)| take(column, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_floats_scale_to_the_correctly_rounded_quotient() {
        let bytes: Vec<u8> = (0..=255).collect();
        let floats: Vec<f32> = bytes.iter().copied().map(f32::from).collect();
        let scaling = Scaling {
            kind: ScaleKind::Unit,
            fill: None,
            mean: Vec::new(),
            deviation: Vec::new(),
        };
        let mut from_bytes = [0.0; 256];
        scaling.apply_row(&Features::Bytes(bytes), 0, &mut from_bytes);
        let mut from_floats = [0.0; 256];
        scaling.apply_row(&Features::Floats(floats), 0, &mut from_floats);
        for value in 0..=255_u8 {
            let quotient = (f32::from(value) / 255.0).to_bits();
            assert_eq!(
                from_bytes[usize::from(value)].to_bits(),
                quotient,
                "{value}"
            );
            assert_eq!(
                from_floats[usize::from(value)].to_bits(),
                quotient,
                "{value}"
            );
        }
    }
}
