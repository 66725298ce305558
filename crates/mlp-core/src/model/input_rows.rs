//! Input rows of a network from a file or a stream; CSV is read in constant memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use crate::model::{LoadedRun, PREDICTION_BATCH};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{Content, Dataset, Labels, RowReader, Table, TableReport, read};

/// Size of the read buffer in bytes. The file type is detected from its first bytes.
const BUFFER: usize = 1 << 16;

/// Reader of the rows of one file or stream. A label column is skipped.
pub struct InputRows {
    source: Source,
}

enum Source {
    Csv(Box<RowReader<Box<dyn Read>>>),
    /// All rows, and the number of the next one.
    Idx(Table, u32),
}

impl InputRows {
    /// Opens a CSV or IDX file, gzip-compressed or not, with the columns of a network.
    ///
    /// # Errors
    /// If the file cannot be read, has another format or has another number of columns.
    pub fn open(path: &Path, trained: &LoadedRun) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
        let (content, stream) = look(file, path)?;
        if content.in_file(path) == Content::Idx {
            let table = read(path, &trained.read_options(Labels::Absent))?;
            return Ok(Self {
                source: Source::Idx(table, 0),
            });
        }
        Self::csv(content, stream, path, trained)
    }

    /// Reads CSV, gzip-compressed or not, from a stream. `name` identifies the stream in errors.
    ///
    /// # Errors
    /// The same as for [`InputRows::open`], and if the stream is IDX.
    pub fn from_stream(
        stream: impl Read + 'static,
        name: &Path,
        trained: &LoadedRun,
    ) -> Result<Self, DataError> {
        let (content, stream) = look(stream, name)?;
        Self::csv(content, stream, name, trained)
    }

    fn csv(
        content: Content,
        stream: Box<dyn Read>,
        path: &Path,
        trained: &LoadedRun,
    ) -> Result<Self, DataError> {
        let kind = match content {
            Content::Csv => {
                let options = trained.read_options(Labels::Absent);
                let reader = RowReader::new(stream, path, &trained.model.schema, &options)?;
                return Ok(Self {
                    source: Source::Csv(Box::new(reader)),
                });
            }
            Content::Idx => DataErrorKind::NotInStream { format: "IDX" },
            Content::Image(format) => DataErrorKind::NotInStream { format },
            Content::OtherImage(format) => DataErrorKind::ImageFormat { format },
            Content::Foreign(format) => DataErrorKind::ForeignFormat(format),
        };
        Err(DataError::of_file(path, kind))
    }

    /// Returns up to [`PREDICTION_BATCH`] further rows, with the columns in the network's order; `None` at the end.
    ///
    /// # Errors
    /// If a row is malformed, or only some of the column names match the network's.
    pub fn next_chunk(&mut self) -> Result<Option<Dataset>, DataError> {
        let (dataset, next) = match &mut self.source {
            Source::Csv(reader) => return reader.next_chunk(PREDICTION_BATCH),
            Source::Idx(table, next) => (&table.dataset, next),
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
            Source::Idx(table, _) => table.report.clone(),
        }
    }
}

/// Detects the content of a stream without consuming it.
fn look(stream: impl Read + 'static, path: &Path) -> Result<(Content, Box<dyn Read>), DataError> {
    let mut stream = BufReader::with_capacity(BUFFER, stream);
    let ahead = stream
        .fill_buf()
        .map_err(|error| DataError::of_file(path, DataErrorKind::CannotRead(error)))?;
    let content = Content::of(ahead);
    Ok((content, Box::new(stream)))
}
