//! Comma-separated values.
//!
//! | file | subject |
//! |---|---|
//! | `tokens` | bytes → cells and rows of text; the fast path for runs of short numbers |
//! | `layout` | what the first row says of the file: delimiter, header, label column |
//! | `rows` | cells → features and labels |
//! | `reader` | [`RowReader`]: the state machine that every layout goes through |
//! | `parts` | a large file, read by several of them at once |

mod layout;
mod parts;
mod reader;
mod rows;
mod tokens;

use std::io::Read;
use std::path::Path;

pub use reader::RowReader;
pub use rows::feature_value;

pub(super) use layout::sniff;
pub(super) use parts::read_in_parts;

use super::gzip::Source;
use crate::error::{DataError, DataErrorKind, shown};
use tokens::Tokens;

/// A row of a CSV as text, whatever its cells mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvRecord {
    /// Line on which it begins, counted from 1.
    pub line: u64,
    /// Cells without their quotes.
    pub cells: Vec<String>,
}

/// Reads the rows of a CSV as text, a header among them; blank lines are passed over. Ends behind the first error.
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
    let mut tokens = Tokens::new(Source::new(stream).map_err(in_file)?).map_err(in_file)?;
    let mut at_end = false;
    Ok(std::iter::from_fn(move || {
        if at_end {
            return None;
        }
        let record = next_record(&mut tokens, path, &mut at_end);
        at_end |= record.is_err();
        record.transpose()
    }))
}

fn next_record<R: Read>(
    tokens: &mut Tokens<R>,
    path: &Path,
    at_end: &mut bool,
) -> Result<Option<CsvRecord>, DataError> {
    let row = tokens.next_row(path)?;
    *at_end = row.ends_file;
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
    Ok((!cells.is_empty()).then_some(CsvRecord { line, cells }))
}
