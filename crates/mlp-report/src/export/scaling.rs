//! What is done to raw values, as an export has it.

use mlp_core::config::ScaleKind;
use mlp_data::{Encoding, EncodingRule, Numeric, Preprocessor, Schema};
use serde::{Deserialize, Serialize};

/// Returns name and description of the first column that is no plain number: it is not scaled by a center and a scale in
/// 32 bits, or becomes other than one input.
pub(crate) fn other_column(
    schema: &Schema,
    preprocessor: &Preprocessor,
) -> Option<(String, &'static str)> {
    let mut columns = schema.columns.iter().enumerate();
    columns.find_map(|(number, column)| {
        let encoding = preprocessor.encoding(number);
        let what = match &encoding.rule {
            EncodingRule::Number(_) if encoding.indicator => "one with an indicator of empty cells",
            EncodingRule::Number(numeric) if numeric.smooth_clip => {
                "one with smooth_clip, which bounds its numbers"
            }
            EncodingRule::Number(_) => return None,
            EncodingRule::Wide(_) => "one of numbers of 64 bits",
            EncodingRule::Boolean => "a boolean",
            EncodingRule::OneHot { .. } => "a category",
            EncodingRule::Date(_) => "a date",
            EncodingRule::Omitted => "no input, because it is empty in all training rows",
        };
        Some((column.name.clone(), what))
    })
}

/// A preprocessor under the names of `data.scale`, which files of weights keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scaling {
    /// Which rule.
    pub kind: ScaleKind,
    /// `[columns]`, what an empty cell becomes; `None` where the reader leaves no cell empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Vec<f32>>,
    /// `[columns]`, empty for `none` and `unit`: what is subtracted from each value, which is its mean for `standard`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// `[columns]`, empty for `none` and `unit`: what each value is then divided by, its deviation for `standard`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviation: Vec<f32>,
}

impl From<&Preprocessor> for Scaling {
    fn from(preprocessor: &Preprocessor) -> Self {
        let (mean, deviation) = preprocessor.center_and_scale().unwrap_or_default();
        Self {
            kind: preprocessor.kind(),
            fill: preprocessor.fill(),
            mean,
            deviation,
        }
    }
}

impl TryFrom<Scaling> for Preprocessor {
    type Error = &'static str;

    fn try_from(scaling: Scaling) -> Result<Self, Self::Error> {
        let has_numbers = match scaling.kind {
            ScaleKind::Auto => return Err("its kind is none that files of weights keep"),
            ScaleKind::None | ScaleKind::Unit => false,
            ScaleKind::Standard | ScaleKind::MinMax | ScaleKind::Robust => true,
        };
        let columns = match (scaling.kind, &scaling.fill) {
            _ if has_numbers => scaling.mean.len(),
            (_, Some(fill)) => fill.len(),
            (ScaleKind::Unit, None) => return Ok(Self::pixels()),
            _ => return Ok(Self::identity()),
        };
        let fills = scaling.fill.map_or_else(
            || vec![None; columns],
            |fill| fill.into_iter().map(Some).collect(),
        );
        if fills.len() != columns || (has_numbers && scaling.deviation.len() != columns) {
            return Err("its lists are of different lengths");
        }
        let encoding = |(column, fill)| {
            let numeric = match scaling.kind {
                ScaleKind::None => Numeric::IDENTITY,
                ScaleKind::Unit => Numeric::PIXEL,
                kind => {
                    let (mean, deviation) = (&scaling.mean, &scaling.deviation);
                    Numeric::new(kind, mean[column], deviation[column])
                }
            };
            Encoding::number(numeric.filled(fill))
        };
        let encodings: Vec<Encoding> = fills.into_iter().enumerate().map(encoding).collect();
        Ok(Self::of_columns(&encodings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preprocessor_comes_back_from_its_text() {
        for text in [
            r#"{"kind":"none"}"#,
            r#"{"kind":"unit"}"#,
            r#"{"kind":"unit","fill":[0.5,2.0]}"#,
            r#"{"kind":"standard","mean":[0.1,-2.0],"deviation":[1.0,0.3]}"#,
            r#"{"kind":"standard","fill":[0.1,-2.0],"mean":[0.1,-2.0],"deviation":[1.0,0.3]}"#,
            r#"{"kind":"min_max","mean":[0.1,-2.0],"deviation":[1.0,0.3]}"#,
            r#"{"kind":"robust","fill":[0.1,-2.0],"mean":[0.1,-2.0],"deviation":[1.0,0.3]}"#,
        ] {
            let scaling: Scaling = serde_json::from_str(text).unwrap();
            let preprocessor = Preprocessor::try_from(scaling).unwrap();
            let again = serde_json::to_string(&Scaling::from(&preprocessor)).unwrap();
            assert_eq!(again, text);
        }
        for wrong in [
            r#"{"kind":"standard","mean":[0.1,-2.0],"deviation":[1.0]}"#,
            r#"{"kind":"auto"}"#,
        ] {
            let wrong: Scaling = serde_json::from_str(wrong).unwrap();
            assert!(Preprocessor::try_from(wrong).is_err());
        }
    }
}
