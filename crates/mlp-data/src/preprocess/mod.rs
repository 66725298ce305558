//! From stored values to a network's inputs: empty cells filled, columns encoded.

mod date;
mod describe;
mod encoding;
mod fit;
mod statistics;
mod stored;
mod target;

use std::mem;

use serde::{Deserialize, Serialize};

use crate::error::PreparationError;
use crate::options::{DataSection, ScaleKind};
use crate::{ColumnValues, Dataset, Features, Schema};
use date::DateParts;
use encoding::scaled;
use stored::Stored;

pub use date::{DateInput, DatePart};
pub use encoding::{DateEncoding, Encoding, EncodingRule, Fill, FillMethod, Numeric};
pub use target::TargetScaling;

/// What is done to every row, fitted on the training rows alone. Part of a run: predictions repeat it.
///
/// As JSON either `{"all": {"kind": "pixel"}}`, for columns of any number, or an encoding for each column:
/// `{"columns": [{"kind": "numeric", "center": 1.5, "scale": 2.0}, {"kind": "one_hot", "categories": 3}, …]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Preprocessor {
    /// Of each column; of one for all if there may be any number.
    encodings: Vec<Encoding>,
    /// In the order of the columns. A part without a number of columns is the only one.
    parts: Vec<Part>,
}

/// Columns next to each other whose encodings are alike.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// Numbers of 32 bits, each of which becomes one input.
    Numbers(Numbers),
    /// One column of any kind.
    Column(Encoding),
}

/// The numbers of such columns lie in slices, one for each kind of number, so that a loop over the values of a row
/// decides nothing for each.
#[derive(Clone, Debug, PartialEq)]
struct Numbers {
    /// `None` for all that there are.
    columns: Option<usize>,
    /// `[columns]`, what an empty cell becomes.
    fill: Option<Vec<f32>>,
    rule: Rule,
    smooth_clip: bool,
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

/// Where the values of a part lie.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    /// The part's first column.
    column: usize,
    /// Columns of a row.
    columns: usize,
}

impl Preprocessor {
    /// Leaves values as they are; for rows of any number of columns.
    #[must_use]
    pub fn identity() -> Self {
        Self::for_all(Numeric::IDENTITY)
    }

    /// Divides values by 255; for rows of any number of columns.
    #[must_use]
    pub fn pixels() -> Self {
        Self::for_all(Numeric::PIXEL)
    }

    fn for_all(numeric: Numeric<f32>) -> Self {
        let encodings = vec![Encoding::number(numeric)];
        let numbers = Numbers {
            columns: None,
            ..Numbers::of(&[&numeric])
        };
        Self {
            encodings,
            parts: vec![Part::Numbers(numbers)],
        }
    }

    /// Encodes each column as this says.
    #[must_use]
    pub fn of_columns(encodings: &[Encoding]) -> Self {
        for numeric in [Numeric::IDENTITY, Numeric::PIXEL] {
            let encoding = Encoding::number(numeric);
            if !encodings.is_empty() && encodings.iter().all(|other| *other == encoding) {
                return Self::for_all(numeric);
            }
        }
        let parts = encodings.chunk_by(|one, other| match (one.plain(), other.plain()) {
            (Some(one), Some(other)) => are_alike(one, other),
            _ => false,
        });
        let part = |part: &[Encoding]| {
            let plain: Option<Vec<_>> = part.iter().map(Encoding::plain).collect();
            match plain {
                Some(plain) => Part::Numbers(Numbers::of(&plain)),
                None => Part::Column(part[0].clone()), // such are alone in their part
            }
        };
        Self {
            parts: parts.map(part).collect(),
            encodings: encodings.to_vec(),
        }
    }

    /// Fits the encoding of each column on the training rows, by its kind and the settings of a config.
    ///
    /// - Numbers: scaled as `scale` says, after empty cells were filled as `missing` says. The deviation of
    ///   [`ScaleKind::Standard`] is the population's, √(Σ(x − mean)² / rows). Where the quartiles of
    ///   [`ScaleKind::Robust`] coincide, half the distance of the extremes takes the place of theirs. The scale of a
    ///   constant column is 1. With `missing = "auto"` or `"median"` the median is known even if no training row needs it;
    ///   the pixels of an image that is stored as bytes have none.
    /// - Booleans: 1 for true, 0 for false, 0.5 for an empty cell.
    /// - Categories: an input each, and one that the rare ones share.
    /// - Points in time: parts, scaled as numbers are (`unit` is taken for `standard`), the periodic ones as sine and
    ///   cosine too. Parts that are constant are left out. A number for empty cells is no point in time: the median
    ///   takes its place.
    /// - `indicator` adds an input only to columns with empty cells in training rows.
    /// - A column without any value in the training rows has no input, unless `missing` asks for its mean or median.
    ///
    /// # Errors
    /// If empty cells are to become means or medians and a column has no value in any training row, if numbers are too
    /// large to be scaled in 32 bits, or if there would be no input at all.
    pub fn fit(
        dataset: &Dataset,
        rows: &[u32],
        data: &DataSection,
    ) -> Result<Self, PreparationError> {
        fit::fit(dataset, rows, data)
    }

    /// Returns the encoding of a column.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn encoding(&self, column: usize) -> &Encoding {
        match self.columns() {
            None => &self.encodings[0],
            Some(_) => &self.encodings[column],
        }
    }

    /// Number of columns; `None` for any.
    fn columns(&self) -> Option<usize> {
        match self.uniform() {
            Some(_) => None,
            None => Some(self.encodings.len()),
        }
    }

    /// Returns the scaling of all columns if it is the same, for any number of columns.
    fn uniform(&self) -> Option<&Numeric<f32>> {
        match self.parts.as_slice() {
            [Part::Numbers(numbers)] if numbers.columns.is_none() => self.encodings[0].plain(),
            _ => None,
        }
    }

    /// Whether this is for rows of this number of columns.
    #[must_use]
    pub fn fits(&self, columns: usize) -> bool {
        self.columns().is_none_or(|known| known == columns)
    }

    /// Whether this is for rows of these columns, by number and kinds.
    #[must_use]
    pub fn suits(&self, schema: &Schema) -> bool {
        let mut columns = schema.columns.iter().enumerate();
        self.fits(schema.columns.len())
            && columns.all(|(number, column)| self.encoding(number).suits(&column.kind))
    }

    /// Number of inputs that a row of this number of columns becomes.
    #[must_use]
    pub fn width(&self, columns: usize) -> usize {
        match self.columns() {
            None => columns,
            Some(_) => self.encodings.iter().map(Encoding::width).sum(),
        }
    }

    /// Returns the name of each input, `[width]`: that of a column, of a column and its category, or of a column and
    /// what of it the input is.
    #[must_use]
    pub fn input_names(&self, schema: &Schema) -> Vec<String> {
        let columns = schema.columns.iter().enumerate();
        columns
            .flat_map(|(number, column)| self.encoding(number).input_names(column))
            .collect()
    }

    /// Returns what an empty cell of each column becomes, `[columns]`; `None` unless every column is one of numbers of 32
    /// bits in which a cell may be empty.
    #[must_use]
    pub fn fill(&self) -> Option<Vec<f32>> {
        self.encodings.iter().map(Encoding::fill).collect()
    }

    /// Whether every column is one of numbers of 32 bits that are scaled and nothing else: [`Self::center_and_scale`]
    /// and [`Self::fill`] are all that is done.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.encodings
            .iter()
            .all(|encoding| encoding.plain().is_some_and(|numeric| !numeric.smooth_clip))
    }

    /// Returns the setting of `data.scale` that comes to this: that of the numbers if they have one in common, else
    /// [`ScaleKind::Standard`].
    #[must_use]
    pub fn kind(&self) -> ScaleKind {
        let methods = self
            .encodings
            .iter()
            .filter_map(|encoding| match &encoding.rule {
                EncodingRule::Number(numeric) => Some(numeric.method),
                EncodingRule::Wide(numeric) => Some(numeric.method),
                _ => None,
            });
        methods
            .map(Some)
            .reduce(|one, other| one.filter(|_| one == other))
            .flatten()
            .unwrap_or(ScaleKind::Standard)
    }

    /// Returns what is subtracted from each column and what it is then divided by, `[columns]` each; `None` if columns
    /// are not all of plain numbers ([`Self::is_plain`]), or all are left as they are or divided by 255.
    #[must_use]
    pub fn center_and_scale(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        if !self.is_plain() || matches!(self.kind(), ScaleKind::None | ScaleKind::Unit) {
            return None;
        }
        let numbers = self.encodings.iter().filter_map(Encoding::plain);
        Some(
            numbers
                .map(|numeric| (numeric.center, numeric.scale))
                .unzip(),
        )
    }

    /// Whether a value of 0 is an input of 0, whatever its column.
    #[must_use]
    pub fn is_zero_preserving(&self) -> bool {
        self.is_plain() && matches!(self.kind(), ScaleKind::None | ScaleKind::Unit)
    }

    /// Returns the input that each byte becomes, if that is the same in all columns and 0 stays 0.
    #[must_use]
    pub fn byte_inputs(&self) -> Option<[f32; 256]> {
        if !self.is_zero_preserving() {
            return None;
        }
        let input: fn(u8) -> f32 = match self.kind() {
            ScaleKind::Unit => share_of_255,
            _ => f32::from,
        };
        let mut inputs = [0.0; 256];
        for (out, byte) in inputs.iter_mut().zip(0..=u8::MAX) {
            *out = input(byte);
        }
        Some(inputs)
    }

    /// Counts the values of these rows that are far outside those of the training rows, `[columns]`: farther from them
    /// than they are from each other.
    #[must_use]
    pub fn far_outside(&self, dataset: &Dataset, rows: &[u32]) -> Vec<usize> {
        let columns = dataset.columns();
        let bounds = (0..columns).map(|column| self.encoding(column).bounds());
        let bounds: Vec<[f64; 2]> = bounds
            .map(|bounds| bounds.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]))
            .collect();
        if bounds.iter().flatten().all(|bound| bound.is_infinite()) {
            return vec![0; columns];
        }
        match &dataset.features {
            Features::Bytes(values) => far_by_row(values, rows, &bounds),
            Features::Floats(values) => far_by_row(values, rows, &bounds),
            Features::Columns(values) => {
                let of_column = |(values, bounds): (&ColumnValues, &[f64; 2])| {
                    let is_far = |row: &&u32| is_outside(values.number(**row as usize), *bounds);
                    rows.iter().filter(is_far).count()
                };
                values.iter().zip(&bounds).map(of_column).collect()
            }
        }
    }

    /// Returns the column of a row whose inputs are farthest from 0, one that is not finite before all others; `None` if
    /// there is no column.
    #[must_use]
    pub fn most_extreme(&self, features: &Features, row: usize, columns: usize) -> Option<usize> {
        let mut inputs = vec![0.0_f32; self.width(columns)];
        self.apply_row(features, row, &mut inputs);
        let mut rest = inputs.as_slice();
        let size = |column: usize| {
            let (own, others) = rest.split_at(self.encoding(column).width());
            rest = others;
            let sizes = own.iter().map(|input| input.abs());
            (column, sizes.max_by(f32::total_cmp).unwrap_or(0.0)) // NaN is the largest
        };
        let sizes = (0..columns).map(size);
        let (column, _) = sizes.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        Some(column)
    }

    /// Writes the inputs of one row, `[width]`, to `out`.
    ///
    /// # Panics
    /// When there is no such row, or its columns are not those that this is for ([`Self::fits`]).
    #[allow(clippy::inline_always)] // compiled anew where the widest vectors of the processor are in use
    #[inline(always)]
    pub fn apply_row(&self, features: &Features, row: usize, out: &mut [f32]) {
        let columns = self.columns().unwrap_or(out.len());
        let (mut place, mut out) = (
            Place {
                row,
                column: 0,
                columns,
            },
            out,
        );
        for part in &self.parts {
            let (width, count) = match part {
                Part::Numbers(numbers) => {
                    let columns = numbers.columns.unwrap_or(out.len());
                    (columns, columns)
                }
                Part::Column(encoding) => (encoding.width(), 1),
            };
            let (own, others) = mem::take(&mut out).split_at_mut(width);
            match part {
                Part::Numbers(numbers) => numbers.apply(features, place, own),
                Part::Column(encoding) => encoding.apply(features, place, own),
            }
            place.column += count;
            out = others;
        }
        assert!(out.is_empty(), "inputs without an encoding"); // documented above
    }
}

/// Counts the values outside the bounds of their columns, `[columns]`, of rows that lie one after the other.
fn far_by_row<T: Copy + Into<f64>>(values: &[T], rows: &[u32], bounds: &[[f64; 2]]) -> Vec<usize> {
    let mut counts = vec![0_usize; bounds.len()];
    for &row in rows {
        let values = &values[row as usize * bounds.len()..][..bounds.len()];
        for ((count, value), bounds) in counts.iter_mut().zip(values).zip(bounds) {
            *count += usize::from(is_outside((*value).into(), *bounds));
        }
    }
    counts
}

/// NaN, an empty cell, is not.
#[inline]
fn is_outside(value: f64, [low, high]: [f64; 2]) -> bool {
    value < low || value > high
}

/// A division, not a product with 1/255, which is off by one bit for some bytes.
#[allow(clippy::inline_always)] // as its only loop
#[inline(always)]
fn share_of_255(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

/// Whether a loop over both decides nothing for each.
fn are_alike(one: &Numeric<f32>, other: &Numeric<f32>) -> bool {
    let of = |numeric: &Numeric<f32>| {
        let rule = match numeric.method {
            ScaleKind::None => 0,
            ScaleKind::Unit => 1,
            _ => 2,
        };
        (rule, numeric.smooth_clip, numeric.fill.is_some())
    };
    of(one) == of(other)
}

impl Numbers {
    /// The part of columns that are alike, one at least.
    fn of(columns: &[&Numeric<f32>]) -> Self {
        let rule = match columns[0].method {
            ScaleKind::None => Rule::Identity,
            ScaleKind::Unit => Rule::Pixel,
            _ => Rule::Numeric {
                center: columns.iter().map(|numeric| numeric.center).collect(),
                scale: columns.iter().map(|numeric| numeric.scale).collect(),
            },
        };
        Self {
            columns: Some(columns.len()),
            fill: columns
                .iter()
                .map(|numeric| Some(numeric.fill?.value))
                .collect(),
            rule,
            smooth_clip: columns[0].smooth_clip,
        }
    }

    /// Writes the inputs of the columns, `[columns]`.
    #[allow(clippy::inline_always)] // as `apply_row`
    #[inline(always)]
    fn apply(&self, features: &Features, place: Place, out: &mut [f32]) {
        let start = place.row * place.columns + place.column;
        let range = start..start + out.len();
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
            (Features::Floats(values), _) => {
                out.copy_from_slice(&values[range]);
                self.fill_and_divide(out);
            }
            (Features::Columns(values), _) => {
                for (out, values) in out.iter_mut().zip(&values[place.column..]) {
                    *out = values.number(place.row) as f32;
                }
                self.fill_and_divide(out);
            }
        }
        if let Rule::Numeric { center, scale } = &self.rule {
            let (center, scale) = (&center[..out.len()], &scale[..out.len()]);
            for ((out, &center), &scale) in out.iter_mut().zip(center).zip(scale) {
                *out = (*out - center) / scale;
            }
        }
        if self.smooth_clip {
            for out in out.iter_mut() {
                *out = encoding::smooth_clip(*out);
            }
        }
    }

    /// Fills empty cells, and divides pixels by 255.
    #[allow(clippy::inline_always)] // as `apply_row`
    #[inline(always)]
    fn fill_and_divide(&self, out: &mut [f32]) {
        if let Some(fill) = &self.fill {
            for (out, &fill) in out.iter_mut().zip(&fill[..]) {
                *out = if out.is_nan() { fill } else { *out };
            }
        }
        if matches!(self.rule, Rule::Pixel) {
            for out in out.iter_mut() {
                *out /= 255.0;
            }
        }
    }
}

impl Encoding {
    /// Writes the inputs of the column, `[width]`.
    fn apply(&self, features: &Features, place: Place, out: &mut [f32]) {
        let value = features.number(place.row, place.column, place.columns); // NaN where there is none
        let (inputs, indicator) = out.split_at_mut(out.len() - usize::from(self.indicator));
        if let [indicator] = indicator {
            *indicator = f32::from(u8::from(value.is_nan()));
        }
        match &self.rule {
            EncodingRule::Number(numeric) => inputs[0] = numeric.input(value as f32),
            EncodingRule::Wide(numeric) => inputs[0] = numeric.input(value),
            EncodingRule::Boolean => {
                inputs[0] = if value.is_nan() {
                    0.5
                } else {
                    f32::from(u8::from(value > FALSE))
                };
            }
            EncodingRule::OneHot { categories, rare } => {
                inputs.fill(0.0);
                let code = value as usize; // 0 for NaN
                let input = code.min(categories + 1).wrapping_sub(1);
                if let Some(input) = inputs.get_mut(input)
                    && code <= categories + rare
                {
                    *input = 1.0;
                }
            }
            EncodingRule::Date(date) => date.apply(value, inputs),
            EncodingRule::Omitted => {}
        }
    }
}

/// Code of a boolean that is false; true has a larger one.
const FALSE: f64 = 1.0;

impl DateEncoding {
    fn apply(&self, seconds: f64, out: &mut [f32]) {
        let seconds = match &self.fill {
            Some(fill) if seconds.is_nan() => fill.value,
            _ => seconds,
        };
        let parts = DateParts::of(seconds);
        for (input, out) in self.inputs.iter().zip(out) {
            let clip = self.smooth_clip && !input.part.is_on_circle();
            *out = scaled(parts.get(input.part), input.center, input.scale, clip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColumnValues;

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

    fn numeric(center: f32, fill: Option<f32>) -> Encoding {
        let numeric = Numeric::new(ScaleKind::Standard, center, 0.3);
        Encoding::number(numeric.filled(fill))
    }

    #[test]
    fn each_column_has_its_encoding_and_its_number_of_inputs() {
        let encodings = [
            Encoding::number(Numeric::PIXEL),
            numeric(7.7, None),
            numeric(-1.0, Some(4.25)),
            numeric(9.0, Some(0.5)),
            Encoding::number(Numeric::IDENTITY.filled(Some(3.0))),
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
        let columns =
            [100.0, 3.0, nan, 6.0, nan].map(|value| ColumnValues::Floats(vec![0.0, value]));
        let columns = Features::Columns(columns.to_vec());
        assert_eq!(applied(&mixed, &columns, 5), expected.map(f32::to_bits));
        // What an export does with the numbers alone is the same to the last bit.
        let (center, scale) = mixed.center_and_scale().unwrap();
        let filled = [100.0, 3.0, 4.25, 6.0, 3.0_f32];
        let by_numbers = filled.iter().zip(center).zip(scale);
        let by_numbers =
            by_numbers.map(|((value, center), scale)| ((value - center) / scale).to_bits());
        assert_eq!(by_numbers.collect::<Vec<_>>(), expected.map(f32::to_bits));
    }

    #[test]
    #[should_panic = "inputs without an encoding"]
    fn columns_beyond_those_that_were_fitted_are_no_inputs() {
        let two = Preprocessor::of_columns(&[numeric(0.0, None), numeric(1.0, None)]);
        two.apply_row(&Features::Bytes(vec![1, 2, 3]), 0, &mut [0.0; 3]);
    }

    #[test]
    fn a_file_has_one_encoding_for_all_columns_or_one_for_each() {
        let text = |preprocessor: &Preprocessor| serde_json::to_string(preprocessor).unwrap();
        let read = |text: &str| serde_json::from_str::<Preprocessor>(text);
        let pixels = Preprocessor::of_columns(&[const { Encoding::number(Numeric::PIXEL) }; 3]);
        assert_eq!(pixels, Preprocessor::pixels());
        assert_eq!(text(&pixels), r#"{"all":{"kind":"pixel"}}"#);
        assert_eq!(
            text(&Preprocessor::identity()),
            r#"{"all":{"kind":"identity"}}"#
        );
        let mixed = Preprocessor::of_columns(&[
            Encoding::number(Numeric::new(ScaleKind::Standard, 0.1, 2.0)),
            Encoding::number(Numeric::PIXEL.filled(Some(7.5))),
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
            r#"{"columns":[{"kind":"wide","method":"standard","wide":{"center":1.0}}]}"#,
            r#"{"columns":[{"kind":"one_hot"}]}"#,
            r#"{"columns":[{"kind":"date","inputs":[]}]}"#,
            r#"{"columns":[{"kind":"identity","minimum":1.0}]}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
