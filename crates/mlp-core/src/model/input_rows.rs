//! Input rows of a network from a file or a stream; CSV is read in constant memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::model::{LoadedRun, PREDICTION_BATCH};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{ColumnOrder, Content, Dataset, Labels, RowReader, read};

/// Size of the read buffer in bytes. The file type is detected from its first bytes.
const BUFFER: usize = 1 << 16;

/// Reader of the rows of one file or stream. A label column is skipped.
pub struct InputRows {
    path: PathBuf,
    inputs: Vec<String>,
    order: Option<ColumnOrder>,
    source: Source,
}

enum Source {
    Csv(Box<RowReader<Box<dyn Read>>>),
    /// The whole data set, and the number of the next row.
    Idx(Dataset, u32),
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
            let dataset = read(path, &trained.read_options(Labels::Absent))?;
            return Ok(Self::new(path, trained, Source::Idx(dataset, 0)));
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

    /// Returns up to [`PREDICTION_BATCH`] further rows, with the columns in the network's order; `None` at the end.
    ///
    /// # Errors
    /// If a row is malformed, or only some of the column names match the network's.
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

    /// Returns the mapping from columns to inputs; `None` before the first rows are read.
    #[must_use]
    pub const fn order(&self) -> Option<&ColumnOrder> {
        self.order.as_ref()
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
