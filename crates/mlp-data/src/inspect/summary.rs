//! Statistics of a data set, and what they say about its scale.

use serde::Serialize;

use crate::options::ScaleKind;
use crate::{Column, ColumnKind, ColumnValues, Dataset, Features};

/// Beyond this, a column reaches into the upper half of a byte.
const HALF_A_BYTE: f32 = 127.0;

/// Statistics of a data set. Empty cells are those read as NaN; no other statistic counts them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Rows.
    pub rows: usize,
    /// Feature columns.
    pub columns: usize,
    /// `bytes` (whole numbers 0–255 throughout), `floats`, or `columns` of several kinds.
    pub values: &'static str,
    /// Smallest number; `None` if there is none.
    pub minimum: Option<f32>,
    /// Largest number; `None` if there is none.
    pub maximum: Option<f32>,
    /// The range that the numbers seem to have.
    pub value_range: ValueRange,
    /// The scale that `data.scale = "auto"` takes.
    pub fitting_scale: ScaleKind,
    /// Share of the numbers that are 0.
    pub zero_share: f64,
    /// Cells without a value.
    pub empty_cells: usize,
    /// Columns whose values are all the same, or that have none.
    pub constant_columns: usize,
    /// Their names.
    pub constant_column_names: Vec<String>,
    /// In the order in which a network has them as outputs; `None` for a data set without labels.
    pub classes: Option<Vec<ClassShare>>,
    /// Statistics of the numbers to predict; `None` for a data set without such numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetSummary>,
    /// Bytes that values and labels take in memory.
    pub memory_bytes: usize,
}

/// Statistics of the numbers to predict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TargetSummary {
    /// Smallest.
    pub minimum: f64,
    /// Median, the mean of the two in the middle of an even number of rows.
    pub median: f64,
    /// Mean.
    pub mean: f64,
    /// Largest.
    pub maximum: f64,
    /// Standard deviation, with the number of rows as divisor.
    pub standard_deviation: f64,
}

impl TargetSummary {
    /// Computes them from the values; `None` if there are none.
    fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&minimum, &maximum) = (sorted.first()?, sorted.last()?);
        let count = sorted.len();
        let mean = sorted.iter().sum::<f64>() / count as f64;
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self {
            minimum,
            median: f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]),
            mean,
            maximum,
            standard_deviation: (squares / count as f64).sqrt(),
        })
    }
}

/// Frequency of a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassShare {
    /// Its name.
    pub class: String,
    /// Rows of it.
    pub rows: usize,
    /// Share of all rows.
    pub share: f64,
}

/// Range of the values of a column, or of all.
#[derive(Clone, Copy, Debug)]
struct Range {
    minimum: f64,
    maximum: f64,
}

impl Range {
    const EMPTY: Self = Self {
        minimum: f64::INFINITY,
        maximum: f64::NEG_INFINITY,
    };

    /// NaN changes nothing: `min` and `max` ignore it.
    fn with(self, value: f64) -> Self {
        Self {
            minimum: self.minimum.min(value),
            maximum: self.maximum.max(value),
        }
    }

    fn is_constant(self) -> bool {
        self.minimum >= self.maximum
    }
}

impl Summary {
    /// Computes all statistics in one pass.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let columns = dataset.columns();
        let (values, value_bytes, tally) = match &dataset.features {
            Features::Bytes(values) => (
                "bytes",
                values.len(),
                tally(columns, values.iter().map(|&byte| f64::from(byte))),
            ),
            Features::Floats(values) => (
                "floats",
                size_of_val(values.as_slice()),
                tally(columns, values.iter().map(|&value| f64::from(value))),
            ),
            Features::Columns(values) => {
                let rows = 0..dataset.rows();
                let cells =
                    rows.flat_map(|row| values.iter().map(move |values| values.number(row)));
                (
                    "columns",
                    values.iter().map(ColumnValues::bytes).sum(),
                    tally(columns, cells),
                )
            }
        };
        let schema = &dataset.schema;
        let is_number = |column: &&Column| matches!(column.kind, ColumnKind::Number { .. });
        let tallied = || tally.iter().zip(&schema.columns);
        let numbers = || {
            tallied()
                .filter(|(_, column)| is_number(column))
                .map(|(tally, _)| tally)
        };
        let ranges = || numbers().map(|tally| tally.range);
        let all = ranges().fold(Range::EMPTY, |all, column| Range {
            minimum: all.minimum.min(column.minimum),
            maximum: all.maximum.max(column.maximum),
        });
        let present: usize = numbers().map(|tally| dataset.rows() - tally.empty).sum();
        let known = |value: f64| (present > 0).then_some(value as f32);
        let in_32_bits = |range: Range| (range.minimum as f32, range.maximum as f32);
        let value_range = ValueRange::of(ranges().map(in_32_bits));
        let constant_column_names: Vec<String> = tallied()
            .filter(|(tally, _)| tally.range.is_constant())
            .map(|(_, column)| column.name.clone())
            .collect();
        Self {
            rows: dataset.rows(),
            columns,
            values,
            minimum: known(all.minimum),
            maximum: known(all.maximum),
            value_range,
            fitting_scale: ScaleKind::Auto.resolved(dataset.has_byte_pixels()),
            zero_share: share(numbers().map(|tally| tally.zeros).sum(), present),
            empty_cells: tally.iter().map(|tally| tally.empty).sum(),
            constant_columns: constant_column_names.len(),
            constant_column_names,
            classes: dataset.labels().map(|_| classes(dataset)),
            target: dataset.values().and_then(TargetSummary::of),
            memory_bytes: value_bytes
                + dataset.labels().map_or(0, size_of_val)
                + dataset.values().map_or(0, size_of_val),
        }
    }
}

/// Counts over the values of a column.
#[derive(Clone, Copy, Debug)]
struct Tally {
    range: Range,
    zeros: usize,
    empty: usize,
}

/// Counts the values of each column, which come row after row.
fn tally(columns: usize, values: impl Iterator<Item = f64>) -> Vec<Tally> {
    let none = Tally {
        range: Range::EMPTY,
        zeros: 0,
        empty: 0,
    };
    let mut tallies = vec![none; columns];
    let mut column = 0;
    for value in values {
        let tally = &mut tallies[column];
        tally.range = tally.range.with(value);
        tally.zeros += usize::from(value == 0.0);
        tally.empty += usize::from(value.is_nan());
        column += 1;
        if column == columns {
            column = 0;
        }
    }
    tallies
}

fn classes(dataset: &Dataset) -> Vec<ClassShare> {
    let counts = dataset.class_counts((0_u32..).take(dataset.rows()));
    let named = dataset.classes().iter().zip(counts);
    named
        .map(|(class, rows)| ClassShare {
            class: class.clone(),
            rows,
            share: share(rows, dataset.rows()),
        })
        .collect()
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// The range that the values of a data set seem to have.
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
    /// Derives it from minimum and maximum of each column; of columns without values the minimum is the larger one,
    /// and constant columns do not count for [`Byte`](Self::Byte).
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

    /// Description for people.
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
    use crate::{Codes, Schema};

    #[test]
    fn empty_cells_count_in_no_other_statistic() {
        let summary = Summary::of(&Dataset::new(
            Schema::of_numbers(
                vec!["x".into(), "y".into(), "z".into()],
                vec!["a".into(), "b".into()],
            ),
            Features::Floats(vec![0.0, -1.5, f32::NAN, 2.0, -1.5, f32::NAN]),
            Some(vec![1, 0]),
        ));
        assert_eq!((summary.rows, summary.columns), (2, 3));
        assert_eq!((summary.minimum, summary.maximum), (Some(-1.5), Some(2.0)));
        assert_eq!(summary.empty_cells, 2);
        assert_eq!(summary.constant_columns, 2, "y, and z without values");
        assert_eq!(summary.constant_column_names, ["y", "z"]);
        assert!((summary.zero_share - 0.25).abs() < 1e-12);
        assert_eq!(summary.memory_bytes, 6 * 4 + 2 * 4);
        assert_eq!(summary.classes.unwrap()[1].rows, 1);
    }

    #[test]
    fn codes_of_categories_are_no_numbers() {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let categories = vec!["a".to_owned(), "b".to_owned()];
        let rare = Vec::new();
        let schema = Schema {
            columns: vec![
                column("x", ColumnKind::NUMBER),
                column("letter", ColumnKind::Category { categories, rare }),
            ],
            ..Schema::default()
        };
        let features = Features::Columns(vec![
            ColumnValues::Floats(vec![0.0, 0.5, f32::NAN]),
            ColumnValues::Codes(Codes::One(vec![2, 0, 2])),
        ]);
        let summary = Summary::of(&Dataset::new(schema, features, None));
        assert_eq!((summary.minimum, summary.maximum), (Some(0.0), Some(0.5)));
        assert_eq!(summary.fitting_scale, ScaleKind::Standard);
        assert_eq!(summary.empty_cells, 2);
        assert_eq!(summary.constant_column_names, ["letter"]);
        assert!((summary.zero_share - 0.5).abs() < 1e-12);
    }

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
