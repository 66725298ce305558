//! What is done to raw values, as an export has it.

use mlp_core::config::ScaleKind;
use mlp_data::{Encoding, Preprocessor};
use serde::{Deserialize, Serialize};

/// A preprocessor under the names of `data.scale`, which files of weights keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scaling {
    /// Which rule.
    pub kind: ScaleKind,
    /// `[columns]`, what an empty cell becomes; `None` where the reader leaves no cell empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Vec<f32>>,
    /// `[columns]` for `standard`, empty otherwise: taken off each value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// `[columns]` for `standard`, empty otherwise: what each value is then divided by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviation: Vec<f32>,
}

impl From<&Preprocessor> for Scaling {
    fn from(preprocessor: &Preprocessor) -> Self {
        let (mean, deviation) = preprocessor.standard().unwrap_or_default();
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
        let columns = match (scaling.kind, &scaling.fill) {
            (ScaleKind::Standard, _) => scaling.mean.len(),
            (_, Some(fill)) => fill.len(),
            (ScaleKind::None, None) => return Ok(Self::identity()),
            (ScaleKind::Unit, None) => return Ok(Self::pixels()),
        };
        let fills = scaling.fill.map_or_else(
            || vec![None; columns],
            |fill| fill.into_iter().map(Some).collect(),
        );
        let is_standard = scaling.kind == ScaleKind::Standard;
        if fills.len() != columns || (is_standard && scaling.deviation.len() != columns) {
            return Err("its lists are of different lengths");
        }
        let encoding = |(column, fill)| match scaling.kind {
            ScaleKind::None => Encoding::Identity { fill },
            ScaleKind::Unit => Encoding::Pixel { fill },
            ScaleKind::Standard => Encoding::Numeric {
                center: scaling.mean[column],
                scale: scaling.deviation[column],
                fill,
            },
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
        ] {
            let scaling: Scaling = serde_json::from_str(text).unwrap();
            let preprocessor = Preprocessor::try_from(scaling).unwrap();
            let again = serde_json::to_string(&Scaling::from(&preprocessor)).unwrap();
            assert_eq!(again, text);
        }
        let uneven = r#"{"kind":"standard","mean":[0.1,-2.0],"deviation":[1.0]}"#;
        let uneven: Scaling = serde_json::from_str(uneven).unwrap();
        assert!(Preprocessor::try_from(uneven).is_err());
    }
}
