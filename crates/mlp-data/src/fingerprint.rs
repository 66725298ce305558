//! SHA-256 of files and of what was read from them.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{ColumnKind, ColumnValues, Dataset, Features, Target};
use crate::error::{DataError, DataErrorKind};

/// Values converted to bytes at once.
const CHUNK: usize = 1 << 14;

/// SHA-256, in hexadecimal, of the rows: features, labels and class names or numbers to predict, groups and times, whatever file they came from.
///
/// The same rows as CSV, compressed, or as IDX have the same fingerprint. Feature names are left out: a header
/// does not change a training.
#[must_use]
pub fn fingerprint(dataset: &Dataset) -> String {
    let mut hash = Sha256::new();
    hash.update((dataset.rows() as u64).to_le_bytes());
    hash.update((dataset.columns() as u64).to_le_bytes());
    match &dataset.features {
        Features::Bytes(values) => {
            hash.update(b"u8");
            hash.update(values);
        }
        Features::Floats(values) => {
            hash.update(b"f32");
            update(&mut hash, values, f32::to_le_bytes);
        }
        Features::Columns(columns) => {
            for (values, column) in columns.iter().zip(&dataset.schema.columns) {
                update_with_column(&mut hash, values, &column.kind);
            }
        }
    }
    match &dataset.target {
        Some(Target::Class { labels }) => {
            hash.update(b"labels");
            update(&mut hash, labels, u32::to_le_bytes);
        }
        Some(Target::Value { values }) => {
            hash.update(b"values");
            update(&mut hash, values, f64::to_le_bytes);
        }
        None => {}
    }
    update_with_names(&mut hash, dataset.classes());
    if let Some(groups) = &dataset.groups {
        hash.update(b"groups");
        update(&mut hash, groups, u32::to_le_bytes);
    }
    if let Some(times) = &dataset.times {
        hash.update(b"times");
        update(&mut hash, times, f64::to_le_bytes);
    }
    if let Some(weights) = &dataset.weights {
        hash.update(b"weights");
        update(&mut hash, weights, f64::to_le_bytes);
    }
    hexadecimal(hash)
}

fn update_with_column(hash: &mut Sha256, values: &ColumnValues, kind: &ColumnKind) {
    hash.update(kind.name());
    if let ColumnKind::Category { categories, rare } = kind {
        update_with_names(hash, categories);
        update_with_names(hash, rare);
    }
    match values {
        ColumnValues::Floats(values) => update(hash, values, f32::to_le_bytes),
        ColumnValues::Doubles(values) => update(hash, values, f64::to_le_bytes),
        ColumnValues::Codes(codes) => {
            let codes: Vec<u32> = (0..codes.rows()).map(|row| codes.get(row)).collect();
            update(hash, &codes, u32::to_le_bytes);
        }
    }
}

fn update_with_names(hash: &mut Sha256, names: &[String]) {
    for name in names {
        // The length keeps the names apart.
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
}

/// SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// If the file cannot be read.
pub fn sha256_file(path: &Path) -> Result<String, DataError> {
    let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
    sha256_reader(file).map_err(|error| DataError::of_file(path, DataErrorKind::CannotRead(error)))
}

/// SHA-256 of all that a reader yields, in hexadecimal.
pub(crate) fn sha256_reader(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(hash)),
            Ok(bytes) => hash.update(&buffer[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn update<T: Copy, const SIZE: usize>(
    hash: &mut Sha256,
    values: &[T],
    bytes: impl Fn(T) -> [u8; SIZE],
) {
    let mut chunk = Vec::with_capacity(SIZE * CHUNK);
    for values in values.chunks(CHUNK) {
        chunk.clear();
        chunk.extend(values.iter().flat_map(|&value| bytes(value)));
        hash.update(&chunk);
    }
}

pub(crate) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
            text
        })
}
