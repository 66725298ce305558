//! Problem details of failed requests (RFC 9457).
//!
//! The doc comments of [`Problem`] are the descriptions in `/openapi.json`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use mlp_data::error::{DataError, DataErrorKind, DataPlace};

/// Media type of [`Problem`].
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Maximum characters of a detail.
const MAX_DETAIL: usize = 400;

/// What went wrong with a request (RFC 9457).
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Problem {
    /// Kind of the problem; `about:blank` says no more than the status does.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong with this request, where, and what would be right.
    detail: String,
    #[serde(skip)]
    header: Option<(&'static str, &'static str)>,
}

impl Problem {
    /// Creates a problem. A long detail is truncated, because it may quote from the request.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
            detail.truncate(end);
            detail.push('…');
        }
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Unknown"),
            status: status.as_u16(),
            detail,
            header: None,
        }
    }

    /// The request is malformed.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The request is well-formed, but cannot be processed.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The request has more than the limit allows.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The server is busy; the client may retry in a second.
    pub fn busy(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        problem.header = Some(("retry-after", "1"));
        problem
    }

    /// A defect of the server.
    pub fn defect() -> Self {
        let detail = "this is a defect of the server, which goes on; its standard error tells more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Returns the problem with a header that closes the connection: what the client still sends is not read.
    pub fn closing(mut self) -> Self {
        self.header = Some(("connection", "close"));
        self
    }

    /// Creates the problem of rows or an image that cannot be used.
    pub fn from_data(error: &DataError) -> Self {
        let kind = &*error.kind;
        if matches!(kind, DataErrorKind::Empty) {
            return Self::malformed("the body is empty");
        }
        let place = match &error.place {
            DataPlace::File => String::new(),
            DataPlace::Line(line) => format!("line {line}: "),
            DataPlace::Cell { line, column, name } => {
                let name = name.as_ref().map(|name| format!(" ({name})"));
                format!("line {line}, column {column}{}: ", name.unwrap_or_default())
            }
            DataPlace::Row(row) => format!("row {row}: "),
            DataPlace::Value { row, column, name } => {
                let name = name.as_ref().map(|name| format!(" ({name})"));
                format!("row {row}, column {column}{}: ", name.unwrap_or_default())
            }
        };
        Self::new(status_of(kind), format!("{place}{kind}"))
    }
}

/// Returns the HTTP status of a data error.
fn status_of(kind: &DataErrorKind) -> StatusCode {
    match kind {
        DataErrorKind::Empty
        | DataErrorKind::CannotRead(_)
        | DataErrorKind::ImageDamaged { .. }
        | DataErrorKind::UnterminatedQuote
        | DataErrorKind::TextAfterQuote
        | DataErrorKind::NotText
        | DataErrorKind::NotUtf16
        | DataErrorKind::NotUtf8 { .. } => StatusCode::BAD_REQUEST,
        DataErrorKind::ImageTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        DataErrorKind::ForeignFormat(_)
        | DataErrorKind::ImageFormat { .. }
        | DataErrorKind::NotInStream { .. }
        | DataErrorKind::NotPixels { .. }
        | DataErrorKind::PixelValues => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default(); // plain strings and a number
        let status = StatusCode::from_u16(self.status).unwrap_or_default(); // `self.status` came from a `StatusCode`
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some((name, value)) = self.header {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }
}
