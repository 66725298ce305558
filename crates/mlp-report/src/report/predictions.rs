//! `predictions.csv`, read back.

use std::collections::HashMap;
use std::path::Path;

use mlp_core::error::RunError;
use mlp_core::evaluation::ScoredRow;
use mlp_core::run::Split;
use mlp_data::{CsvRecord, csv_records};

/// The first columns of the file.
const HEADER: [&str; 3] = ["split", "row", "label"];

/// What became of each row, by split and number; empty if there is no such file.
pub(super) type Predictions = HashMap<(&'static str, u32), ScoredRow>;

/// Reads the file that a training leaves.
pub(super) fn read(path: &Path, classes: &[String]) -> Result<Predictions, RunError> {
    let damaged = |cause: String| RunError::Damaged {
        path: path.to_owned(),
        cause,
    };
    if !path.exists() {
        return Ok(Predictions::new());
    }
    let text = std::fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
    let classes: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let mut records =
        csv_records(text.as_bytes(), path).map_err(|error| damaged(error.kind.to_string()))?;
    let is_header = |header: CsvRecord| header.cells.starts_with(&HEADER.map(str::to_owned));
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
        let (key, row) = record
            .ok()
            .and_then(|record| row(&record.cells, &classes))
            .ok_or_else(|| damaged(format!("record {number} is not a prediction")))?;
        predictions.insert(key, row);
    }
    Ok(predictions)
}

fn row(
    fields: &[String],
    classes: &HashMap<&str, u32>,
) -> Option<((&'static str, u32), ScoredRow)> {
    let [split, row, label, prediction, confidence, label_probability] = fields else {
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
    Some(((split.name(), row.row), row))
}
