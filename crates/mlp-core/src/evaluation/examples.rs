//! Example rows, stored in the run so that reports do not need the data set.

use std::path::Path;

use super::{Scored, ScoredRow};
use crate::error::Error;
use crate::error::RunError;
use crate::run::{RunDirectory, Split};
use mlp_data::atomic_file;
use mlp_data::random::{Purpose, Stream};
use mlp_data::{Dataset, write_csv};

/// Maximum number of example rows per split.
const MOST_EXAMPLES: usize = 1000;
/// Maximum number of mistakes among them, which leaves room for correctly predicted rows.
const MOST_MISTAKES: usize = 700;

/// Writes example rows of a split to `examples/<split>.csv` and their numbers to `examples/<split>_rows.csv`.
///
/// The rows are mistakes, the most confident first, then randomly chosen correct predictions; both are limited in
/// number.
///
/// # Errors
/// If a file cannot be written.
pub fn write_examples(
    run: &RunDirectory,
    split: Split,
    dataset: &Dataset,
    scored: &Scored,
) -> Result<(), Error> {
    let folder = run.examples();
    std::fs::create_dir_all(&folder).map_err(RunError::writing(&folder))?;
    let right: Vec<&ScoredRow> = scored.rows.iter().filter(|row| row.is_right()).collect();
    let order = Stream::new(0, Purpose::Examples, 0).permutation(right.len());
    let right = order.iter().map(|&index| right[index as usize]);
    let rows: Vec<u32> = scored
        .mistakes()
        .into_iter()
        .take(MOST_MISTAKES)
        .chain(right)
        .take(MOST_EXAMPLES)
        .map(|row| row.row)
        .collect();
    let name = split.name();
    write_csv(&folder.join(format!("{name}.csv")), &dataset.select(&rows))?;
    let numbers: String = std::iter::once("row\n".to_owned())
        .chain(rows.iter().map(|row| format!("{row}\n")))
        .collect();
    let path: &Path = &folder.join(format!("{name}_rows.csv"));
    atomic_file::replace(path, numbers.as_bytes()).map_err(RunError::writing(path))?;
    Ok(())
}
