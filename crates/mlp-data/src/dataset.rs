//! Labelled rows in memory.

use std::sync::Arc;

use crate::Schema;

/// Values of a data set.
///
/// Tables of numbers lie row after row: byte-valued files (images) as bytes, a quarter of the memory, others as `f32`. Any
/// other table lies column after column.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// `[rows, columns]`, row-major: each value a whole number in `0..=255`.
    Bytes(Vec<u8>),
    /// `[rows, columns]`, row-major: real values; NaN for an empty cell.
    Floats(Vec<f32>),
    /// `[columns]`, each with the values of all rows.
    Columns(Vec<ColumnValues>),
}

/// Values of a column, `[rows]`.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValues {
    /// Numbers; NaN for an empty cell.
    Floats(Vec<f32>),
    /// Numbers that 32 bits cannot tell apart, and points in time; NaN for an empty cell.
    Doubles(Vec<f64>),
    /// Categories and booleans, see [`Codes`].
    Codes(Codes),
}

/// A category in each row, in as few bytes as their number takes: 0 for none, because the cell is empty or its category
/// unknown; else the number of the category, counted from 1, the rare ones behind the others. Of booleans, false is 1 and
/// true is 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Up to 255 categories.
    One(Vec<u8>),
    /// Up to 65,535 categories.
    Two(Vec<u16>),
    /// More.
    Four(Vec<u32>),
}

impl Codes {
    /// Stores codes of which the largest is at most `max`.
    #[must_use]
    pub fn new(codes: Vec<u32>, max: u32) -> Self {
        if max <= u8::MAX.into() {
            Self::One(codes.into_iter().map(|code| code as u8).collect())
        } else if max <= u16::MAX.into() {
            Self::Two(codes.into_iter().map(|code| code as u16).collect())
        } else {
            Self::Four(codes)
        }
    }

    /// Returns the code of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::One(codes) => codes[row].into(),
            Self::Two(codes) => codes[row].into(),
            Self::Four(codes) => codes[row],
        }
    }

    /// Appends a code; all of them take more bytes if it does not fit.
    #[inline]
    pub fn push(&mut self, code: u32) {
        match self {
            Self::One(codes) if code <= u8::MAX.into() => codes.push(code as u8),
            Self::Two(codes) if code <= u16::MAX.into() => codes.push(code as u16),
            Self::Four(codes) => codes.push(code),
            _ => {
                self.widen(code);
                self.push(code);
            }
        }
    }

    /// Takes as many bytes a code as `max` needs, if that is more.
    #[cold]
    pub(crate) fn widen(&mut self, max: u32) {
        let codes = |codes: &Self| (0..codes.rows()).map(|row| codes.get(row)).collect();
        match self {
            Self::One(_) if max > u8::MAX.into() => *self = Self::new(codes(self), max),
            Self::Two(_) if max > u16::MAX.into() => *self = Self::new(codes(self), max),
            _ => {}
        }
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self {
            Self::One(codes) => codes.len(),
            Self::Two(codes) => codes.len(),
            Self::Four(codes) => codes.len(),
        }
    }
}

impl ColumnValues {
    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Codes(codes) => codes.rows(),
        }
    }

    /// Returns the value of a row as a number, which is the code of a category; NaN for an empty cell.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    #[must_use]
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Self::Floats(values) => values[row].into(),
            Self::Doubles(values) => values[row],
            Self::Codes(codes) => match codes.get(row) {
                0 => f64::NAN,
                code => code.into(),
            },
        }
    }

    /// Number of bytes that the values take.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        match self {
            Self::Floats(values) => size_of_val(values.as_slice()),
            Self::Doubles(values) => size_of_val(values.as_slice()),
            Self::Codes(Codes::One(codes)) => codes.len(),
            Self::Codes(Codes::Two(codes)) => size_of_val(codes.as_slice()),
            Self::Codes(Codes::Four(codes)) => size_of_val(codes.as_slice()),
        }
    }

    /// Returns the values of these rows, in this order.
    ///
    /// # Panics
    /// If there is no row of that number.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Floats(values) => Self::Floats(gather(values, 1, rows)),
            Self::Doubles(values) => Self::Doubles(gather(values, 1, rows)),
            Self::Codes(Codes::One(codes)) => Self::Codes(Codes::One(gather(codes, 1, rows))),
            Self::Codes(Codes::Two(codes)) => Self::Codes(Codes::Two(gather(codes, 1, rows))),
            Self::Codes(Codes::Four(codes)) => Self::Codes(Codes::Four(gather(codes, 1, rows))),
        }
    }
}

impl Features {
    /// Number of rows, each of `columns` columns.
    #[must_use]
    pub fn rows(&self, columns: usize) -> usize {
        let values = match self {
            Self::Bytes(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Columns(values) => return values.first().map_or(0, ColumnValues::rows),
        };
        values.checked_div(columns).unwrap_or(0)
    }

    /// Returns the value of a row in a column of `columns` as a number, which is the code of a category; NaN for an
    /// empty cell.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[inline]
    #[must_use]
    pub fn number(&self, row: usize, column: usize, columns: usize) -> f64 {
        match self {
            Self::Bytes(values) => values[row * columns + column].into(),
            Self::Floats(values) => values[row * columns + column].into(),
            Self::Columns(values) => values[column].number(row),
        }
    }
}

/// What is to be predicted of each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One of the classes of the schema.
    Class {
        /// `[rows]`, an index into the schema's classes each.
        labels: Vec<u32>,
    },
    /// A number.
    Value {
        /// `[rows]`, finite, in the units of the file.
        values: Vec<f64>,
    },
}

impl Target {
    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self {
            Self::Class { labels } => labels.len(),
            Self::Value { values } => values.len(),
        }
    }

    /// Returns the targets of these rows, in this order.
    ///
    /// # Panics
    /// When there is no row of that number.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Class { labels } => Self::Class {
                labels: gather(labels, 1, rows),
            },
            Self::Value { values } => Self::Value {
                values: gather(values, 1, rows),
            },
        }
    }
}

/// Rows of equal width, each with its target if the file has one. All counts are rows unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the columns and the target are; shared with the other chunks of a file.
    pub schema: Arc<Schema>,
    /// The values of all rows.
    pub features: Features,
    /// `None` for a file without one.
    pub target: Option<Target>,
    /// `[rows]`, the number of each row's group: rows of one group go to the same side of any split. `None` without.
    pub groups: Option<Vec<u32>>,
    /// `[rows]`, when each row happened, in seconds or whatever orders them. `None` without.
    pub times: Option<Vec<f64>>,
    /// `[rows]`, how much each row counts, above 0. `None` if all count alike.
    pub weights: Option<Vec<f64>>,
    /// Columns that are no features and go with the rows, as predictions do with ids.
    pub carried: Vec<CarriedColumn>,
}

/// A column as the file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedColumn {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub kind: CarriedKind,
    /// `[rows]`, its cells.
    pub texts: Vec<String>,
}

/// What the cells of a carried column are: formats whose columns have types say so, all others hold texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CarriedKind {
    /// Texts.
    #[default]
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// `true` and `false`.
    Boolean,
    /// Points in time, as ISO 8601.
    Date,
}

impl CarriedColumn {
    fn select(&self, rows: &[u32]) -> Self {
        let texts = rows.iter().map(|&row| self.texts[row as usize].clone());
        Self {
            name: self.name.clone(),
            kind: self.kind,
            texts: texts.collect(),
        }
    }
}

impl Dataset {
    /// Rows of these columns; `labels` are indices into the schema's classes, one for each row.
    #[must_use]
    pub fn new(
        schema: impl Into<Arc<Schema>>,
        features: Features,
        labels: Option<Vec<u32>>,
    ) -> Self {
        Self {
            schema: schema.into(),
            features,
            target: labels.map(|labels| Target::Class { labels }),
            groups: None,
            times: None,
            weights: None,
            carried: Vec::new(),
        }
    }

    /// Returns other rows of the same columns, without a target.
    #[must_use]
    pub fn with_features(&self, features: Features) -> Self {
        Self::new(Arc::clone(&self.schema), features, None)
    }

    /// Returns the same rows with numbers to predict, one for each row.
    #[must_use]
    pub fn with_values(self, values: Vec<f64>) -> Self {
        Self {
            target: Some(Target::Value { values }),
            ..self
        }
    }

    /// Returns the class of each row, `[rows]`, as an index into [`Self::classes`]; `None` without classes.
    #[must_use]
    pub fn labels(&self) -> Option<&[u32]> {
        match self.target.as_ref()? {
            Target::Class { labels } => Some(labels),
            Target::Value { .. } => None,
        }
    }

    /// Returns the number to predict of each row, `[rows]`; `None` without such numbers.
    #[must_use]
    pub fn values(&self) -> Option<&[f64]> {
        match self.target.as_ref()? {
            Target::Class { .. } => None,
            Target::Value { values } => Some(values),
        }
    }

    /// Returns the weights of these rows, `[rows]`; `None` if all rows count alike.
    ///
    /// # Panics
    /// When there is no row of that number.
    #[must_use]
    pub fn row_weights(&self, rows: &[u32]) -> Option<Vec<f64>> {
        let weights = self.weights.as_ref()?;
        Some(gather(weights, 1, rows))
    }

    /// Name of each class, in the order of the network's outputs; none where numbers are predicted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.schema.classes()
    }

    /// Name of each feature column.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.schema.feature_names()
    }

    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.schema.columns.len()
    }

    /// Whether the rows are the pixels of square images, stored as bytes.
    #[must_use]
    pub fn has_byte_pixels(&self) -> bool {
        matches!(self.features, Features::Bytes(_)) && self.schema.square_side().is_some()
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.features.rows(self.columns())
    }

    /// The number of every row, in order.
    #[must_use]
    pub fn all_rows(&self) -> Vec<u32> {
        (0..).take(self.rows()).collect()
    }

    /// The rows with these numbers, in this order; a number may occur more than once.
    ///
    /// # Panics
    /// When there is no row of that number.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let columns = self.columns();
        let features = match &self.features {
            Features::Bytes(values) => Features::Bytes(gather(values, columns, rows)),
            Features::Floats(values) => Features::Floats(gather(values, columns, rows)),
            Features::Columns(values) => {
                Features::Columns(values.iter().map(|values| values.select(rows)).collect())
            }
        };
        Self {
            target: self.target.as_ref().map(|target| target.select(rows)),
            groups: self.groups.as_ref().map(|groups| gather(groups, 1, rows)),
            times: self.times.as_ref().map(|times| gather(times, 1, rows)),
            weights: self.row_weights(rows),
            carried: self
                .carried
                .iter()
                .map(|column| column.select(rows))
                .collect(),
            ..Self::new(Arc::clone(&self.schema), features, None)
        }
    }

    /// The first `count` rows, or all if there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        self.select(&(0_u32..).take(count.min(self.rows())).collect::<Vec<_>>())
    }

    /// How many of these rows each class has, in the order of [`Self::classes`]; all 0 without labels.
    #[must_use]
    pub fn class_counts(&self, rows: impl IntoIterator<Item = u32>) -> Vec<usize> {
        let mut counts = vec![0; self.classes().len()];
        if let Some(labels) = self.labels() {
            for row in rows {
                counts[labels[row as usize] as usize] += 1;
            }
        }
        counts
    }
}

/// Pieces of `width` values, in the order of `rows`.
fn gather<T: Copy>(values: &[T], width: usize, rows: &[u32]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        let start = row as usize * width;
        gathered.extend_from_slice(&values[start..start + width]);
    }
    gathered
}
