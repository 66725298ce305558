//! Files become rows, whatever their format.

mod arff;
mod cells;
mod classes;
mod columns;
mod compressed;
mod csv;
mod foreign;
mod format;
mod idx;
mod inputs;
mod left_out;
mod npy;
mod npz;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod report;
mod rewind;
mod text;
mod zip;

use std::path::Path;
use std::sync::Arc;

use crate::Schema;
use crate::error::{DataError, DataErrorKind};
use crate::options::DataSection;
use compressed::Source;
use csv::{Text, read_table};

pub use cells::{CellFormat, DateFormat, NumberFormat, iso_date, truth, truth_words};
pub use compressed::Compression;
pub use csv::{CsvRecord, RowReader, csv_records};
pub use foreign::ForeignFormat;
pub use format::{Content, FileFormat, TypedFormat, is_csv_name, is_named};
pub use inputs::{Input, LeftOut, Listing, list_inputs};
pub use number::{MAX_MAGNITUDE, feature_value};
pub use report::{BadRow, ColumnReport, ColumnUsage, Note, Table, TableReport};
pub use rewind::Rewindable;

pub(crate) use classes::gist;
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
#[allow(clippy::struct_excessive_bools)] // each is a choice of its own
pub struct ReadOptions {
    /// What a config says of the files.
    pub section: DataSection,
    /// Columns and classes that the rows must have; `None` to find them out from the file.
    pub schema: Option<Arc<Schema>>,
    /// Whether there must be labels.
    pub labels: Labels,
    /// Number of rows to read, the first ones; 0 is all.
    pub limit: usize,
    /// Whether columns of a training file that teach nothing are left out: constants, counters, names of rows.
    pub leave_out: bool,
    /// Whether the columns that group rows or order them in time are read, as a config says.
    pub roles: bool,
    /// Whether rows carry the cells of columns that identify them to a model, where the file has such.
    pub carry_ids: bool,
    /// Further columns whose cells rows carry, by name; the file must have them.
    pub carry: Vec<String>,
    /// Whether a row with a bad cell, or of another number of cells, is left out and told of; else reading ends there.
    /// Of files with the columns of a model only.
    pub leave_out_bad_rows: bool,
}

impl ReadOptions {
    /// Returns those of a training file: columns and classes are found out, and `section.limit` holds.
    #[must_use]
    pub fn training(section: &DataSection) -> Self {
        Self {
            section: section.clone(),
            schema: None,
            labels: Labels::Required,
            limit: section.limit,
            leave_out: true,
            roles: true,
            carry_ids: false,
            carry: Vec::new(),
            leave_out_bad_rows: false,
        }
    }

    /// Returns those of a file with the columns and classes of a model.
    #[must_use]
    pub fn of_model(section: &DataSection, schema: Arc<Schema>, labels: Labels) -> Self {
        Self {
            section: section.clone(),
            schema: Some(schema),
            labels,
            limit: 0,
            leave_out: true,
            roles: false,
            carry_ids: false,
            carry: Vec::new(),
            leave_out_bad_rows: false,
        }
    }

    /// Returns the classes in the order of the network's outputs; `None` to collect them from the file.
    fn classes(&self) -> Option<&[String]> {
        self.schema.as_ref().map(|schema| schema.classes())
    }
}

impl Default for ReadOptions {
    /// Returns those of a training file with a config that says nothing.
    fn default() -> Self {
        Self::training(&DataSection::default())
    }
}

/// Reads a table of any format, or an IDX image file together with the label file next to it; compressed or not.
///
/// Without a schema, columns and classes are found out from the whole file. With one, its columns are found by name.
///
/// # Errors
/// When the file cannot be read or does not fit the options.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Table, DataError> {
    read_from(&mut Rewindable::open(path)?, options)
}

/// Reads what [`read`] reads from a file or stream that is open; only a regular file may be IDX.
///
/// # Errors
/// When it cannot be read or does not fit the options.
pub fn read_from(stream: &mut Rewindable, options: &ReadOptions) -> Result<Table, DataError> {
    let path = stream.path().to_owned();
    let of_file = |kind| DataError::of_file(&path, kind);
    stream.rewind()?;
    let mut source = Source::new(&mut *stream).map_err(of_file)?;
    let table = match Content::of_rows(&mut source, &path).map_err(of_file)? {
        Content::Idx => idx::read(source, &path, options)?,
        Content::Typed(TypedFormat::Arff) => arff::read(stream, options)?,
        Content::Typed(TypedFormat::Npy) => npy::read(stream, options)?,
        Content::Typed(TypedFormat::Npz) => npz::read(stream, options)?,
        #[cfg(feature = "parquet")]
        Content::Typed(TypedFormat::Parquet) => parquet::read(stream, options)?,
        _ => read_table(Text::Stream(stream), &path, options)?,
    };
    checked(table, &path, options)
}

/// Whether a training file has test rows of its own, which [`read_from`] reads with the schema of its training rows.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn has_test_rows(stream: &mut Rewindable) -> Result<bool, DataError> {
    npz::has_test_rows(stream)
}

/// Reads CSV that is in memory, compressed or not. `path` is what errors call it.
///
/// # Errors
/// When it does not fit the options.
pub fn read_bytes(content: &[u8], path: &Path, options: &ReadOptions) -> Result<Table, DataError> {
    let table = read_table(Text::Memory(content), path, options)?;
    checked(table, path, options)
}

/// Checks that there are classes to tell apart.
fn checked(table: Table, path: &Path, options: &ReadOptions) -> Result<Table, DataError> {
    match table.dataset.classes() {
        [class] if options.labels == Labels::Required && options.schema.is_none() => {
            let class = class.clone();
            Err(DataError::of_file(path, DataErrorKind::OneClass { class }))
        }
        _ => Ok(table),
    }
}
