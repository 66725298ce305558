//! Encodings in words.

use super::Preprocessor;
use super::encoding::{DateEncoding, Encoding, EncodingRule, FillMethod, Numeric};
use crate::options::ScaleKind;

/// Significant digits of numbers in descriptions.
const DIGITS: i32 = 4;

impl Preprocessor {
    /// Describes what becomes of a column: `standard: mean 39.1, deviation 13.2; 12 missing → median 38`.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn description(&self, column: usize) -> String {
        self.encoding(column).to_string()
    }
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, fill) = match &self.rule {
            EncodingRule::Number(numeric) => of_numeric(&numeric.widened()),
            EncodingRule::Wide(numeric) => of_numeric(numeric),
            EncodingRule::Boolean => ("1 for true, 0 for false".to_owned(), Some("0.5".to_owned())),
            EncodingRule::OneHot { categories, rare } => {
                let shared = match rare {
                    0 => String::new(),
                    1 => ", and one for 1 rare category".to_owned(),
                    rare => format!(", and one that {rare} rare categories share"),
                };
                let what = format!("one-hot: {}{shared}", counted(*categories, "input"));
                (what, Some("no category".to_owned()))
            }
            EncodingRule::Date(date) => of_date(date),
            EncodingRule::Omitted => {
                return formatter.write_str("left out: nothing varies in the training rows");
            }
        };
        formatter.write_str(&what)?;
        if self.missing > 0 {
            write!(formatter, "; {} missing", self.missing)?;
            if let Some(fill) = fill {
                write!(formatter, " → {fill}")?;
            }
        }
        if self.indicator {
            formatter.write_str(", with an indicator")?;
        }
        Ok(())
    }
}

fn of_numeric(numeric: &Numeric<f64>) -> (String, Option<String>) {
    let (center, scale) = (rounded(numeric.center), rounded(numeric.scale));
    let mut what = match numeric.method {
        ScaleKind::None => "as it is".to_owned(),
        ScaleKind::Unit => "divided by 255".to_owned(),
        ScaleKind::MinMax => {
            let largest = rounded(numeric.center + numeric.scale);
            format!("min_max: {center} to {largest}")
        }
        ScaleKind::Robust => format!("robust: median {center}, quartile distance {scale}"),
        ScaleKind::Standard | ScaleKind::Auto => {
            format!("standard: mean {center}, deviation {scale}")
        }
    };
    if numeric.smooth_clip {
        what += ", smooth clip";
    }
    let fill = numeric.fill.map(|fill| {
        let value = rounded(fill.value);
        match fill.method {
            FillMethod::Mean => format!("mean {value}"),
            FillMethod::Median => format!("median {value}"),
            FillMethod::Constant => value,
        }
    });
    (what, fill)
}

fn of_date(date: &DateEncoding) -> (String, Option<String>) {
    let parts = date
        .inputs
        .iter()
        .filter(|input| !input.part.is_on_circle());
    let parts: Vec<&str> = parts.map(|input| input.part.name()).collect();
    let on_circle = date.inputs.len() - parts.len();
    let mut what = parts.join(", ");
    if on_circle > 0 {
        what += &format!(", {on_circle} on circles");
    }
    if date.smooth_clip {
        what += ", smooth clip";
    }
    let fill = date.fill.map(|fill| match fill.method {
        FillMethod::Mean => "mean".to_owned(),
        FillMethod::Median | FillMethod::Constant => "median".to_owned(),
    });
    (what, fill)
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// A number with [`DIGITS`] significant digits, or all before the decimal point.
fn rounded(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    let before_point = if magnitude < 1e-4 {
        0
    } else {
        magnitude.log10().floor() as i32 + 1
    };
    let decimals = usize::try_from(DIGITS - before_point).unwrap_or(0);
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_tells_them_apart() {
        let numbers = [
            0.0,
            39.1,
            13.249_9,
            1_700_000_123.4,
            -0.001_234_56,
            7.4,
            1e-7,
            2.0,
            -1e20,
        ];
        let texts = numbers.map(rounded);
        let expected = [
            "0",
            "39.1",
            "13.25",
            "1700000123",
            "-0.001235",
            "7.4",
            "1.000e-7",
            "2",
            "-1.000e20",
        ];
        assert_eq!(texts, expected);
    }
}
