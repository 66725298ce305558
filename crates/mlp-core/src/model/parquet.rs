//! Predictions as Parquet.

use std::io::{self, Write};
use std::mem;

use super::writer::Cell;
use mlp_data::{CarriedKind, DateFormat, ParquetKind, ParquetValues, ParquetWriter};

/// Rows of a group: they are in memory until they are written.
const GROUP: usize = 1 << 16;

/// Writes rows as groups.
pub(super) struct ParquetRows<W: Write + Send> {
    state: State<W>,
    columns: Vec<(String, ParquetKind)>,
    values: Vec<ParquetValues>,
    rows: usize,
}

enum State<W: Write + Send> {
    /// Until the columns are known.
    New(W),
    Begun(ParquetWriter<W>),
    Finished,
}

impl<W: Write + Send> ParquetRows<W> {
    pub fn new(out: W) -> Self {
        Self {
            state: State::New(out),
            columns: Vec::new(),
            values: Vec::new(),
            rows: 0,
        }
    }

    /// Returns what is written to, if nothing was.
    pub fn into_out(self) -> Option<W> {
        match self.state {
            State::New(out) => Some(out),
            State::Begun(_) | State::Finished => None,
        }
    }

    /// Begins a table of these columns.
    pub fn begin(&mut self, columns: Vec<(String, CarriedKind)>) -> io::Result<()> {
        let kind = |(name, kind)| {
            let kind = match kind {
                CarriedKind::Text => ParquetKind::Text,
                CarriedKind::Integer => ParquetKind::Integer,
                CarriedKind::Number => ParquetKind::Double,
                CarriedKind::Boolean => ParquetKind::Boolean,
                CarriedKind::Date => ParquetKind::Date,
            };
            (name, kind)
        };
        self.columns = columns.into_iter().map(kind).collect();
        self.values = self.columns.iter().map(|(_, kind)| empty(*kind)).collect();
        self.state = match mem::replace(&mut self.state, State::Finished) {
            State::New(out) => State::Begun(ParquetWriter::new(out, &self.columns)?),
            state => state,
        };
        Ok(())
    }

    /// Appends a row.
    pub fn push<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> io::Result<()> {
        for ((values, (name, _)), cell) in self.values.iter_mut().zip(&self.columns).zip(cells) {
            push(values, cell).ok_or_else(|| misfit(name, cell, values))?;
        }
        self.rows += 1;
        if self.rows == GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> io::Result<()> {
        if let State::Begun(writer) = &mut self.state {
            writer.write(&self.values)?;
        }
        self.values = self.columns.iter().map(|(_, kind)| empty(*kind)).collect();
        self.rows = 0;
        Ok(())
    }

    /// Writes what is left, and what makes the file complete.
    pub fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        match self.state {
            State::Begun(writer) => writer.finish(),
            State::New(_) | State::Finished => Ok(()),
        }
    }
}

/// Whether all names are whole numbers that are written back as they are: not `007`.
pub(super) fn are_whole_numbers(names: &[String]) -> bool {
    let is_whole = |name: &String| {
        let number = name.parse::<i64>();
        number.is_ok_and(|number| number.to_string() == *name)
    };
    !names.is_empty() && names.iter().all(is_whole)
}

const fn empty(kind: ParquetKind) -> ParquetValues {
    match kind {
        ParquetKind::Float => ParquetValues::Floats(Vec::new()),
        ParquetKind::Double => ParquetValues::Doubles(Vec::new()),
        ParquetKind::Integer => ParquetValues::Integers(Vec::new()),
        ParquetKind::Boolean => ParquetValues::Booleans(Vec::new()),
        ParquetKind::Date => ParquetValues::Dates(Vec::new()),
        ParquetKind::Text => ParquetValues::Texts(Vec::new()),
    }
}

/// Appends a cell; `None` if it is none of the column's kind.
fn push(values: &mut ParquetValues, cell: Cell) -> Option<()> {
    let text = match cell {
        Cell::Text(text, _) | Cell::Class(text) | Cell::List(text) => Some(text),
        Cell::Empty | Cell::Count(_) | Cell::Number(_) => None,
    };
    match (values, cell) {
        (ParquetValues::Floats(values), Cell::Empty) => values.push(f32::NAN),
        (ParquetValues::Doubles(values) | ParquetValues::Dates(values), Cell::Empty) => {
            values.push(f64::NAN);
        }
        (ParquetValues::Integers(values), Cell::Empty) => values.push(None),
        (ParquetValues::Booleans(values), Cell::Empty) => values.push(None),
        (ParquetValues::Texts(values), Cell::Empty) => values.push(None),
        (ParquetValues::Integers(values), Cell::Count(count)) => {
            values.push(Some(count.try_into().ok()?));
        }
        (ParquetValues::Doubles(values), Cell::Number(value)) => values.push(value),
        (ParquetValues::Integers(values), _) => values.push(Some(text?.parse().ok()?)),
        (ParquetValues::Doubles(values), _) => values.push(text?.parse().ok()?),
        (ParquetValues::Booleans(values), _) => values.push(Some(text?.parse().ok()?)),
        (ParquetValues::Dates(values), _) => {
            values.push(DateFormat::YearFirst.parse(text?.as_bytes())?);
        }
        (ParquetValues::Texts(values), _) => values.push(Some(text?.to_owned())),
        (ParquetValues::Floats(_), _) => return None,
    }
    Some(())
}

/// Says which cell a column of the file cannot hold: rows of another input are of another kind, or too large.
fn misfit(name: &str, cell: Cell, values: &ParquetValues) -> io::Error {
    let kind = match values {
        ParquetValues::Floats(_) | ParquetValues::Doubles(_) => "numbers",
        ParquetValues::Integers(_) => "whole numbers of 64 bits",
        ParquetValues::Booleans(_) => "true and false",
        ParquetValues::Dates(_) => "points in time",
        ParquetValues::Texts(_) => "texts",
    };
    let text = match cell {
        Cell::Text(text, _) | Cell::Class(text) | Cell::List(text) => {
            text.chars().take(40).collect()
        }
        Cell::Count(count) => count.to_string(),
        Cell::Number(value) => value.to_string(),
        Cell::Empty => String::new(),
    };
    let what = format!("the column `{name}` of the first input holds {kind}, and `{text}` is none");
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
