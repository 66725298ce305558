//! Rows as CSV: the target first, then the features under their names.

use std::fmt::{Display, LowerExp, Write as _};
use std::io::{self, Write};
use std::path::Path;

use super::write_file;
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::read::iso_date;
use crate::{ColumnKind, ColumnValues, Dataset, Features, Target};

/// Writes a data set, compressed if `path` ends in `.gz` or `.zst`.
///
/// The header has the name of the target (`label` if it has none) and those of the features; without labels, those of
/// the features alone. Bytes are written as integers, other numbers in the fewest digits that read back as the same
/// number, booleans as `true` and `false`, points in time as ISO 8601, categories by name, and a missing value as an
/// empty cell. The file appears whole or not at all: it is written next to its place, synced and renamed.
///
/// # Errors
/// When the file cannot be written, or a value is infinite, which the format cannot hold.
pub fn write_csv(path: &Path, dataset: &Dataset) -> Result<(), DataError> {
    if let Some((row, value)) = first_infinite(dataset) {
        return Err(DataError::at(
            path,
            DataPlace::Row(row + 1),
            DataErrorKind::NotFinite {
                text: value.to_string(),
            },
        ));
    }
    write_file(path, |out| write_rows(out, dataset))
}

/// Returns the first row with an infinite value, and the value.
fn first_infinite(dataset: &Dataset) -> Option<(usize, f64)> {
    match &dataset.features {
        Features::Bytes(_) => None,
        Features::Floats(values) => {
            let at = values.iter().position(|value| value.is_infinite())?;
            Some((at / dataset.columns(), values[at].into()))
        }
        Features::Columns(columns) => {
            let cells =
                (0..dataset.rows()).flat_map(|row| columns.iter().map(move |column| (row, column)));
            let mut values = cells.map(|(row, column)| (row, column.number(row)));
            values.find(|(_, value)| value.is_infinite())
        }
    }
}

fn write_rows(out: &mut dyn Write, dataset: &Dataset) -> io::Result<()> {
    let target = dataset.schema.target_name.as_deref().unwrap_or("label");
    let names = dataset.schema.columns.iter();
    let names = names.map(|column| csv_field(&column.name));
    let header: Vec<String> = dataset
        .target
        .iter()
        .map(|_| csv_field(target))
        .chain(names)
        .collect();
    writeln!(out, "{}", header.join(","))?;
    let classes: Vec<String> = dataset
        .classes()
        .iter()
        .map(|name| csv_field(name))
        .collect();
    let texts = Texts::of(dataset);
    let mut line = String::new();
    for row in 0..dataset.rows() {
        line.clear();
        match &dataset.target {
            Some(Target::Class { labels }) => {
                line.push_str(&classes[labels[row] as usize]);
                line.push(',');
            }
            Some(Target::Value { values }) => {
                push_number(values[row], values[row], &mut line);
                line.push(',');
            }
            None => {}
        }
        texts.push_row(dataset, row, &mut line);
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

/// What is written for values that there are only a few of.
struct Texts {
    bytes: Vec<String>,
    /// `[columns]`, the text of each code, 0 for none included.
    codes: Vec<Vec<String>>,
}

impl Texts {
    fn of(dataset: &Dataset) -> Self {
        let bytes = match dataset.features {
            Features::Bytes(_) => (0..=u8::MAX).map(|byte| byte.to_string()).collect(),
            Features::Floats(_) | Features::Columns(_) => Vec::new(),
        };
        let codes = dataset.schema.columns.iter().map(|column| {
            let names: Vec<&str> = match &column.kind {
                ColumnKind::Boolean => vec!["false", "true"],
                ColumnKind::Category { categories, rare } => {
                    categories.iter().chain(rare).map(String::as_str).collect()
                }
                ColumnKind::Number { .. } | ColumnKind::Date => Vec::new(),
            };
            let none = String::new();
            std::iter::once(none)
                .chain(names.into_iter().map(csv_field))
                .collect()
        });
        Self {
            bytes,
            codes: codes.collect(),
        }
    }

    /// Appends the cells of a row, with a comma behind each.
    fn push_row(&self, dataset: &Dataset, row: usize, line: &mut String) {
        let columns = dataset.columns();
        let cells = row * columns..(row + 1) * columns;
        match &dataset.features {
            Features::Bytes(values) => {
                for &value in &values[cells] {
                    line.push_str(&self.bytes[usize::from(value)]);
                    line.push(',');
                }
            }
            Features::Floats(values) => {
                for &value in &values[cells] {
                    push_number(value, value.into(), line);
                    line.push(',');
                }
            }
            Features::Columns(values) => {
                for ((column, values), texts) in
                    dataset.schema.columns.iter().zip(values).zip(&self.codes)
                {
                    match values {
                        ColumnValues::Floats(values) => {
                            push_number(values[row], values[row].into(), line);
                        }
                        ColumnValues::Doubles(values) if values[row].is_nan() => {}
                        ColumnValues::Doubles(values) if column.kind == ColumnKind::Date => {
                            line.push_str(&iso_date(values[row]));
                        }
                        ColumnValues::Doubles(values) => {
                            push_number(values[row], values[row], line);
                        }
                        ColumnValues::Codes(codes) => {
                            line.push_str(&texts[codes.get(row) as usize]);
                        }
                    }
                    line.push(',');
                }
            }
        }
    }
}

/// Appends the shortest text that reads back as a number, which is given next to its value in 64 bits; nothing for NaN.
fn push_number(number: impl Display + LowerExp, value: f64, line: &mut String) {
    let magnitude = value.abs();
    // Writing to a text does not fail.
    let _ = if value.is_nan() {
        Ok(())
    } else if magnitude == 0.0 || (1e-5..1e16).contains(&magnitude) {
        write!(line, "{number}")
    } else {
        write!(line, "{number:e}")
    };
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
