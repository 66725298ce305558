//! Rows out of a stream of CSV, one after the other.

use std::io::Read;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use super::finish;
use super::layout::Layout;
use super::plan::{Guess, Plan};
use super::rows::{Counts, Rows};
use super::tokens::{RawRow, Tokens};
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::read::cells::{Decision, Hint, MissingWords, Reading, Survey, Wanted};
use crate::read::classes::Classes;
use crate::read::compressed::Source;
use crate::read::text::Encoding;
use crate::read::{BadRow, Note, ReadOptions, TableReport};
use crate::{Dataset, Schema};

/// Maximum number of rows that are looked at before the first is delivered.
const MAX_SAMPLE_ROWS: usize = 256;
/// Maximum number of their cells: of wide tables fewer rows are looked at.
const MAX_SAMPLE_CELLS: usize = 1 << 13;
/// Rows that are looked at however wide the table is.
const MIN_SAMPLE_ROWS: usize = 8;

/// The text of a file up to where rows are known to be rows.
pub(super) struct Head<R> {
    pub tokens: Tokens<R>,
    /// The first rows; never none.
    pub rows: Vec<RawRow>,
    /// What is wrong behind them.
    error: Option<DataError>,
}

impl<R: Read> Head<R> {
    /// Reads the first rows of a text.
    pub fn read(source: Source<R>, path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let in_file = |kind| DataError::of_file(path, kind);
        let mut tokens = Tokens::new(source, options.section.delimiter).map_err(in_file)?;
        let mut rows = Vec::new();
        let mut error = None;
        let mut wanted = 1;
        while rows.len() < wanted {
            let row = match tokens.next_row(path) {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(first) if rows.is_empty() => return Err(first),
                Err(further) => {
                    error = Some(further);
                    break;
                }
            };
            if rows.is_empty() {
                let rows = MAX_SAMPLE_CELLS / row.cells.len().max(1);
                wanted = rows.clamp(MIN_SAMPLE_ROWS, MAX_SAMPLE_ROWS);
            }
            rows.push(row);
            if options.limit > 0 && rows.len() > options.limit {
                break; // what lies behind is none of our business
            }
        }
        if rows.is_empty() {
            return Err(in_file(DataErrorKind::Empty));
        }
        Ok(Self {
            tokens,
            rows,
            error,
        })
    }

    /// Finds out what the columns are for.
    pub fn layout(&self, path: &Path, options: &ReadOptions) -> Result<Layout, DataError> {
        let line = self.rows[0].line;
        let layout = Layout::of(&self.rows, options);
        layout.map_err(|kind| DataError::at(path, DataPlace::Line(line), kind))
    }

    /// Guesses what the cells are from the first rows.
    pub fn guess(&self, layout: &Layout, options: &ReadOptions) -> Guess {
        let mut surveys = Surveys::new(layout, options);
        let rows = &self.rows[usize::from(layout.has_header)..];
        for row in rows {
            surveys.add(&row.cells);
        }
        let predicts_values = layout.label.is_some_and(|label| {
            let hint = Hint {
                decimal: options.section.decimal,
                ..Hint::default()
            };
            match surveys.of_columns[label].decide(Wanted::Number, hint) {
                Decision::Read(Reading::Number(format)) => {
                    let cells = rows.iter().filter_map(|row| row.cells.get(label));
                    let mut numbers = cells.filter_map(|cell| format.parse(cell));
                    numbers.any(|number| number.fract() != 0.0)
                }
                _ => false,
            }
        });
        Guess {
            surveys: surveys.of_columns,
            is_whole: false,
            wide: vec![false; layout.uses.len()],
            predicts_values,
        }
    }
}

/// What is found out about all columns at once.
#[derive(Clone)]
pub(super) struct Surveys {
    pub of_columns: Vec<Survey>,
    missing: Vec<Arc<MissingWords>>,
}

impl Surveys {
    pub fn new(layout: &Layout, options: &ReadOptions) -> Self {
        let usual = Arc::new(MissingWords::new(&options.section.na, &[]));
        let words = |column: usize| {
            let setting = options.section.columns.get(layout.name(column));
            match setting.and_then(|setting| setting.table().na) {
                Some(own) => Arc::new(MissingWords::new(&options.section.na, &own)),
                None => Arc::clone(&usual),
            }
        };
        Self {
            of_columns: vec![Survey::default(); layout.uses.len()],
            missing: (0..layout.uses.len()).map(words).collect(),
        }
    }

    /// Looks at a further cell of a column.
    pub fn add_to(&mut self, column: usize, cell: &[u8]) {
        self.of_columns[column].add(cell, &self.missing[column]);
    }

    fn add(&mut self, cells: &[Vec<u8>]) {
        let columns = self.of_columns.iter_mut().zip(&self.missing);
        for ((survey, missing), cell) in columns.zip(cells) {
            survey.add(cell, missing);
        }
    }

    pub fn merge(&mut self, other: Self) {
        for (survey, other) in self.of_columns.iter_mut().zip(other.of_columns) {
            survey.merge(other);
        }
    }
}

/// Reads rows as a plan says.
pub(super) struct Reader<R> {
    path: PathBuf,
    tokens: Tokens<R>,
    pub plan: Arc<Plan>,
    pub classes: Classes,
    /// Rows read ahead.
    ahead: vec::IntoIter<RawRow>,
    /// What is wrong behind them.
    error: Option<DataError>,
    /// Rows still to be read.
    remaining: usize,
    /// Whether a row read so far had quotes, within which a line may break.
    pub has_quotes: bool,
    /// Whether rows that cannot be read are left out.
    leaves_out: bool,
    /// How much of the last row is still to be read.
    rest: Rest,
}

/// What is left of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Nothing,
    Cells,
    /// Nobody knows where its cells end: it goes to the end of the line.
    Line,
}

impl<R: Read> Reader<R> {
    /// Goes on behind the first rows of a text, which it delivers first.
    pub fn new(head: Head<R>, plan: Arc<Plan>, path: &Path, options: &ReadOptions) -> Self {
        let mut ahead = head.rows.into_iter();
        if plan.layout.has_header {
            ahead.next();
        }
        Self {
            path: path.to_owned(),
            tokens: head.tokens,
            plan,
            classes: Classes::new(options.classes()),
            ahead,
            error: head.error,
            remaining: if options.limit == 0 {
                usize::MAX
            } else {
                options.limit
            },
            has_quotes: false,
            leaves_out: options.leave_out_bad_rows && options.schema.is_some(),
            rest: Rest::Nothing,
        }
    }

    /// A reader of rows that begin further on in the same content; `None` if its encoding does not allow that.
    pub fn further_on<Other: Read>(&self, stream: Other) -> Option<Reader<Other>> {
        Some(Reader {
            path: self.path.clone(),
            tokens: self.tokens.further_on(stream)?,
            plan: Arc::clone(&self.plan),
            classes: self.classes.clone(),
            ahead: Vec::new().into_iter(),
            error: None,
            remaining: self.remaining,
            has_quotes: false,
            leaves_out: self.leaves_out,
            rest: Rest::Nothing,
        })
    }

    /// The encoding of what was read so far.
    pub fn encoding(&self) -> Encoding {
        self.tokens.encoding()
    }

    /// What a user should know of what was read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.tokens.notes()
    }

    /// Appends the next rows, at most `max` of them.
    pub fn fill(&mut self, rows: &mut Rows, max: usize) -> Result<(), DataError> {
        let taken = |rows: &Rows| rows.count + rows.bad.len();
        let before = taken(rows);
        let goal = before.saturating_add(max.min(self.remaining));
        let plan = Arc::clone(&self.plan);
        while taken(rows) < goal && self.read_row(&plan, rows)? {}
        self.remaining -= taken(rows) - before;
        Ok(())
    }

    /// Appends the next row; false behind the last. A row that cannot be read is left out, if that is asked for and
    /// its end can be found.
    fn read_row(&mut self, plan: &Plan, rows: &mut Rows) -> Result<bool, DataError> {
        let before = rows.count;
        match self.read_good_row(plan, rows) {
            Err(error) if self.leaves_out && is_of_row(&error) => {
                if rows.count == before {
                    rows.begin(); // it was read ahead, and went wrong there
                    self.rest = Rest::Line;
                }
                let line = self.tokens.line();
                let passed = match self.rest {
                    Rest::Nothing => Ok(()),
                    Rest::Cells => self.tokens.pass_row(),
                    Rest::Line => self.tokens.pass_line(),
                };
                passed.map_err(|kind| DataError::at(&self.path, DataPlace::Line(line), kind))?;
                rows.end_bad(error);
                Ok(true)
            }
            read => read,
        }
    }

    /// Looks at the cells of all rows that are left.
    pub fn survey(&mut self, surveys: &mut Surveys) -> Result<(), DataError> {
        for row in self.ahead.by_ref() {
            surveys.add(&row.cells);
        }
        let mut rows = 0;
        while rows < self.remaining && self.begin_row()? {
            rows += 1;
            let mut column = 0;
            loop {
                let line = self.tokens.line();
                let cell = self.tokens.next_cell();
                let cell =
                    cell.map_err(|kind| DataError::in_cell(&self.path, line, column, None, kind))?;
                self.has_quotes |= cell.quoted;
                if let Some(survey) = surveys.of_columns.get_mut(column) {
                    survey.add(cell.text, &surveys.missing[column]);
                }
                column += 1;
                if cell.ends_row {
                    break;
                }
            }
        }
        Ok(())
    }

    fn begin_row(&mut self) -> Result<bool, DataError> {
        if let Some(error) = self.error.take() {
            return Err(self.named(error));
        }
        let follows = self.tokens.begin_row();
        let line = self.tokens.line();
        follows.map_err(|kind| DataError::at(&self.path, DataPlace::Line(line), kind))
    }

    /// Appends the next row, unless it has no label; false behind the last.
    fn read_good_row(&mut self, plan: &Plan, rows: &mut Rows) -> Result<bool, DataError> {
        self.rest = Rest::Nothing;
        let expected = plan.layout.uses.len();
        let (line, found) = if let Some(row) = self.ahead.next() {
            rows.begin();
            (row.line, self.store_row(plan, &row, rows)?)
        } else {
            if !self.begin_row()? {
                return Ok(false);
            }
            let line = self.tokens.line();
            rows.begin();
            (line, self.read_line(plan, rows)?)
        };
        if found != expected {
            let kind = DataErrorKind::ColumnCount { expected, found };
            return Err(DataError::at(&self.path, DataPlace::Line(line), kind));
        }
        rows.end();
        Ok(true)
    }

    /// Stores the cells of a row that was read ahead; their number.
    fn store_row(
        &mut self,
        plan: &Plan,
        row: &RawRow,
        rows: &mut Rows,
    ) -> Result<usize, DataError> {
        for (column, text) in row.cells.iter().enumerate().take(plan.layout.uses.len()) {
            let stored = rows.store(plan, &mut self.classes, column, text);
            stored.map_err(|kind| self.error(row.line, column, kind))?;
        }
        Ok(row.cells.len())
    }

    /// Reads cells to the end of the line into the last row; their number.
    fn read_line(&mut self, plan: &Plan, rows: &mut Rows) -> Result<usize, DataError> {
        let columns = plan.layout.uses.len();
        let delimiter = self.tokens.delimiter();
        let mut column = 0;
        loop {
            // Features that follow each other in the file do so in memory.
            if column < columns
                && plan.run_ends[column] > column
                && let Some(from) = plan.layout.uses[column].feature
            {
                let to = from + plan.run_ends[column] - column;
                let run = rows.scan(from, to, self.tokens.buffered(), delimiter);
                self.tokens.skip(run.1);
                column += run.0;
            }
            let line = self.tokens.line();
            let cell = match self.tokens.next_cell() {
                Ok(cell) => cell,
                Err(kind) => {
                    self.rest = Rest::Line;
                    return Err(self.error(line, column, kind));
                }
            };
            let ends_row = cell.ends_row;
            self.rest = if ends_row { Rest::Nothing } else { Rest::Cells };
            self.has_quotes |= cell.quoted;
            if column == columns && ends_row && cell.is_blank() {
                return Ok(columns); // a delimiter behind the last cell is none between two
            }
            if column < columns {
                let stored = rows.store(plan, &mut self.classes, column, cell.text);
                stored.map_err(|kind| self.error(line, column, kind))?;
            }
            column += 1;
            if ends_row {
                return Ok(column);
            }
        }
    }

    /// Adds the name of its column to an error.
    fn named(&self, error: DataError) -> DataError {
        match error.place {
            DataPlace::Cell { line, column, .. } => self.error(line, column - 1, *error.kind),
            DataPlace::File | DataPlace::Line(_) | DataPlace::Row(_) | DataPlace::Value { .. } => {
                error
            }
        }
    }

    fn error(&self, line: u64, column: usize, kind: DataErrorKind) -> DataError {
        let layout = &self.plan.layout;
        let is_named = layout.has_header && column < layout.names.len();
        let name = is_named.then(|| layout.name(column).to_owned());
        DataError::in_cell(&self.path, line, column, name, kind)
    }
}

/// Whether an error is one of a row, behind which others may be read.
fn is_of_row(error: &DataError) -> bool {
    match (&error.place, &*error.kind) {
        // The quote may go on to the end of the file.
        (_, DataErrorKind::UnterminatedQuote | DataErrorKind::CellTooLong { .. }) => false,
        (DataPlace::Cell { .. }, _) | (_, DataErrorKind::ColumnCount { .. }) => true,
        _ => false,
    }
}

/// Reads rows with the columns of a model from CSV, in memory that does not grow with the stream.
///
/// With or without a header, in any encoding, with any delimiter, compressed or not: all of it is found out
/// from the first rows.
pub struct RowReader<R> {
    reader: Reader<R>,
    schema: Arc<Schema>,
    counts: Vec<Counts>,
    unlabelled: usize,
    /// Rows read so far, whatever became of them.
    seen: u64,
    bad: Vec<BadRow>,
}

impl<R: Read> RowReader<R> {
    /// Reads the first rows of `stream`, and finds the columns of a model's `schema` among theirs.
    ///
    /// `path` is what errors call the stream; the schema of `options` is this one.
    ///
    /// # Errors
    /// When there is no row, or columns do not fit the schema.
    pub fn new(
        stream: R,
        path: &Path,
        schema: &Arc<Schema>,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let options = ReadOptions {
            schema: Some(Arc::clone(schema)),
            ..options.clone()
        };
        let of_file = |kind| DataError::of_file(path, kind);
        let source = Source::new(stream).map_err(of_file)?;
        let head = Head::read(source, path, &options)?;
        let layout = head.layout(path, &options)?;
        // There is no second look at a stream.
        let guess = Guess {
            is_whole: true,
            ..head.guess(&layout, &options)
        };
        let plan = Plan::new(&layout, &guess, &options).map_err(of_file)?;
        // A whole guess decides about all columns.
        let plan = plan.ok_or_else(|| of_file(DataErrorKind::Empty))?;
        let counts = vec![Counts::default(); plan.features.len()];
        Ok(Self {
            reader: Reader::new(head, Arc::new(plan), path, &options),
            schema: Arc::clone(schema),
            counts,
            unlabelled: 0,
            seen: 0,
            bad: Vec::new(),
        })
    }

    /// Reads the next rows, at most `max_rows` of them, those that are left out among them; `None` behind the last.
    ///
    /// # Errors
    /// At the first malformed row, unless such are left out; nothing can be read after it.
    pub fn next_chunk(&mut self, max_rows: usize) -> Result<Option<Dataset>, DataError> {
        let plan = Arc::clone(&self.reader.plan);
        let mut rows = Rows::new(&plan);
        self.reader.fill(&mut rows, max_rows)?;
        self.unlabelled += rows.unlabelled;
        for (all, counts) in self.counts.iter_mut().zip(&rows.counts) {
            all.add(counts);
        }
        let before = self.seen;
        self.seen += rows.seen() as u64;
        self.bad = mem::take(&mut rows.bad);
        for bad in &mut self.bad {
            bad.row += before;
        }
        let is_end = rows.count == 0 && self.bad.is_empty();
        Ok((!is_end).then(|| finish::of_model(rows, &plan, &self.schema)))
    }

    /// Returns the rows that the last call of [`Self::next_chunk`] left out, in their order.
    pub fn take_bad_rows(&mut self) -> Vec<BadRow> {
        mem::take(&mut self.bad)
    }

    /// Returns how the rows read so far were read.
    #[must_use]
    pub fn report(&self) -> TableReport {
        let notes = self.reader.notes();
        finish::report_of_model(
            &self.reader.plan,
            &self.schema,
            &self.counts,
            self.unlabelled,
            notes,
        )
    }
}
