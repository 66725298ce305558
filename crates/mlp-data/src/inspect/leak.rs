//! Columns that give the answer away.

use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::error::shown;
use crate::random::{Purpose, Stream};
use crate::{ColumnValues, Dataset, Features, Target};

/// Rows that are looked at, drawn at random if there are more: half to learn from, half to measure on.
const MAX_ROWS: usize = 20_000;
/// Rows below which chance may give any answer.
const MIN_ROWS: usize = 50;
/// Columns beyond which a table is none that a person made.
const MAX_COLUMNS: usize = 2_000;
/// Intervals of about the same number of rows that the numbers of a column fall into.
const BINS: usize = 64;
/// Largest gaps between numbers that end an interval, too.
const MAX_GAPS: usize = 16;
/// What a column must remove of the error that is made without it.
const MIN_SHARE: f64 = 0.95;
/// Held-out rows that the most frequent class alone must get wrong.
const MIN_ERRORS: usize = 10;

/// A column that predicts the target alone.
///
/// Half of the rows, drawn at random, say what each category or each of about 64 intervals of a column stands for: its most
/// frequent class, or its mean. On the other half, the share of what is wrong without the column that is right with it is
/// measured: of the errors of the most frequent class, or of the squared errors of the mean (R²).
/// It finds no leak that two columns make together, none in text of its own in each row, and none whose pattern is finer
/// than the intervals. A column may also be honest and good: only who knows the table can tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leak {
    /// The column's name.
    pub column: String,
    /// Share of the error that the column alone removes on held-out rows: 1 is all of it.
    pub share: f64,
    /// Accuracy of the column alone on held-out rows; `None` where numbers are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = shown(&self.column);
        match self.accuracy {
            Some(accuracy) => write!(
                f,
                "gives the answer away: `{column}` alone predicts {:.1} % of held-out rows right",
                100.0 * accuracy
            )?,
            None => write!(
                f,
                "gives the answer away: `{column}` alone explains {:.1} % of the target's variance on held-out rows",
                100.0 * self.share
            )?,
        }
        f.write_str("; if it is not known when a prediction is made, set it to \"ignore\" in `[data.columns]`")
    }
}

/// Finds such columns.
pub(super) fn leaks(dataset: &Dataset) -> Vec<Leak> {
    let Some(target) = &dataset.target else {
        return Vec::new();
    };
    let columns = dataset.columns();
    if dataset.rows() < MIN_ROWS || columns > MAX_COLUMNS {
        return Vec::new();
    }
    let mut rows = Stream::new(0, Purpose::Examples, 0).permutation(dataset.rows());
    rows.truncate(MAX_ROWS);
    let (fit, held_out) = rows.split_at(rows.len() / 2);
    let leak = |column: usize| {
        let bins = Bins::of(dataset, column, fit);
        let score = match target {
            Target::Class { labels } => {
                of_classes(&bins, labels, dataset.classes().len(), fit, held_out)?
            }
            Target::Value { values } => (of_values(&bins, values, fit, held_out)?, None),
        };
        (score.0 >= MIN_SHARE).then(|| Leak {
            column: dataset.schema.columns[column].name.clone(),
            share: score.0,
            accuracy: score.1,
        })
    };
    (0..columns).into_par_iter().filter_map(leak).collect()
}

/// What rows have in a column, in few kinds: a category, or an interval of its numbers; the first is that of empty cells.
struct Bins<'a> {
    dataset: &'a Dataset,
    column: usize,
    /// Upper ends of the intervals; empty where values are codes.
    ends: Vec<f64>,
    is_coded: bool,
    count: usize,
}

impl<'a> Bins<'a> {
    fn of(dataset: &'a Dataset, column: usize, fit: &[u32]) -> Self {
        let is_coded = matches!(
            &dataset.features,
            Features::Columns(columns) if matches!(columns[column], ColumnValues::Codes(_))
        );
        let mut bins = Self {
            dataset,
            column,
            ends: Vec::new(),
            is_coded,
            count: 0,
        };
        let mut values: Vec<f64> = fit.iter().map(|&row| bins.value(row)).collect();
        if is_coded {
            let largest = (0..dataset.rows()).map(|row| bins.value(row as u32));
            bins.count = 1 + largest.fold(0.0, f64::max) as usize;
            return bins;
        }
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        let ends = (1..BINS).filter_map(|bin| values.get(bin * values.len() / BINS).copied());
        bins.ends = ends.collect();
        // What a gap parts is never in one interval.
        let gaps = values.windows(2).filter(|pair| pair[0] < pair[1]);
        let mut gaps: Vec<[f64; 2]> = gaps.map(|pair| [pair[0], pair[1]]).collect();
        gaps.sort_by(|a, b| (b[1] - b[0]).total_cmp(&(a[1] - a[0])));
        let gaps = gaps.iter().take(MAX_GAPS);
        bins.ends
            .extend(gaps.map(|[low, high]| low.midpoint(*high)));
        bins.ends.sort_unstable_by(f64::total_cmp);
        // No interval is empty.
        let mut before = 0;
        bins.ends.retain(|end| {
            let below = values.partition_point(|value| value < end);
            std::mem::replace(&mut before, below) < below
        });
        bins.count = bins.ends.len() + 2;
        bins
    }

    fn value(&self, row: u32) -> f64 {
        let columns = self.dataset.columns();
        self.dataset
            .features
            .number(row as usize, self.column, columns)
    }

    fn get(&self, row: u32) -> usize {
        let value = self.value(row);
        if value.is_nan() {
            0
        } else if self.is_coded {
            value as usize
        } else {
            1 + self.ends.partition_point(|end| *end <= value)
        }
    }
}

/// Returns the share of errors removed, and the accuracy; `None` if too few can be made.
fn of_classes(
    bins: &Bins,
    labels: &[u32],
    classes: usize,
    fit: &[u32],
    held_out: &[u32],
) -> Option<(f64, Option<f64>)> {
    let label = |row: u32| labels[row as usize] as usize;
    let mut counts = vec![0_u32; bins.count.checked_mul(classes)?];
    let mut all = vec![0_u32; classes];
    for &row in fit {
        counts[bins.get(row) * classes + label(row)] += 1;
        all[label(row)] += 1;
    }
    let most_frequent = |counts: &[u32]| {
        let classes = counts.iter().enumerate();
        let largest = classes.max_by_key(|(class, count)| (**count, std::cmp::Reverse(*class)));
        largest
            .filter(|(_, count)| **count > 0)
            .map(|(class, _)| class)
    };
    let usual = most_frequent(&all)?;
    let answers: Vec<usize> = counts
        .chunks_exact(classes)
        .map(|counts| most_frequent(counts).unwrap_or(usual))
        .collect();
    let errors = |answer: &dyn Fn(u32) -> usize| {
        held_out
            .iter()
            .filter(|row| answer(**row) != label(**row))
            .count()
    };
    let without = errors(&|_| usual);
    if without < MIN_ERRORS {
        return None;
    }
    let with = errors(&|row| answers[bins.get(row)]);
    let share = 1.0 - with as f64 / without as f64;
    Some((share, Some(1.0 - with as f64 / held_out.len() as f64)))
}

/// Returns R² on the held-out rows; `None` if the target is constant there.
fn of_values(bins: &Bins, values: &[f64], fit: &[u32], held_out: &[u32]) -> Option<f64> {
    let value = |row: u32| values[row as usize];
    let mean = fit.iter().map(|&row| value(row)).sum::<f64>() / fit.len() as f64;
    let mut sums = vec![(0.0, 0_usize); bins.count];
    for &row in fit {
        let (sum, count) = &mut sums[bins.get(row)];
        *sum += value(row) - mean;
        *count += 1;
    }
    let answer = |row: u32| match sums[bins.get(row)] {
        (_, 0) => mean,
        (sum, count) => mean + sum / count as f64,
    };
    let squares = |answer: &dyn Fn(u32) -> f64| {
        let errors = held_out
            .iter()
            .map(|&row| (value(row) - answer(row)).powi(2));
        errors.sum::<f64>()
    };
    let without = squares(&|_| mean);
    (without > 0.0).then(|| 1.0 - squares(&answer) / without)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn noise(row: usize, column: u64) -> f32 {
        Stream::new(column, Purpose::Synthesis, 1).uniform(row as u64) as f32
    }

    #[test]
    fn a_column_that_knows_the_class_is_found_and_a_good_one_is_not() {
        let rows = 600;
        let mut values = Vec::new();
        let mut labels = Vec::new();
        for row in 0..rows {
            let label = u32::from(noise(row, 1) > 0.7);
            labels.push(label);
            // Right in 9 of 10 rows, always right, and pure noise.
            let is_right = noise(row, 2) < 0.9;
            values.push(
                if is_right {
                    label as f32
                } else {
                    1.0 - label as f32
                } + noise(row, 3) / 2.0,
            );
            values.push(label as f32 * 100.0 + noise(row, 4));
            values.push(noise(row, 5));
        }
        let schema = Schema::of_numbers(names(&["good", "paid", "noise"]), names(&["a", "b"]));
        let found = leaks(&Dataset::new(
            schema,
            Features::Floats(values),
            Some(labels),
        ));
        let found: Vec<(&str, bool)> = found
            .iter()
            .map(|leak| (leak.column.as_str(), leak.accuracy > Some(0.98)))
            .collect();
        assert_eq!(found, [("paid", true)]);
    }

    #[test]
    fn a_column_that_knows_the_number_is_found() {
        let values: Vec<f64> = (0..400).map(|row| noise(row, 1).into()).collect();
        let features = (0..400).flat_map(|row| [3.0 - 2.0 * noise(row, 1), noise(row, 2)]);
        let schema = Schema::of_values(names(&["twice", "noise"]));
        let rows = Dataset::new(schema, Features::Floats(features.collect()), None);
        let found = leaks(&rows.with_values(values));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].column.as_str(), found[0].accuracy),
            ("twice", None)
        );
    }
}
