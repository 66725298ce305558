//! Bodies become rows of raw values, as files hold them.

mod csv;
mod image;
mod json;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};

use super::limits::Limits;
use super::model::ServedModel;
use super::problem::Problem;
use super::query::Query;

/// Bytes of a body that is read without further ado; a larger one is not to keep others waiting.
const LIGHT_BYTES: usize = 1 << 16;

/// Rows of raw values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// `[count, features]`, with NaN for an empty cell that the column's mean fills.
    pub values: Vec<f32>,
    pub count: usize,
}

impl Rows {
    /// The same rows in pieces of at most so many.
    pub fn chunks(self, most: usize) -> Vec<Self> {
        if self.count <= most {
            return if self.count == 0 {
                Vec::new()
            } else {
                vec![self]
            };
        }
        let columns = self.values.len() / self.count;
        let pieces = self.values.chunks(most * columns);
        pieces
            .map(|values| Self {
                values: values.to_vec(),
                count: values.len() / columns,
            })
            .collect()
    }
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyForm {
    Json,
    Csv,
    Image,
}

impl BodyForm {
    /// What its headers say.
    pub fn of(headers: &HeaderMap, model: &ServedModel) -> Result<Self, Problem> {
        let unsupported = |detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
        let text = |name| {
            Some(
                headers
                    .get(name)?
                    .to_str()
                    .unwrap_or("?")
                    .to_ascii_lowercase(),
            )
        };
        if let Some(coding) = text(header::CONTENT_ENCODING)
            && coding != "identity"
        {
            return Err(unsupported(format!(
                "the body is encoded as {coding:?}; send it as it is"
            )));
        }
        let sent = text(header::CONTENT_TYPE).unwrap_or_default();
        let media_type = sent.split(';').next().unwrap_or_default().trim();
        let form = match media_type {
            "application/json" => Self::Json,
            "text/csv" => Self::Csv,
            "image/png" | "image/jpeg" => Self::Image,
            "" => {
                return Err(unsupported(format!(
                    "the request has no Content-Type; it can be {}",
                    media_types(model)
                )));
            }
            other => {
                return Err(unsupported(format!(
                    "{other:?} is not read; it can be {}",
                    media_types(model)
                )));
            }
        };
        if form == Self::Image
            && let Err(why) = &model.pictures
        {
            return Err(unsupported(why.clone()));
        }
        Ok(form)
    }

    /// Reads a body. It may take long if `patience` says so; without, `None` where it would.
    pub fn rows(
        self,
        body: &Bytes,
        model: &ServedModel,
        query: Query,
        limits: &Limits,
        patience: bool,
    ) -> Option<Result<Rows, Problem>> {
        if !patience && self != Self::Image && body.len() > LIGHT_BYTES {
            return None;
        }
        match self {
            Self::Json => Some(json::rows(body, model, limits.rows_of(model.features()))),
            Self::Csv => Some(csv::rows(body, model, limits.rows_of(model.features()))),
            Self::Image => image::rows(body, model, query.ink, limits.pixels, patience),
        }
    }
}

fn media_types(model: &ServedModel) -> &'static str {
    if model.pictures.is_ok() {
        "application/json, text/csv, image/png or image/jpeg"
    } else {
        "application/json or text/csv"
    }
}

/// There are more rows than are taken.
fn too_many(most: usize) -> Problem {
    Problem::unfit(format!(
        "the body has more than {most} rows, the most taken at once"
    ))
}
