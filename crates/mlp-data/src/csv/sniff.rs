//! How a CSV file is written, without reading its rows.

use std::io::Read;
use std::path::Path;

use super::layout::{FirstRow, Layout};
use super::tokens::Tokens;
use crate::error::DataError;
use crate::files::ReadOptions;
use crate::gzip::Source;

/// The delimiter, and whether the first row names the columns.
pub(crate) fn sniff<R: Read>(
    source: Source<R>,
    path: &Path,
    options: &ReadOptions,
) -> Result<(u8, bool), DataError> {
    let mut tokens = Tokens::new(source).map_err(|kind| DataError::of_file(path, kind))?;
    let row = FirstRow::read(&mut tokens, path)?;
    let layout = Layout::of(&row.cells, options).map_err(|kind| DataError::of_file(path, kind))?;
    Ok((tokens.delimiter(), layout.header.is_some()))
}
