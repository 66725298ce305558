//! Rows as they are read: features that stay bytes for as long as every value is one.

use rayon::prelude::*;

use super::digits;
use crate::Features;

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
    /// Returns how many cells and how many bytes of `input` were taken.
    pub fn scan(&mut self, from: usize, to: usize, input: &[u8], delimiter: u8) -> (usize, usize) {
        let row = (self.count - 1) * self.columns;
        match &mut self.features {
            Features::Bytes(values) => {
                digits::scan(input, delimiter, &mut values[row + from..row + to])
            }
            Features::Floats(values) => {
                digits::scan(input, delimiter, &mut values[row + from..row + to])
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

/// The features of several tables behind each other, copied by all threads.
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

/// The byte equal to `value`, if there is one; a negative zero has none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and is compared afterwards
fn as_byte(value: f32) -> Option<u8> {
    let byte = value as u8;
    (f32::from(byte).to_bits() == value.to_bits()).then_some(byte)
}
