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
use mlp_core::model::{FarOutside, InputChunk, InputRows, LoadedRun, new_values};
use mlp_data::error::{DataError, DataPlace};
use mlp_data::{Column, ColumnKind, Schema, csv_field, truth, truth_words};

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
    let mut far = FarOutside::none(&model.trained.model);
    while let Some(InputChunk { rows: chunk, .. }) = input.next_chunk().map_err(of_data)? {
        far.add(&model.trained.model, &chunk);
        rows.push_encoded(&chunk, model);
    }
    rows.new_values = new_values(&model.trained.model, &input.report(), &far);
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
            let Column { name, kind } = &schema.columns[column - 1];
            text += &cell(value, kind).map_err(|expected| {
                Problem::unprocessable(format!(
                    "row {number}, value {column} ({name}): {expected} or null expected"
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

/// Returns a JSON value as a CSV cell of a column of this kind.
///
/// # Errors
/// If it is of another type than the description of the interface says; what it should be.
fn cell(value: &Value, kind: &ColumnKind) -> Result<String, &'static str> {
    match (value, kind) {
        (Value::Null, _) => Ok(String::new()),
        // Categories that are whole numbers or truth values in the training file are so in data frames too.
        (Value::Number(number), ColumnKind::Number { .. } | ColumnKind::Category { .. }) => {
            Ok(number.to_string())
        }
        (value, ColumnKind::Boolean) => {
            let value = truth_value(value).ok_or("true, false, a word such as yes")?;
            Ok(value.to_string())
        }
        (Value::String(text), ColumnKind::Date) if !text.is_empty() => Ok(csv_field(text)),
        (Value::String(text), ColumnKind::Category { .. }) => Ok(csv_field(text)),
        (Value::Bool(value), ColumnKind::Category { .. }) => Ok(value.to_string()),
        (_, ColumnKind::Number { .. }) => Err("a number"),
        (_, ColumnKind::Date) => Err("a text with a date"),
        (_, ColumnKind::Category { .. }) => Err("a text, a number, true, false"),
    }
}

/// Returns what a value says of a column of yes and no, if it is one that the description of the interface lists.
fn truth_value(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
        Value::String(text) => {
            let is_known = truth_words().contains(text);
            is_known.then(|| truth(text.as_bytes())).flatten()
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
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
