//! The rows of a source, parted into those that train, those that validate and those that test.

use crate::error::Error;
use mlp_core::config::Config;
use mlp_core::run::DataRecord;
use mlp_data::error::PreparationError;
use mlp_data::{Dataset, RepeatedRows, Source, Split, Splitter, fingerprint};

/// Rows and what each is for. The same source and config give the same split at any time.
#[derive(Clone, Debug)]
pub struct SplitRows {
    /// Rows to train on and to hold out.
    pub rows: Dataset,
    /// Which are which.
    pub split: Split,
    /// Rows to validate on, if they came by themselves; [`Split::validation`] counts them then.
    pub validation: Option<Dataset>,
    /// Rows scored at the end.
    pub test: Option<Dataset>,
    /// Where all of them came from.
    pub record: DataRecord,
    /// What a user must be told of the split.
    pub notes: Vec<String>,
}

impl SplitRows {
    /// Splits the rows of a source.
    ///
    /// # Errors
    /// If they cannot be split as the config asks.
    pub fn new(config: &Config, source: Source) -> Result<Self, Error> {
        let rows = source.train;
        let split = match &source.validation {
            Some(validation) => Split {
                train: rows.all_rows(),
                validation: validation.all_rows(),
            },
            None => split_of(config, &rows)?,
        };
        let mut notes = match &source.validation {
            Some(_) => Vec::new(),
            None => split.notes(&rows),
        };
        let record = DataRecord {
            origin: source.origin,
            fallback: source.fallback,
            train: source.train_file,
            validation: source.validation_file,
            test: source.test_file,
            train_rows: split.train.len(),
            validation_rows: split.validation.len(),
            target_mean: target_mean(&rows, &split.train),
            class_counts: rows.class_counts(split.train.iter().copied()),
            fingerprint: fingerprint(&rows),
            repeated_rows: RepeatedRows::of(
                &rows,
                &split,
                source.validation.as_ref(),
                source.test.as_ref(),
            ),
        };
        notes.extend(record.repeated_rows_warnings());
        Ok(Self {
            rows,
            split,
            validation: source.validation,
            test: source.test,
            record,
            notes,
        })
    }

    /// Returns the rows among which the held-out ones are.
    #[must_use]
    pub fn validation_rows(&self) -> &Dataset {
        self.validation.as_ref().unwrap_or(&self.rows)
    }
}

/// Returns the mean of the numbers to predict of these rows; `None` if their target is a class.
pub(super) fn target_mean(dataset: &Dataset, rows: &[u32]) -> Option<f64> {
    let values = dataset.values()?;
    let first = rows.first().map(|&row| values[row as usize])?;
    // Relative to one of them, so that large values of small differences lose no digits.
    let differences: f64 = rows.iter().map(|&row| values[row as usize] - first).sum();
    Some(first + differences / rows.len() as f64)
}

/// Splits rows as a config asks.
pub(super) fn split_of(config: &Config, rows: &Dataset) -> Result<Split, PreparationError> {
    let data = &config.data;
    let splitter = Splitter::new(rows, data.is_stratified(), data.rows_seed(config.seed));
    splitter.split(data.validation.share())
}
