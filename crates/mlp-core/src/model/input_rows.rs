//! Input rows of a network from a file or a stream; CSV is read in constant memory.

use std::collections::VecDeque;
use std::io::Read;
use std::mem;
use std::path::Path;

use crate::model::{LoadedRun, PREDICTION_BATCH};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{
    BadRow, Content, Dataset, Labels, ReadOptions, Rewindable, RowReader, Table, TableReport,
    read_from,
};

/// What a reader of inputs does besides finding the columns of a network.
#[derive(Clone, Debug, Default)]
pub struct InputOptions {
    /// Columns that rows carry to the output, by name; the file must have them.
    pub keep: Vec<String>,
    /// Whether rows that cannot be read are left out and told of; else reading ends at the first.
    pub leave_out_bad_rows: bool,
}

/// Reader of the rows of one file or stream. A label column is skipped.
pub struct InputRows {
    source: Source,
}

enum Source {
    Csv(Box<RowReader<Box<dyn Read>>>),
    Table(Box<TableRows>),
}

/// The rows of a table that is read whole.
struct TableRows {
    table: Table,
    /// Number of the next row in the table.
    next: u32,
    bad: VecDeque<BadRow>,
    /// Rows delivered, whatever became of them.
    seen: u64,
}

/// Rows that follow each other.
pub struct InputChunk {
    /// Those that could be read, with the columns in the network's order.
    pub rows: Dataset,
    /// Those that could not, in their order.
    pub bad: Vec<BadRow>,
}

impl InputRows {
    /// Opens a table of any format, compressed or not, with the columns of a network. Its rows carry the columns that
    /// identify them, if the file has those, and the columns that are to be kept.
    ///
    /// # Errors
    /// If the file cannot be read, has a format that is not read or has other columns.
    pub fn open(
        path: &Path,
        trained: &LoadedRun,
        options: &InputOptions,
    ) -> Result<Self, DataError> {
        Self::new(Rewindable::open(path)?, trained, options)
    }

    /// Reads a table of any format, compressed or not, from a stream. `name` identifies the stream in errors.
    ///
    /// # Errors
    /// The same as for [`InputRows::open`], and if the stream is IDX or an image.
    pub fn from_stream(
        stream: impl Read + Send + 'static,
        name: &Path,
        trained: &LoadedRun,
        options: &InputOptions,
    ) -> Result<Self, DataError> {
        Self::new(Rewindable::of_stream(stream, name), trained, options)
    }

    /// Reads CSV from a stream, whatever it looks like.
    ///
    /// # Errors
    /// If it cannot be read or has other columns.
    pub fn from_csv(
        stream: impl Read + 'static,
        name: &Path,
        trained: &LoadedRun,
    ) -> Result<Self, DataError> {
        Self::csv(stream, name, trained, &trained.read_options(Labels::Absent))
    }

    fn csv(
        stream: impl Read + 'static,
        name: &Path,
        trained: &LoadedRun,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let stream: Box<dyn Read> = Box::new(stream);
        let reader = RowReader::new(stream, name, &trained.model.schema, options)?;
        Ok(Self {
            source: Source::Csv(Box::new(reader)),
        })
    }

    fn new(
        mut rows: Rewindable,
        trained: &LoadedRun,
        options: &InputOptions,
    ) -> Result<Self, DataError> {
        let path = rows.path().to_owned();
        let options = ReadOptions {
            carry_ids: true,
            carry: options.keep.clone(),
            leave_out_bad_rows: options.leave_out_bad_rows,
            ..trained.read_options(Labels::Absent)
        };
        let kind = match rows.content()? {
            Content::Csv => return Self::csv(rows.into_reader()?, &path, trained, &options),
            Content::Idx if !rows.is_file() => DataErrorKind::NotInStream { format: "IDX" },
            Content::Idx | Content::Typed(_) => {
                let mut table = read_from(&mut rows, &options)?;
                let rows = TableRows {
                    bad: mem::take(&mut table.bad_rows).into(),
                    table,
                    next: 0,
                    seen: 0,
                };
                return Ok(Self {
                    source: Source::Table(Box::new(rows)),
                });
            }
            Content::Image(format) => DataErrorKind::NotInStream { format },
            Content::OtherImage(format) => DataErrorKind::ImageFormat { format },
            Content::Foreign(format) => DataErrorKind::ForeignFormat(format),
        };
        Err(DataError::of_file(&path, kind))
    }

    /// Returns up to [`PREDICTION_BATCH`] further rows; `None` at the end.
    ///
    /// # Errors
    /// If a row is malformed and such are not left out, or only some of the column names match the network's.
    pub fn next_chunk(&mut self) -> Result<Option<InputChunk>, DataError> {
        match &mut self.source {
            Source::Csv(reader) => {
                let Some(rows) = reader.next_chunk(PREDICTION_BATCH)? else {
                    return Ok(None);
                };
                let bad = reader.take_bad_rows();
                Ok(Some(InputChunk { rows, bad }))
            }
            Source::Table(rows) => Ok(rows.next_chunk()),
        }
    }

    /// Returns how the rows delivered so far were read.
    #[must_use]
    pub fn report(&self) -> TableReport {
        match &self.source {
            Source::Csv(reader) => reader.report(),
            Source::Table(rows) => rows.table.report.clone(),
        }
    }
}

impl TableRows {
    fn next_chunk(&mut self) -> Option<InputChunk> {
        let dataset = &self.table.dataset;
        let (mut rows, mut bad) = (Vec::new(), Vec::new());
        for row in (self.seen..).take(PREDICTION_BATCH) {
            if let Some(found) = self.bad.pop_front_if(|bad| bad.row == row) {
                bad.push(found);
            } else if (self.next as usize) < dataset.rows() {
                rows.push(self.next);
                self.next += 1;
            } else {
                break;
            }
        }
        self.seen += (rows.len() + bad.len()) as u64;
        let is_end = rows.is_empty() && bad.is_empty();
        (!is_end).then(|| InputChunk {
            rows: dataset.select(&rows),
            bad,
        })
    }
}
