//! The rows of a source, parted into those that train, those that validate and those that test.

use crate::error::{Error, TrainingError};
use mlp_core::config::Config;
use mlp_core::decision::rarer_class;
use mlp_core::run::DataRecord;
use mlp_data::error::PreparationError;
use mlp_data::{Dataset, RepeatedRows, Source, Split, Splitter, fingerprint, nearest};

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
            Some(validation) => split_beside(config, &rows, validation)?,
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
            calibration_rows: split.calibration.len(),
            target_mean: target_mean(&rows, &split.train),
            positive: positive_class(config, &rows, &split.train)?,
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

/// Returns the mean of the numbers to predict of these rows, with their weights; `None` if their target is a class.
pub(super) fn target_mean(dataset: &Dataset, rows: &[u32]) -> Option<f64> {
    let values = dataset.values()?;
    let first = rows.first().map(|&row| values[row as usize])?;
    // Relative to one of them, so that large values of small differences lose no digits.
    let difference = |&row: &u32| values[row as usize] - first;
    let Some(weights) = &dataset.weights else {
        let differences: f64 = rows.iter().map(difference).sum();
        return Some(first + differences / rows.len() as f64);
    };
    let weight = |row: &u32| weights[*row as usize];
    let differences: f64 = rows.iter().map(|row| weight(row) * difference(row)).sum();
    Some(first + differences / rows.iter().map(weight).sum::<f64>())
}

/// Returns the name of the positive class: the one that the config names, else the rarer of the training rows; `None`
/// unless there are two classes.
pub(super) fn positive_class(
    config: &Config,
    rows: &Dataset,
    train: &[u32],
) -> Result<Option<String>, Error> {
    let classes = rows.classes();
    let unfit = |message: String| Err(TrainingError::Unfit(message).into());
    if classes.len() != 2 && rows.values().is_none() {
        let count = classes.len();
        let threshold = config.decision.threshold;
        if let Some(name) = &config.data.positive {
            return unfit(format!(
                "data.positive: `{name}` can be the positive one of two classes, and the data has {count}: leave it out"
            ));
        }
        if !threshold.is_default() {
            return unfit(format!(
                "decision.threshold = {threshold} decides between two classes, and the data has {count}: leave it out"
            ));
        }
    }
    let Some(name) = config.data.positive.as_ref().map(ToString::to_string) else {
        let rarer = rarer_class(&rows.class_counts(train.iter().copied()));
        return Ok(rarer.map(|class| classes[class as usize].clone()));
    };
    if classes.contains(&name) || rows.values().is_some() {
        return Ok(Some(name).filter(|name| classes.contains(name)));
    }
    let help = nearest(&name, classes.iter().map(String::as_str)).map_or_else(
        || format!("the classes are {}", classes.join(" and ")),
        |near| format!("did you mean `{near}`?"),
    );
    unfit(format!(
        "data.positive: the data has no class `{name}`: {help}"
    ))
}

/// Splits rows as a config asks.
pub(super) fn split_of(config: &Config, rows: &Dataset) -> Result<Split, PreparationError> {
    let data = &config.data;
    let splitter = Splitter::new(rows, data.is_stratified(), data.rows_seed(config.seed));
    let split = splitter.split(data.validation.share())?;
    splitter.split_off_calibration(split, data.calibration)
}

/// Splits rows as a config asks that have validation rows of their own.
pub(super) fn split_beside(
    config: &Config,
    rows: &Dataset,
    validation: &Dataset,
) -> Result<Split, PreparationError> {
    let data = &config.data;
    let split = Split {
        train: rows.all_rows(),
        validation: validation.all_rows(),
        calibration: Vec::new(),
    };
    let splitter = Splitter::new(rows, data.is_stratified(), data.rows_seed(config.seed));
    splitter.split_off_calibration(split, data.calibration)
}
