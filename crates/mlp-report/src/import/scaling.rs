//! Preprocessing as the first version of the metadata has it: one rule for all columns, which are plain numbers.

use mlp_core::config::ScaleKind;
use mlp_data::{Encoding, Numeric, Preprocessor};
use serde::Deserialize;

/// A preprocessor under the names of `data.scale`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Scaling {
    /// Which rule.
    kind: ScaleKind,
    /// `[columns]`, what an empty cell becomes; `None` where the reader leaves no cell empty.
    #[serde(default)]
    fill: Option<Vec<f32>>,
    /// `[columns]`, empty for `none` and `unit`: what is subtracted from each value, which is its mean for `standard`.
    #[serde(default)]
    mean: Vec<f32>,
    /// `[columns]`, empty for `none` and `unit`: what each value is then divided by, its deviation for `standard`.
    #[serde(default)]
    deviation: Vec<f32>,
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

    fn preprocessor(text: &str) -> Result<Preprocessor, &'static str> {
        let scaling: Scaling = serde_json::from_str(text).unwrap();
        scaling.try_into()
    }

    #[test]
    fn one_rule_is_read_for_all_columns() {
        assert_eq!(
            preprocessor(r#"{"kind":"none"}"#),
            Ok(Preprocessor::identity())
        );
        assert_eq!(
            preprocessor(r#"{"kind":"unit"}"#),
            Ok(Preprocessor::pixels())
        );
        let filled = preprocessor(r#"{"kind":"unit","fill":[0.5,2.0]}"#).unwrap();
        assert_eq!(
            (filled.kind(), filled.fill()),
            (ScaleKind::Unit, Some(vec![0.5, 2.0]))
        );
        let robust =
            r#"{"kind":"robust","fill":[0.1,-2.0],"mean":[0.2,-3.0],"deviation":[1.0,0.3]}"#;
        let robust = preprocessor(robust).unwrap();
        assert_eq!(robust.kind(), ScaleKind::Robust);
        assert_eq!(robust.fill(), Some(vec![0.1, -2.0]));
        let numbers = (vec![0.2, -3.0], vec![1.0, 0.3]);
        assert_eq!(robust.center_and_scale(), Some(numbers));
        for wrong in [
            r#"{"kind":"standard","mean":[0.1,-2.0],"deviation":[1.0]}"#,
            r#"{"kind":"auto"}"#,
        ] {
            assert!(preprocessor(wrong).is_err(), "{wrong}");
        }
    }
}
