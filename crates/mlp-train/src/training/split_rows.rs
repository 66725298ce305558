//! The rows of a source, parted into those that train, those that validate and those that test.

use crate::error::Error;
use mlp_core::config::Config;
use mlp_core::run::DataRecord;
use mlp_data::ColumnOrder;
use mlp_data::error::DataError;
use mlp_data::{Dataset, Source, Split, fingerprint, split};

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
    /// Splits the rows of a source. Test columns with the training file's names in another order are
    /// put into its order.
    ///
    /// # Errors
    /// If they cannot be split as the config asks, or only some test columns have the names that the
    /// training file has.
    pub fn new(config: &Config, source: Source) -> Result<Self, Error> {
        let Source {
            train: rows,
            test,
            origin,
            fallback,
            train_file,
            test_file,
        } = source;
        let test_path = config.data.test.clone().unwrap_or_default();
        let test = test
            .map(|test| {
                ColumnOrder::between(&rows.feature_names(), &test.feature_names())
                    .map(|order| order.apply(test))
                    .map_err(|kind| DataError::of_file(&test_path, kind))
            })
            .transpose()?;
        let split = split(
            rows.labels().unwrap_or_default(),
            config.data.validation,
            config.data.stratified,
            config.data.rows_seed(config.seed),
        )?;
        let record = DataRecord {
            origin,
            fallback,
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
