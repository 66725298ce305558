//! NPY, an array of NumPy: a matrix, or images, of numbers or booleans.
//!
//! `\x93NUMPY`, a version, the length of a header, the header as a Python literal, the values
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::csv::{
    Batch, FormatLabel, Texts, TypedColumn, TypedColumns, TypedKind, TypedRows, Values, read_typed,
};
use super::idx::{feature_names, pixel_table};
use super::{Note, ReadOptions, Rewindable, Table};
use crate::error::{DataError, DataErrorKind, shown};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header: that of a plain array has less than a hundred bytes.
const MAX_HEADER: u64 = 1 << 16;
/// Columns of the widest rows.
const MAX_COLUMNS: u64 = 1 << 20;
/// Characters of the longest texts.
const MAX_TEXT: usize = 1 << 12;

/// What the values of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Boolean,
    Signed,
    Unsigned,
    Float,
    /// Bytes of ASCII or UTF-8, filled up with zeros.
    Bytes,
    /// Characters of 32 bits, filled up with zeros.
    Unicode,
}

/// What the header of an array says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    element: Element,
    /// Bytes of a value.
    size: usize,
    is_big_endian: bool,
    is_fortran: bool,
    shape: Vec<u64>,
}

/// The values of an array, row after row.
pub(super) struct Array {
    name: String,
    header: Header,
    bytes: Bytes,
    explain: Box<dyn Fn(io::Error) -> DataErrorKind>,
    /// Values of a row.
    pub width: usize,
    pub rows: u64,
    /// Rows that were read.
    read: u64,
}

enum Bytes {
    /// Row after row.
    Rows(Box<dyn Read>),
    /// All, column after column.
    Columns(Vec<u8>),
}

impl Array {
    /// Reads the header of an array, and all of its values if they do not lie row after row. `name` is what errors call
    /// it.
    pub fn open(
        name: &str,
        mut bytes: impl Read + 'static,
        explain: impl Fn(io::Error) -> DataErrorKind + 'static,
    ) -> Result<Self, DataErrorKind> {
        let wrong = |why: String| DataErrorKind::Array {
            array: name.to_owned(),
            why,
        };
        let header = read_header(&mut bytes, &explain)?;
        let header = header
            .and_then(|header| Header::parse(&header))
            .map_err(wrong)?;
        let [rows, row @ ..] = header.shape.as_slice() else {
            return Err(wrong("it is a single value".to_owned()));
        };
        let width = row.iter().try_fold(1_u64, |width, size| {
            width
                .checked_mul(*size)
                .filter(|width| *width <= MAX_COLUMNS)
        });
        let limit = MAX_COLUMNS as usize;
        let width = width.ok_or(DataErrorKind::TooManyColumns { limit })?;
        if *rows == 0 || width == 0 {
            return Err(wrong("it has no values".to_owned()));
        }
        let rows = *rows;
        let mut array = Self {
            name: name.to_owned(),
            bytes: Bytes::Rows(Box::new(bytes)),
            explain: Box::new(explain),
            width: width as usize,
            rows,
            read: 0,
            header,
        };
        if array.header.is_fortran && array.header.shape.len() > 1 {
            let all = array.take(array.announced())?;
            array.finish()?;
            array.bytes = Bytes::Columns(all);
        }
        Ok(array)
    }

    /// Bytes that the header announces.
    fn announced(&self) -> u64 {
        let row = self.width as u64 * self.header.size as u64;
        self.rows.saturating_mul(row)
    }

    /// Returns it if rows of columns are in it that are numbers or booleans.
    pub fn of_features(self) -> Result<Self, DataErrorKind> {
        let why = match self.header.element {
            Element::Bytes | Element::Unicode => "its values are texts",
            _ if self.rank() < 2 => "it has one axis, and rows of columns have two",
            _ => return Ok(self),
        };
        Err(DataErrorKind::Array {
            array: self.name,
            why: why.to_owned(),
        })
    }

    /// Whether the rows are images of unsigned bytes.
    pub fn has_byte_images(&self) -> bool {
        self.header.element == Element::Unsigned
            && self.header.size == 1
            && self.header.shape.len() > 2
    }

    /// Size of a row along each axis.
    pub fn row_shape(&self) -> Vec<usize> {
        let sizes = self.header.shape[1..].iter();
        sizes.map(|size| *size as usize).collect() // below MAX_COLUMNS
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.header.shape.len()
    }

    /// What the values are.
    pub fn kind(&self) -> TypedKind {
        match self.header.element {
            Element::Boolean => TypedKind::Boolean,
            Element::Signed | Element::Unsigned | Element::Float => TypedKind::Number,
            Element::Bytes | Element::Unicode => TypedKind::Text,
        }
    }

    /// Reads exactly this number of bytes.
    fn take(&mut self, length: u64) -> Result<Vec<u8>, DataErrorKind> {
        let mut bytes = Vec::new();
        let Bytes::Rows(source) = &mut self.bytes else {
            return Ok(bytes);
        };
        let read = source.take(length).read_to_end(&mut bytes);
        read.map_err(&self.explain)?;
        if (bytes.len() as u64) < length {
            let row = self.width as u64 * self.header.size as u64;
            return Err(DataErrorKind::ArrayTruncated {
                array: self.name.clone(),
                announced: self.announced(),
                found: self.read * row + bytes.len() as u64,
            });
        }
        Ok(bytes)
    }

    /// Checks that nothing follows the values.
    fn finish(&mut self) -> Result<(), DataErrorKind> {
        if let Bytes::Rows(source) = &mut self.bytes {
            let more = io::copy(source, &mut io::sink()).map_err(&self.explain)?;
            if more > 0 {
                return Err(DataErrorKind::Array {
                    array: self.name.clone(),
                    why: format!("{more} bytes follow its values"),
                });
            }
        }
        Ok(())
    }

    /// Reads the next rows of an array of bytes, all of them if `limit` is 0.
    pub fn byte_rows(&mut self, limit: usize) -> Result<Vec<u8>, DataErrorKind> {
        let rows = match limit {
            0 => self.rows,
            limit => self.rows.min(limit as u64),
        };
        if let Bytes::Columns(all) = &self.bytes {
            let shape = self.row_shape();
            let mut bytes = Vec::with_capacity(rows as usize * self.width);
            for row in 0..rows as usize {
                let place = |column| row + self.rows as usize * fortran_place(column, &shape);
                bytes.extend((0..self.width).map(|column| all[place(column)]));
            }
            return Ok(bytes);
        }
        let bytes = self.take(rows.saturating_mul(self.width as u64))?;
        if limit == 0 {
            self.finish()?;
        }
        Ok(bytes)
    }

    /// Reads the next rows, at most `max`, column by column; `None` behind the last.
    pub fn next_columns(&mut self, max: usize) -> Result<Option<Vec<Values>>, DataErrorKind> {
        let rows = (self.rows - self.read).min(max as u64) as usize;
        if rows == 0 {
            self.finish()?;
            return Ok(None);
        }
        let size = self.header.size;
        let columns = if let Bytes::Columns(all) = &self.bytes {
            let (shape, all_rows, first) =
                (self.row_shape(), self.rows as usize, self.read as usize);
            let column = |column| {
                let from = (fortran_place(column, &shape) * all_rows + first) * size;
                self.header.values(&all[from..], size, rows)
            };
            (0..self.width).map(column).collect()
        } else {
            let bytes = self.take((rows * self.width * size) as u64)?;
            let column = |column| {
                let values = &bytes[column * size..];
                self.header.values(values, size * self.width, rows)
            };
            (0..self.width).map(column).collect()
        };
        self.read += rows as u64;
        Ok(Some(columns))
    }
}

/// Returns where a value of a row lies among those of an array whose first axis changes fastest.
fn fortran_place(mut column: usize, shape: &[usize]) -> usize {
    // The last axis changes fastest in a row.
    let mut strides = vec![1; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1] * shape[axis - 1];
    }
    let mut place = 0;
    for (size, stride) in shape.iter().zip(strides).rev() {
        place += column % size * stride;
        column /= size;
    }
    place
}

/// Reads the text of a header, or says what is wrong with it.
fn read_header(
    bytes: &mut impl Read,
    explain: &impl Fn(io::Error) -> DataErrorKind,
) -> Result<Result<String, String>, DataErrorKind> {
    let mut take = |length: u64| {
        let mut part = Vec::new();
        let read = bytes.by_ref().take(length).read_to_end(&mut part);
        read.map_err(explain)?;
        Ok::<_, DataErrorKind>(part)
    };
    let begin = take(8)?;
    let version = match begin.strip_prefix(MAGIC) {
        Some([version @ 1..=3, _]) => *version,
        Some([version, _]) => return Ok(Err(format!("its version {version} is not known"))),
        _ => return Ok(Err("it does not begin as a NumPy array does".to_owned())),
    };
    let length = take(if version == 1 { 2 } else { 4 })?;
    let length = length
        .iter()
        .rev()
        .fold(0, |all, byte| all << 8 | u64::from(*byte));
    if length > MAX_HEADER {
        return Ok(Err(format!("its header of {length} bytes is too long")));
    }
    let header = take(length)?;
    if (header.len() as u64) < length || length == 0 {
        return Ok(Err("its header is cut off".to_owned()));
    }
    Ok(Ok(String::from_utf8_lossy(&header).into_owned()))
}

impl Header {
    /// Reads a literal such as `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
    fn parse(text: &str) -> Result<Self, String> {
        let value = |key: &str| {
            let after = text.split_once(&format!("'{key}'"))?.1;
            Some(after.trim_start().strip_prefix(':')?.trim_start())
        };
        let missing = || {
            format!(
                "its header does not tell type, order and shape: {}",
                shown(text)
            )
        };
        let descr = value("descr").ok_or_else(missing)?;
        let is_fortran = match value("fortran_order") {
            Some(text) if text.starts_with("True") => true,
            Some(text) if text.starts_with("False") => false,
            _ => return Err(missing()),
        };
        let shape = value("shape").and_then(|text| text.strip_prefix('('));
        let shape = shape
            .and_then(|text| text.split_once(')'))
            .ok_or_else(missing)?
            .0;
        let sizes = shape
            .split(',')
            .map(str::trim)
            .filter(|size| !size.is_empty());
        let sizes = sizes.map(|size| size.trim_end_matches('L').parse::<u64>());
        let shape = sizes.collect::<Result<_, _>>().map_err(|_| missing())?;
        if descr.starts_with('[') {
            return Err("its values are records of several fields".to_owned());
        }
        let descr = descr
            .strip_prefix('\'')
            .and_then(|text| text.split_once('\''));
        let descr = descr.ok_or_else(missing)?.0;
        let unknown = || {
            format!(
                "its values are of the type `{}`, which is not read",
                shown(descr)
            )
        };
        let is_big_endian = descr.starts_with('>');
        let kind = descr.trim_start_matches(['<', '>', '|', '=']);
        if kind.starts_with('O') {
            return Err("its values are Python objects".to_owned());
        }
        let (letter, size) = kind.split_at_checked(1).ok_or_else(unknown)?;
        let size: usize = size.parse().map_err(|_| unknown())?;
        let (element, size) = match (letter, size) {
            ("b", 1) => (Element::Boolean, 1),
            ("i", 1 | 2 | 4 | 8) => (Element::Signed, size),
            ("u", 1 | 2 | 4 | 8) => (Element::Unsigned, size),
            ("f", 2 | 4 | 8) => (Element::Float, size),
            ("S", 1..=MAX_TEXT) => (Element::Bytes, size),
            ("U", 1..=MAX_TEXT) => (Element::Unicode, 4 * size),
            ("c", _) => return Err("its values are complex numbers".to_owned()),
            ("M" | "m", _) => return Err("its values are dates or durations".to_owned()),
            _ => return Err(unknown()),
        };
        Ok(Self {
            element,
            size,
            is_big_endian,
            is_fortran,
            shape,
        })
    }

    /// Returns values that lie `stride` bytes from each other.
    fn values(&self, bytes: &[u8], stride: usize, rows: usize) -> Values {
        let each = (0..rows).map(|row| &bytes[row * stride..row * stride + self.size]);
        match (self.element, self.size) {
            (Element::Boolean, _) => {
                Values::Booleans(each.map(|value| Some(value[0] != 0)).collect())
            }
            (Element::Unsigned, 8) => {
                Values::Integers(each.map(|value| Some(self.bits(value).into())).collect())
            }
            (Element::Signed, 8) => {
                let signed = each.map(|value| Some(i128::from(self.bits(value) as i64)));
                Values::Integers(signed.collect())
            }
            (Element::Unsigned, _) => {
                Values::Numbers(each.map(|value| self.bits(value) as f64).collect())
            }
            (Element::Signed, size) => {
                // The sign is the highest bit.
                let unused = 64 - 8 * size;
                let signed = |value| ((self.bits(value) << unused) as i64 >> unused) as f64;
                Values::Numbers(each.map(signed).collect())
            }
            (Element::Float, 2) => {
                Values::Numbers(each.map(|value| half(self.bits(value) as u16)).collect())
            }
            (Element::Float, 4) => {
                let single = |value| f64::from(f32::from_bits(self.bits(value) as u32));
                Values::Numbers(each.map(single).collect())
            }
            (Element::Float, _) => {
                Values::Numbers(each.map(|value| f64::from_bits(self.bits(value))).collect())
            }
            (Element::Bytes, _) => {
                let mut texts = Texts::default();
                each.for_each(|value| texts.push(until_zeros(value)));
                Values::Texts(texts)
            }
            (Element::Unicode, _) => {
                let mut texts = Texts::default();
                for value in each {
                    let (characters, _) = value.as_chunks::<4>();
                    let characters = characters.iter().map(|bytes| {
                        char::from_u32(self.bits(bytes) as u32)
                            .unwrap_or(char::REPLACEMENT_CHARACTER)
                    });
                    let text: String = characters.collect();
                    texts.push(text.trim_end_matches('\0').as_bytes());
                }
                Values::Texts(texts)
            }
        }
    }

    /// Returns the bits of a value of up to eight bytes.
    fn bits(&self, bytes: &[u8]) -> u64 {
        let add = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        if self.is_big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        }
    }
}

fn until_zeros(text: &[u8]) -> &[u8] {
    let length = text.iter().rposition(|byte| *byte != 0);
    &text[..length.map_or(0, |last| last + 1)]
}

/// Returns the value of a number of 16 bits: sign, 5 bits of exponent, 10 of fraction (IEEE 754).
pub(super) fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits >> 10 & 0x1f, bits & 0x3ff) {
        (0x1f, 0) => f64::INFINITY,
        (0x1f, _) => f64::NAN,
        (0, _) => fraction * 2_f64.powi(-24),
        (exponent, _) => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// The rows of an array, or those of two, of which the second has the labels.
pub(super) struct Arrays {
    columns: TypedColumns,
    features: Array,
    labels: Option<Array>,
    notes: Vec<Note>,
    path: PathBuf,
}

impl Arrays {
    /// Takes the columns of `features` and, behind them, that of `labels`.
    pub fn new(features: Array, labels: Option<Array>, path: &Path, notes: Vec<Note>) -> Self {
        // Images have names, so that they are recognised; other values are counted.
        let names = (features.rank() > 2).then(|| feature_names(&features.row_shape()));
        let column = |column: usize| TypedColumn {
            name: names.as_ref().map(|names| names[column].clone()),
            kind: features.kind(),
        };
        let mut columns: Vec<TypedColumn> = (0..features.width).map(column).collect();
        let mut label = FormatLabel::Configured;
        if let Some(labels) = &labels {
            label = FormatLabel::Is {
                column: columns.len(),
                array: labels.name.trim_matches('`').to_owned(),
            };
            columns.push(TypedColumn {
                name: names.as_ref().map(|_| "label".to_owned()),
                kind: labels.kind(),
            });
        }
        Self {
            columns: TypedColumns { columns, label },
            notes,
            features,
            labels,
            path: path.to_owned(),
        }
    }

    fn next(&mut self, max: usize) -> Result<Option<Batch>, DataErrorKind> {
        let before = self.features.read;
        let columns = self.features.next_columns(max)?;
        let rows = (self.features.read - before) as usize;
        let labels = match &mut self.labels {
            Some(labels) => labels.next_columns(max)?,
            None => None,
        };
        Ok(columns.map(|mut columns| {
            columns.extend(labels.into_iter().flatten());
            Batch {
                rows,
                columns,
                lines: Vec::new(),
            }
        }))
    }
}

impl TypedRows for Arrays {
    fn columns(&self) -> &TypedColumns {
        &self.columns
    }

    fn next_batch(&mut self, max: usize) -> Result<Option<Batch>, DataError> {
        self.next(max)
            .map_err(|kind| DataError::of_file(&self.path, kind))
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// Reads an array of the shape `[rows, columns]`, or `[rows, height, width]` of images.
pub(super) fn read(stream: &mut Rewindable, options: &ReadOptions) -> Result<Table, DataError> {
    let path = stream.path().to_owned();
    let of_file = |kind| DataError::of_file(&path, kind);
    let file = stream.whole()?;
    let open = || {
        let mut file = &*file;
        file.rewind().map_err(DataErrorKind::CannotRead)?;
        let file = file.try_clone().map_err(DataErrorKind::CannotRead)?;
        let bytes = io::BufReader::new(file);
        let array = Array::open("of the file", bytes, DataErrorKind::CannotRead)?;
        array.of_features()
    };
    let mut first = open().map_err(of_file)?;
    if first.has_byte_images() {
        let shape = first.row_shape();
        let pixels = first.byte_rows(options.limit).map_err(of_file)?;
        return pixel_table(pixels, &shape, || Ok(None), Vec::new(), &path, options);
    }
    drop(first);
    let mut open = || -> Result<Box<dyn TypedRows>, DataError> {
        let array = open().map_err(of_file)?;
        Ok(Box::new(Arrays::new(array, None, &path, Vec::new())))
    };
    read_typed(&mut open, &path, options)
}
