//! Rows as CSV: the label first, then the features under their names.

use std::io::{self, Write};
use std::path::Path;

use super::write_file;
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::{Dataset, Features};

/// Writes a data set, gzip-compressed if `path` ends in `.gz`.
///
/// Header `label,<feature names>` (without labels, the feature names alone); bytes as integers, floats in
/// the fewest digits that read back as the same number, NaN as an empty cell. The file appears whole or
/// not at all: it is written next to its place, synced and renamed.
///
/// # Errors
/// When the file cannot be written, or a value is infinite, which the format cannot hold.
pub fn write_csv(path: &Path, dataset: &Dataset) -> Result<(), DataError> {
    if let Features::Floats(values) = &dataset.features
        && let Some(at) = values.iter().position(|value| value.is_infinite())
    {
        let row = at / dataset.columns() + 1;
        return Err(DataError::at(
            path,
            DataPlace::Row(row),
            DataErrorKind::NotFinite {
                text: values[at].to_string(),
            },
        ));
    }
    write_file(path, |out| write_rows(out, dataset))
}

fn write_rows(out: &mut dyn Write, dataset: &Dataset) -> io::Result<()> {
    let columns = dataset.columns();
    let names = dataset.schema.columns.iter();
    let names = names.map(|column| csv_field(&column.name));
    let header: Vec<String> = dataset
        .labels()
        .iter()
        .map(|_| "label".to_owned())
        .chain(names)
        .collect();
    writeln!(out, "{}", header.join(","))?;
    let classes: Vec<String> = dataset
        .classes()
        .iter()
        .map(|name| csv_field(name))
        .collect();
    let bytes: Vec<String> = (0..=u8::MAX).map(|byte| byte.to_string()).collect();
    let mut line = String::new();
    for row in 0..dataset.rows() {
        line.clear();
        if let Some(labels) = dataset.labels() {
            line.push_str(&classes[labels[row] as usize]);
            line.push(',');
        }
        for at in row * columns..(row + 1) * columns {
            match &dataset.features {
                Features::Bytes(values) => line.push_str(&bytes[usize::from(values[at])]),
                Features::Floats(values) => line.push_str(&number(values[at])),
            }
            line.push(',');
        }
        line.pop();
        if line.is_empty() {
            // An empty line would be no row.
            line.push_str("\"\"");
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Returns the shortest text that reads back as `value`.
fn number(value: f32) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        String::new()
    } else if magnitude == 0.0 || (1e-5..1e16).contains(&magnitude) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// Returns text as a cell: in quotes, if it would not read back as it is without them.
#[must_use]
pub fn csv_field(text: &str) -> String {
    let is_special = |character| matches!(character, '"' | ',' | ';' | '\t' | '\n' | '\r');
    if text.is_empty() || text.contains(is_special) || text.trim_ascii() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
