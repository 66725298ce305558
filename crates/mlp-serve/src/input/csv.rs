//! CSV as rows, read as `mlp predict` reads it.

use std::io::Cursor;
use std::path::Path;

use axum::body::Bytes;
use axum::http::StatusCode;

use super::{Rows, too_many};
use crate::model::ServedModel;
use crate::problem::Problem;
use mlp_core::model::InputRows;
use mlp_data::{Features, is_gzip};

/// Cells of a first line that are looked at, for each that there should be: its quoted names may hold delimiters.
const CELLS_FOR_ONE: usize = 16;

/// Reads rows with or without a header; a label column is left out.
pub fn rows(body: &Bytes, model: &ServedModel, most: usize) -> Result<Rows, Problem> {
    if is_gzip(body) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is gzip-compressed; send it as it is",
        ));
    }
    let columns = model.features();
    let first = body.iter().take_while(|byte| **byte != b'\n');
    let delimiters = first.filter(|byte| matches!(byte, b',' | b';' | b'\t'));
    if delimiters.count() > CELLS_FOR_ONE * (columns + 1) {
        return Err(Problem::unfit(format!(
            "line 1: {columns} features expected, many more found"
        )));
    }
    let stream = Cursor::new(body.clone());
    let of_data = |error| Problem::of_data(&error);
    let mut input =
        InputRows::from_stream(stream, Path::new("body"), &model.trained).map_err(of_data)?;
    let mut rows = Rows::default();
    while let Some(chunk) = input.next_chunk().map_err(of_data)? {
        rows.count += chunk.rows();
        if rows.count > most {
            return Err(too_many(most));
        }
        match chunk.features {
            Features::Bytes(values) => rows.values.extend(values.into_iter().map(f32::from)),
            Features::Floats(values) => rows.values.extend(values),
        }
    }
    Ok(rows)
}
