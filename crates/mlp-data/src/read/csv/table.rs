//! A whole file of CSV becomes a table: what its columns are is guessed from the first rows and holds for all of them, or
//! is found out from all of them before they are read again.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::finish;
use super::layout::Layout;
use super::parts::{AllRows, Parts, Stop};
use super::plan::{Guess, Plan};
use super::reader::{Head, Reader, Surveys};
use super::rows::Rows;
use crate::error::DataError;
use crate::read::compressed::Source;
use crate::read::rewind::Rewindable;
use crate::read::{ReadOptions, Table};

/// Content that can be read more than once.
pub(in crate::read) enum Text<'a> {
    /// A file or a stream.
    Stream(&'a mut Rewindable),
    /// The bytes of one.
    Memory(&'a [u8]),
}

/// Reads all rows. `path` is what errors call the content.
pub(in crate::read) fn read_table(
    text: Text,
    path: &Path,
    options: &ReadOptions,
) -> Result<Table, DataError> {
    let mut reading = Reading {
        text,
        path,
        options,
    };
    let head = reading.head()?;
    let layout = head.layout(path, options)?;
    let mut guess = head.guess(&layout, options);
    drop(head);
    loop {
        let plan = Plan::new(&layout, &guess, options);
        let Some(plan) = plan.map_err(|kind| DataError::of_file(path, kind))? else {
            guess = reading.survey(&layout, guess)?;
            continue;
        };
        let plan = Arc::new(plan);
        let read = match reading.read(&plan, guess.is_whole) {
            Err(error) if guess.is_changed_by_error(&error) => continue,
            read => read?,
        };
        let Some((rows, classes, notes)) = read else {
            guess = reading.survey(&layout, guess)?;
            continue;
        };
        if guess.is_changed_by(&rows, &classes, &plan, options) {
            continue;
        }
        let table = finish::table(rows, classes, &plan, options, notes);
        return table.map_err(|kind| DataError::of_file(path, kind));
    }
}

/// A file that is being read.
struct Reading<'a> {
    text: Text<'a>,
    path: &'a Path,
    options: &'a ReadOptions,
}

impl Reading<'_> {
    /// Reads the first rows, from the beginning.
    fn head(&mut self) -> Result<Head<Box<dyn Read + '_>>, DataError> {
        let stream: Box<dyn Read> = match &mut self.text {
            Text::Stream(stream) => {
                stream.rewind()?;
                Box::new(stream)
            }
            Text::Memory(bytes) => Box::new(*bytes),
        };
        let source = Source::new(stream).map_err(|kind| DataError::of_file(self.path, kind))?;
        Head::read(source, self.path, self.options)
    }

    fn parts(&self) -> Result<Option<Parts<'_>>, DataError> {
        if !matches!(&self.text, Text::Stream(stream) if stream.is_file()) {
            return Ok(None);
        }
        let file = File::open(self.path).map_err(|error| DataError::opening(self.path, error))?;
        let source = Source::new(file).map_err(|kind| DataError::of_file(self.path, kind))?;
        Ok(Parts::of(self.path, self.options).filter(|_| source.compression().is_none()))
    }

    /// Reads all rows: by all threads at once if the file allows it, else from its beginning to its end. `None` if a cell
    /// does not fit what was guessed of its column, unless that is known of the whole file: then it is wrong.
    fn read(&mut self, plan: &Arc<Plan>, is_whole: bool) -> Result<Option<AllRows>, DataError> {
        if let Some(parts) = self.parts()? {
            match parts.read(plan, self.options) {
                Ok(all) => return Ok(Some(all)),
                Err(Stop::Misfit) if !is_whole => return Ok(None),
                Err(Stop::Misfit | Stop::Sequential) => {}
            }
        }
        let (path, options) = (self.path, self.options);
        let mut reader = Reader::new(self.head()?, Arc::clone(plan), path, options);
        let mut rows = Rows::new(plan);
        match reader.fill(&mut rows, usize::MAX) {
            Err(error) if error.kind.is_misfit() && !is_whole => return Ok(None),
            filled => filled?,
        }
        let notes = reader.notes();
        Ok(Some((rows, reader.classes, notes)))
    }

    /// Finds out from all rows what the columns are.
    fn survey(&mut self, layout: &Layout, guess: Guess) -> Result<Guess, DataError> {
        let empty = Surveys::new(layout, self.options);
        // Which cells belong to which column is all that the plan of a survey has to say.
        let plan = Arc::new(Plan::of_layout(layout, self.options));
        let in_parts = self.parts()?;
        let in_parts = in_parts.and_then(|parts| parts.survey(&plan, self.options, &empty));
        let surveys = if let Some(surveys) = in_parts {
            surveys
        } else {
            let (path, options) = (self.path, self.options);
            let mut reader = Reader::new(self.head()?, plan, path, options);
            let mut surveys = empty;
            reader.survey(&mut surveys)?;
            surveys
        };
        Ok(Guess {
            surveys: surveys.of_columns,
            is_whole: true,
            wide: guess.wide,
            predicts_values: guess.predicts_values,
        })
    }
}
