//! Input rows of a network from a file or a stream; CSV is read in constant memory.

use std::io::Read;
use std::path::Path;

use crate::model::{LoadedRun, PREDICTION_BATCH};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{
    Content, Dataset, Labels, ReadOptions, Rewindable, RowReader, Table, TableReport, read_from,
};

/// Reader of the rows of one file or stream. A label column is skipped.
pub struct InputRows {
    source: Source,
}

enum Source {
    Csv(Box<RowReader<Box<dyn Read>>>),
    /// All rows, and the number of the next one.
    Table(Box<Table>, u32),
}

impl InputRows {
    /// Opens a table of any format, compressed or not, with the columns of a network. Its rows carry the columns that
    /// identify them, if the file has those, and the columns of `keep`.
    ///
    /// # Errors
    /// If the file cannot be read, has a format that is not read or has other columns.
    pub fn open(path: &Path, trained: &LoadedRun, keep: &[String]) -> Result<Self, DataError> {
        Self::new(Rewindable::open(path)?, trained, keep)
    }

    /// Reads a table of any format, compressed or not, from a stream. `name` identifies the stream in errors.
    ///
    /// # Errors
    /// The same as for [`InputRows::open`], and if the stream is IDX or an image.
    pub fn from_stream(
        stream: impl Read + Send + 'static,
        name: &Path,
        trained: &LoadedRun,
        keep: &[String],
    ) -> Result<Self, DataError> {
        Self::new(Rewindable::of_stream(stream, name), trained, keep)
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

    fn new(mut rows: Rewindable, trained: &LoadedRun, keep: &[String]) -> Result<Self, DataError> {
        let path = rows.path().to_owned();
        let options = ReadOptions {
            carry_ids: true,
            carry: keep.to_vec(),
            ..trained.read_options(Labels::Absent)
        };
        let kind = match rows.content()? {
            Content::Csv => return Self::csv(rows.into_reader()?, &path, trained, &options),
            Content::Idx if !rows.is_file() => DataErrorKind::NotInStream { format: "IDX" },
            Content::Idx | Content::Typed(_) => {
                let table = read_from(&mut rows, &options)?;
                return Ok(Self {
                    source: Source::Table(Box::new(table), 0),
                });
            }
            Content::Image(format) => DataErrorKind::NotInStream { format },
            Content::OtherImage(format) => DataErrorKind::ImageFormat { format },
            Content::Foreign(format) => DataErrorKind::ForeignFormat(format),
        };
        Err(DataError::of_file(&path, kind))
    }

    /// Returns up to [`PREDICTION_BATCH`] further rows, with the columns in the network's order; `None` at the end.
    ///
    /// # Errors
    /// If a row is malformed, or only some of the column names match the network's.
    pub fn next_chunk(&mut self) -> Result<Option<Dataset>, DataError> {
        let (dataset, next) = match &mut self.source {
            Source::Csv(reader) => return reader.next_chunk(PREDICTION_BATCH),
            Source::Table(table, next) => (&table.dataset, next),
        };
        let rows: Vec<u32> = (*next..)
            .take(PREDICTION_BATCH.min(dataset.rows() - *next as usize))
            .collect();
        *next = rows.last().map_or(*next, |last| last + 1);
        Ok((!rows.is_empty()).then(|| dataset.select(&rows)))
    }

    /// Returns how the rows delivered so far were read.
    #[must_use]
    pub fn report(&self) -> TableReport {
        match &self.source {
            Source::Csv(reader) => reader.report(),
            Source::Table(table, _) => table.report.clone(),
        }
    }
}
