//! What became of the rows of each input.

use std::path::{Path, PathBuf};

use crate::commands::arguments::Verbosity;
use crate::commands::terminal::note;
use crate::commands::text::counted;
use crate::data::Input;
use crate::error::DataError;
use crate::inference::NewValues;
use serde::Serialize;

/// Rows without a prediction that are told of on the terminal, and those that the document lists.
const MAX_TOLD: usize = 5;
const MAX_LISTED: usize = 100;

/// What became of the rows of an input.
#[derive(Debug, Serialize)]
pub struct InputSummary {
    /// The file, the folder of images, or `-`.
    input: PathBuf,
    /// Rows, whatever became of them.
    pub rows: u64,
    /// Those without a prediction.
    failed_rows: u64,
    /// The first of them.
    failures: Vec<FailedRow>,
    /// What its columns have that the training rows had not.
    pub new_values: Vec<NewValues>,
}

#[derive(Debug, Serialize)]
struct FailedRow {
    /// Counted from 1 over the rows of its input.
    row: u64,
    error: String,
}

impl InputSummary {
    /// Starts with no rows.
    pub fn of(input: &Input) -> Self {
        let name = match input {
            Input::Stdin => PathBuf::from("-"),
            Input::Rows(path) => path.clone(),
            Input::Images(files) => folder_of(files),
        };
        Self {
            input: name,
            rows: 0,
            failed_rows: 0,
            failures: Vec::new(),
            new_values: Vec::new(),
        }
    }

    /// Counts a row without a prediction, the next one; the first few are told on standard error.
    pub fn fail(&mut self, row: u64, error: &DataError, verbosity: Verbosity) {
        if self.failures.len() < MAX_TOLD && !verbosity.quiet {
            note(&format!("no prediction for row {row}: {error}"));
        }
        if self.failures.len() < MAX_LISTED {
            let error = error.to_string();
            self.failures.push(FailedRow { row, error });
        }
        self.failed_rows += 1;
    }

    /// Tells how many rows have no prediction, however quiet the program is to be.
    pub fn note_failures(&self, name: &Path) {
        let blank = match self.failed_rows {
            0 => return,
            1 => "is blank",
            _ => "are blank",
        };
        let rows = counted(self.failed_rows as usize, "row");
        note(&format!(
            "{}: {rows} without a prediction {blank} in the output",
            name.display()
        ));
    }
}

/// Returns the folder that images lie in, if it is one; the name of a single image.
fn folder_of(files: &[PathBuf]) -> PathBuf {
    let [first, others @ ..] = files else {
        return PathBuf::new();
    };
    let folder = first.parent();
    if others.is_empty() || others.iter().any(|file| file.parent() != folder) {
        return first.clone();
    }
    folder.map_or_else(PathBuf::new, Path::to_owned)
}
