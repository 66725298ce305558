//! Cells become rows: each is a feature, the label, or nothing; features stay bytes for as long as every value is one.

use rayon::prelude::*;

use super::layout::Layout;
use super::tokens::scan_short_numbers;
use crate::Features;
use crate::error::{DataErrorKind, shown};
use crate::options::{MissingPolicy, MissingPolicyName, ScaleKind};
use crate::read::classes::Classes;

/// A growing table.
pub(super) struct Rows {
    /// `[rows, columns]`
    pub features: Features,
    /// `[rows]`, as far as labels are read.
    pub labels: Vec<u32>,
    /// Rows begun.
    pub count: usize,
    columns: usize,
}

impl Rows {
    pub fn new(columns: usize) -> Self {
        Self {
            features: Features::Bytes(Vec::new()),
            labels: Vec::new(),
            count: 0,
            columns,
        }
    }

    /// Appends a row of zeros.
    pub fn begin(&mut self) {
        self.count += 1;
        let length = self.count * self.columns;
        match &mut self.features {
            Features::Bytes(values) => values.resize(length, 0),
            Features::Floats(values) => values.resize(length, 0.0),
        }
    }

    /// Takes the last row back; it must not have got a label yet.
    pub fn cancel(&mut self) {
        self.count -= 1;
        let length = self.count * self.columns;
        match &mut self.features {
            Features::Bytes(values) => values.truncate(length),
            Features::Floats(values) => values.truncate(length),
        }
    }

    /// Reads a run of short numbers into the features `from..to` of the last row; they must be zeros.
    ///
    /// Returns the number of cells and of bytes of `input` that were taken.
    pub fn scan(&mut self, from: usize, to: usize, input: &[u8], delimiter: u8) -> (usize, usize) {
        let row = (self.count - 1) * self.columns;
        match &mut self.features {
            Features::Bytes(values) => {
                scan_short_numbers(input, delimiter, &mut values[row + from..row + to])
            }
            Features::Floats(values) => {
                scan_short_numbers(input, delimiter, &mut values[row + from..row + to])
            }
        }
    }

    /// Sets a feature of the last row.
    pub fn put(&mut self, feature: usize, value: f32) {
        let at = (self.count - 1) * self.columns + feature;
        match (&mut self.features, as_byte(value)) {
            (Features::Floats(values), _) => values[at] = value,
            (Features::Bytes(values), Some(byte)) => values[at] = byte,
            (Features::Bytes(values), None) => {
                let mut floats: Vec<f32> = values.iter().copied().map(f32::from).collect();
                floats[at] = value;
                self.features = Features::Floats(floats);
            }
        }
    }
}

/// Joins the features of several tables, one after the other, copied by all threads.
pub(super) fn joined(parts: Vec<Features>) -> Features {
    let bytes = parts.iter().map(|part| match part {
        Features::Bytes(values) => Some(values.as_slice()),
        Features::Floats(_) => None,
    });
    if let Some(parts) = bytes.collect::<Option<Vec<_>>>() {
        let mut joined = vec![0; parts.iter().map(|part| part.len()).sum()];
        let mut rest = joined.as_mut_slice();
        let places = parts.iter().map(|part| {
            rest.split_off_mut(..part.len()).unwrap_or_default() // there is room for all
        });
        let places: Vec<_> = places.collect();
        places
            .into_par_iter()
            .zip(parts)
            .for_each(|(place, part)| place.copy_from_slice(part));
        return Features::Bytes(joined);
    }
    let floats = parts.into_iter().flat_map(|part| match part {
        Features::Bytes(values) => values.into_iter().map(f32::from).collect(),
        Features::Floats(values) => values,
    });
    Features::Floats(floats.collect())
}

/// Returns the byte equal to `value`, if there is one; a negative zero has none.
fn as_byte(value: f32) -> Option<u8> {
    let byte = value as u8; // saturates, and is compared next
    (f32::from(byte).to_bits() == value.to_bits()).then_some(byte)
}

/// Stores cells where the layout says they belong.
#[derive(Clone)]
pub(super) struct Cells {
    pub layout: Layout,
    pub classes: Classes,
    pub missing: MissingPolicy,
    pub scale: ScaleKind,
}

impl Cells {
    /// Stores the cell of a column, counted from 0, in the last row.
    pub fn store(
        &mut self,
        rows: &mut Rows,
        column: usize,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        match self.layout.feature(column) {
            Some(feature) => {
                let value = self.number(text)?;
                rows.put(feature, value);
            }
            None if self.layout.reads_labels => {
                let class = self.classes.class_of(text)?;
                rows.labels.push(class);
            }
            None => {}
        }
        Ok(())
    }

    fn number(&self, text: &[u8]) -> Result<f32, DataErrorKind> {
        feature_value(parse(text)?, self.missing, self.scale)
    }
}

/// Returns the value to store for a finite number, or for an empty cell (`None`): NaN where a mean will fill it.
///
/// # Errors
/// If the cell must not be empty, or `scale` does not take the number.
pub fn feature_value(
    cell: Option<f32>,
    missing: MissingPolicy,
    scale: ScaleKind,
) -> Result<f32, DataErrorKind> {
    match (cell, missing) {
        (None, MissingPolicy::Named(MissingPolicyName::Error)) => Err(DataErrorKind::EmptyCell),
        (None, MissingPolicy::Named(MissingPolicyName::Mean)) => Ok(f32::NAN),
        (Some(value), _) if scale == ScaleKind::Unit && !(0.0..=255.0).contains(&value) => {
            Err(DataErrorKind::OutOfRange { value })
        }
        (None, MissingPolicy::Number(value)) | (Some(value), _) => Ok(value),
    }
}

/// Reads the number in a cell; `None` if the cell is empty.
fn parse(text: &[u8]) -> Result<Option<f32>, DataErrorKind> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    match std::str::from_utf8(text).map(str::parse::<f32>) {
        Ok(Ok(value)) if value.is_finite() => Ok(Some(value)),
        Ok(Ok(_)) => Err(DataErrorKind::NotFinite {
            text: shown(&String::from_utf8_lossy(text)),
        }),
        _ => Err(DataErrorKind::NotANumber {
            text: shown(&String::from_utf8_lossy(text)),
        }),
    }
}

/// Whether a cell could stand in a feature column: it is empty, or a number of any kind.
pub(super) fn is_numeric(text: &[u8]) -> bool {
    !matches!(parse(text), Err(DataErrorKind::NotANumber { .. }))
}
