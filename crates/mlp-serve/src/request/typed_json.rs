//! Parses `{"rows": [[cell, …], {"name": cell, …}, …]}` for a network that takes more than numbers: text, truth values, points in time.
//!
//! The cells become CSV, which is read as a file would be. So a value means the same in a request as in a file.

use std::io::Cursor;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::rows::{Rows, missing, too_many};
use crate::model::ServedModel;
use crate::problem::Problem;
use mlp_core::config::{DataSection, DecimalSign, Delimiter, HeaderChoice};
use mlp_core::model::{InputChunk, InputRows, LoadedRun};
use mlp_data::error::{DataError, DataPlace};
use mlp_data::{Column, Schema, csv_field};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(alias = "records", alias = "instances")]
    rows: Vec<Value>,
}

/// Returns a run whose files are read as the CSV that JSON becomes.
pub fn reader(trained: &LoadedRun) -> LoadedRun {
    let mut run = trained.clone();
    run.config.data = DataSection {
        header: HeaderChoice::Known(true),
        delimiter: Delimiter::Comma,
        decimal: DecimalSign::Point,
        ..run.config.data
    };
    run
}

/// Reads the rows of a JSON body. `null` is an empty cell.
pub fn rows(body: &[u8], model: &ServedModel, max: usize) -> Result<Rows, Problem> {
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable(error.to_string())
        } else {
            Problem::malformed(format!("the body is not JSON: {error}"))
        }
    })?;
    if body.rows.len() > max {
        return Err(too_many(max));
    }
    if body.rows.is_empty() {
        return Ok(Rows::default());
    }
    let schema = &model.trained.model.schema;
    let text = csv(&body.rows, model)?;
    let of_data = |error: DataError| of_row(&error, schema);
    let stream = Cursor::new(text.into_bytes());
    let input = InputRows::from_csv(stream, Path::new("body"), &model.json_reader);
    let mut input = input.map_err(of_data)?;
    let mut rows = Rows::default();
    while let Some(InputChunk { rows: chunk, .. }) = input.next_chunk().map_err(of_data)? {
        rows.push_encoded(&chunk, model);
    }
    Ok(rows)
}

/// Writes rows as CSV under the schema's names. A column in front, which the network does not know, keeps a row without
/// any value from being a blank line.
fn csv(rows: &[Value], model: &ServedModel) -> Result<String, Problem> {
    let schema = &*model.trained.model.schema;
    let mut text = unknown_name(schema);
    for Column { name, .. } in &schema.columns {
        text.push(',');
        text += &csv_field(name);
    }
    text.push('\n');
    for (number, row) in (1..).zip(rows) {
        text.push('1');
        for (column, value) in (1..).zip(cells(number, row, model)?) {
            text.push(',');
            text += &cell(value).ok_or_else(|| {
                let name = &schema.columns[column - 1].name;
                Problem::unprocessable(format!(
                    "row {number}, value {column} ({name}): a text, a number, true, false or null expected"
                ))
            })?;
        }
        text.push('\n');
    }
    Ok(text)
}

/// Returns the values of a row, counted from 1, in the order of the network's columns.
fn cells<'a>(
    number: usize,
    row: &'a Value,
    model: &ServedModel,
) -> Result<Vec<&'a Value>, Problem> {
    let columns = &model.trained.model.schema.columns;
    match row {
        Value::Array(cells) if cells.len() == columns.len() => Ok(cells.iter().collect()),
        Value::Array(cells) => Err(Problem::unprocessable(format!(
            "row {number}: {} values expected, {} found",
            columns.len(),
            cells.len()
        ))),
        Value::Object(named) => {
            let cells = columns.iter().map(|column| named.get(&column.name));
            let cells: Option<Vec<&Value>> = cells.collect();
            let is_missing = |column: usize| !named.contains_key(&columns[column].name);
            cells.ok_or_else(|| missing(number, model, is_missing))
        }
        _ => Err(Problem::unprocessable(format!(
            "row {number}: a list of {} values expected, or an object with a value for each name",
            columns.len()
        ))),
    }
}

/// Returns a name that no column of the network's file has.
fn unknown_name(schema: &Schema) -> String {
    let mut name = "row".to_owned();
    let is_known = |name: &String| {
        let mut features = schema.columns.iter().map(|column| &column.name);
        let mut ignored = schema.ignored.iter().map(|column| &column.name);
        features.any(|known| known.eq_ignore_ascii_case(name))
            || ignored.any(|known| known.eq_ignore_ascii_case(name))
            || schema
                .target_name
                .as_ref()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    while is_known(&name) {
        name.push('_');
    }
    name
}

/// Returns a JSON value as a CSV cell; `None` for a list or an object.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(csv_field(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Names the row and the value of an error, rather than a line of the CSV.
fn of_row(error: &DataError, schema: &Schema) -> Problem {
    let place = match &error.place {
        DataPlace::Line(line) => format!("row {}: ", line - 1),
        DataPlace::Cell { line, column, .. } => {
            let value = column - 1; // behind the column in front
            let name = schema.columns.get(value - 1);
            let name = name.map_or_else(String::new, |column| format!(" ({})", column.name));
            format!("row {}, value {value}{name}: ", line - 1)
        }
        DataPlace::File | DataPlace::Row(_) | DataPlace::Value { .. } => {
            return Problem::from_data(error);
        }
    };
    Problem::unprocessable(format!("{place}{}", error.kind))
}
