//! Rows as Parquet: columns with names and types, compressed by snappy.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::write_file;
use crate::error::DataError;
use crate::{ColumnKind, ColumnValues, Dataset, Features};

/// Rows of a group.
const GROUP: usize = 1 << 16;
/// Points in time are written in millionths of a second.
const A_SECOND: f64 = 1e6;

/// What the values of a column that is written are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParquetKind {
    /// Numbers of 32 bits.
    Float,
    /// Numbers of 64 bits.
    Double,
    /// Whole numbers.
    Integer,
    /// Yes or no.
    Boolean,
    /// Points in time.
    Date,
    /// Texts.
    Text,
}

/// Values of a column, `[rows]`.
#[derive(Clone, Debug)]
pub enum ParquetValues {
    /// Numbers of 32 bits; NaN for a missing one.
    Floats(Vec<f32>),
    /// Numbers of 64 bits; NaN for a missing one.
    Doubles(Vec<f64>),
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
    /// Yes or no.
    Booleans(Vec<Option<bool>>),
    /// Seconds since 1970-01-01T00:00:00Z; NaN for a missing one.
    Dates(Vec<f64>),
    /// Texts.
    Texts(Vec<Option<String>>),
}

/// Writes rows piece by piece.
pub struct ParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a table of these columns.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn new(out: W, columns: &[(String, ParquetKind)]) -> io::Result<Self> {
        let fields = columns
            .iter()
            .map(|(name, kind)| field(name, *kind).map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("schema")
            .with_fields(fields)
            .build();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("mlp ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer =
            SerializedFileWriter::new(out, Arc::new(schema.map_err(failed)?), Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(failed)?,
        })
    }

    /// Writes rows as a group: the values of each column, in the order and of the kinds of [`Self::new`].
    ///
    /// # Errors
    /// If they cannot be written, or are of other kinds.
    pub fn write(&mut self, columns: &[ParquetValues]) -> io::Result<()> {
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for values in columns {
            write_column(&mut group, values).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }

    /// Writes the list of contents, which makes the file complete.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> io::Result<()> {
        self.writer.close().map_err(failed)?;
        Ok(())
    }
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(cause) => io::Error::other(cause),
        },
        error => io::Error::other(error),
    }
}

fn field(name: &str, kind: ParquetKind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        ParquetKind::Float => (Physical::FLOAT, None),
        ParquetKind::Double => (Physical::DOUBLE, None),
        ParquetKind::Integer => (Physical::INT64, None),
        ParquetKind::Boolean => (Physical::BOOLEAN, None),
        ParquetKind::Date => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
        ParquetKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL)
        .build()
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<W>,
    values: &ParquetValues,
) -> Result<(), ParquetError> {
    match values {
        ParquetValues::Floats(values) => {
            let value = |value: &f32| (!value.is_nan()).then_some(*value);
            write_values::<FloatType, _>(group, values.iter().map(value))
        }
        ParquetValues::Doubles(values) => {
            let value = |value: &f64| (!value.is_nan()).then_some(*value);
            write_values::<DoubleType, _>(group, values.iter().map(value))
        }
        ParquetValues::Integers(values) => {
            write_values::<Int64Type, _>(group, values.iter().copied())
        }
        ParquetValues::Booleans(values) => {
            write_values::<BoolType, _>(group, values.iter().copied())
        }
        ParquetValues::Dates(values) => {
            let value =
                |value: &f64| (!value.is_nan()).then_some((value * A_SECOND).round() as i64);
            write_values::<Int64Type, _>(group, values.iter().map(value))
        }
        ParquetValues::Texts(values) => {
            let value = |value: &Option<String>| {
                value
                    .as_ref()
                    .map(|text| ByteArray::from(text.as_bytes().to_vec()))
            };
            write_values::<ByteArrayType, _>(group, values.iter().map(value))
        }
    }
}

fn write_values<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General(
            "there are too many columns".to_owned(),
        ));
    };
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    column
        .typed::<T>()
        .write_batch(&present, Some(&levels), None)?;
    column.close()
}

/// Writes a data set: the label first, under the target's name (`label` if it has none), then the features under their
/// names. Categories and labels are texts, labels that all are whole numbers are these; bytes are whole numbers.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet(path: &Path, dataset: &Dataset) -> Result<(), DataError> {
    let target = dataset.schema.target_name.as_deref().unwrap_or("label");
    let names = dataset.classes().iter();
    let numbers: Option<Vec<i64>> = names.map(|name| name.parse().ok()).collect();
    let mut columns = Vec::new();
    if dataset.labels().is_some() {
        let kind = match numbers {
            Some(_) => ParquetKind::Integer,
            None => ParquetKind::Text,
        };
        columns.push((target.to_owned(), kind));
    }
    for (number, column) in dataset.schema.columns.iter().enumerate() {
        columns.push((column.name.clone(), kind(dataset, number)));
    }
    write_file(path, |out| {
        let mut writer = ParquetWriter::new(out, &columns)?;
        let mut from = 0;
        while from < dataset.rows() {
            let to = dataset.rows().min(from + GROUP);
            let mut values = Vec::with_capacity(columns.len());
            if let Some(labels) = dataset.labels() {
                let labels = &labels[from..to];
                values.push(if let Some(numbers) = &numbers {
                    let number = |label: &u32| Some(numbers[*label as usize]);
                    ParquetValues::Integers(labels.iter().map(number).collect())
                } else {
                    let name = |label: &u32| Some(dataset.classes()[*label as usize].clone());
                    ParquetValues::Texts(labels.iter().map(name).collect())
                });
            }
            for column in 0..dataset.columns() {
                values.push(values_of(dataset, column, from..to));
            }
            writer.write(&values)?;
            from = to;
        }
        writer.finish()
    })
}

fn kind(dataset: &Dataset, column: usize) -> ParquetKind {
    match (&dataset.features, &dataset.schema.columns[column].kind) {
        (Features::Bytes(_), _) => ParquetKind::Integer,
        (_, ColumnKind::Boolean) => ParquetKind::Boolean,
        (_, ColumnKind::Category { .. }) => ParquetKind::Text,
        (_, ColumnKind::Date) => ParquetKind::Date,
        (Features::Columns(columns), ColumnKind::Number { .. })
            if matches!(columns[column], ColumnValues::Doubles(_)) =>
        {
            ParquetKind::Double
        }
        (_, ColumnKind::Number { .. }) => ParquetKind::Float,
    }
}

fn values_of(dataset: &Dataset, column: usize, rows: std::ops::Range<usize>) -> ParquetValues {
    let columns = dataset.columns();
    let number = |row| dataset.features.number(row, column, columns);
    // Codes count from 1; NaN is none.
    let code = |row| (number(row) as usize).checked_sub(1);
    match kind(dataset, column) {
        ParquetKind::Float => ParquetValues::Floats(rows.map(|row| number(row) as f32).collect()),
        ParquetKind::Double => ParquetValues::Doubles(rows.map(number).collect()),
        ParquetKind::Date => ParquetValues::Dates(rows.map(number).collect()),
        ParquetKind::Integer => {
            ParquetValues::Integers(rows.map(|row| Some(number(row) as i64)).collect())
        }
        ParquetKind::Boolean => {
            ParquetValues::Booleans(rows.map(|row| code(row).map(|code| code == 1)).collect())
        }
        ParquetKind::Text => {
            let names: Vec<&String> = match &dataset.schema.columns[column].kind {
                ColumnKind::Category { categories, rare } => {
                    categories.iter().chain(rare).collect()
                }
                _ => Vec::new(),
            };
            let name = |row| code(row).map(|code: usize| names[code].clone());
            ParquetValues::Texts(rows.map(name).collect())
        }
    }
}
