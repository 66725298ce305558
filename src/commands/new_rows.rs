//! What rows that a model meets after its training have that the training rows had not.

use std::path::Path;

use crate::data::{ColumnReport, Dataset, TableReport};
use crate::inference::Model;
use serde::Serialize;

use super::arguments::Verbosity;
use super::terminal::note;
use super::text::{counted, shortened};

/// Maximum characters of the name of a column.
const MAX_NAME: usize = 40;

/// Counts of the values far outside those of the training rows, added up over the rows of a file.
pub struct FarOutside(Vec<usize>);

/// What a column of new rows has that the training rows had not, in numbers of rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewValues {
    /// Name of the column.
    pub column: String,
    /// Without a value, where every training row had one.
    pub missing: usize,
    /// With a category that no training row had.
    pub unseen: usize,
    /// With a number or a time farther from those of the training rows than these are from each other.
    pub far_outside: usize,
    /// Smallest and largest value of the training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_range: Option<[f64; 2]>,
}

impl FarOutside {
    /// Starts with no rows of a model's columns.
    pub fn none(model: &Model) -> Self {
        Self(vec![0; model.schema.columns.len()])
    }

    /// Adds the rows of a table.
    pub fn add(&mut self, model: &Model, rows: &Dataset) {
        let found = model.preprocessor.far_outside(rows, &rows.all_rows());
        for (total, more) in self.0.iter_mut().zip(found) {
            *total += more;
        }
    }
}

/// Returns what each column has that the training rows had not; columns that have nothing are left out.
pub fn new_values(model: &Model, report: &TableReport, far: &FarOutside) -> Vec<NewValues> {
    let columns = model.schema.columns.iter().enumerate();
    let found = columns.map(|(number, column)| {
        let read = report.columns.iter().find(|read| read.name == column.name);
        let count = |of: fn(&ColumnReport) -> usize| read.map_or(0, of);
        let encoding = model.preprocessor.encoding(number);
        let is_new = encoding.missing == 0;
        NewValues {
            column: column.name.clone(),
            missing: if is_new {
                count(|read| read.missing)
            } else {
                0
            },
            unseen: count(|read| read.unseen),
            far_outside: far.0[number],
            training_range: encoding.range(),
        }
    });
    found
        .filter(|new| new.missing + new.unseen + new.far_outside > 0)
        .collect()
}

/// Tells it on standard error, with the notes of the reader.
pub fn note_new_values(path: &Path, found: &[NewValues], verbosity: Verbosity) {
    if verbosity.quiet {
        return;
    }
    for new in found {
        for text in new.describe() {
            note(&format!("{}: {text}", path.display()));
        }
    }
}

impl NewValues {
    /// Returns a sentence for each kind of value that is new.
    fn describe(&self) -> Vec<String> {
        let name = shortened(&self.column, MAX_NAME);
        let mut texts = Vec::new();
        if self.missing > 0 {
            texts.push(format!(
                "column `{name}`: {}, which no training row had: filled as in training",
                counted(self.missing, "empty cell")
            ));
        }
        if self.unseen > 0 {
            texts.push(format!(
                "column `{name}`: {} with a category that no training row had: taken for none",
                counted(self.unseen, "row")
            ));
        }
        if self.far_outside > 0 {
            let range = self
                .training_range
                .map_or_else(String::new, |[low, high]| format!(" ({low} to {high})"));
            texts.push(format!(
                "column `{name}`: {} far outside the training rows{range}: do not rely on these predictions",
                counted(self.far_outside, "value")
            ));
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_new_value_is_a_sentence_with_its_number() {
        let new = NewValues {
            column: "income".to_owned(),
            missing: 1,
            unseen: 0,
            far_outside: 1200,
            training_range: Some([0.0, 8.5]),
        };
        assert_eq!(
            new.describe(),
            [
                "column `income`: 1 empty cell, which no training row had: filled as in training",
                "column `income`: 1,200 values far outside the training rows (0 to 8.5): do not rely on these predictions",
            ]
        );
    }
}
