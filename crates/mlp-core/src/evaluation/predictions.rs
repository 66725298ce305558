//! `predictions.csv`: the prediction of each scored row of a run.

use std::collections::HashMap;
use std::io::Write as _;

use super::{Scored, ScoredRow};
use crate::error::RunError;
use crate::run::{RunDirectory, Split};
use mlp_data::{CsvRecord, atomic_file, csv_field, csv_records};

/// Names of the columns.
const HEADER: [&str; 6] = [
    "split",
    "row",
    "label",
    "prediction",
    "confidence",
    "label_probability",
];
/// Columns whose names must be there for the file to be read.
const REQUIRED: usize = 3;

/// The scored rows of the file, by name of the split and number of the row.
pub(super) type Predictions = HashMap<(&'static str, u32), ScoredRow>;

/// Writes `predictions.csv`, with one line for each evaluated row of each split.
///
/// # Errors
/// If the file cannot be written.
pub fn write_predictions(
    run: &RunDirectory,
    splits: &[(Split, &Scored)],
    class_names: &[String],
) -> Result<(), RunError> {
    let path = run.predictions();
    let mut text = Vec::new();
    let write = |text: &mut Vec<u8>| -> std::io::Result<()> {
        writeln!(text, "{}", HEADER.join(","))?;
        for (split, scored) in splits {
            let split = split.name();
            for row in &scored.rows {
                let name = |class: u32| csv_field(&class_names[class as usize]);
                let (label, prediction) = (name(row.label), name(row.prediction));
                writeln!(
                    text,
                    "{split},{},{label},{prediction},{},{}",
                    row.row, row.confidence, row.label_probability
                )?;
            }
        }
        Ok(())
    };
    write(&mut text)
        .and_then(|()| atomic_file::replace(&path, &text))
        .map_err(RunError::writing(path))
}

/// Reads `predictions.csv`; empty if the run has none.
pub(super) fn read_predictions(
    run: &RunDirectory,
    classes: &[String],
) -> Result<Predictions, RunError> {
    let path = run.predictions();
    let damaged = |cause: String| RunError::Damaged {
        path: path.clone(),
        cause,
    };
    if !path.exists() {
        return Ok(Predictions::new());
    }
    let text = std::fs::read_to_string(&path).map_err(|error| damaged(error.to_string()))?;
    let classes: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let mut records =
        csv_records(text.as_bytes(), &path).map_err(|error| damaged(error.kind.to_string()))?;
    let required = HEADER.map(str::to_owned);
    let is_header = |header: CsvRecord| header.cells.starts_with(&required[..REQUIRED]);
    if !records
        .next()
        .is_some_and(|header| header.is_ok_and(is_header))
    {
        return Err(damaged(
            "its first line is not that of predictions".to_owned(),
        ));
    }
    let mut predictions = Predictions::new();
    for (number, record) in (2..).zip(records) {
        let (split, row) = record
            .ok()
            .and_then(|record| scored_row(&record.cells, &classes))
            .ok_or_else(|| damaged(format!("record {number} is not a prediction")))?;
        predictions.insert((split.name(), row.row), row);
    }
    Ok(predictions)
}

/// Parses one line. Training rows are not among the predictions that a run keeps.
fn scored_row(cells: &[String], classes: &HashMap<&str, u32>) -> Option<(Split, ScoredRow)> {
    let [split, row, label, prediction, confidence, label_probability] = cells else {
        return None;
    };
    let split = [Split::Validation, Split::Test]
        .into_iter()
        .find(|known| known.name() == split)?;
    let row = ScoredRow {
        row: row.parse().ok()?,
        label: *classes.get(label.as_str())?,
        prediction: *classes.get(prediction.as_str())?,
        confidence: confidence.parse().ok()?,
        label_probability: label_probability.parse().ok()?,
    };
    Some((split, row))
}
