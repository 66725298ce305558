//! Tells what new rows have that the training rows had not.

use std::path::Path;

use crate::inference::NewValues;

use super::arguments::Verbosity;
use super::terminal::note;
use super::text::{counted, shortened};

/// Maximum characters of the name of a column.
const MAX_NAME: usize = 40;

/// Tells it on standard error, with the notes of the reader.
pub fn note_new_values(path: &Path, found: &[NewValues], verbosity: Verbosity) {
    if verbosity.quiet {
        return;
    }
    for new in found {
        for text in describe(new) {
            note(&format!("{}: {text}", path.display()));
        }
    }
}

/// Returns a sentence for each kind of value that is new.
fn describe(new: &NewValues) -> Vec<String> {
    let name = shortened(&new.column, MAX_NAME);
    let mut texts = Vec::new();
    if new.missing > 0 {
        texts.push(format!(
            "column `{name}`: {}, which no training row had: filled as in training",
            counted(new.missing, "empty cell")
        ));
    }
    if new.unseen > 0 {
        texts.push(format!(
            "column `{name}`: {} with a category that no training row had: taken for none",
            counted(new.unseen, "row")
        ));
    }
    if new.far_outside > 0 {
        let range = new
            .training_range
            .map_or_else(String::new, |[low, high]| format!(" ({low} to {high})"));
        texts.push(format!(
            "column `{name}`: {} far outside the training rows{range}: do not rely on these predictions",
            counted(new.far_outside, "value")
        ));
    }
    texts
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
            describe(&new),
            [
                "column `income`: 1 empty cell, which no training row had: filled as in training",
                "column `income`: 1,200 values far outside the training rows (0 to 8.5): do not rely on these predictions",
            ]
        );
    }
}
