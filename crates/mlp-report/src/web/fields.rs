//! What a form needs to know of the columns that it asks for.

use mlp_data::{
    ColumnKind, DatePart, Encoding, EncodingRule, Fill, FillMethod, Numeric, Preprocessor, Schema,
    iso_date,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

const SECONDS_A_DAY: f64 = 86_400.0;
/// Typical numbers are rounded to this share of their range.
const SHARE: f64 = 1e-3;

/// A column as a form asks for it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Column")]
pub struct Field {
    name: String,
    /// `number`, `boolean`, `category` or `date`.
    kind: &'static str,
    /// Categories with an input of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<String>>")]
    categories: Vec<String>,
    /// Rarer categories, which share an input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<String>>")]
    rare: Vec<String>,
    /// Whether a row may have no value there.
    may_miss: bool,
    /// Whether the network takes nothing of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(with = "Option<bool>")]
    omitted: bool,
    /// Whether the time of day matters.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(with = "Option<bool>")]
    has_time: bool,
    /// Smallest value of the training rows: a number, or a date as text; absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Value>,
    /// Largest value of the training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Value>,
    /// A value that is nothing out of the ordinary.
    #[serde(skip_serializing_if = "Option::is_none")]
    typical: Option<Value>,
}

/// Returns what a form asks for, `[columns]`.
#[must_use]
pub fn fields(schema: &Schema, preprocessor: &Preprocessor) -> Vec<Field> {
    let columns = schema.columns.iter().enumerate();
    columns
        .map(|(number, column)| {
            let encoding = preprocessor.encoding(number);
            let (categories, rare) = match &column.kind {
                ColumnKind::Category { categories, rare } => (categories.clone(), rare.clone()),
                _ => (Vec::new(), Vec::new()),
            };
            let is_date = column.kind == ColumnKind::Date;
            let limit = |value: f64| {
                if is_date {
                    Value::from(iso_date(value))
                } else {
                    Value::from(value)
                }
            };
            let range = encoding.range();
            Field {
                typical: typical(&column.kind, encoding),
                may_miss: may_miss(encoding),
                omitted: encoding.rule == EncodingRule::Omitted,
                has_time: has_time(encoding),
                minimum: range.map(|range| limit(range[0])),
                maximum: range.map(|range| limit(range[1])),
                name: column.name.clone(),
                kind: column.kind.name(),
                categories,
                rare,
            }
        })
        .collect()
}

fn may_miss(encoding: &Encoding) -> bool {
    match &encoding.rule {
        EncodingRule::Number(numeric) => numeric.fill.is_some(),
        EncodingRule::Wide(numeric) => numeric.fill.is_some(),
        EncodingRule::Date(date) => date.fill.is_some(),
        EncodingRule::Boolean | EncodingRule::OneHot { .. } | EncodingRule::Omitted => true,
    }
}

fn has_time(encoding: &Encoding) -> bool {
    let is_time =
        |part: DatePart| matches!(part, DatePart::Hour | DatePart::HourSin | DatePart::HourCos);
    match &encoding.rule {
        EncodingRule::Date(date) => date.inputs.iter().any(|input| is_time(input.part)),
        _ => false,
    }
}

/// Returns a value in the middle of those of the training rows; for booleans and categories the first one.
fn typical(kind: &ColumnKind, encoding: &Encoding) -> Option<Value> {
    match (&encoding.rule, kind) {
        (EncodingRule::Number(numeric), _) => Some(typical_number(&numeric.widened()).into()),
        (EncodingRule::Wide(numeric), _) => Some(typical_number(numeric).into()),
        (EncodingRule::Date(date), _) => {
            let middle = f64::midpoint(date.range[0], date.range[1]);
            let unit = if has_time(encoding) {
                60.0
            } else {
                SECONDS_A_DAY
            };
            let seconds = date.fill.map_or(middle, |fill| fill.value);
            Some(iso_date((seconds / unit).floor() * unit).into())
        }
        (EncodingRule::Boolean, _) => Some(false.into()),
        (EncodingRule::OneHot { .. }, ColumnKind::Category { categories, .. }) => {
            Some(categories.first()?.clone().into())
        }
        _ => None,
    }
}

fn typical_number(numeric: &Numeric<f64>) -> f64 {
    let value = match numeric.fill {
        Some(Fill {
            value,
            method: FillMethod::Mean | FillMethod::Median,
        }) => value,
        _ => numeric.center,
    };
    let Some([minimum, maximum]) = numeric.range else {
        return value;
    };
    let value = if (minimum..=maximum).contains(&value) {
        value
    } else {
        f64::midpoint(minimum, maximum)
    };
    // A power of ten, so that the digits are few.
    let step = 10_f64.powf((SHARE * (maximum - minimum)).log10().floor());
    if step > 0.0 {
        ((value / step).round() * step).clamp(minimum, maximum)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlp_core::config::ScaleKind;

    #[test]
    fn typical_numbers_are_short_and_in_range() {
        let numeric = |center, range| Numeric {
            method: ScaleKind::Standard,
            center,
            scale: 1.0,
            smooth_clip: false,
            fill: None,
            range,
        };
        for (center, range, expected) in [
            (42.060_123, Some([10.0, 206.0]), 42.1),
            (0.0, Some([5.0, 15.0]), 10.0),
            (
                1_700_000_123.456,
                Some([1.7e9, 1.7e9 + 4000.0]),
                1_700_000_123.0,
            ),
            (7.0, Some([7.0, 7.0]), 7.0),
            (1.5, None, 1.5),
        ] {
            let found = typical_number(&numeric(center, range));
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        }
    }
}
