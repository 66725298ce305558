//! Growing columns.

use super::plan::Storage;
use crate::error::DataErrorKind;
use crate::read::cells::Dictionary;
use crate::{Codes, ColumnValues};

/// Most bytes that the texts of a column may take: beyond, it is no column of categories.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// Values of a column that grows by a row at a time.
#[derive(Debug)]
pub(super) struct ColumnBuilder {
    pub values: ColumnValues,
    /// The texts that the codes number, counted from 1, where they are collected.
    pub texts: Option<Dictionary>,
    /// How many of them are categories although no row may have them.
    pub declared: usize,
}

impl ColumnBuilder {
    pub fn new(storage: &Storage) -> Self {
        let codes = || ColumnValues::Codes(Codes::One(Vec::new()));
        let mut declared = 0;
        let (values, texts) = match storage {
            Storage::Floats => (ColumnValues::Floats(Vec::new()), None),
            Storage::Doubles => (ColumnValues::Doubles(Vec::new()), None),
            Storage::NewCategories(names) => {
                let mut texts = Dictionary::default();
                for name in names.iter() {
                    texts.insert(name.as_bytes());
                }
                declared = texts.len();
                (codes(), Some(texts))
            }
            Storage::Booleans => (codes(), None),
            Storage::Categories(categories) => {
                let max = categories.names.len() as u32; // memory holds fewer than 32 bits count
                (ColumnValues::Codes(Codes::new(Vec::new(), max)), None)
            }
        };
        Self {
            values,
            texts,
            declared,
        }
    }

    #[inline]
    pub fn push_number(&mut self, value: f64, narrow: f32) {
        match &mut self.values {
            ColumnValues::Floats(values) => values.push(narrow),
            ColumnValues::Doubles(values) => values.push(value),
            ColumnValues::Codes(_) => {}
        }
    }

    #[inline]
    pub fn push_text(&mut self, text: &[u8]) -> Result<(), DataErrorKind> {
        let Some(texts) = &mut self.texts else {
            return Ok(());
        };
        let code = texts.insert(text) + 1;
        if texts.bytes() > MAX_TEXT_BYTES {
            return Err(DataErrorKind::TooMuchText {
                limit: MAX_TEXT_BYTES,
            });
        }
        self.push_code(code);
        Ok(())
    }

    #[inline]
    pub fn push_code(&mut self, code: u32) {
        if let ColumnValues::Codes(codes) = &mut self.values {
            codes.push(code);
        }
    }

    pub fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            ColumnValues::Floats(values) => values.truncate(rows),
            ColumnValues::Doubles(values) => values.truncate(rows),
            ColumnValues::Codes(Codes::One(codes)) => codes.truncate(rows),
            ColumnValues::Codes(Codes::Two(codes)) => codes.truncate(rows),
            ColumnValues::Codes(Codes::Four(codes)) => codes.truncate(rows),
        }
    }

    /// Appends the rows of another column of the same storage.
    pub fn append(&mut self, other: Self) {
        if let (Some(texts), Some(others)) = (&mut self.texts, &other.texts) {
            let codes = std::iter::once(0).chain(others.iter().map(|text| texts.insert(text) + 1));
            let codes: Vec<u32> = codes.collect();
            if let (ColumnValues::Codes(values), ColumnValues::Codes(more)) =
                (&mut self.values, &other.values)
            {
                values.widen(texts.len() as u32); // memory holds fewer than 32 bits count
                for row in 0..more.rows() {
                    values.push(codes[more.get(row) as usize]);
                }
            }
            return;
        }
        match (&mut self.values, other.values) {
            (ColumnValues::Floats(values), ColumnValues::Floats(more)) => values.extend(more),
            (ColumnValues::Doubles(values), ColumnValues::Doubles(more)) => values.extend(more),
            (ColumnValues::Codes(values), ColumnValues::Codes(more)) => {
                (0..more.rows()).for_each(|row| values.push(more.get(row)));
            }
            _ => {}
        }
    }
}
