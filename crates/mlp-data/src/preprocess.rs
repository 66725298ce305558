//! From stored values to a network's inputs: empty cells filled, columns encoded.

use std::mem;

use serde::{Deserialize, Serialize};

use super::{Dataset, Features};
use crate::error::PreparationError;
use crate::options::{MissingPolicy, MissingPolicyName, ScaleKind};

/// How a value of a column becomes an input. `fill` takes the place of an empty cell first; it is `None` where the
/// reader leaves no cell empty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredEncoding", into = "StoredEncoding")]
pub enum Encoding {
    /// The value itself.
    Identity {
        /// What an empty cell becomes.
        fill: Option<f32>,
    },
    /// The value divided by 255.
    Pixel {
        /// What an empty cell becomes.
        fill: Option<f32>,
    },
    /// `(value − center) / scale`
    Numeric {
        /// What is taken off each value.
        center: f32,
        /// What each value is then divided by.
        scale: f32,
        /// What an empty cell becomes.
        fill: Option<f32>,
    },
}

impl Encoding {
    /// What an empty cell becomes.
    #[must_use]
    pub const fn fill(&self) -> Option<f32> {
        match self {
            Self::Identity { fill } | Self::Pixel { fill } | Self::Numeric { fill, .. } => *fill,
        }
    }

    /// What is taken off each value and what it is then divided by. Taking 0 off and dividing by 1 changes no bit.
    const fn center_and_scale(&self) -> (f32, f32) {
        match self {
            Self::Identity { .. } => (0.0, 1.0),
            Self::Pixel { .. } => (0.0, 255.0),
            Self::Numeric { center, scale, .. } => (*center, *scale),
        }
    }

    /// Whether both are of one kind, and both fill empty cells or none does.
    fn is_like(&self, other: &Self) -> bool {
        mem::discriminant(self) == mem::discriminant(other)
            && self.fill().is_some() == other.fill().is_some()
    }
}

/// What is done to every row, fitted on the training rows alone. Part of a run: predictions repeat it.
///
/// As JSON either `{"all": {"kind": "pixel"}}`, for columns of any number, or an encoding for each column:
/// `{"columns": [{"kind": "numeric", "center": 1.5, "scale": 2.0}, …]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Preprocessor {
    /// In the order of the columns. A part without a number of columns is the only one.
    parts: Vec<Part>,
}

/// Columns next to each other whose encodings are alike. Their numbers lie in slices, one for each kind of number, so
/// that a loop over the values of a row decides nothing for each.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    /// `None` for all that there are.
    columns: Option<usize>,
    /// `[columns]`, what an empty cell becomes.
    fill: Option<Vec<f32>>,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Identity,
    Pixel,
    /// `[columns]` each.
    Numeric {
        center: Vec<f32>,
        scale: Vec<f32>,
    },
}

impl Preprocessor {
    /// Leaves values as they are; for rows of any number of columns.
    #[must_use]
    pub fn identity() -> Self {
        Self::uniform(Rule::Identity)
    }

    /// Divides values by 255; for rows of any number of columns.
    #[must_use]
    pub fn pixels() -> Self {
        Self::uniform(Rule::Pixel)
    }

    fn uniform(rule: Rule) -> Self {
        let part = Part {
            columns: None,
            fill: None,
            rule,
        };
        Self { parts: vec![part] }
    }

    /// Encodes each column as this says.
    #[must_use]
    pub fn of_columns(encodings: &[Encoding]) -> Self {
        let alike = encodings.chunk_by(Encoding::is_like);
        let mut parts: Vec<Part> = alike.map(Part::of).collect();
        if let [part] = parts.as_mut_slice()
            && part.fill.is_none()
            && !matches!(part.rule, Rule::Numeric { .. })
        {
            part.columns = None;
        }
        Self { parts }
    }

    /// Fits fill values, centers and scales on the training rows.
    ///
    /// The scale of [`ScaleKind::Standard`] is the population's deviation, √(Σ(x − mean)² / rows), with empty cells
    /// already filled; 1 for a constant column.
    ///
    /// # Errors
    /// When empty cells are to become means and a column has no value in any training row.
    pub fn fit(
        dataset: &Dataset,
        rows: &[u32],
        kind: ScaleKind,
        missing: MissingPolicy,
    ) -> Result<Self, PreparationError> {
        let fills = missing == MissingPolicy::Named(MissingPolicyName::Mean);
        match kind {
            ScaleKind::None if !fills => return Ok(Self::identity()),
            ScaleKind::Unit if !fills => return Ok(Self::pixels()),
            _ => {}
        }
        let moments = Moments::of(dataset, rows);
        if fills && let Some(column) = moments.counts.iter().position(|&count| count == 0) {
            let name = dataset.schema.columns[column].name.clone();
            return Err(PreparationError::EmptyColumn {
                column: column + 1,
                name,
            });
        }
        let encoding = |(mean, deviation): (f32, f32)| {
            let fill = fills.then_some(mean);
            match kind {
                ScaleKind::None => Encoding::Identity { fill },
                ScaleKind::Unit => Encoding::Pixel { fill },
                ScaleKind::Standard => Encoding::Numeric {
                    center: mean,
                    scale: deviation,
                    fill,
                },
            }
        };
        let columns = moments
            .mean()
            .into_iter()
            .zip(moments.deviation(rows.len()));
        let encodings: Vec<Encoding> = columns.map(encoding).collect();
        Ok(Self::of_columns(&encodings))
    }

    /// Whether this is for rows of this number of columns.
    #[must_use]
    pub fn fits(&self, columns: usize) -> bool {
        let known = |part: &Part| part.columns.unwrap_or(columns);
        self.parts.iter().map(known).sum::<usize>() == columns
    }

    /// Number of inputs that a row of this number of columns becomes: every encoding makes one of its column.
    #[must_use]
    pub fn width(&self, columns: usize) -> usize {
        let of_part = |part: &Part| part.columns.unwrap_or(columns);
        self.parts.iter().map(of_part).sum()
    }

    /// Returns what an empty cell of each column becomes, `[columns]`; `None` where none may be empty.
    #[must_use]
    pub fn fill(&self) -> Option<Vec<f32>> {
        let of_parts = self.parts.iter().map(|part| part.fill.as_deref());
        Some(of_parts.collect::<Option<Vec<_>>>()?.concat())
    }

    /// Returns the setting of `data.scale` that comes to this: [`ScaleKind::Standard`] where columns differ, see
    /// [`Self::standard`].
    #[must_use]
    pub fn kind(&self) -> ScaleKind {
        let all = |is: fn(&Rule) -> bool| self.parts.iter().all(|part| is(&part.rule));
        if all(|rule| matches!(rule, Rule::Identity)) {
            ScaleKind::None
        } else if all(|rule| matches!(rule, Rule::Pixel)) {
            ScaleKind::Unit
        } else {
            ScaleKind::Standard
        }
    }

    /// Returns what is taken off each column and what it is then divided by, `[columns]` each, of
    /// [`ScaleKind::Standard`].
    #[must_use]
    pub fn standard(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        let numbers = self.encodings().map(|encoding| encoding.center_and_scale());
        (self.kind() == ScaleKind::Standard).then(|| numbers.unzip())
    }

    /// Whether a value of 0 is an input of 0, whatever its column.
    #[must_use]
    pub fn is_zero_preserving(&self) -> bool {
        let is_numeric = |part: &Part| matches!(part.rule, Rule::Numeric { .. });
        !self.parts.iter().any(is_numeric)
    }

    /// Returns the input that each byte becomes, if that is the same in all columns and 0 stays 0.
    #[must_use]
    pub fn byte_inputs(&self) -> Option<[f32; 256]> {
        let input: fn(u8) -> f32 = match self.kind() {
            ScaleKind::None => f32::from,
            ScaleKind::Unit => share_of_255,
            ScaleKind::Standard => return None,
        };
        let mut inputs = [0.0; 256];
        for (out, byte) in inputs.iter_mut().zip(0..=u8::MAX) {
            *out = input(byte);
        }
        Some(inputs)
    }

    /// Writes the inputs of one row, `[width]`, to `out`.
    ///
    /// # Panics
    /// When there is no such row, or its columns are not those that this is for ([`Self::fits`]).
    #[allow(clippy::inline_always)] // compiled anew where the widest vectors of the processor are in use
    #[inline(always)]
    pub fn apply_row(&self, features: &Features, row: usize, out: &mut [f32]) {
        let (mut at, mut out) = (row * out.len(), out);
        for part in &self.parts {
            let columns = part.columns.unwrap_or(out.len());
            let (own, others) = mem::take(&mut out).split_at_mut(columns);
            part.apply(features, at, own);
            (at, out) = (at + columns, others);
        }
        assert!(out.is_empty(), "columns without an encoding"); // documented above
    }

    /// The encoding of each column; that of one for all if there may be any number.
    fn encodings(&self) -> impl Iterator<Item = Encoding> {
        let columns = |part: &Part| part.columns.unwrap_or(1);
        let of_part = move |part| (0..columns(part)).map(|column| part.encoding(column));
        self.parts.iter().flat_map(of_part)
    }
}

/// A division, not a product with 1/255, which is off by one bit for some bytes.
#[allow(clippy::inline_always)] // as its only loop
#[inline(always)]
fn share_of_255(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

impl Part {
    /// The part of columns whose encodings are alike, one at least.
    fn of(encodings: &[Encoding]) -> Self {
        let fill = encodings.iter().map(Encoding::fill).collect();
        let rule = match encodings[0] {
            Encoding::Identity { .. } => Rule::Identity,
            Encoding::Pixel { .. } => Rule::Pixel,
            Encoding::Numeric { .. } => {
                let (center, scale) = encodings.iter().map(Encoding::center_and_scale).unzip();
                Rule::Numeric { center, scale }
            }
        };
        Self {
            columns: Some(encodings.len()),
            fill,
            rule,
        }
    }

    /// The encoding of a column, counted from the part's first.
    fn encoding(&self, column: usize) -> Encoding {
        let fill = self.fill.as_ref().map(|fill| fill[column]);
        match &self.rule {
            Rule::Identity => Encoding::Identity { fill },
            Rule::Pixel => Encoding::Pixel { fill },
            Rule::Numeric { center, scale } => Encoding::Numeric {
                center: center[column],
                scale: scale[column],
                fill,
            },
        }
    }

    /// Writes the inputs of the columns from value `at` on, `[columns]`.
    #[allow(clippy::inline_always)] // as `apply_row`
    #[inline(always)]
    fn apply(&self, features: &Features, at: usize, out: &mut [f32]) {
        let range = at..at + out.len();
        match (features, &self.rule) {
            (Features::Bytes(values), Rule::Pixel) => {
                for (out, &value) in out.iter_mut().zip(&values[range]) {
                    *out = share_of_255(value);
                }
            }
            (Features::Bytes(values), _) => {
                for (out, &value) in out.iter_mut().zip(&values[range]) {
                    *out = f32::from(value);
                }
            }
            (Features::Floats(values), rule) => {
                out.copy_from_slice(&values[range]);
                if let Some(fill) = &self.fill {
                    for (out, &fill) in out.iter_mut().zip(&fill[..]) {
                        *out = if out.is_nan() { fill } else { *out };
                    }
                }
                if matches!(rule, Rule::Pixel) {
                    for out in out.iter_mut() {
                        *out /= 255.0;
                    }
                }
            }
        }
        if let Rule::Numeric { center, scale } = &self.rule {
            let (center, scale) = (&center[..out.len()], &scale[..out.len()]);
            for ((out, &center), &scale) in out.iter_mut().zip(center).zip(scale) {
                *out = (*out - center) / scale;
            }
        }
    }
}

/// A preprocessor as a file has it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stored {
    All(Encoding),
    Columns(Vec<Encoding>),
}

impl From<Preprocessor> for Stored {
    fn from(preprocessor: Preprocessor) -> Self {
        match preprocessor.parts.as_slice() {
            [part] if part.columns.is_none() => Self::All(part.encoding(0)),
            _ => Self::Columns(preprocessor.encodings().collect()),
        }
    }
}

impl TryFrom<Stored> for Preprocessor {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::All(Encoding::Identity { fill: None }) => Ok(Self::identity()),
            Stored::All(Encoding::Pixel { fill: None }) => Ok(Self::pixels()),
            Stored::All(_) => Err("an encoding with numbers of its column stands for `all`"),
            Stored::Columns(encodings) => Ok(Self::of_columns(&encodings)),
        }
    }
}

/// An encoding as a file has it. Not a tagged enum: of one, numbers would be read in 64 bits first and rounded twice.
#[derive(Serialize, Deserialize)]
struct StoredEncoding {
    kind: EncodingKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    center: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fill: Option<f32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EncodingKind {
    Identity,
    Pixel,
    Numeric,
}

impl From<Encoding> for StoredEncoding {
    fn from(encoding: Encoding) -> Self {
        let stored = |kind, numbers: Option<(f32, f32)>| Self {
            kind,
            center: numbers.map(|(center, _)| center),
            scale: numbers.map(|(_, scale)| scale),
            fill: encoding.fill(),
        };
        match encoding {
            Encoding::Identity { .. } => stored(EncodingKind::Identity, None),
            Encoding::Pixel { .. } => stored(EncodingKind::Pixel, None),
            Encoding::Numeric { center, scale, .. } => {
                stored(EncodingKind::Numeric, Some((center, scale)))
            }
        }
    }
}

impl TryFrom<StoredEncoding> for Encoding {
    type Error = &'static str;

    fn try_from(stored: StoredEncoding) -> Result<Self, Self::Error> {
        let fill = stored.fill;
        match (stored.kind, stored.center, stored.scale) {
            (EncodingKind::Identity, None, None) => Ok(Self::Identity { fill }),
            (EncodingKind::Pixel, None, None) => Ok(Self::Pixel { fill }),
            (EncodingKind::Numeric, Some(center), Some(scale)) => Ok(Self::Numeric {
                center,
                scale,
                fill,
            }),
            _ => Err("`center` and `scale` belong to the kind `numeric`, which has both"),
        }
    }
}

/// Sums over the training rows, column by column, empty cells left out.
struct Moments {
    counts: Vec<u32>,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Two passes: squares of distances from the mean lose nothing to cancellation.
    fn of(dataset: &Dataset, rows: &[u32]) -> Self {
        let columns = dataset.columns();
        let mut moments = Self {
            counts: vec![0; columns],
            means: vec![0.0; columns],
            squares: vec![0.0; columns],
        };
        for_each_value(dataset, rows, |column, value| {
            moments.counts[column] += 1;
            moments.means[column] += f64::from(value);
        });
        for (mean, &count) in moments.means.iter_mut().zip(&moments.counts) {
            *mean /= f64::from(count.max(1));
        }
        for_each_value(dataset, rows, |column, value| {
            moments.squares[column] += (f64::from(value) - moments.means[column]).powi(2);
        });
        moments
    }

    /// Rounded as the values are.
    fn mean(&self) -> Vec<f32> {
        self.means.iter().map(|&mean| mean as f32).collect()
    }

    /// Over all rows: a filled cell lies on the mean and adds nothing to the squares.
    ///
    /// A constant column gets exactly 0 before it is made 1: below 2²⁹ rows, the sum of equal `f32` is exact in `f64`.
    fn deviation(&self, rows: usize) -> Vec<f32> {
        let of_column = |squares: &f64| (squares / rows as f64).sqrt() as f32;
        let or_one = |deviation| if deviation == 0.0 { 1.0 } else { deviation };
        self.squares.iter().map(of_column).map(or_one).collect()
    }
}

fn for_each_value(dataset: &Dataset, rows: &[u32], mut take: impl FnMut(usize, f32)) {
    let columns = dataset.columns();
    for &row in rows {
        let range = row as usize * columns..(row as usize + 1) * columns;
        match &dataset.features {
            Features::Bytes(values) => {
                values[range]
                    .iter()
                    .enumerate()
                    .for_each(|(column, &value)| take(column, f32::from(value)));
            }
            Features::Floats(values) => {
                let present = values[range]
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| !value.is_nan());
                present.for_each(|(column, &value)| take(column, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(preprocessor: &Preprocessor, features: &Features, columns: usize) -> Vec<u32> {
        let mut out = vec![0.0; preprocessor.width(columns)];
        preprocessor.apply_row(features, 1, &mut out);
        out.into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn bytes_and_floats_become_the_correctly_rounded_quotient() {
        let bytes: Vec<u8> = (0..=255).collect();
        let floats: Vec<f32> = bytes.iter().copied().map(f32::from).collect();
        let pixels = Preprocessor::pixels();
        let mut from_bytes = [0.0; 256];
        pixels.apply_row(&Features::Bytes(bytes), 0, &mut from_bytes);
        let mut from_floats = [0.0; 256];
        pixels.apply_row(&Features::Floats(floats), 0, &mut from_floats);
        let from_table = pixels.byte_inputs().unwrap();
        for value in 0..=255_u8 {
            let (at, quotient) = (usize::from(value), (f32::from(value) / 255.0).to_bits());
            assert_eq!(from_bytes[at].to_bits(), quotient, "{value}");
            assert_eq!(from_floats[at].to_bits(), quotient, "{value}");
            assert_eq!(from_table[at].to_bits(), quotient, "{value}");
        }
    }

    #[test]
    fn each_column_has_its_encoding_and_its_number_of_inputs() {
        let numeric = |center, fill| Encoding::Numeric {
            center,
            scale: 0.3,
            fill,
        };
        let encodings = [
            Encoding::Pixel { fill: None },
            numeric(7.7, None),
            numeric(-1.0, Some(4.25)),
            numeric(9.0, Some(0.5)),
            Encoding::Identity { fill: Some(3.0) },
        ];
        let mixed = Preprocessor::of_columns(&encodings);
        assert_eq!(mixed.parts.len(), 4);
        assert!(mixed.fits(5) && !mixed.fits(4) && !mixed.is_zero_preserving());
        assert_eq!(
            (mixed.kind(), mixed.fill(), mixed.byte_inputs()),
            (ScaleKind::Standard, None, None)
        );
        let expected = [
            100.0 / 255.0,
            (3.0 - 7.7) / 0.3,
            (8.0 + 1.0) / 0.3,
            (6.0 - 9.0) / 0.3,
            1.0_f32,
        ];
        let bytes = Features::Bytes(vec![0, 0, 0, 0, 0, 100, 3, 8, 6, 1]);
        assert_eq!(applied(&mixed, &bytes, 5), expected.map(f32::to_bits));
        let nan = f32::NAN;
        let floats = Features::Floats(vec![0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 3.0, nan, 6.0, nan]);
        let expected = [
            expected[0],
            expected[1],
            (4.25 + 1.0) / 0.3,
            expected[3],
            3.0,
        ];
        assert_eq!(applied(&mixed, &floats, 5), expected.map(f32::to_bits));
        // What an export does with the numbers alone is the same to the last bit.
        let (center, scale) = mixed.standard().unwrap();
        let filled = [100.0, 3.0, 4.25, 6.0, 3.0_f32];
        let by_numbers = filled.iter().zip(center).zip(scale);
        let by_numbers =
            by_numbers.map(|((value, center), scale)| ((value - center) / scale).to_bits());
        assert_eq!(by_numbers.collect::<Vec<_>>(), expected.map(f32::to_bits));
    }

    #[test]
    #[should_panic = "columns without an encoding"]
    fn columns_beyond_those_that_were_fitted_are_no_inputs() {
        let two = Preprocessor::of_columns(&[Encoding::Identity { fill: Some(1.0) }; 2]);
        two.apply_row(&Features::Bytes(vec![1, 2, 3]), 0, &mut [0.0; 3]);
    }

    #[test]
    fn a_file_has_one_encoding_for_all_columns_or_one_for_each() {
        let text = |preprocessor: &Preprocessor| serde_json::to_string(preprocessor).unwrap();
        let read = |text: &str| serde_json::from_str::<Preprocessor>(text);
        let pixels = Preprocessor::of_columns(&[Encoding::Pixel { fill: None }; 3]);
        assert_eq!(pixels, Preprocessor::pixels());
        assert_eq!(text(&pixels), r#"{"all":{"kind":"pixel"}}"#);
        assert_eq!(
            text(&Preprocessor::identity()),
            r#"{"all":{"kind":"identity"}}"#
        );
        let mixed = Preprocessor::of_columns(&[
            Encoding::Numeric {
                center: 0.1,
                scale: 2.0,
                fill: None,
            },
            Encoding::Pixel { fill: Some(7.5) },
        ]);
        assert_eq!(
            text(&mixed),
            r#"{"columns":[{"kind":"numeric","center":0.1,"scale":2.0},{"kind":"pixel","fill":7.5}]}"#
        );
        for preprocessor in [pixels, Preprocessor::identity(), mixed] {
            assert_eq!(read(&text(&preprocessor)).unwrap(), preprocessor);
        }
        for wrong in [
            r#"{"all":{"kind":"pixel","fill":1.0}}"#,
            r#"{"columns":[{"kind":"numeric","center":1.0}]}"#,
            r#"{"columns":[{"kind":"pixel","scale":1.0}]}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
