//! Parquet: columns with types, in groups of rows. Nested columns are not read.
//!
//! Pages are unpacked here, so that what unpacks them is in Rust and bounded.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::{
    Compression, ConvertedType, Encoding, LogicalType, Repetition, TimeUnit, Type,
};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use super::compressed::ZstdFrames;
use super::csv::{
    Batch, FormatLabel, Texts, TypedColumn, TypedColumns, TypedKind, TypedRows, Values, read_typed,
};
use super::npy::half;
use super::zip::Section;
use super::{ReadOptions, Rewindable, Table};
use crate::error::{DataError, DataErrorKind, DataPlace, shown};
use crate::options::{ColumnSetting, RoleWord};

/// Bytes of the largest page: those that programs write have a megabyte or a few.
const MAX_PAGE: u64 = 1 << 28;
/// Columns of the widest table.
const MAX_COLUMNS: usize = 1 << 20;
/// What a file ends in whose list of contents is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
const SECONDS_A_DAY: f64 = 86_400.0;
/// The day of 1970-01-01 in the count of days of INT96.
const DAY_OF_1970: f64 = 2_440_588.0;

/// Reads a table.
pub(super) fn read(stream: &mut Rewindable, options: &ReadOptions) -> Result<Table, DataError> {
    let path = stream.path().to_owned();
    let of_file = |kind| DataError::of_file(&path, kind);
    let file = Bounded(stream.whole()?);
    let metadata = metadata(&file).map_err(of_file)?;
    let metadata = Arc::new(metadata);
    let mut open = || -> Result<Box<dyn TypedRows>, DataError> {
        let rows = Rows::open(file.clone(), Arc::clone(&metadata), &path, options);
        Ok(Box::new(rows.map_err(of_file)?))
    };
    read_typed(&mut open, &path, options)
}

fn damaged(error: &ParquetError) -> DataErrorKind {
    DataErrorKind::Parquet {
        why: error.to_string(),
    }
}

fn of_column(column: &str, why: impl Into<String>) -> DataErrorKind {
    DataErrorKind::ParquetColumn {
        column: shown(column),
        why: why.into(),
    }
}

/// Reads the list of contents at the end of a file.
fn metadata(file: &Bounded) -> Result<ParquetMetaData, DataErrorKind> {
    let end = file.len().checked_sub(ENCRYPTED.len() as u64);
    let end = end.and_then(|at| file.get_bytes(at, ENCRYPTED.len()).ok());
    if end.is_some_and(|end| &end[..] == ENCRYPTED) {
        return Err(DataErrorKind::Parquet {
            why: "it is encrypted".to_owned(),
        });
    }
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file);
    metadata.map_err(|error| damaged(&error))
}

/// A file of which nothing is read that it does not have, however long a length says that it is.
#[derive(Clone)]
struct Bounded(Arc<File>);

impl Length for Bounded {
    fn len(&self) -> u64 {
        self.0.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl ChunkReader for Bounded {
    type T = io::BufReader<Section>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let length = self.len().saturating_sub(start);
        Ok(io::BufReader::new(Section::new(&self.0, start, length)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = Vec::new();
        let mut section = Section::new(&self.0, start, length as u64);
        section.read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("the file is cut off".to_owned()));
        }
        Ok(bytes.into())
    }
}

/// How the values of a column become numbers and texts.
#[derive(Clone, Copy, Debug)]
enum Conversion {
    /// As they are.
    Plain,
    /// Whole numbers without sign.
    Unsigned { bits: u32 },
    /// Whole numbers of so many hundredths, thousandths …
    Decimal { scale: u32 },
    /// Days since 1970.
    Days,
    /// Parts of a second since 1970, so many a second.
    Timestamp { a_second: f64 },
    /// A day and nanoseconds, as older programs write points in time.
    Int96,
    /// Numbers of 16 bits.
    Half,
    /// Texts.
    Text,
    /// Nothing: a config takes the column out, and it is not read.
    Ignored,
}

/// A column that is read.
struct Column {
    /// Number among the columns without columns in them.
    leaf: usize,
    name: String,
    conversion: Conversion,
    /// Whether values may be missing.
    is_optional: bool,
}

/// The rows of a file.
struct Rows {
    file: Bounded,
    metadata: Arc<ParquetMetaData>,
    path: PathBuf,
    typed: TypedColumns,
    columns: Vec<Column>,
    /// The next group of rows.
    group: usize,
    /// Of the group that is being read.
    readers: Vec<Option<ColumnReader>>,
    /// Rows of that group still to be read.
    left: usize,
    /// Rows that were read.
    read: usize,
}

impl Rows {
    fn open(
        file: Bounded,
        metadata: Arc<ParquetMetaData>,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<Self, DataErrorKind> {
        let schema = metadata.file_metadata().schema_descr_ptr();
        let fields = schema.root_schema().get_fields();
        if fields.is_empty() {
            return Err(DataErrorKind::Empty);
        }
        if fields.len() > MAX_COLUMNS {
            let limit = MAX_COLUMNS;
            return Err(DataErrorKind::TooManyColumns { limit });
        }
        let mut columns = Vec::with_capacity(fields.len());
        let mut typed = Vec::with_capacity(fields.len());
        let mut leaf = 0;
        for field in fields {
            let name = field.name().to_owned();
            let setting = options.section.columns.get(&name).map(ColumnSetting::table);
            let is_ignored = setting.is_some_and(|setting| setting.role == Some(RoleWord::Ignore));
            let first_leaf = leaf;
            while leaf < schema.num_columns() && schema.get_column_root(leaf).name() == name {
                leaf += 1;
            }
            let is_repeated = field.get_basic_info().has_repetition()
                && field.get_basic_info().repetition() == Repetition::REPEATED;
            let kind = if field.is_primitive() && !is_repeated && leaf == first_leaf + 1 {
                conversion(&schema.column(first_leaf)).map_err(str::to_owned)
            } else {
                Err("holds lists or other columns".to_owned())
            };
            let (conversion, kind) = match kind {
                _ if is_ignored => (Conversion::Ignored, TypedKind::Text),
                Ok(found) => found,
                Err(why) => return Err(of_column(&name, why)),
            };
            let is_optional =
                first_leaf < schema.num_columns() && schema.column(first_leaf).max_def_level() > 0;
            columns.push(Column {
                leaf: first_leaf,
                conversion,
                is_optional,
                name: name.clone(),
            });
            typed.push(TypedColumn {
                name: Some(name),
                kind,
            });
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            typed: TypedColumns {
                columns: typed,
                label: FormatLabel::Configured,
            },
            readers: Vec::new(),
            columns,
            metadata,
            group: 0,
            left: 0,
            read: 0,
        })
    }

    /// Begins the next group of rows that has any; false behind the last.
    fn next_group(&mut self) -> Result<bool, DataErrorKind> {
        while self.left == 0 {
            if self.group == self.metadata.num_row_groups() {
                return Ok(false);
            }
            let group = self.metadata.row_group(self.group);
            self.left = usize::try_from(group.num_rows()).map_err(|_| DataErrorKind::Parquet {
                why: format!("a group of {} rows is announced", group.num_rows()),
            })?;
            let readers = self.columns.iter().map(|column| self.reader(column, group));
            self.readers = readers.collect::<Result<_, _>>()?;
            self.group += 1;
        }
        Ok(true)
    }

    fn reader(
        &self,
        column: &Column,
        group: &RowGroupMetaData,
    ) -> Result<Option<ColumnReader>, DataErrorKind> {
        if matches!(column.conversion, Conversion::Ignored) {
            return Ok(None);
        }
        if column.leaf >= group.num_columns() {
            return Err(of_column(&column.name, "is missing in a group of rows"));
        }
        let chunk = group.column(column.leaf);
        let first_page = chunk.dictionary_page_offset();
        let first_page = first_page.unwrap_or_else(|| chunk.data_page_offset());
        let is_inside = u64::try_from(first_page)
            .ok()
            .zip(u64::try_from(chunk.compressed_size()).ok())
            .and_then(|(from, length)| from.checked_add(length))
            .is_some_and(|end| end <= self.file.len());
        if !is_inside || chunk.data_page_offset() < 0 {
            return Err(of_column(&column.name, "lies outside the file"));
        }
        let compression = chunk.compression();
        if let Compression::LZO | Compression::BROTLI(_) | Compression::LZ4 | Compression::LZ4_RAW =
            compression
        {
            let name = compression.to_string();
            let name = name.split('(').next().unwrap_or_default();
            return Err(of_column(
                &column.name,
                format!("is compressed by {name}, which is not read"),
            ));
        }
        // The reader below hands pages over as they lie in the file.
        let plain = chunk.clone().into_builder();
        let plain = plain.set_compression(Compression::UNCOMPRESSED).build();
        let pages = plain.and_then(|plain| {
            let file = Arc::new(self.file.clone());
            SerializedPageReader::new(file, &plain, self.left, None)
        });
        let pages = pages.map_err(|error| of_column(&column.name, error.to_string()))?;
        let pages = Box::new(Unpacking {
            pages,
            compression,
            is_optional: column.is_optional,
            has_dictionary: false,
        });
        Ok(Some(get_column_reader(
            self.metadata
                .file_metadata()
                .schema_descr()
                .column(column.leaf),
            pages,
        )))
    }

    /// Reads the next rows of a column, which must be there.
    fn read_column(&mut self, number: usize, rows: usize) -> Result<Values, DataErrorKind> {
        let column = &self.columns[number];
        let cut_off = |found: usize| {
            let why = format!("ends {} rows too early", rows - found);
            of_column(&column.name, why)
        };
        let Some(reader) = &mut self.readers[number] else {
            let mut texts = Texts::default();
            (0..rows).for_each(|_| texts.push(b""));
            return Ok(Values::Texts(texts));
        };
        let failed = |error: ParquetError| of_column(&column.name, error.to_string());
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                Values::Booleans(values)
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                let values = values.into_iter().map(|value| value.map(i64::from));
                column.conversion.of_integers(values)
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                column.conversion.of_integers(values.into_iter())
            }
            ColumnReader::Int96ColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                let seconds = |value: Option<Int96>| value.map_or(f64::NAN, |value| int96(&value));
                Values::Dates(values.into_iter().map(seconds).collect())
            }
            ColumnReader::FloatColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                let number = |value: Option<f32>| value.map_or(f64::NAN, f64::from);
                Values::Numbers(values.into_iter().map(number).collect())
            }
            ColumnReader::DoubleColumnReader(reader) => {
                let values = optional(reader, rows, column.is_optional).map_err(failed)?;
                let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
                Values::Numbers(values.into_iter().map(number).collect())
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let values: Vec<Option<ByteArray>> =
                    optional(reader, rows, column.is_optional).map_err(failed)?;
                let values = values
                    .iter()
                    .map(|value| value.as_ref().map(ByteArray::data));
                column.conversion.of_bytes(values)?
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let values: Vec<Option<FixedLenByteArray>> =
                    optional(reader, rows, column.is_optional).map_err(failed)?;
                let values = values
                    .iter()
                    .map(|value| value.as_ref().map(|value| value.data()));
                column.conversion.of_bytes(values)?
            }
        };
        match values.rows() {
            found if found < rows => Err(cut_off(found)),
            _ => Ok(values),
        }
    }
}

impl TypedRows for Rows {
    fn columns(&self) -> &TypedColumns {
        &self.typed
    }

    fn next_batch(&mut self, max: usize) -> Result<Option<Batch>, DataError> {
        let of_file = |path: &Path, kind| DataError::of_file(path, kind);
        if !self
            .next_group()
            .map_err(|kind| of_file(&self.path, kind))?
        {
            return Ok(None);
        }
        let rows = self.left.min(max);
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in 0..self.columns.len() {
            let values = self.read_column(column, rows).map_err(|kind| match kind {
                DataErrorKind::NotUtf8 { .. } => {
                    let name = Some(self.columns[column].name.clone());
                    let (row, column) = (self.read + 1, column + 1);
                    DataError::at(&self.path, DataPlace::Value { row, column, name }, kind)
                }
                kind => of_file(&self.path, kind),
            })?;
            columns.push(values);
        }
        self.left -= rows;
        self.read += rows;
        Ok(Some(Batch {
            rows,
            columns,
            lines: Vec::new(),
        }))
    }
}

/// Returns how a column is read, or why it is not.
fn conversion(column: &ColumnDescriptor) -> Result<(Conversion, TypedKind), &'static str> {
    let timestamp = |a_second| (Conversion::Timestamp { a_second }, TypedKind::Date);
    let decimal = |scale: i32| match u32::try_from(scale) {
        Ok(scale @ 0..=38) => Ok((Conversion::Decimal { scale }, TypedKind::Number)),
        _ => Err("has decimals that are not read"),
    };
    let number = (Conversion::Plain, TypedKind::Number);
    let unsigned = |bits| (Conversion::Unsigned { bits }, TypedKind::Number);
    let physical = column.physical_type();
    let is_whole = matches!(physical, Type::INT32 | Type::INT64);
    let is_bytes = matches!(physical, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    match column.logical_type_ref() {
        Some(LogicalType::Decimal(kind)) if is_whole || is_bytes => return decimal(kind.scale),
        Some(LogicalType::Date) if is_whole => return Ok((Conversion::Days, TypedKind::Date)),
        Some(LogicalType::Timestamp(kind)) if is_whole => {
            return Ok(timestamp(match kind.unit {
                TimeUnit::MILLIS => 1e3,
                TimeUnit::MICROS => 1e6,
                TimeUnit::NANOS => 1e9,
            }));
        }
        Some(LogicalType::Integer(kind)) if is_whole && !kind.is_signed => {
            return Ok(unsigned(kind.bit_width.unsigned_abs().into()));
        }
        Some(LogicalType::Time(_)) => return Err("holds times of day, which are not read"),
        Some(LogicalType::Float16) if physical == Type::FIXED_LEN_BYTE_ARRAY => {
            return Ok((Conversion::Half, TypedKind::Number));
        }
        Some(
            LogicalType::Uuid
            | LogicalType::Bson
            | LogicalType::Variant(_)
            | LogicalType::Geometry(_)
            | LogicalType::Geography(_)
            | LogicalType::File,
        ) => return Err("holds bytes that are no text, which are not read"),
        _ => {}
    }
    match column.converted_type() {
        ConvertedType::DECIMAL if is_whole || is_bytes => return decimal(column.type_scale()),
        ConvertedType::DATE if is_whole => return Ok((Conversion::Days, TypedKind::Date)),
        ConvertedType::TIMESTAMP_MILLIS if is_whole => return Ok(timestamp(1e3)),
        ConvertedType::TIMESTAMP_MICROS if is_whole => return Ok(timestamp(1e6)),
        ConvertedType::UINT_8 if is_whole => return Ok(unsigned(8)),
        ConvertedType::UINT_16 if is_whole => return Ok(unsigned(16)),
        ConvertedType::UINT_32 if is_whole => return Ok(unsigned(32)),
        ConvertedType::UINT_64 if is_whole => return Ok(unsigned(64)),
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => {
            return Err("holds times of day, which are not read");
        }
        ConvertedType::INTERVAL | ConvertedType::BSON => {
            return Err("holds bytes that are no text, which are not read");
        }
        _ => {}
    }
    match physical {
        Type::BOOLEAN => Ok((Conversion::Plain, TypedKind::Boolean)),
        Type::INT96 => Ok((Conversion::Int96, TypedKind::Date)),
        Type::BYTE_ARRAY => Ok((Conversion::Text, TypedKind::Text)),
        Type::FIXED_LEN_BYTE_ARRAY => Err("holds bytes that are no text, which are not read"),
        Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE => Ok(number),
    }
}

impl Conversion {
    fn of_integers(self, values: impl Iterator<Item = Option<i64>>) -> Values {
        let numbers = |number: fn(f64, f64) -> f64, by: f64| {
            move |value: Option<i64>| value.map_or(f64::NAN, |value| number(value as f64, by))
        };
        match self {
            Self::Days => Values::Dates(
                values
                    .map(numbers(|days, by| days * by, SECONDS_A_DAY))
                    .collect(),
            ),
            Self::Timestamp { a_second } => {
                let seconds =
                    |value: Option<i64>| value.map_or(f64::NAN, |value| seconds(value, a_second));
                Values::Dates(values.map(seconds).collect())
            }
            Self::Decimal { scale } => {
                let number = |value: Option<i64>| {
                    value.map_or(f64::NAN, |value| decimal(value.into(), scale))
                };
                Values::Numbers(values.map(number).collect())
            }
            Self::Unsigned { bits: 64 } => Values::Integers(
                values
                    .map(|value| value.map(|value| i128::from(value as u64)))
                    .collect(),
            ),
            Self::Unsigned { bits } => {
                let mask = (1_i64 << bits.min(62)) - 1;
                Values::Integers(
                    values
                        .map(|value| value.map(|value| i128::from(value & mask)))
                        .collect(),
                )
            }
            _ => Values::Integers(values.map(|value| value.map(i128::from)).collect()),
        }
    }

    fn of_bytes<'a>(
        self,
        values: impl Iterator<Item = Option<&'a [u8]>>,
    ) -> Result<Values, DataErrorKind> {
        Ok(match self {
            Self::Decimal { scale } => {
                let number = |value: Option<&[u8]>| {
                    value.map_or(Ok(f64::NAN), |bytes| {
                        let unscaled = whole_number(bytes).ok_or_else(|| DataErrorKind::Parquet {
                            why: "a decimal has more than 38 digits".to_owned(),
                        });
                        unscaled.map(|unscaled| decimal(unscaled, scale))
                    })
                };
                Values::Numbers(values.map(number).collect::<Result<_, _>>()?)
            }
            Self::Half => {
                let number = |value: Option<&[u8]>| match value {
                    Some(&[low, high]) => half(u16::from_le_bytes([low, high])),
                    _ => f64::NAN,
                };
                Values::Numbers(values.map(number).collect())
            }
            _ => {
                let mut texts = Texts::default();
                for value in values {
                    let text = value.unwrap_or_default();
                    if std::str::from_utf8(text).is_err() {
                        let text = shown(&String::from_utf8_lossy(text));
                        return Err(DataErrorKind::NotUtf8 { text });
                    }
                    texts.push(text);
                }
                Values::Texts(texts)
            }
        })
    }
}

/// Returns seconds, each of `a_second` parts; what is whole stays so.
fn seconds(parts: i64, a_second: f64) -> f64 {
    let a_second = a_second as i64;
    let (whole, rest) = (parts.div_euclid(a_second), parts.rem_euclid(a_second));
    whole as f64 + rest as f64 / a_second as f64
}

/// Returns the nearest number to a whole one divided by a power of ten.
fn decimal(unscaled: i128, scale: u32) -> f64 {
    /// Up to here, whole numbers and powers of ten are exact, and so their quotient is the nearest number.
    const MAX_EXACT: u128 = 1 << 53;
    const MAX_EXACT_SCALE: u32 = 22;
    if unscaled.unsigned_abs() <= MAX_EXACT && scale <= MAX_EXACT_SCALE {
        return unscaled as f64 / 10_f64.powi(scale as i32);
    }
    let text = format!("{unscaled}e-{scale}");
    text.parse().unwrap_or(f64::NAN) // it is a number as programs write it
}

/// Returns the whole number of up to 16 bytes, the highest first, with a sign.
fn whole_number(bytes: &[u8]) -> Option<i128> {
    let first = bytes.first()?;
    let filler: i128 = if *first >= 0x80 { -1 } else { 0 };
    let extra = bytes.len().saturating_sub(16);
    let (unused, used) = bytes.split_at(extra);
    if unused.iter().any(|byte| *byte != filler as u8) {
        return None;
    }
    Some(
        used.iter()
            .fold(filler, |number, byte| number << 8 | i128::from(*byte)),
    )
}

/// Returns when a day and its nanoseconds are, in seconds since 1970.
fn int96(value: &Int96) -> f64 {
    let [low, high, day] = [0, 1, 2].map(|word| u64::from(value.data()[word]));
    let nanoseconds = (high << 32 | low) as i64;
    (f64::from(day as u32) - DAY_OF_1970) * SECONDS_A_DAY + nanoseconds as f64 / 1e9
}

/// Reads values, `None` where there is none; fewer at the end of the group.
fn optional<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    is_optional: bool,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let mut found = Vec::new();
    while found.len() < rows {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let wanted = rows - found.len();
        let levels_read = is_optional.then_some(&mut levels);
        let (records, _, _) = reader.read_records(wanted, levels_read, None, &mut values)?;
        if records == 0 {
            break;
        }
        if !is_optional {
            found.extend(values.into_iter().map(Some));
            continue;
        }
        let mut values = values.into_iter();
        for level in levels {
            found.push(if level > 0 { values.next() } else { None });
        }
    }
    Ok(found)
}

/// Pages that are unpacked.
struct Unpacking {
    pages: SerializedPageReader<Bounded>,
    compression: Compression,
    /// Whether values may be missing, so that the levels that tell are in front of those of older pages.
    is_optional: bool,
    /// Whether the values that pages count were there.
    has_dictionary: bool,
}

impl Unpacking {
    fn unpack(&self, bytes: &Bytes) -> Result<Bytes, ParquetError> {
        let too_large =
            || ParquetError::General(format!("a page has more than {} MiB", MAX_PAGE >> 20));
        let mut unpacked = Vec::new();
        let packed = &bytes[..];
        let read = |unpacked: &mut Vec<u8>, source: &mut dyn Read| {
            source.take(MAX_PAGE + 1).read_to_end(unpacked)?;
            Ok::<_, ParquetError>(())
        };
        match self.compression {
            Compression::SNAPPY => {
                let failed = |error: snap::Error| ParquetError::General(error.to_string());
                let length = snap::raw::decompress_len(packed).map_err(failed)?;
                if length as u64 > MAX_PAGE {
                    return Err(too_large());
                }
                unpacked = snap::raw::Decoder::new()
                    .decompress_vec(packed)
                    .map_err(failed)?;
            }
            Compression::GZIP(_) => read(&mut unpacked, &mut MultiGzDecoder::new(packed))?,
            Compression::ZSTD(_) => read(&mut unpacked, &mut ZstdFrames::new(packed))?,
            _ => return Ok(bytes.clone()),
        }
        if unpacked.len() as u64 > MAX_PAGE {
            return Err(too_large());
        }
        Ok(unpacked.into())
    }

    /// Checks what the decoder takes for granted.
    fn check(&mut self, page: &Page) -> Result<(), ParquetError> {
        let wrong = |why: &str| Err(ParquetError::General(why.to_owned()));
        let counts_values = matches!(
            page.encoding(),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
        );
        match page {
            Page::DictionaryPage { .. } => self.has_dictionary = true,
            _ if counts_values && !self.has_dictionary => {
                return wrong("a page has no dictionary for its values");
            }
            Page::DataPage {
                buf,
                def_level_encoding: Encoding::RLE,
                ..
            } if self.is_optional => {
                let length = buf
                    .first_chunk::<4>()
                    .map(|bytes| u32::from_le_bytes(*bytes));
                let is_inside = length.is_some_and(|length| length as usize <= buf.len() - 4);
                if !is_inside {
                    return wrong("a page is cut off");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn unpack_page(&self, page: Page) -> Result<Page, ParquetError> {
        Ok(match page {
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            } => Page::DataPage {
                buf: self.unpack(&buf)?,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            },
            Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                is_sorted,
            } => Page::DictionaryPage {
                buf: self.unpack(&buf)?,
                num_values,
                encoding,
                is_sorted,
            },
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                statistics,
            } => {
                // The levels are in front, as they are.
                let levels = def_levels_byte_len as usize + rep_levels_byte_len as usize;
                if levels > buf.len() {
                    return Err(ParquetError::EOF("a page is cut off".to_owned()));
                }
                let buf = if is_compressed && levels < buf.len() {
                    let values = self.unpack(&buf.slice(levels..))?;
                    [&buf[..levels], &values[..]].concat().into()
                } else {
                    buf
                };
                Page::DataPageV2 {
                    buf,
                    num_values,
                    encoding,
                    num_nulls,
                    num_rows,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    is_compressed: false,
                    statistics,
                }
            }
        })
    }
}

impl Iterator for Unpacking {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Unpacking {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let Some(page) = self.pages.get_next_page()? else {
            return Ok(None);
        };
        let page = self.unpack_page(page)?;
        self.check(&page)?;
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.pages.skip_next_page()
    }
}
