//! Rows become files, each of which appears whole or not at all.

mod csv;
mod idx;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::durable::Unfinished;
use crate::error::DataError;
use crate::read::is_gzip_name;

pub use csv::{csv_field, write_csv};
pub use idx::{idx_label_file, write_idx};

/// Lets `write` fill a file, gzip-compressed if `path` ends in `.gz`, and puts it in its place when it is whole.
fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    let write_whole = || {
        let unfinished = Unfinished::beside(path)?;
        if is_gzip_name(path) {
            let mut encoder = GzEncoder::new(unfinished.file(), Compression::default());
            let mut out = BufWriter::new(&mut encoder);
            write(&mut out)?;
            out.flush()?;
            drop(out);
            encoder.finish()?;
        } else {
            let mut out = BufWriter::new(unfinished.file());
            write(&mut out)?;
            out.flush()?;
        }
        unfinished.finish()
    };
    write_whole().map_err(|error| DataError::writing(path, error))
}
