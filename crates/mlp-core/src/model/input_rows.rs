//! Rows for a network, out of a file or a stream, in memory that does not grow with CSV.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::model::{LoadedRun, PREDICTION_BATCH};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{ColumnOrder, Content, Dataset, Labels, RowReader, read};

/// Bytes read at once; the first of them tell what a file is.
const BUFFER: usize = 1 << 16;

/// Rows of one file or stream; its label column, if it has one, is left out.
pub struct InputRows {
    path: PathBuf,
    inputs: Vec<String>,
    order: Option<ColumnOrder>,
    source: Source,
}

enum Source {
    Csv(Box<RowReader<Box<dyn Read>>>),
    /// Read whole; the number of its next row.
    Idx(Dataset, u32),
}

impl InputRows {
    /// Opens a CSV or IDX file, gzip-compressed or not, with the columns of a network.
    ///
    /// # Errors
    /// If it cannot be read, is something else, or has another number of columns.
    pub fn open(path: &Path, trained: &LoadedRun) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
        let (content, stream) = look(file, path)?;
        if content.in_file(path) == Content::Idx {
            let dataset = read(path, &trained.read_options(Labels::Absent))?;
            return Ok(Self::new(path, trained, Source::Idx(dataset, 0)));
        }
        Self::csv(content, stream, path, trained)
    }

    /// Reads CSV, gzip-compressed or not, from a stream that errors call `name`.
    ///
    /// # Errors
    /// As [`InputRows::open`].
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
                let reader = RowReader::new(stream, path, &trained.read_options(Labels::Absent))?;
                return Ok(Self::new(path, trained, Source::Csv(Box::new(reader))));
            }
            Content::Idx => DataErrorKind::NotInStream { format: "IDX" },
            Content::Image(format) => DataErrorKind::NotInStream { format },
            Content::OtherImage(format) => DataErrorKind::ImageFormat { format },
        };
        Err(DataError::of_file(path, kind))
    }

    fn new(path: &Path, trained: &LoadedRun, source: Source) -> Self {
        Self {
            path: path.to_owned(),
            inputs: trained.model.schema.feature_names(),
            order: None,
            source,
        }
    }

    /// The next rows, as many as go through the network at once, with the network's columns in its
    /// order; `None` behind the last.
    ///
    /// # Errors
    /// At the first malformed row, or if the columns are named like the network's but for some.
    pub fn next_chunk(&mut self) -> Result<Option<Dataset>, DataError> {
        let chunk = match &mut self.source {
            Source::Csv(reader) => reader.next_chunk(PREDICTION_BATCH)?,
            Source::Idx(dataset, next) => {
                let rows: Vec<u32> = (*next..)
                    .take(PREDICTION_BATCH.min(dataset.rows() - *next as usize))
                    .collect();
                *next = rows.last().map_or(*next, |last| last + 1);
                (!rows.is_empty()).then(|| dataset.select(&rows))
            }
        };
        let Some(chunk) = chunk else {
            return Ok(None);
        };
        let order = match self.order.take() {
            Some(order) => order,
            None => ColumnOrder::between(&self.inputs, &chunk.feature_names())
                .map_err(|kind| DataError::of_file(&self.path, kind))?,
        };
        Ok(Some(self.order.insert(order).apply(chunk)))
    }

    /// How the columns become inputs; known once there are rows.
    #[must_use]
    pub const fn order(&self) -> Option<&ColumnOrder> {
        self.order.as_ref()
    }
}

/// Tells what a stream holds without taking anything from it.
fn look(stream: impl Read + 'static, path: &Path) -> Result<(Content, Box<dyn Read>), DataError> {
    let mut stream = BufReader::with_capacity(BUFFER, stream);
    let ahead = stream
        .fill_buf()
        .map_err(|error| DataError::of_file(path, DataErrorKind::CannotRead(error)))?;
    let content = Content::of(ahead);
    Ok((content, Box::new(stream)))
}
