//! Rows out of a stream of CSV, a chunk at a time.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layout::Layout;
use super::rows::{Cells, Rows};
use super::tokens::{RawRow, Tokens};
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::read::ReadOptions;
use crate::read::classes::Classes;
use crate::read::gzip::Source;
use crate::{Dataset, Schema};

/// Reads labelled rows from CSV in memory that does not grow with the stream.
///
/// With or without a header, delimited by `,`, `;` or tab, gzip-compressed or not: all of it is found
/// out from the first bytes.
pub struct RowReader<R> {
    path: PathBuf,
    tokens: Tokens<R>,
    cells: Cells,
    /// The first row, until it is delivered, if it is no header.
    first_row: Option<RawRow>,
    /// Rows still to be read.
    remaining: usize,
    at_end: bool,
    /// Whether a row read so far had quotes.
    quoted: bool,
    /// That of the latest chunk.
    schema: Option<Arc<Schema>>,
}

impl<R: Read> RowReader<R> {
    /// Reads the first row of `stream`, and learns from it what the columns are.
    ///
    /// `path` is what errors call the stream.
    ///
    /// # Errors
    /// When there is no row, or the first one does not fit the options.
    pub fn new(stream: R, path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let source = Source::new(stream).map_err(|kind| DataError::of_file(path, kind))?;
        Self::from_source(source, path, options)
    }

    pub(in crate::read) fn from_source(
        source: Source<R>,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let mut tokens = Tokens::new(source).map_err(|kind| DataError::of_file(path, kind))?;
        let row = tokens.next_row(path)?;
        if row.cells.is_empty() {
            return Err(DataError::of_file(path, DataErrorKind::Empty));
        }
        let layout = Layout::of(&row.cells, options);
        let layout = layout.map_err(|kind| DataError::at(path, DataPlace::Line(row.line), kind))?;
        Ok(Self {
            path: path.to_path_buf(),
            tokens,
            at_end: row.ends_file,
            quoted: false,
            schema: None,
            first_row: layout.header.is_none().then_some(row),
            cells: Cells {
                layout,
                classes: Classes::new(options.classes.as_deref()),
                missing: options.missing,
                scale: options.scale,
            },
            remaining: if options.limit == 0 {
                usize::MAX
            } else {
                options.limit
            },
        })
    }

    /// A reader of rows that begin further on in the same content.
    pub(super) fn further_on<Other: Read>(
        &self,
        stream: Other,
    ) -> Result<RowReader<Other>, DataErrorKind> {
        Ok(RowReader {
            path: self.path.clone(),
            tokens: Tokens::delimited(Source::new(stream)?, self.tokens.delimiter()),
            cells: self.cells.clone(),
            first_row: None,
            remaining: self.remaining,
            at_end: false,
            quoted: false,
            schema: None,
        })
    }

    /// The next rows, at most `max_rows` of them; `None` behind the last.
    ///
    /// Class names that were not given are those met so far, in the order of appearance.
    ///
    /// # Errors
    /// At the first malformed row; nothing can be read after it.
    pub fn next_chunk(&mut self, max_rows: usize) -> Result<Option<Dataset>, DataError> {
        let mut rows = Rows::new(self.cells.layout.features());
        self.fill(&mut rows, max_rows)?;
        let schema = self.schema();
        Ok((rows.count > 0).then(|| dataset(rows, &self.cells.layout, schema)))
    }

    /// What is known of the file; chunks share it until another class is met.
    fn schema(&mut self) -> Arc<Schema> {
        let classes = self.cells.classes.names();
        let known = self.schema.take();
        let known = known.filter(|schema| schema.classes().len() == classes.len()); // classes are only added
        let names = &self.cells.layout;
        let new = || Arc::new(Schema::of_numbers(names.feature_names(), classes.to_vec()));
        let schema = known.unwrap_or_else(new);
        Arc::clone(self.schema.insert(schema))
    }

    /// All the rows, their classes in order.
    ///
    /// # Errors
    /// At the first malformed row, and when there are no rows or hardly two of any class.
    pub fn read_all(mut self) -> Result<Dataset, DataError> {
        let rows = self.rest()?;
        self.finish(rows)
    }

    /// The rows that are left.
    pub(super) fn rest(&mut self) -> Result<Rows, DataError> {
        let mut rows = Rows::new(self.cells.layout.features());
        self.fill(&mut rows, usize::MAX)?;
        Ok(rows)
    }

    /// The data set of all rows, their classes in order.
    pub(super) fn finish(self, mut rows: Rows) -> Result<Dataset, DataError> {
        let Cells {
            layout, classes, ..
        } = self.cells;
        let finished = match rows.count {
            0 => Err(DataErrorKind::HeaderOnly),
            _ if layout.reads_labels => classes.finish(&mut rows.labels),
            _ => Ok(classes.names().to_vec()),
        };
        let class_names = finished.map_err(|kind| DataError::of_file(&self.path, kind))?;
        let schema = Schema::of_numbers(layout.feature_names(), class_names);
        Ok(dataset(rows, &layout, schema))
    }

    /// Labels that another reader gave its classes, as this one has them; `None` if there is no such class here.
    pub(super) fn labels_of(&mut self, other: &Self, labels: &[u32]) -> Option<Vec<u32>> {
        let names = other.cells.classes.names().iter();
        let classes = names.map(|name| self.cells.classes.class_of(name.as_bytes()));
        let classes = classes.collect::<Result<Vec<_>, _>>().ok()?;
        Some(
            labels
                .iter()
                .map(|label| classes[*label as usize])
                .collect(),
        )
    }

    /// Whether a row read so far had quotes, within which a line may break.
    pub(super) const fn has_quotes(&self) -> bool {
        self.quoted
    }

    fn fill(&mut self, rows: &mut Rows, max_rows: usize) -> Result<(), DataError> {
        let goal = rows.count.saturating_add(max_rows.min(self.remaining));
        let before = rows.count;
        while rows.count < goal && self.read_row(rows)? {}
        self.remaining -= rows.count - before;
        Ok(())
    }

    /// Appends the next row; false behind the last.
    fn read_row(&mut self, rows: &mut Rows) -> Result<bool, DataError> {
        if let Some(row) = self.first_row.take() {
            rows.begin();
            for (column, text) in row.cells.iter().enumerate() {
                let stored = self.cells.store(rows, column, text);
                stored.map_err(|kind| self.error(row.line, column, kind))?;
            }
            return Ok(true);
        }
        let expected = self.cells.layout.columns;
        while !self.at_end {
            let line = self.tokens.line();
            rows.begin();
            match self.read_line(rows)? {
                0 => rows.cancel(),
                found if found == expected => return Ok(true),
                found => {
                    let kind = DataErrorKind::ColumnCount { expected, found };
                    return Err(DataError::at(&self.path, DataPlace::Line(line), kind));
                }
            }
        }
        Ok(false)
    }

    /// Reads cells to the end of the line into the last row; their number, 0 for a blank line.
    fn read_line(&mut self, rows: &mut Rows) -> Result<usize, DataError> {
        let Layout { columns, label, .. } = self.cells.layout;
        let delimiter = self.tokens.delimiter();
        let mut column = 0;
        loop {
            // Features side by side in the file are so in memory: up to the label, and behind it.
            let run_end = label.filter(|&label| column <= label).unwrap_or(columns);
            if let Some(from) = self.cells.layout.feature(column)
                && column < run_end
            {
                let to = from + run_end - column;
                let run = rows.scan(from, to, self.tokens.buffered(), delimiter);
                self.tokens.skip(run.1);
                column += run.0;
            }
            let line = self.tokens.line();
            let cell = match self.tokens.next_cell() {
                Ok(cell) => cell,
                Err(kind) => return Err(self.error(line, column, kind)),
            };
            self.at_end = cell.ends_file;
            let ends_row = cell.ends_row;
            self.quoted |= cell.quoted;
            if column == 0 && ends_row && cell.is_blank() {
                return Ok(0);
            }
            if column < columns {
                let stored = self.cells.store(rows, column, cell.text);
                stored.map_err(|kind| self.error(line, column, kind))?;
            }
            column += 1;
            if ends_row {
                return Ok(column);
            }
        }
    }

    fn error(&self, line: u64, column: usize, kind: DataErrorKind) -> DataError {
        let header = self.cells.layout.header.as_ref();
        let name = header.and_then(|names| names.get(column).cloned());
        DataError::in_cell(&self.path, line, column, name, kind)
    }
}

fn dataset(rows: Rows, layout: &Layout, schema: impl Into<Arc<Schema>>) -> Dataset {
    let labels = layout.reads_labels.then_some(rows.labels);
    Dataset::new(schema, rows.features, labels)
}
