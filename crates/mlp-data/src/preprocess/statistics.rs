//! Statistics of the training rows of a column.

use crate::{ColumnValues, Dataset, Features};

/// Columns that are gathered at a time from rows that lie next to each other, at most: as many floats as a cache line
/// has.
const MAX_BLOCK: usize = 16;

/// The values of a column in some rows.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Values in the order of the rows, until a quantile is asked for.
    values: Vec<f64>,
    /// Rows without a value.
    pub missing: usize,
}

impl Sample {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() + self.missing
    }

    /// Whether no row has a value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds a row; NaN stands for an empty cell.
    pub fn push(&mut self, value: f64) {
        if value.is_nan() {
            self.missing += 1;
        } else {
            self.values.push(value);
        }
    }

    /// Puts a value into every row that has none.
    pub fn fill(&mut self, value: f64) {
        let rows = self.rows();
        self.values.resize(rows, value);
        self.missing = 0;
    }

    /// Returns each value mapped, in order, in rows of their own.
    pub fn map(&self, map: impl Fn(f64) -> f64) -> Self {
        Self {
            values: self.values.iter().map(|&value| map(value)).collect(),
            missing: self.missing,
        }
    }

    /// The mean of the values.
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// √(Σ(x − mean)² / rows): over all rows, so that one without a value counts as one whose value is the mean.
    pub fn deviation(&self, mean: f64) -> f64 {
        let squares = self.values.iter().map(|value| (value - mean).powi(2));
        (squares.sum::<f64>() / self.rows() as f64).sqrt()
    }

    /// Smallest and largest value; the larger one first if there are none.
    pub fn range(&self) -> [f64; 2] {
        let empty = [f64::INFINITY, f64::NEG_INFINITY];
        self.values.iter().fold(empty, |[minimum, maximum], value| {
            [minimum.min(*value), maximum.max(*value)]
        })
    }

    /// The median of the values, of which there is one at least.
    pub fn median(&mut self) -> f64 {
        self.quantile(0.5)
    }

    /// The value below which this share of the values lies, interpolated between the two closest, as `numpy.quantile`
    /// does. There must be a value. Changes the order of the values.
    pub fn quantile(&mut self, share: f64) -> f64 {
        let place = share * (self.values.len() - 1) as f64;
        let below = place.floor() as usize;
        let (_, lower, above) = self.values.select_nth_unstable_by(below, f64::total_cmp);
        let lower = *lower;
        // At the largest value there is none above.
        let upper = above.iter().copied().min_by(f64::total_cmp);
        lower + (upper.unwrap_or(lower) - lower) * (place - below as f64)
    }
}

/// Calls `take` with the values of each column in these rows, column after column.
pub(super) fn for_each_column<E>(
    dataset: &Dataset,
    rows: &[u32],
    mut take: impl FnMut(usize, Sample) -> Result<(), E>,
) -> Result<(), E> {
    let columns = dataset.columns();
    match &dataset.features {
        Features::Bytes(values) => by_blocks(values, columns, rows, take),
        Features::Floats(values) => by_blocks(values, columns, rows, take),
        Features::Columns(values) => {
            let mut values = values.iter().enumerate();
            values.try_for_each(|(column, values)| take(column, of_column(values, rows)))
        }
    }
}

/// The same for rows that lie next to each other. Whole columns of a wide table, one after the other, would read the
/// memory of all rows again for each.
fn by_blocks<T: Copy + Into<f64>, E>(
    values: &[T],
    columns: usize,
    rows: &[u32],
    mut take: impl FnMut(usize, Sample) -> Result<(), E>,
) -> Result<(), E> {
    let block = (columns / MAX_BLOCK).clamp(1, MAX_BLOCK);
    for first in (0..columns).step_by(block) {
        let width = block.min(columns - first);
        let mut samples: Vec<Sample> = Vec::new();
        samples.resize_with(width, Sample::default);
        for &row in rows {
            let start = row as usize * columns + first;
            for (sample, &value) in samples.iter_mut().zip(&values[start..start + width]) {
                sample.push(value.into());
            }
        }
        for (column, sample) in (first..).zip(samples) {
            take(column, sample)?;
        }
    }
    Ok(())
}

fn of_column(values: &ColumnValues, rows: &[u32]) -> Sample {
    let mut sample = Sample::default();
    for &row in rows {
        sample.push(values.number(row as usize));
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        for &value in values {
            sample.push(value);
        }
        sample
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([3, 1, 10, 2, 7], [0, 0.25, 0.4, 0.5, 0.75, 1])
        let mut odd = sample(&[3.0, 1.0, f64::NAN, 10.0, 2.0, 7.0]);
        let found = [0.0, 0.25, 0.4, 0.5, 0.75, 1.0].map(|share| odd.quantile(share));
        let expected = [1.0, 2.0, 2.6, 3.0, 7.0, 10.0];
        assert!(
            found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12),
            "{found:?}"
        );
        assert_eq!(odd.missing, 1);
        // numpy.quantile([4, 1, 3, 2], [0.25, 0.5, 0.75])
        let mut even = sample(&[4.0, 1.0, 3.0, 2.0]);
        let found = [0.25, 0.5, 0.75].map(|share| even.quantile(share));
        assert!(
            found
                .iter()
                .zip([1.75, 2.5, 3.25])
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        assert!((sample(&[6.5]).median() - 6.5).abs() < 1e-12);
    }

    #[test]
    fn columns_of_any_number_are_gathered_whole() {
        for columns in [1, 15, 17, 40, 300] {
            let values: Vec<f32> = (0..3 * columns).map(|i| i as f32).collect();
            let names = (0..columns).map(|i| format!("c{i}")).collect();
            let schema = crate::Schema::of_numbers(names, Vec::new());
            let dataset = Dataset::new(schema, Features::Floats(values), None);
            let mut next = 0;
            let done: Result<(), ()> = for_each_column(&dataset, &[2, 0], |column, sample| {
                assert_eq!(column, next);
                assert_eq!(
                    sample.values,
                    [(2 * columns + column) as f64, column as f64]
                );
                next += 1;
                Ok(())
            });
            assert_eq!((done, next), (Ok(()), columns));
        }
    }
}
