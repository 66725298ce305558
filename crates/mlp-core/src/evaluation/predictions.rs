//! `predictions.csv`: the prediction of each scored row of a run.

use std::collections::HashMap;
use std::io::Write as _;

use super::{Scored, ScoredRow};
use crate::error::RunError;
use crate::metrics::ValueRow;
use crate::run::{RunDirectory, Split};
use mlp_data::{CsvRecord, TargetColumn, atomic_file, csv_field, csv_records};

/// Names of the columns; the last two are those of classes only.
const HEADER: [&str; 6] = [
    "split",
    "row",
    "label",
    "prediction",
    "confidence",
    "label_probability",
];
/// Columns where numbers are predicted.
const VALUE_COLUMNS: usize = 4;
/// Columns whose names must be there for the file to be read.
const REQUIRED: usize = 3;

/// The scored rows of the file, by name of the split and number of the row.
type ByRow<T> = HashMap<(&'static str, u32), T>;

/// The scored rows of the file.
pub(super) enum StoredPredictions {
    Classes(ByRow<ScoredRow>),
    Values(ByRow<ValueRow>),
}

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
        let are_values = |(_, scored): &(Split, &Scored)| matches!(scored, Scored::Values(_));
        let columns = if splits.iter().any(are_values) {
            VALUE_COLUMNS
        } else {
            HEADER.len()
        };
        writeln!(text, "{}", HEADER[..columns].join(","))?;
        for (split, scored) in splits {
            let split = split.name();
            match scored {
                Scored::Classes(scored) => {
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
                Scored::Values(scored) => {
                    for row in &scored.rows {
                        writeln!(text, "{split},{},{},{}", row.row, row.label, row.prediction)?;
                    }
                }
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
    target: &TargetColumn,
) -> Result<StoredPredictions, RunError> {
    Ok(match target {
        TargetColumn::Class { classes } => {
            let classes: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
            let rows = records(run, |cells| scored_row(cells, &classes))?.into_iter();
            let rows = rows.map(|(split, row)| ((split.name(), row.row), row));
            StoredPredictions::Classes(rows.collect())
        }
        TargetColumn::Value(_) => {
            let rows = records(run, value_row)?.into_iter();
            let rows = rows.map(|(split, row)| ((split.name(), row.row), row));
            StoredPredictions::Values(rows.collect())
        }
    })
}

/// Reads the predicted numbers of a split from `predictions.csv`; none if the run has none.
///
/// # Errors
/// If the file is damaged, or does not hold numbers.
pub fn read_values(run: &RunDirectory, split: Split) -> Result<Vec<ValueRow>, RunError> {
    let rows = records(run, value_row)?.into_iter();
    let of_split = rows.filter(|(of, _)| *of == split);
    Ok(of_split.map(|(_, row)| row).collect())
}

/// Reads the lines of `predictions.csv`; none if the run has no such file.
fn records<T>(
    run: &RunDirectory,
    parse: impl Fn(&[String]) -> Option<(Split, T)>,
) -> Result<Vec<(Split, T)>, RunError> {
    let path = run.predictions();
    let damaged = |cause: String| RunError::Damaged {
        path: path.clone(),
        cause,
    };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).map_err(|error| damaged(error.to_string()))?;
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
    let row = |(number, record): (usize, Result<CsvRecord, _>)| {
        record
            .ok()
            .and_then(|record| parse(&record.cells))
            .ok_or_else(|| damaged(format!("record {number} is not a prediction")))
    };
    (2..).zip(records).map(row).collect()
}

/// Parses the split and the number of a row. Training rows are not among the predictions that a run keeps.
fn place(split: &str, row: &str) -> Option<(Split, u32)> {
    let split = [Split::Validation, Split::Test]
        .into_iter()
        .find(|known| known.name() == split)?;
    Some((split, row.parse().ok()?))
}

/// Parses a line about a class.
fn scored_row(cells: &[String], classes: &HashMap<&str, u32>) -> Option<(Split, ScoredRow)> {
    let [split, row, label, prediction, confidence, label_probability] = cells else {
        return None;
    };
    let (split, row) = place(split, row)?;
    let row = ScoredRow {
        row,
        label: *classes.get(label.as_str())?,
        prediction: *classes.get(prediction.as_str())?,
        confidence: confidence.parse().ok()?,
        label_probability: label_probability.parse().ok()?,
    };
    Some((split, row))
}

/// Parses a line about a number.
fn value_row(cells: &[String]) -> Option<(Split, ValueRow)> {
    let [split, row, label, prediction] = cells else {
        return None;
    };
    let (split, row) = place(split, row)?;
    let row = ValueRow {
        row,
        label: label.parse().ok()?,
        prediction: prediction.parse().ok()?,
    };
    Some((split, row))
}
