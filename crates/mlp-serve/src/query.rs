//! What a client adds to the path of a prediction.

use super::problem::Problem;
use mlp_data::ForegroundTone;

/// `?details=…&ink=…`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// Whether inputs, activations and mistakes are told too.
    pub details: bool,
    /// What the ink of an image looks like on its paper.
    pub ink: ForegroundTone,
}

impl Query {
    /// Reads what stands behind the question mark.
    pub fn of(text: Option<&str>) -> Result<Self, Problem> {
        let (mut details, mut ink) = (None, None);
        for pair in text.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_first = match name {
                "" if value.is_empty() => continue,
                "details" => details.replace(boolean(value)?).is_none(),
                "ink" => ink.replace(tone(value)?).is_none(),
                _ => {
                    return Err(Problem::unfit(format!(
                        "there is no query parameter {name:?}; there are details and ink"
                    )));
                }
            };
            if !is_first {
                return Err(Problem::unfit(format!(
                    "the query parameter {name} is given twice"
                )));
            }
        }
        Ok(Self {
            details: details.unwrap_or(false),
            ink: ink.unwrap_or(ForegroundTone::Auto),
        })
    }
}

fn boolean(value: &str) -> Result<bool, Problem> {
    value
        .parse()
        .map_err(|_| Problem::unfit(format!("details is {value:?}; it can be true or false")))
}

fn tone(value: &str) -> Result<ForegroundTone, Problem> {
    value
        .parse()
        .map_err(|_| Problem::unfit(format!("ink is {value:?}; it can be auto, dark or light")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_order() {
        for text in [None, Some(""), Some("&"), Some("ink=auto&details=false")] {
            let query = Query::of(text).unwrap();
            assert_eq!(
                (query.details, query.ink),
                (false, ForegroundTone::Auto),
                "{text:?}"
            );
        }
        let query = Query::of(Some("details=true&ink=dark")).unwrap();
        assert_eq!((query.details, query.ink), (true, ForegroundTone::Dark));
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
        ] {
            assert!(Query::of(Some(text)).is_err(), "{text}");
        }
    }
}
