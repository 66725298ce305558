//! Requests for predictions: what the query and the headers ask for, and the rows of the body.
//!
//! | file | subject |
//! |---|---|
//! | `body` | reads a body within the limits of time and memory |
//! | `rows` | from a body to rows: CSV and images |
//! | `json` | from JSON to rows of numbers |
//! | `typed_json` | from JSON to rows of columns of any kind |

mod body;
mod json;
mod rows;
mod typed_json;

pub(super) use body::BodyPool;
pub(super) use rows::Rows;
pub(super) use typed_json::reader as json_reader;

use axum::http::{HeaderMap, StatusCode, header};

use super::model::ServedModel;
use super::problem::Problem;
use mlp_core::decision::parse_level;
use mlp_data::ForegroundTone;

/// The query of a prediction, `?details=…&ink=…&interval=…`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Query {
    /// Whether the response contains inputs, activations and nearest mistakes.
    pub details: bool,
    /// Whether the foreground of an image is dark or light.
    pub tone: ForegroundTone,
    /// Share of rows whose truth the interval or set of a prediction holds; `None` for predictions without.
    pub interval: Option<f64>,
}

impl Query {
    /// Parses what follows the question mark.
    pub fn of(text: Option<&str>) -> Result<Self, Problem> {
        let (mut details, mut tone, mut interval) = (None, None, None);
        for pair in text.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_first = match name {
                "" if value.is_empty() => continue,
                "details" => details.replace(parse_boolean(value)?).is_none(),
                "ink" => tone.replace(parse_tone(value)?).is_none(),
                "interval" => interval.replace(parse_interval(value)?).is_none(),
                _ => {
                    return Err(Problem::unprocessable(format!(
                        "there is no query parameter {name:?}; there are details, ink and interval"
                    )));
                }
            };
            if !is_first {
                return Err(Problem::unprocessable(format!(
                    "the query parameter {name} is given twice"
                )));
            }
        }
        Ok(Self {
            details: details.unwrap_or(false),
            tone: tone.unwrap_or(ForegroundTone::Auto),
            interval,
        })
    }
}

fn parse_boolean(value: &str) -> Result<bool, Problem> {
    value.parse().map_err(|_| {
        Problem::unprocessable(format!("details is {value:?}; it can be true or false"))
    })
}

fn parse_tone(value: &str) -> Result<ForegroundTone, Problem> {
    value.parse().map_err(|_| {
        Problem::unprocessable(format!("ink is {value:?}; it can be auto, dark or light"))
    })
}

fn parse_interval(value: &str) -> Result<f64, Problem> {
    parse_level(value)
        .map_err(|problem| Problem::unprocessable(format!("interval is {value:?}: {problem}")))
}

/// Format of the predictions in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    Json,
    Csv,
}

impl AnswerFormat {
    /// Returns the format that the `Accept` header prefers (RFC 9110, 12.5.1); JSON if it prefers neither.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let accepted: Vec<String> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| Some(value.to_str().ok()?.to_ascii_lowercase()))
            .collect();
        if accepted.iter().all(|value| value.trim().is_empty()) {
            return Ok(Self::Json);
        }
        let json = quality(&accepted, "application", "json");
        let csv = quality(&accepted, "text", "csv");
        if csv > json {
            Ok(Self::Csv)
        } else if json > 0.0 {
            Ok(Self::Json)
        } else {
            Err(Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                "predictions come as application/json or text/csv",
            ))
        }
    }
}

/// Returns the quality of a media type, 0 to 1: that of the most specific range that contains it.
fn quality(accepted: &[String], kind: &str, subtype: &str) -> f32 {
    let (mut best, mut precision) = (0.0, 0);
    for range in accepted.iter().flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let specific = match parts.next().and_then(|range| range.split_once('/')) {
            Some((a, b)) if a == kind && b == subtype => 3,
            Some((a, "*")) if a == kind => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        if specific > precision {
            (best, precision) = (weight, specific);
        }
    }
    best
}

/// Format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFormat {
    Json,
    Csv,
    Image,
}

impl BodyFormat {
    /// Returns the format that the headers declare.
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
        let format = match media_type {
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
        if format == Self::Image
            && let Err(why) = &model.images
        {
            return Err(unsupported(why.clone()));
        }
        Ok(format)
    }
}

/// Lists the media types that a network accepts.
fn media_types(model: &ServedModel) -> &'static str {
    if model.images.is_ok() {
        "application/json, text/csv, image/png or image/jpeg"
    } else {
        "application/json or text/csv"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_order() {
        for text in [None, Some(""), Some("&"), Some("ink=auto&details=false")] {
            let query = Query::of(text).unwrap();
            assert_eq!(
                (query.details, query.tone),
                (false, ForegroundTone::Auto),
                "{text:?}"
            );
        }
        let query = Query::of(Some("details=true&ink=dark&interval=0.9")).unwrap();
        assert_eq!((query.details, query.tone), (true, ForegroundTone::Dark));
        assert_eq!(query.interval, Some(0.9));
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "details",
            "details=yes",
            "ink=red",
            "x=1",
            "ink=dark&ink=dark",
            "=1",
            "interval=1",
            "interval=ninety",
        ] {
            assert!(Query::of(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn the_preferred_format_is_chosen() {
        for (accept, expected) in [
            ("", Some(AnswerFormat::Json)),
            ("*/*", Some(AnswerFormat::Json)),
            ("text/csv", Some(AnswerFormat::Csv)),
            ("TEXT/CSV; q=0.5, */*;q=0.1", Some(AnswerFormat::Csv)),
            ("text/*, application/json;q=0.9", Some(AnswerFormat::Csv)),
            (
                "text/html, application/*;q=0.9, */*;q=0.8",
                Some(AnswerFormat::Json),
            ),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(AnswerFormat::of(&headers).ok(), expected, "{accept}");
        }
        assert_eq!(
            AnswerFormat::of(&HeaderMap::new()).unwrap(),
            AnswerFormat::Json
        );
    }
}
