//! The rows of a source, parted into those that train, those that validate and those that test.

use crate::config::Config;
use crate::data::{Dataset, Source, Split, fingerprint, split};
use crate::error::PreparationError;
use crate::run::DataRecord;

/// Rows and what each is for. The same source and config give the same split at any time.
#[derive(Clone, Debug)]
pub struct SplitRows {
    /// Rows to train on and to hold out.
    pub rows: Dataset,
    /// Which are which.
    pub split: Split,
    /// Rows scored at the end.
    pub test: Option<Dataset>,
    /// Where all of them came from.
    pub record: DataRecord,
}

impl SplitRows {
    /// Splits the rows of a source.
    ///
    /// # Errors
    /// If they cannot be split as the config asks.
    pub fn new(config: &Config, source: Source) -> Result<Self, PreparationError> {
        let Source {
            train: rows,
            test,
            origin,
            stand_in,
            train_file,
            test_file,
        } = source;
        let split = split(
            rows.labels.as_deref().unwrap_or_default(),
            config.data.validation,
            config.data.stratified,
            config.seed,
        )?;
        let record = DataRecord {
            origin,
            stand_in,
            train: train_file,
            test: test_file,
            train_rows: split.train.len(),
            validation_rows: split.validation.len(),
            fingerprint: fingerprint(&rows),
        };
        Ok(Self {
            rows,
            split,
            test,
            record,
        })
    }
}
