//! How one column becomes inputs.

use serde::{Deserialize, Serialize};

use super::date::DateInput;
use super::stored::StoredEncoding;
use crate::options::ScaleKind;
use crate::{Column, ColumnKind};

/// How a column becomes inputs of a network, and what its training rows were like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredEncoding", into = "StoredEncoding")]
pub struct Encoding {
    /// What is done to a value.
    pub rule: EncodingRule,
    /// Number of training rows without a value.
    pub missing: usize,
    /// Whether one more input, behind the others, is 1 where a row has no value and 0 elsewhere.
    pub indicator: bool,
}

/// What is done to the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum EncodingRule {
    /// One input: a number of 32 bits, scaled.
    Number(Numeric<f32>),
    /// One input: a number of 64 bits, which becomes one of 32 after it is scaled.
    Wide(Numeric<f64>),
    /// One input: 1 for true, 0 for false, 0.5 for neither.
    Boolean,
    /// One input for each category, which is 1 where the row has it and 0 elsewhere. All are 0 for an empty cell and for
    /// a category that is unknown.
    OneHot {
        /// Number of categories with an input of their own.
        categories: usize,
        /// Number of rare categories, which share one more input; 0 if there is none.
        rare: usize,
    },
    /// Several inputs: parts of a point in time.
    Date(DateEncoding),
    /// No input: no training row has a value, or all that would be inputs are constant.
    Omitted,
}

/// How a number becomes an input: `(value − center) / scale`, bounded if asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numeric<T> {
    /// The setting that `center` and `scale` follow from. Never [`ScaleKind::Auto`].
    pub method: ScaleKind,
    /// What is subtracted from each value.
    pub center: T,
    /// What each value is then divided by.
    pub scale: T,
    /// Whether the result x becomes x / √(1 + (x/3)²), which lies between −3 and 3.
    pub smooth_clip: bool,
    /// What an empty cell becomes first; `None` where the reader leaves no cell empty.
    pub fill: Option<Fill<T>>,
    /// Smallest and largest value of the training rows; `None` where nothing is known.
    pub range: Option<[T; 2]>,
}

/// The replacement value of an empty cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub method: FillMethod,
}

/// Where the replacement value of an empty cell comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FillMethod {
    /// The mean of the training rows.
    Mean,
    /// The median of the training rows.
    Median,
    /// It was given.
    #[default]
    Constant,
}

/// How a point in time becomes inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct DateEncoding {
    /// Whether scaled inputs x become x / √(1 + (x/3)²). Sines and cosines never do.
    pub smooth_clip: bool,
    /// What an empty cell becomes first, in seconds since 1970; `None` where the reader leaves no cell empty.
    pub fill: Option<Fill<f64>>,
    /// First and last point in time of the training rows, in seconds since 1970.
    pub range: [f64; 2],
    /// The inputs, one at least.
    pub inputs: Vec<DateInput>,
}

impl Numeric<f32> {
    /// Creates a scaling by the numbers of a setting, without any fill.
    #[must_use]
    pub const fn new(method: ScaleKind, center: f32, scale: f32) -> Self {
        Self {
            method,
            center,
            scale,
            smooth_clip: false,
            fill: None,
            range: None,
        }
    }

    /// Leaves values as they are: subtracting 0 and dividing by 1 changes no bit.
    pub const IDENTITY: Self = Self::new(ScaleKind::None, 0.0, 1.0);
    /// Divides values by 255. A division, not a product with 1/255, which is off by one bit for some bytes.
    pub const PIXEL: Self = Self::new(ScaleKind::Unit, 0.0, 255.0);

    /// Returns the same scaling with this replacement value for empty cells.
    #[must_use]
    pub const fn filled(self, value: Option<f32>) -> Self {
        Self {
            fill: match value {
                Some(value) => Some(Fill {
                    value,
                    method: FillMethod::Constant,
                }),
                None => None,
            },
            ..self
        }
    }

    /// Returns the same scaling in 64 bits.
    #[must_use]
    pub fn widened(&self) -> Numeric<f64> {
        Numeric {
            method: self.method,
            center: self.center.into(),
            scale: self.scale.into(),
            smooth_clip: self.smooth_clip,
            fill: self.fill.map(|fill| Fill {
                value: fill.value.into(),
                method: fill.method,
            }),
            range: self.range.map(|range| range.map(f64::from)),
        }
    }

    /// Returns the input of a value; NaN stands for an empty cell.
    #[inline]
    pub(super) fn input(&self, value: f32) -> f32 {
        let value = match &self.fill {
            Some(fill) if value.is_nan() => fill.value,
            _ => value,
        };
        let scaled = (value - self.center) / self.scale;
        if self.smooth_clip {
            smooth_clip(scaled)
        } else {
            scaled
        }
    }
}

impl Numeric<f64> {
    /// Returns the input of a value; NaN stands for an empty cell.
    pub(super) fn input(&self, value: f64) -> f32 {
        let value = match &self.fill {
            Some(fill) if value.is_nan() => fill.value,
            _ => value,
        };
        scaled(value, self.center, self.scale, self.smooth_clip)
    }

    /// Returns the same scaling in 32 bits.
    pub(super) fn narrow(&self) -> Numeric<f32> {
        let scale = self.scale as f32;
        Numeric {
            method: self.method,
            center: self.center as f32,
            scale: if scale == 0.0 { 1.0 } else { scale }, // a deviation that 32 bits do not hold
            smooth_clip: self.smooth_clip,
            fill: self.fill.map(|fill| Fill {
                value: fill.value as f32,
                method: fill.method,
            }),
            range: self.range.map(|range| range.map(|value| value as f32)),
        }
    }
}

/// Returns a value scaled in 64 bits, as an input.
pub(super) fn scaled(value: f64, center: f64, scale: f64, clip: bool) -> f32 {
    let scaled = ((value - center) / scale) as f32;
    if clip { smooth_clip(scaled) } else { scaled }
}

/// x / √(1 + (x/3)²). From far below a million on the result is ±3, and squares beyond would overflow.
#[inline]
pub(super) fn smooth_clip(x: f32) -> f32 {
    let x = x.clamp(-1e6, 1e6);
    let third = x / 3.0;
    x / (1.0 + third * third).sqrt()
}

impl Encoding {
    /// Creates the encoding of a column of numbers, of whose empty cells nothing is known.
    #[must_use]
    pub const fn number(numeric: Numeric<f32>) -> Self {
        Self {
            rule: EncodingRule::Number(numeric),
            missing: 0,
            indicator: false,
        }
    }

    /// Number of inputs.
    #[must_use]
    pub fn width(&self) -> usize {
        let values = match &self.rule {
            EncodingRule::Number(_) | EncodingRule::Wide(_) | EncodingRule::Boolean => 1,
            EncodingRule::OneHot { categories, rare } => categories + usize::from(*rare > 0),
            EncodingRule::Date(date) => date.inputs.len(),
            EncodingRule::Omitted => 0,
        };
        values + usize::from(self.indicator)
    }

    /// Returns the scaling if that is all there is to the encoding: a number of 32 bits becomes one input.
    #[must_use]
    pub const fn plain(&self) -> Option<&Numeric<f32>> {
        match &self.rule {
            EncodingRule::Number(numeric) if !self.indicator => Some(numeric),
            _ => None,
        }
    }

    /// Returns the replacement value of an empty cell of a column of numbers of 32 bits.
    #[must_use]
    pub fn fill(&self) -> Option<f32> {
        match &self.rule {
            EncodingRule::Number(numeric) => Some(numeric.fill?.value),
            _ => None,
        }
    }

    /// Whether it is an encoding of columns of this kind.
    #[must_use]
    pub fn suits(&self, kind: &ColumnKind) -> bool {
        match (&self.rule, kind) {
            (EncodingRule::Omitted, _)
            | (EncodingRule::Number(_), ColumnKind::Number { wide: false })
            | (EncodingRule::Wide(_), ColumnKind::Number { wide: true })
            | (EncodingRule::Boolean, ColumnKind::Boolean)
            | (EncodingRule::Date(_), ColumnKind::Date) => true,
            (
                EncodingRule::OneHot { categories, rare },
                ColumnKind::Category {
                    categories: names,
                    rare: rare_names,
                },
            ) => *categories == names.len() && *rare == rare_names.len(),
            _ => false,
        }
    }

    /// Returns the name of each input, `[width]`, of a column: `age`, `sex=female`, `when.month_sin`, `age.missing`.
    #[must_use]
    pub fn input_names(&self, column: &Column) -> Vec<String> {
        let name = &column.name;
        let mut names: Vec<String> = match (&self.rule, &column.kind) {
            (EncodingRule::OneHot { .. }, ColumnKind::Category { categories, rare }) => {
                let own = categories
                    .iter()
                    .map(|category| format!("{name}={category}"));
                let shared = (!rare.is_empty()).then(|| format!("{name}.rare"));
                own.chain(shared).collect()
            }
            (EncodingRule::Date(date), _) => {
                let inputs = date.inputs.iter();
                inputs
                    .map(|input| format!("{name}.{}", input.part.name()))
                    .collect()
            }
            (EncodingRule::Omitted, _) => Vec::new(),
            _ => vec![name.clone()],
        };
        if self.indicator {
            names.push(format!("{name}.missing"));
        }
        names
    }

    /// Returns the smallest and the largest value of the training rows, of numbers and points in time.
    #[must_use]
    pub fn range(&self) -> Option<[f64; 2]> {
        match &self.rule {
            EncodingRule::Number(numeric) => Some(numeric.range?.map(f64::from)),
            EncodingRule::Wide(numeric) => numeric.range,
            EncodingRule::Date(date) => Some(date.range),
            _ => None,
        }
    }

    /// Returns the bounds beyond which a value is farther from those of the training rows than these are from each other.
    #[must_use]
    pub fn bounds(&self) -> Option<[f64; 2]> {
        let [minimum, maximum] = self.range()?;
        let range = maximum - minimum;
        Some([minimum - range, maximum + range])
    }
}
