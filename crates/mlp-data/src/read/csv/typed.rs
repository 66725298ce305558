//! Tables whose columns have types become the rows that CSV becomes: a column keeps its type, a text means what the same
//! cell of a CSV means.

use std::mem;
use std::path::Path;
use std::sync::Arc;

use super::finish;
use super::layout::{FormatLabel, Layout, Role};
use super::plan::{Guess, Plan};
use super::reader::Surveys;
use super::rows::{Absence, Rows};
use crate::CarriedKind;
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::read::cells::{Reading, Survey};
use crate::read::classes::Classes;
use crate::read::{Note, ReadOptions, Table, iso_date};

/// Cells of a batch: few enough for the cache, many enough that what a batch costs does not count.
const BATCH_CELLS: usize = 1 << 17;

/// A column of a table with types.
#[derive(Clone, Debug)]
pub(in crate::read) struct TypedColumn {
    /// `None` in formats without names.
    pub name: Option<String>,
    pub kind: TypedKind,
}

/// What a format says that the cells of a column are.
#[derive(Clone, Debug)]
pub(in crate::read) enum TypedKind {
    Number,
    Boolean,
    /// Seconds since 1970-01-01T00:00:00Z.
    Date,
    /// Texts, which may be those of truth values or dates.
    Text,
    /// Texts out of these.
    Category(Arc<Vec<String>>),
}

/// The columns of a table with types.
#[derive(Clone, Debug)]
pub(in crate::read) struct TypedColumns {
    pub columns: Vec<TypedColumn>,
    pub label: FormatLabel,
}

/// Reads the rows of a table with types, from the first to the last.
pub(in crate::read) trait TypedRows {
    fn columns(&self) -> &TypedColumns;

    /// Reads the next rows, at most `max` and at least one; `None` behind the last.
    fn next_batch(&mut self, max: usize) -> Result<Option<Batch>, DataError>;

    /// What a user should know of the file, once all rows are read.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
}

/// Rows that follow each other.
#[derive(Debug, Default)]
pub(in crate::read) struct Batch {
    pub rows: usize,
    /// `[columns]`, each with a value for each row.
    pub columns: Vec<Values>,
    /// `[rows]`, the line of each; empty in formats without lines.
    pub lines: Vec<u64>,
}

/// Values of a column.
#[derive(Debug)]
pub(in crate::read) enum Values {
    /// NaN for a missing one.
    Numbers(Vec<f64>),
    Integers(Vec<Option<i128>>),
    Booleans(Vec<Option<bool>>),
    /// Seconds since 1970-01-01T00:00:00Z; NaN for a missing one.
    Dates(Vec<f64>),
    Texts(Texts),
}

/// Texts one behind the other; an empty one is a missing one.
#[derive(Debug, Default)]
pub(in crate::read) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, row: usize) -> &[u8] {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[row]]
    }
}

/// A value of a column.
#[derive(Clone, Copy, Debug)]
enum Cell<'a> {
    Missing,
    Number(f64),
    Integer(i128),
    Boolean(bool),
    Date(f64),
    Text(&'a [u8]),
}

impl Values {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(values) | Self::Dates(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Texts(values) => values.ends.len(),
        }
    }

    /// What the cells are where rows carry them.
    const fn carried_kind(&self) -> CarriedKind {
        match self {
            Self::Numbers(_) => CarriedKind::Number,
            Self::Integers(_) => CarriedKind::Integer,
            Self::Booleans(_) => CarriedKind::Boolean,
            Self::Dates(_) => CarriedKind::Date,
            Self::Texts(_) => CarriedKind::Text,
        }
    }

    /// Returns what a row has as a CSV has it, written to `buffer` if it is no text.
    pub fn text<'a>(&'a self, row: usize, buffer: &'a mut String) -> &'a [u8] {
        self.cell(row).write(buffer)
    }

    /// Returns what a row has as a number, if it is one.
    pub fn number(&self, row: usize) -> Option<f64> {
        self.cell(row).number()
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let present = |value: f64, cell: fn(f64) -> Cell<'static>| {
            if value.is_nan() {
                Cell::Missing
            } else {
                cell(value)
            }
        };
        match self {
            Self::Numbers(values) => present(values[row], Cell::Number),
            Self::Dates(values) => present(values[row], Cell::Date),
            Self::Integers(values) => values[row].map_or(Cell::Missing, Cell::Integer),
            Self::Booleans(values) => values[row].map_or(Cell::Missing, Cell::Boolean),
            Self::Texts(values) => Cell::Text(values.get(row)),
        }
    }
}

impl<'a> Cell<'a> {
    /// Returns the cell as a CSV has it.
    fn write(self, text: &'a mut String) -> &'a [u8] {
        text.clear();
        match self {
            Self::Missing => {}
            Self::Text(bytes) => return bytes,
            Self::Number(value) => *text = value.to_string(),
            Self::Integer(value) => *text = value.to_string(),
            Self::Boolean(value) => *text = value.to_string(),
            Self::Date(value) => *text = iso_date(value),
        }
        text.as_bytes()
    }

    /// Returns the value as a number, if it is one.
    const fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Integer(value) => Some(value as f64),
            _ => None,
        }
    }
}

/// What opens a table, from its first row each time.
pub(in crate::read) type Open<'a> = dyn FnMut() -> Result<Box<dyn TypedRows>, DataError> + 'a;

/// Reads all rows. `path` is what errors call the file.
pub(in crate::read) fn read_typed(
    open: &mut Open,
    path: &Path,
    options: &ReadOptions,
) -> Result<Table, DataError> {
    let of_file = |kind| DataError::of_file(path, kind);
    let typed = open()?.columns().clone();
    let layout = Layout::of_columns(&typed, options).map_err(of_file)?;
    let mut guess = Guess {
        surveys: surveys(open, &typed, &layout, options)?,
        is_whole: true,
        wide: vec![false; typed.columns.len()],
        predicts_values: false,
    };
    loop {
        // A whole guess decides about all columns.
        let plan = Plan::new(&layout, &guess, options).map_err(of_file)?;
        let plan = plan.ok_or_else(|| of_file(DataErrorKind::Empty))?;
        let mut reader = Reader {
            path,
            rows: Rows::new(&plan),
            classes: Classes::new(options.classes()),
            text: String::new(),
            leaves_out: options.leave_out_bad_rows && options.schema.is_some(),
        };
        let mut source = open()?;
        let read = each_batch(source.as_mut(), options, |first, batch| {
            reader.store(&plan, first, batch)
        });
        match read {
            Err(error) if guess.is_changed_by_error(&error) => continue,
            read => read?,
        }
        let Reader { rows, classes, .. } = reader;
        if guess.is_changed_by(&rows, &classes, &plan, options) {
            continue;
        }
        let mut notes = source.notes();
        if options.schema.is_none() {
            notes.extend(texts_of_numbers(&plan, &guess, options));
        }
        return finish::table(rows, classes, &plan, options, notes).map_err(of_file);
    }
}

/// Reads as many rows as are wanted; `take` gets the number of the first of each batch, counted from 0.
fn each_batch(
    source: &mut dyn TypedRows,
    options: &ReadOptions,
    mut take: impl FnMut(usize, &Batch) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let most = (BATCH_CELLS / source.columns().columns.len().max(1)).max(1);
    let limit = match options.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let mut first = 0;
    while first < limit {
        let Some(batch) = source.next_batch(most.min(limit - first))? else {
            break;
        };
        take(first, &batch)?;
        first += batch.rows;
    }
    Ok(())
}

/// Finds out what the texts of all rows are; a column of another type says so itself.
fn surveys(
    open: &mut Open,
    typed: &TypedColumns,
    layout: &Layout,
    options: &ReadOptions,
) -> Result<Vec<Survey>, DataError> {
    let mut surveys = Surveys::new(layout, options);
    let mut texts = Vec::new();
    for (column, typed) in typed.columns.iter().enumerate() {
        surveys.of_columns[column] = match &typed.kind {
            TypedKind::Number => Survey::of_numbers(),
            TypedKind::Boolean => Survey::of_booleans(),
            TypedKind::Date => Survey::of_dates(),
            TypedKind::Category(names) => Survey::of_categories(Arc::clone(names)),
            TypedKind::Text => {
                texts.push(column);
                Survey::of_texts()
            }
        };
    }
    if !texts.is_empty() {
        let mut source = open()?;
        each_batch(source.as_mut(), options, |_, batch| {
            for &column in &texts {
                if let Values::Texts(values) = &batch.columns[column] {
                    (0..batch.rows).for_each(|row| surveys.add_to(column, values.get(row)));
                }
            }
            Ok(())
        })?;
    }
    Ok(surveys.of_columns)
}

/// Returns a note on the columns of texts that are categories although all of them are numbers and no config says so.
fn texts_of_numbers(plan: &Plan, guess: &Guess, options: &ReadOptions) -> Option<Note> {
    let is_said = |column: usize| {
        let setting = options.section.columns.get(plan.layout.name(column));
        setting.is_some_and(|setting| setting.table().kind.is_some())
    };
    let found = plan.features.iter().filter(|feature| {
        feature.reading == Reading::Text
            && guess.surveys[feature.column].is_text_of_numbers()
            && !is_said(feature.column)
    });
    let columns: Vec<String> = found
        .map(|feature| plan.layout.name(feature.column).to_owned())
        .collect();
    (!columns.is_empty()).then_some(Note::TextOfNumbers { columns })
}

/// Stores batches.
struct Reader<'a> {
    path: &'a Path,
    rows: Rows,
    classes: Classes,
    /// The last cell that was written as text.
    text: String,
    /// Whether rows that cannot be read are left out.
    leaves_out: bool,
}

impl Reader<'_> {
    fn store(&mut self, plan: &Plan, first: usize, batch: &Batch) -> Result<(), DataError> {
        for (carried, &column) in plan.layout.carried.iter().enumerate() {
            self.rows.carried_kinds[carried] = batch.columns[column].carried_kind();
        }
        for row in 0..batch.rows {
            self.rows.begin();
            match self.store_row(plan, first, row, batch) {
                Ok(()) => self.rows.end(),
                Err(error) if self.leaves_out => self.rows.end_bad(error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn store_row(
        &mut self,
        plan: &Plan,
        first: usize,
        row: usize,
        batch: &Batch,
    ) -> Result<(), DataError> {
        for (column, values) in batch.columns.iter().enumerate() {
            let stored = self.store_cell(plan, column, values.cell(row));
            stored.map_err(|kind| {
                let name = plan.layout.names[column].clone();
                if let Some(&line) = batch.lines.get(row) {
                    return DataError::in_cell(self.path, line, column, name, kind);
                }
                let row = first + row + 1;
                let column = column + 1;
                DataError::at(self.path, DataPlace::Value { row, column, name }, kind)
            })?;
        }
        Ok(())
    }

    /// Stores a cell: as it is where its column is of its type, else as a CSV would have it.
    #[inline]
    fn store_cell(&mut self, plan: &Plan, column: usize, cell: Cell) -> Result<(), DataErrorKind> {
        let usage = plan.layout.uses[column];
        if let Some(carried) = usage.carried {
            let mut text = mem::take(&mut self.text);
            self.rows.carry(carried, cell.write(&mut text));
            self.text = text;
        }
        match (usage.feature, usage.role) {
            (None, None) => return Ok(()),
            (Some(feature), None) => {
                let plan = &plan.features[feature];
                match (plan.reading, cell) {
                    (_, Cell::Missing) => {
                        return self.rows.put_absent(feature, plan, Absence::Missing);
                    }
                    (Reading::Number(_), Cell::Number(_) | Cell::Integer(_)) => {
                        let value = cell.number().unwrap_or(f64::NAN);
                        return self.rows.store_number(feature, plan, value);
                    }
                    (Reading::Boolean(_), Cell::Boolean(value)) => {
                        self.rows.put_code(feature, 1 + u32::from(value));
                        return Ok(());
                    }
                    (Reading::Date(_), Cell::Date(value)) => {
                        self.rows.put_number(feature, value, value as f32);
                        return Ok(());
                    }
                    _ => {}
                }
            }
            (None, Some(Role::Time)) => {
                if let Some(time) = time(cell) {
                    self.rows.times.push(time);
                    return Ok(());
                }
            }
            (None, Some(Role::Weight)) => {
                if let Some(weight) = cell.number().filter(|weight| !weight.is_nan()) {
                    return self.rows.put_weight(weight);
                }
            }
            _ => {}
        }
        let mut text = mem::take(&mut self.text);
        let written = match (cell, usage.role) {
            // A model trained on text has another spelling of the same.
            (Cell::Boolean(value), Some(Role::Label)) => {
                let classes = self.classes.names().iter();
                let same = |name: &&String| name.eq_ignore_ascii_case(&value.to_string());
                match classes.clone().find(same) {
                    Some(name) => {
                        text.clone_from(name);
                        text.as_bytes()
                    }
                    None => cell.write(&mut text),
                }
            }
            _ => cell.write(&mut text),
        };
        let stored = self
            .rows
            .store_uses(plan, &mut self.classes, column, written);
        self.text = text;
        stored
    }
}

/// Returns when a row happened, if the cell says it as a number or as a point in time.
fn time(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Date(value) => Some(value),
        cell => cell.number().filter(|value| value.is_finite()),
    }
}
