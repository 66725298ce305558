//! In which form an answer is wanted (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// Form of the predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerForm {
    Json,
    Csv,
}

impl AnswerForm {
    /// The one that a client likes better; JSON where it does not matter.
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

/// How much a media type is liked, 0 to 1: what the most specific range that holds it says.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_liked_better() {
        for (accept, expected) in [
            ("", Some(AnswerForm::Json)),
            ("*/*", Some(AnswerForm::Json)),
            ("text/csv", Some(AnswerForm::Csv)),
            ("TEXT/CSV; q=0.5, */*;q=0.1", Some(AnswerForm::Csv)),
            ("text/*, application/json;q=0.9", Some(AnswerForm::Csv)),
            (
                "text/html, application/*;q=0.9, */*;q=0.8",
                Some(AnswerForm::Json),
            ),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(AnswerForm::of(&headers).ok(), expected, "{accept}");
        }
        assert_eq!(AnswerForm::of(&HeaderMap::new()).unwrap(), AnswerForm::Json);
    }
}
