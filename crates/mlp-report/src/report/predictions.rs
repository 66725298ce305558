//! `predictions.csv`, read back.

use std::collections::HashMap;
use std::path::Path;

use mlp_core::error::RunError;
use mlp_core::evaluation::ScoredRow;
use mlp_core::run::Split;

/// What became of each row, by split and number; empty if there is no such file.
pub(super) type Predictions = HashMap<(&'static str, u32), ScoredRow>;

/// Reads the file that training leaves.
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
    if !text.starts_with("split,row,label,") {
        return Err(damaged(
            "its first line is not that of predictions".to_owned(),
        ));
    }
    let mut predictions = Predictions::new();
    for (index, fields) in records(&text).iter().enumerate().skip(1) {
        let (key, row) = row(fields, &classes)
            .ok_or_else(|| damaged(format!("record {} is not a prediction", index + 1)))?;
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

/// Fields of each record; names of classes may hold commas, quotes and line breaks.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = records.last_mut().and_then(|record| record.last_mut()) else {
            break; // never: there is always a last field
        };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => records
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|record| record.push(String::new())),
            '\n' if !is_quoted => records.push(vec![String::new()]),
            other => field.push(other),
        }
    }
    records.retain(|record| record.iter().any(|field| !field.is_empty()));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back_as_they_were_quoted() {
        let names = ["plain", "with, comma", "with \"quotes\"", "two\nlines", ""];
        let line = names.map(mlp_data::csv_field).join(",");
        let text = format!("a,b\n{line}\n");
        assert_eq!(records(&text), [vec!["a", "b"], names.to_vec()]);
    }
}
