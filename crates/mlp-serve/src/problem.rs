//! What went wrong, as RFC 9457 has it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use mlp_data::error::{DataError, DataErrorKind, DataPlace};

/// Media type of [`Problem`].
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Characters of a detail.
const LONGEST: usize = 400;

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
    /// A problem of this status. What it quotes of a request may be long: past some hundred characters it is cut off.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(LONGEST) {
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

    /// The request is no request.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The request is well-formed, and asks for what cannot be.
    pub fn unfit(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// There is more of it than is taken.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// There is no room now.
    pub fn busy(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        problem.header = Some(("retry-after", "1"));
        problem
    }

    /// A defect of this program.
    pub fn defect() -> Self {
        let detail = "this is a defect of the server, which goes on; its standard error tells more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// The same, after which the connection is closed: what the client is still sending is not read.
    pub fn and_close(mut self) -> Self {
        self.header = Some(("connection", "close"));
        self
    }

    /// Rows or an image that cannot be used.
    pub fn of_data(error: &DataError) -> Self {
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
        };
        Self::new(status_of(kind), format!("{place}{kind}"))
    }
}

fn status_of(kind: &DataErrorKind) -> StatusCode {
    match kind {
        DataErrorKind::Empty
        | DataErrorKind::CannotRead(_)
        | DataErrorKind::ImageDamaged { .. }
        | DataErrorKind::UnterminatedQuote
        | DataErrorKind::TextAfterQuote
        | DataErrorKind::NotUtf8 { .. } => StatusCode::BAD_REQUEST,
        DataErrorKind::ImageTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        DataErrorKind::ImageFormat { .. }
        | DataErrorKind::NotInStream { .. }
        | DataErrorKind::NotPixels { .. }
        | DataErrorKind::PixelValues => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default(); // plain strings and a number
        let status = StatusCode::from_u16(self.status).unwrap_or_default(); // it came from one
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some((name, value)) = self.header {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }
}
