//! Comma-separated values.
//!
//! | file | subject |
//! |---|---|
//! | `dialect` | what the first rows say of the text: delimiter, columns, lines in front of the table |
//! | `tokens` | text → cells and rows; the fast path for runs of short numbers |
//! | `layout` | what the first rows say of the file: header, label column, what each column is for |
//! | `plan` | how each column is read and stored |
//! | `rows`, `builder` | cells → features, labels, groups and times |
//! | `reader` | the state machine that every layout goes through; [`RowReader`] |
//! | `parts` | a large file, read by several of them at once |
//! | `table` | a whole file, read as often as it takes to know its columns |
//! | `typed` | the door for formats whose columns have types |
//! | `finish` | rows → data set and report: kinds, categories, columns left out |

mod builder;
mod dialect;
mod finish;
mod layout;
mod parts;
mod plan;
mod reader;
mod rows;
mod table;
mod tokens;
mod typed;

use std::io::Read;
use std::path::Path;

pub use reader::RowReader;

pub(super) use layout::{FormatLabel, folded};
pub(super) use table::{Text, read_table};
pub(super) use typed::{
    Batch, Texts, TypedColumn, TypedColumns, TypedKind, TypedRows, Values, read_typed,
};

use super::ReadOptions;
use super::compressed::Source;
use crate::error::{DataError, DataErrorKind, shown};
use crate::options::Delimiter;
use reader::Head;
use tokens::Tokens;

/// A row of a CSV as text, whatever its cells mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvRecord {
    /// Line on which it begins, counted from 1.
    pub line: u64,
    /// Cells without their quotes.
    pub cells: Vec<String>,
}

/// Reads the rows of a CSV with commas as text, a header among them; blank rows are passed over. Ends behind the first
/// error.
///
/// `path` is what errors call the stream.
///
/// # Errors
/// When the stream cannot be read; the items say what is wrong in a row.
pub fn csv_records<R: Read>(
    stream: R,
    path: &Path,
) -> Result<impl Iterator<Item = Result<CsvRecord, DataError>>, DataError> {
    let in_file = |kind| DataError::of_file(path, kind);
    let source = Source::new(stream).map_err(in_file)?;
    let mut tokens = Tokens::new(source, Delimiter::Comma).map_err(in_file)?;
    let mut failed = false;
    Ok(std::iter::from_fn(move || {
        if failed {
            return None;
        }
        let record = next_record(&mut tokens, path);
        failed = record.is_err();
        record.transpose()
    }))
}

/// Returns the delimiter of a file, and whether its first row names the columns.
pub(super) fn sniff<R: Read>(
    source: Source<R>,
    path: &Path,
    options: &ReadOptions,
) -> Result<(u8, bool), DataError> {
    let head = Head::read(source, path, options)?;
    let layout = head.layout(path, options)?;
    Ok((head.tokens.delimiter(), layout.has_header))
}

fn next_record<R: Read>(
    tokens: &mut Tokens<R>,
    path: &Path,
) -> Result<Option<CsvRecord>, DataError> {
    let Some(row) = tokens.next_row(path)? else {
        return Ok(None);
    };
    let line = row.line;
    let text = |(column, cell): (usize, Vec<u8>)| {
        String::from_utf8(cell).map_err(|error| {
            let text = shown(&String::from_utf8_lossy(error.as_bytes()));
            DataError::in_cell(path, line, column, None, DataErrorKind::NotUtf8 { text })
        })
    };
    let cells: Vec<String> = row
        .cells
        .into_iter()
        .enumerate()
        .map(text)
        .collect::<Result<_, _>>()?;
    Ok(Some(CsvRecord { line, cells }))
}
