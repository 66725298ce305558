//! Rows of numbers as arrays of NumPy: NPY, one matrix; NPZ, features `x` and labels `y`.

use std::io::{self, Write};
use std::path::Path;

use flate2::Crc;

use super::write_file;
use crate::error::{DataError, DataErrorKind};
use crate::{ColumnKind, ColumnValues, Dataset, Features};

/// Lengths of headers are multiples of this, so that values are aligned in memory.
const ALIGNMENT: usize = 64;
/// What every NPY file of version 1 begins with, before the length of its header.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Version of ZIP that has lengths of 64 bits.
const VERSION: u16 = 45;
/// Stands for a number that follows in the extra field of 64 bits.
const IN_EXTRA_FIELD: u32 = u32::MAX;
/// 1980-01-01, so that the same rows give the same file.
const DATE: u16 = 1 << 5 | 1;

/// Writes features as a matrix, `[rows, columns]`, the labels behind them, which must be whole numbers; compressed if
/// `path` ends in `.gz` or `.zst`. A missing value is NaN.
///
/// # Errors
/// When a column or a class is no number, or the file cannot be written.
pub fn write_npy(path: &Path, dataset: &Dataset) -> Result<(), DataError> {
    let values = Values::of(path, dataset)?;
    let numbers = match dataset.labels() {
        None => None,
        Some(labels) => {
            let numbers = class_numbers(dataset).ok_or_else(|| {
                let why = "its classes are no whole numbers, and a matrix holds nothing else";
                DataError::of_file(path, DataErrorKind::ArrayUnfit { why: why.into() })
            })?;
            Some((labels, numbers))
        }
    };
    let matrix = Matrix {
        values,
        labels: numbers,
        rows: dataset.rows(),
        columns: dataset.columns(),
        image: None,
    };
    write_file(path, |out| matrix.write(out))
}

/// Writes features as `x`, `[rows, columns]` or `[rows, height, width]`, and labels as `y`, numbers if all classes are
/// whole ones, else texts. A missing value is NaN.
///
/// # Errors
/// When a column is none of numbers, or the file cannot be written.
pub fn write_npz(path: &Path, dataset: &Dataset) -> Result<(), DataError> {
    let image = dataset.schema.image.filter(|_| dataset.has_byte_pixels());
    let features = Matrix {
        values: Values::of(path, dataset)?,
        labels: None,
        rows: dataset.rows(),
        columns: dataset.columns(),
        image: image.map(|image| (image.height, image.width)),
    };
    write_file(path, |out| {
        let mut archive = Archive {
            out,
            at: 0,
            directory: Vec::new(),
            entries: 0,
        };
        archive.add("x.npy", |out| features.write(out))?;
        if let Some(labels) = dataset.labels() {
            archive.add("y.npy", |out| write_labels(out, dataset, labels))?;
        }
        archive.finish()
    })
}

/// Returns the number that each class stands for, if all are whole numbers.
fn class_numbers(dataset: &Dataset) -> Option<Vec<i64>> {
    let numbers = dataset.classes().iter().map(|name| name.parse().ok());
    numbers.collect()
}

fn write_labels(out: &mut dyn Write, dataset: &Dataset, labels: &[u32]) -> io::Result<()> {
    let shape = format!("({},)", labels.len());
    if let Some(numbers) = class_numbers(dataset) {
        write_header(out, "<i8", &shape)?;
        return labels
            .iter()
            .try_for_each(|&label| out.write_all(&numbers[label as usize].to_le_bytes()));
    }
    let names: Vec<Vec<char>> = dataset
        .classes()
        .iter()
        .map(|name| name.chars().collect())
        .collect();
    let length = names.iter().map(Vec::len).max().unwrap_or(0).max(1);
    write_header(out, &format!("<U{length}"), &shape)?;
    let texts = names.iter().map(|name| {
        let filled = name.iter().copied().chain(std::iter::repeat('\0'));
        let characters = filled.take(length);
        characters
            .flat_map(|character| u32::from(character).to_le_bytes())
            .collect()
    });
    let texts: Vec<Vec<u8>> = texts.collect();
    labels
        .iter()
        .try_for_each(|&label| out.write_all(&texts[label as usize]))
}

fn write_header(out: &mut dyn Write, descr: &str, shape: &str) -> io::Result<()> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let before = MAGIC.len() + 2;
    let end = (before + header.len() + 1).next_multiple_of(ALIGNMENT);
    header += &" ".repeat(end - before - header.len() - 1);
    header.push('\n');
    out.write_all(MAGIC)?;
    let length = header.len() as u16; // names and numbers of a line
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())
}

/// Values that an array can have.
enum Values<'a> {
    Bytes(&'a [u8]),
    Floats(&'a [f32]),
    /// Numbers, some of which need 64 bits.
    Columns(&'a [ColumnValues]),
}

impl<'a> Values<'a> {
    fn of(path: &Path, dataset: &'a Dataset) -> Result<Self, DataError> {
        let columns = dataset.schema.columns.iter();
        let mut others = columns.filter(|column| !matches!(column.kind, ColumnKind::Number { .. }));
        if let Some(other) = others.next() {
            let why = format!(
                "its column `{}` is of the kind {}, and an array holds numbers",
                other.name,
                other.kind.name()
            );
            return Err(DataError::of_file(path, DataErrorKind::ArrayUnfit { why }));
        }
        Ok(match &dataset.features {
            Features::Bytes(values) => Self::Bytes(values),
            Features::Floats(values) => Self::Floats(values),
            Features::Columns(values) => Self::Columns(values),
        })
    }
}

/// An array of rows.
struct Matrix<'a> {
    values: Values<'a>,
    /// The class of each row and the number of each class, if they are a column behind the others.
    labels: Option<(&'a [u32], Vec<i64>)>,
    rows: usize,
    columns: usize,
    /// Height and width, if rows are images.
    image: Option<(usize, usize)>,
}

impl Matrix<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.columns + usize::from(self.labels.is_some());
        let shape = self.image.map_or_else(
            || format!("({}, {columns})", self.rows),
            |(height, width)| format!("({}, {height}, {width})", self.rows),
        );
        let numbers = self.labels.iter().flat_map(|(_, numbers)| numbers);
        let most = numbers
            .map(|number| number.unsigned_abs())
            .max()
            .unwrap_or(0);
        let is_negative = self
            .labels
            .iter()
            .any(|(_, numbers)| numbers.iter().any(|n| *n < 0));
        // The type that holds the values and the numbers of the classes.
        match &self.values {
            Values::Bytes(values) if most <= u8::MAX.into() && !is_negative => {
                write_header(out, "|u1", &shape)?;
                self.write_rows(
                    out,
                    |row, column| [values[row * self.columns + column]],
                    |n| [n as u8],
                )
            }
            Values::Bytes(values) => {
                write_header(out, "<f8", &shape)?;
                let value = |row: usize, column: usize| {
                    f64::from(values[row * self.columns + column]).to_le_bytes()
                };
                self.write_rows(out, value, |number| (number as f64).to_le_bytes())
            }
            Values::Floats(values) if most < 1 << 24 => {
                write_header(out, "<f4", &shape)?;
                let value = |row: usize, column: usize| {
                    let value: f32 = values[row * self.columns + column];
                    value.to_le_bytes()
                };
                self.write_rows(out, value, |number| (number as f32).to_le_bytes())
            }
            Values::Floats(values) => {
                write_header(out, "<f8", &shape)?;
                let value = |row: usize, column: usize| {
                    f64::from(values[row * self.columns + column]).to_le_bytes()
                };
                self.write_rows(out, value, |number| (number as f64).to_le_bytes())
            }
            Values::Columns(columns) => {
                write_header(out, "<f8", &shape)?;
                let value = |row: usize, column: usize| columns[column].number(row).to_le_bytes();
                self.write_rows(out, value, |number| (number as f64).to_le_bytes())
            }
        }
    }

    fn write_rows<const N: usize>(
        &self,
        out: &mut dyn Write,
        value: impl Fn(usize, usize) -> [u8; N],
        label: impl Fn(i64) -> [u8; N],
    ) -> io::Result<()> {
        let mut bytes = Vec::with_capacity((self.columns + 1) * N);
        for row in 0..self.rows {
            bytes.clear();
            for column in 0..self.columns {
                bytes.extend(value(row, column));
            }
            if let Some((labels, numbers)) = &self.labels {
                bytes.extend(label(numbers[labels[row] as usize]));
            }
            out.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// A ZIP archive of stored files, all lengths in 64 bits (APPNOTE.TXT of PKWARE).
struct Archive<'a> {
    out: &'a mut dyn Write,
    /// Bytes written.
    at: u64,
    directory: Vec<u8>,
    entries: u64,
}

/// Counts and checks what is written.
#[derive(Default)]
struct Checked {
    crc: Crc,
    length: u64,
}

impl Write for Checked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Archive<'_> {
    /// Adds a file, which `write` writes twice: its header has its checksum.
    fn add(
        &mut self,
        name: &str,
        write: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut checked = Checked::default();
        write(&mut checked)?;
        let (crc, length) = (checked.crc.sum(), checked.length);
        let mut common = Vec::new();
        common.extend(VERSION.to_le_bytes());
        common.extend([0; 2 * 3]); // no flags, stored, midnight
        common.extend(DATE.to_le_bytes());
        common.extend(crc.to_le_bytes());
        common.extend(IN_EXTRA_FIELD.to_le_bytes());
        common.extend(IN_EXTRA_FIELD.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        let extra = |numbers: &[u64]| {
            let mut extra = vec![1, 0];
            extra.extend((8 * numbers.len() as u16).to_le_bytes());
            extra.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            extra
        };

        let in_file = extra(&[length, length]);
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(&common);
        header.extend((in_file.len() as u16).to_le_bytes());
        header.extend(name.as_bytes());
        header.extend(in_file);

        let in_directory = extra(&[length, length, self.at]);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        self.directory
            .extend((in_directory.len() as u16).to_le_bytes());
        self.directory.extend([0; 2 + 2 + 2 + 4]); // no comment, first disk, no attributes
        self.directory.extend(IN_EXTRA_FIELD.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.directory.extend(in_directory);
        self.entries += 1;

        self.out.write_all(&header)?;
        write(self.out)?;
        self.at += header.len() as u64 + length;
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        let size = self.directory.len() as u64;
        let mut end = self.directory;
        end.extend(b"PK\x06\x06");
        end.extend(44_u64.to_le_bytes()); // bytes that follow
        end.extend(VERSION.to_le_bytes());
        end.extend(VERSION.to_le_bytes());
        end.extend([0; 2 * 4]); // one disk
        for number in [self.entries, self.entries, size, self.at] {
            end.extend(number.to_le_bytes());
        }
        end.extend(b"PK\x06\x07");
        end.extend([0; 4]);
        end.extend((self.at + size).to_le_bytes());
        end.extend(1_u32.to_le_bytes());
        end.extend(b"PK\x05\x06");
        end.extend([0; 2 * 2]);
        end.extend([0xff; 2 * 2 + 2 * 4]); // see above
        end.extend([0; 2]);
        self.out.write_all(&end)
    }
}
