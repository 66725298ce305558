//! A file of labelled rows, whatever its format.

use std::fs::File;
use std::path::Path;

use super::Dataset;
use super::csv::{RowReader, read_in_parts};
use super::gzip::Source;
use super::idx;
use crate::error::{DataError, DataErrorKind};
use crate::options::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};

/// Whether a file must have labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// A file without labels is an error.
    Required,
    /// Labels are read if there are any.
    Optional,
    /// Not wanted: a label column is passed over unread.
    Absent,
}

/// What a reader needs to know beforehand.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The label's column (CSV).
    pub label: LabelColumn,
    /// Whether there must be labels.
    pub labels: Labels,
    /// Classes in the order of the network's outputs; `None` to collect them from the file.
    pub classes: Option<Vec<String>>,
    /// Features that the network expects; `None` for any number.
    pub columns: Option<usize>,
    /// What an empty cell becomes.
    pub missing: MissingPolicy,
    /// How values will be scaled: decides which are allowed.
    pub scale: ScaleKind,
    /// Read the first so many rows; 0 is all.
    pub limit: usize,
}

impl Default for ReadOptions {
    /// What the config's defaults say, for a training file.
    fn default() -> Self {
        Self {
            label: LabelColumn::Name("label".to_owned()),
            labels: Labels::Required,
            classes: None,
            columns: None,
            missing: MissingPolicy::Named(MissingPolicyName::Error),
            scale: ScaleKind::Unit,
            limit: 0,
        }
    }
}

/// Reads a CSV file, or an IDX image file together with the label file beside it; gzip-compressed or not.
///
/// # Errors
/// When the file cannot be read or does not fit the options.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
    let mut source = Source::new(file).map_err(|kind| DataError::of_file(path, kind))?;
    let first = source
        .peek(2)
        .map_err(|kind| DataError::of_file(path, kind))?;
    let dataset = if idx::is_idx(path, &first) {
        idx::read(source, path, options)?
    } else if !source.is_gzip()
        && let Some(dataset) = read_in_parts(path, options)
    {
        dataset
    } else {
        RowReader::from_source(source, path, options)?.read_all()?
    };
    match dataset.class_names.as_slice() {
        [class] if options.labels == Labels::Required && options.classes.is_none() => {
            Err(DataError::of_file(
                path,
                DataErrorKind::OneClass {
                    class: class.clone(),
                },
            ))
        }
        _ => Ok(dataset),
    }
}
