//! What a user must know of a split.

use super::Split;
use crate::Dataset;

/// Maximum number of classes that a note names.
const MAX_NAMED: usize = 5;

impl Split {
    /// Returns what a user must be told of this split of the rows of `dataset`: classes that are not on both sides because
    /// they cannot be, and rows without a time. Rows count from 1.
    #[must_use]
    pub fn notes(&self, dataset: &Dataset) -> Vec<String> {
        let mut notes = Vec::new();
        if self.validation.is_empty() {
            return notes;
        }
        let train = dataset.class_counts(self.train.iter().copied());
        let validation = dataset.class_counts(self.validation.iter().copied());
        let classes = dataset.classes();
        let sides = || train.iter().zip(&validation).enumerate();
        let singles = sides().filter(|(_, counts)| *counts == (&1, &0));
        let singles: Vec<String> = singles
            .map(|(class, _)| {
                let row = self.train.iter().find(|&&row| {
                    let labels = dataset.labels().unwrap_or_default();
                    labels[row as usize] as usize == class
                });
                format!(
                    "`{}` (row {})",
                    classes[class],
                    row.map_or(0, |row| row + 1)
                )
            })
            .collect();
        if !singles.is_empty() {
            notes.push(format!(
                "{} one row, which is trained on: no validation row measures {}",
                named(&singles, "has", "have"),
                if singles.len() == 1 { "it" } else { "them" }
            ));
        }
        let untrained = sides().filter(|(_, counts)| *counts.0 == 0 && *counts.1 > 0);
        let untrained: Vec<String> = untrained
            .map(|(class, _)| format!("`{}`", classes[class]))
            .collect();
        if !untrained.is_empty() {
            notes.push(format!(
                "{} no training row, all are held out: {} never be predicted",
                named(&untrained, "has", "have"),
                if untrained.len() == 1 {
                    "it can"
                } else {
                    "they can"
                }
            ));
        }
        let times = dataset.times.as_deref().unwrap_or_default();
        let unknown = times.iter().filter(|time| time.is_nan()).count();
        if unknown > 0 {
            notes.push(format!(
                "{unknown} of {} rows have no time: they count as the oldest",
                times.len()
            ));
        }
        notes
    }
}

/// Returns "class `a` has" or "3 classes (`a`, `b`, `c`) have".
fn named(names: &[String], singular: &str, plural: &str) -> String {
    let shown = names[..names.len().min(MAX_NAMED)].join(", ");
    match names.len() {
        1 => format!("class {shown} {singular}"),
        count if count > MAX_NAMED => format!("{count} classes ({shown}, …) {plural}"),
        count => format!("{count} classes ({shown}) {plural}"),
    }
}
