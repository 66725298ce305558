//! Preprocessing as files have it.
//!
//! Structs of optional fields, not tagged enums: of those, numbers would be read in 64 bits first, and numbers of 32 bits
//! rounded twice.

use serde::{Deserialize, Serialize};

use super::Preprocessor;
use super::date::DateInput;
use super::encoding::{DateEncoding, Encoding, EncodingRule, Fill, FillMethod, Numeric};
use crate::options::ScaleKind;

/// A preprocessor as a file has it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stored {
    All(Encoding),
    Columns(Vec<Encoding>),
}

impl From<Preprocessor> for Stored {
    fn from(preprocessor: Preprocessor) -> Self {
        match preprocessor.uniform() {
            Some(numeric) => Self::All(Encoding::number(*numeric)),
            None => Self::Columns(preprocessor.encodings),
        }
    }
}

impl TryFrom<Stored> for Preprocessor {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::All(encoding) if encoding == Encoding::number(Numeric::IDENTITY) => {
                Ok(Self::identity())
            }
            Stored::All(encoding) if encoding == Encoding::number(Numeric::PIXEL) => {
                Ok(Self::pixels())
            }
            Stored::All(_) => Err("an encoding with numbers of its column stands for `all`"),
            Stored::Columns(encodings) => Ok(Self::of_columns(&encodings)),
        }
    }
}

/// An encoding as a file has it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct StoredEncoding {
    kind: EncodingKind,
    /// Which setting `center` and `scale` follow from; `standard` where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<ScaleKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    center: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fill: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum: Option<f32>,
    /// The same numbers in 64 bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wide: Option<StoredWide>,
    #[serde(default, skip_serializing_if = "is_default")]
    fill_method: FillMethod,
    #[serde(default, skip_serializing_if = "is_default")]
    smooth_clip: bool,
    /// Number of categories with an input of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    categories: Option<usize>,
    #[serde(default, skip_serializing_if = "is_default")]
    rare: usize,
    /// Parts of a point in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<DateInput>,
    #[serde(default, skip_serializing_if = "is_default")]
    missing: usize,
    #[serde(default, skip_serializing_if = "is_default")]
    indicator: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredWide {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    center: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fill: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EncodingKind {
    #[default]
    Identity,
    Pixel,
    Numeric,
    Wide,
    Boolean,
    OneHot,
    Date,
    Omitted,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<Encoding> for StoredEncoding {
    fn from(encoding: Encoding) -> Self {
        let stored = match encoding.rule {
            EncodingRule::Number(numeric) => of_number(&numeric),
            EncodingRule::Wide(numeric) => Self {
                kind: EncodingKind::Wide,
                method: Some(numeric.method),
                wide: Some(StoredWide {
                    center: Some(numeric.center),
                    scale: Some(numeric.scale),
                    fill: numeric.fill.map(|fill| fill.value),
                    minimum: numeric.range.map(|range| range[0]),
                    maximum: numeric.range.map(|range| range[1]),
                }),
                fill_method: method_of(numeric.fill.as_ref()),
                smooth_clip: numeric.smooth_clip,
                ..Self::default()
            },
            EncodingRule::Boolean => Self {
                kind: EncodingKind::Boolean,
                ..Self::default()
            },
            EncodingRule::OneHot { categories, rare } => Self {
                kind: EncodingKind::OneHot,
                categories: Some(categories),
                rare,
                ..Self::default()
            },
            EncodingRule::Date(date) => Self {
                kind: EncodingKind::Date,
                wide: Some(StoredWide {
                    fill: date.fill.map(|fill| fill.value),
                    minimum: Some(date.range[0]),
                    maximum: Some(date.range[1]),
                    ..StoredWide::default()
                }),
                fill_method: method_of(date.fill.as_ref()),
                smooth_clip: date.smooth_clip,
                inputs: date.inputs,
                ..Self::default()
            },
            EncodingRule::Omitted => Self {
                kind: EncodingKind::Omitted,
                ..Self::default()
            },
        };
        Self {
            missing: encoding.missing,
            indicator: encoding.indicator,
            ..stored
        }
    }
}

fn of_number(numeric: &Numeric<f32>) -> StoredEncoding {
    let (kind, method) = match numeric.method {
        ScaleKind::None => (EncodingKind::Identity, None),
        ScaleKind::Unit => (EncodingKind::Pixel, None),
        ScaleKind::Standard => (EncodingKind::Numeric, None),
        method => (EncodingKind::Numeric, Some(method)),
    };
    let is_numeric = kind == EncodingKind::Numeric;
    StoredEncoding {
        kind,
        method,
        center: is_numeric.then_some(numeric.center),
        scale: is_numeric.then_some(numeric.scale),
        fill: numeric.fill.map(|fill| fill.value),
        minimum: numeric.range.map(|range| range[0]),
        maximum: numeric.range.map(|range| range[1]),
        fill_method: method_of(numeric.fill.as_ref()),
        smooth_clip: numeric.smooth_clip,
        ..StoredEncoding::default()
    }
}

impl TryFrom<StoredEncoding> for Encoding {
    type Error = &'static str;

    fn try_from(stored: StoredEncoding) -> Result<Self, Self::Error> {
        let (missing, indicator) = (stored.missing, stored.indicator);
        Ok(Self {
            rule: stored.rule()?,
            missing,
            indicator,
        })
    }
}

impl StoredEncoding {
    fn rule(self) -> Result<EncodingRule, &'static str> {
        match self.kind {
            EncodingKind::Identity | EncodingKind::Pixel | EncodingKind::Numeric => {
                self.number().map(EncodingRule::Number)
            }
            EncodingKind::Wide => self.wide_number().map(EncodingRule::Wide),
            EncodingKind::Boolean => Ok(EncodingRule::Boolean),
            EncodingKind::OneHot => Ok(EncodingRule::OneHot {
                categories: self
                    .categories
                    .ok_or("an encoding `one_hot` has `categories`")?,
                rare: self.rare,
            }),
            EncodingKind::Date => self.date().map(EncodingRule::Date),
            EncodingKind::Omitted => Ok(EncodingRule::Omitted),
        }
    }

    fn number(&self) -> Result<Numeric<f32>, &'static str> {
        let numeric = match (self.kind, self.method, self.center, self.scale) {
            (EncodingKind::Identity, None, None, None) => Numeric::IDENTITY,
            (EncodingKind::Pixel, None, None, None) => Numeric::PIXEL,
            (EncodingKind::Numeric, method, Some(center), Some(scale)) => {
                Numeric::new(method.unwrap_or(ScaleKind::Standard), center, scale)
            }
            _ => {
                return Err("`center` and `scale` belong to the kind `numeric`, which has both");
            }
        };
        Ok(Numeric {
            smooth_clip: self.smooth_clip,
            fill: filled(self.fill, self.fill_method),
            range: range(self.minimum, self.maximum)?,
            ..numeric
        })
    }

    fn wide_number(&self) -> Result<Numeric<f64>, &'static str> {
        let no_numbers = "an encoding `wide` has `method`, and `center` and `scale` in `wide`";
        let wide = self.wide.as_ref().ok_or(no_numbers)?;
        Ok(Numeric {
            method: self.method.ok_or(no_numbers)?,
            center: wide.center.ok_or(no_numbers)?,
            scale: wide.scale.ok_or(no_numbers)?,
            smooth_clip: self.smooth_clip,
            fill: filled(wide.fill, self.fill_method),
            range: range(wide.minimum, wide.maximum)?,
        })
    }

    fn date(self) -> Result<DateEncoding, &'static str> {
        let no_numbers = "an encoding `date` has `inputs`, and `minimum` and `maximum` in `wide`";
        let wide = self.wide.as_ref().ok_or(no_numbers)?;
        Ok(DateEncoding {
            smooth_clip: self.smooth_clip,
            fill: filled(wide.fill, self.fill_method),
            range: range(wide.minimum, wide.maximum)?.ok_or(no_numbers)?,
            inputs: self.inputs,
        })
    }
}

fn method_of<T>(fill: Option<&Fill<T>>) -> FillMethod {
    fill.map_or_else(FillMethod::default, |fill| fill.method)
}

fn filled<T>(value: Option<T>, method: FillMethod) -> Option<Fill<T>> {
    Some(Fill {
        value: value?,
        method,
    })
}

fn range<T>(minimum: Option<T>, maximum: Option<T>) -> Result<Option<[T; 2]>, &'static str> {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) => Ok(Some([minimum, maximum])),
        (None, None) => Ok(None),
        _ => Err("`minimum` and `maximum` belong together"),
    }
}
