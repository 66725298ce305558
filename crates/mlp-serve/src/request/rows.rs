//! From a body to rows.

use std::io::Cursor;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;

use super::{BodyFormat, Query, json, typed_json};
use crate::model::ServedModel;
use crate::problem::Problem;
use crate::server::Limits;
use mlp_core::model::{FarOutside, InputChunk, InputRows, NewValues, new_values, new_values_of};
use mlp_data::error::{DataError, DataErrorKind};
use mlp_data::{Compression, Content, Dataset, Features, ForegroundTone};

/// Maximum bytes of a body that is parsed at once; a larger one must not delay other requests.
const MAX_LIGHT_BYTES: usize = 1 << 16;
/// Maximum pixels of an image that is decoded in about a millisecond.
const MAX_LIGHT_PIXELS: u64 = 1 << 17;
/// Maximum cells of a first line for each expected column: quoted names may contain delimiters.
const MAX_CELLS_PER_COLUMN: usize = 16;

/// Rows as the served model takes them: raw values, as files hold them, or inputs where columns are of other kinds than
/// numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// `[count, features]`, NaN for an empty cell; or `[count, inputs]`.
    pub values: Vec<f32>,
    pub count: usize,
    /// What they have that the training rows had not.
    pub new_values: Vec<NewValues>,
}

impl Rows {
    /// Appends the inputs that rows of typed columns become.
    pub fn push_encoded(&mut self, chunk: &Dataset, model: &ServedModel) {
        for row in 0..chunk.rows() {
            let inputs = model.trained.model.inputs(&chunk.features, row);
            self.values.extend(inputs);
        }
        self.count += chunk.rows();
    }

    /// Finds out what rows of numbers have that the training rows had not.
    pub fn find_new_numbers(&mut self, model: &ServedModel) {
        let model = &model.trained.model;
        let columns = model.features();
        let mut missing = vec![0; columns];
        if self.values.iter().any(|value| value.is_nan()) {
            for row in self.values.chunks_exact(columns) {
                for (count, value) in missing.iter_mut().zip(row) {
                    *count += usize::from(value.is_nan());
                }
            }
        }
        let features = Features::Floats(mem::take(&mut self.values));
        let rows = Dataset::new(Arc::clone(&model.schema), features, None);
        let mut far = FarOutside::none(model);
        far.add(model, &rows);
        self.new_values = new_values_of(model, &far, |column| (missing[column], 0));
        if let Features::Floats(values) = rows.features {
            self.values = values;
        }
    }

    /// Splits the rows into pieces of at most `max` rows.
    pub fn chunks(self, max: usize) -> Vec<Self> {
        if self.count <= max {
            return if self.count == 0 {
                Vec::new()
            } else {
                vec![self]
            };
        }
        let columns = self.values.len() / self.count;
        let pieces = self.values.chunks(max * columns);
        pieces
            .map(|values| Self {
                values: values.to_vec(),
                count: values.len() / columns,
                new_values: Vec::new(),
            })
            .collect()
    }
}

impl BodyFormat {
    /// Parses the rows of a body; `None` if that takes long and `may_take_long` is false.
    pub fn rows(
        self,
        body: &Bytes,
        model: &ServedModel,
        query: Query,
        limits: &Limits,
        may_take_long: bool,
    ) -> Option<Result<Rows, Problem>> {
        if !may_take_long && self != Self::Image && body.len() > MAX_LIGHT_BYTES {
            return None;
        }
        match self {
            Self::Json if model.is_typed() => Some(typed_json::rows(
                body,
                model,
                limits.rows_of(model.features()),
            )),
            Self::Json => {
                let mut rows = json::rows(body, model, limits.rows_of(model.features()));
                if let Ok(rows) = &mut rows {
                    rows.find_new_numbers(model);
                }
                Some(rows)
            }
            Self::Csv => Some(csv_rows(body, model, limits.rows_of(model.features()))),
            Self::Image => image_rows(body, model, query.tone, limits.pixels, may_take_long),
        }
    }
}

/// Reads CSV as `mlp predict` does: with or without a header; a label column is left out.
fn csv_rows(body: &Bytes, model: &ServedModel, max: usize) -> Result<Rows, Problem> {
    if let Some(compression) = Compression::of(body) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("the body is {compression}-compressed; send it as it is"),
        ));
    }
    let of_data = |error| Problem::from_data(&error);
    let name = Path::new("body");
    let other = match Content::of(&body[..]) {
        Content::Csv => None,
        Content::Idx => Some(DataErrorKind::NotInStream { format: "IDX" }),
        Content::Typed(format) => Some(DataErrorKind::NotInStream {
            format: format.name(),
        }),
        Content::Image(format) => Some(DataErrorKind::NotInStream { format }),
        Content::OtherImage(format) => Some(DataErrorKind::ImageFormat { format }),
        Content::Foreign(format) => Some(DataErrorKind::ForeignFormat(format)),
    };
    if let Some(kind) = other {
        return Err(of_data(DataError::of_file(name, kind)));
    }
    let columns = model.features();
    let first = body.iter().take_while(|byte| **byte != b'\n');
    let delimiters = first.filter(|byte| matches!(byte, b',' | b';' | b'\t'));
    if delimiters.count() > MAX_CELLS_PER_COLUMN * (columns + 1) {
        return Err(Problem::unprocessable(format!(
            "line 1: {columns} features expected, many more found"
        )));
    }
    let stream = Cursor::new(body.clone());
    let mut input = InputRows::from_csv(stream, name, &model.trained).map_err(of_data)?;
    let mut rows = Rows::default();
    let mut far = FarOutside::none(&model.trained.model);
    while let Some(InputChunk { rows: chunk, .. }) = input.next_chunk().map_err(of_data)? {
        if rows.count + chunk.rows() > max {
            return Err(too_many(max));
        }
        let count = chunk.rows();
        far.add(&model.trained.model, &chunk);
        match chunk.features {
            _ if model.is_typed() => {
                rows.push_encoded(&chunk, model);
                continue;
            }
            Features::Bytes(values) => rows.values.extend(values.into_iter().map(f32::from)),
            Features::Floats(values) => rows.values.extend(values),
            Features::Columns(columns) => {
                let cells = (0..count).flat_map(|row| columns.iter().map(move |c| c.number(row)));
                rows.values.extend(cells.map(|value| value as f32));
            }
        }
        rows.count += count;
    }
    rows.new_values = new_values(&model.trained.model, &input.report(), &far);
    Ok(rows)
}

/// Reads a PNG or JPEG image as a row; `None` if that takes long and `may_take_long` is false.
fn image_rows(
    body: &[u8],
    model: &ServedModel,
    tone: ForegroundTone,
    max_pixels: u64,
    may_take_long: bool,
) -> Option<Result<Rows, Problem>> {
    let form = match &model.images {
        Ok(form) => form,
        Err(why) => return Some(Err(Problem::unprocessable(why.clone()))), // never: `BodyFormat::of` refused it
    };
    let max = if may_take_long {
        max_pixels
    } else {
        max_pixels.min(MAX_LIGHT_PIXELS)
    };
    match form.row(body, tone, max) {
        Ok(values) => Some(Ok(Rows {
            values,
            count: 1,
            new_values: Vec::new(),
        })),
        Err(DataErrorKind::ImageTooLarge { .. }) if !may_take_long => None,
        Err(kind) => Some(Err(Problem::from_data(&DataError::of_file(
            "".as_ref(),
            kind,
        )))),
    }
}

/// Keys under which a body may have its rows: this program's, that of data frames, and that of other servers.
pub(super) const ROW_KEYS: [&str; 3] = ["rows", "records", "instances"];
/// Maximum number of names in a problem.
const MAX_NAMED: usize = 5;

/// Returns the problem of a row, counted from 1, that has no value for some of the names.
pub(super) fn missing(
    row: usize,
    model: &ServedModel,
    is_missing: impl Fn(usize) -> bool,
) -> Problem {
    let columns = model.trained.model.schema.columns.iter().enumerate();
    let names = columns.filter(|(column, _)| is_missing(*column));
    let names: Vec<String> = names
        .map(|(_, column)| format!("`{}`", column.name))
        .collect();
    let (first, others) = names.split_at(names.len().min(MAX_NAMED));
    let first = first.join(", ");
    let more = match others.len() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Problem::unprocessable(format!(
        "row {row} has no value for {first}{more}; null is an empty cell"
    ))
}

/// Returns the problem of a body with too many rows.
pub(super) fn too_many(max: usize) -> Problem {
    Problem::unprocessable(format!(
        "the body has more than {max} rows, the most taken at once"
    ))
}
