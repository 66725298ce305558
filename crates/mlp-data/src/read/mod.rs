//! Files become rows, whatever their format.

mod classes;
mod columns;
mod csv;
mod format;
mod gzip;
mod idx;
mod inputs;

use std::fs::File;
use std::path::Path;

use crate::Dataset;
use crate::error::{DataError, DataErrorKind};
use crate::options::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use csv::read_in_parts;
use gzip::Source;

pub use columns::ColumnOrder;
pub use csv::{CsvRecord, RowReader, csv_records, feature_value};
pub use format::{Content, FileFormat, is_csv_name};
pub use gzip::is_gzip;
pub use inputs::{Input, LeftOut, Listing, list_inputs};

pub(crate) use format::is_gzip_name;
pub(crate) use idx::label_files;

/// Whether a file must have labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// A file without labels is an error.
    Required,
    /// Labels are read if there are any.
    Optional,
    /// Not wanted: a label column is skipped.
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
    /// Number of rows to read, the first ones; 0 is all.
    pub limit: usize,
}

impl Default for ReadOptions {
    /// Returns those of a training file with a config that says nothing.
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

/// Reads a CSV file, or an IDX image file together with the label file next to it; gzip-compressed or not.
///
/// # Errors
/// When the file cannot be read or does not fit the options.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
    let mut source = Source::new(file).map_err(|kind| DataError::of_file(path, kind))?;
    let content = Content::of_rows(&mut source, path);
    let content = content.map_err(|kind| DataError::of_file(path, kind))?;
    let dataset = if content == Content::Idx {
        idx::read(source, path, options)?
    } else if !source.is_gzip()
        && let Some(dataset) = read_in_parts(path, options)
    {
        dataset
    } else {
        RowReader::from_source(source, path, options)?.read_all()?
    };
    match dataset.classes() {
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
