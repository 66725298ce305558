//! Writes rows to files, each of which is complete or absent.

mod csv;
mod idx;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::atomic_file::AtomicFile;
use crate::error::DataError;
use crate::read::is_gzip_name;

pub use csv::{csv_field, write_csv};
pub use idx::{idx_label_file, write_idx};

/// Lets `write` fill a file, gzip-compressed if `path` ends in `.gz`, which replaces `path` when it is complete.
fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    let write_atomically = || {
        let file = AtomicFile::create(path)?;
        if is_gzip_name(path) {
            let mut encoder = GzEncoder::new(file.file(), Compression::default());
            let mut out = BufWriter::new(&mut encoder);
            write(&mut out)?;
            out.flush()?;
            drop(out);
            encoder.finish()?;
        } else {
            let mut out = BufWriter::new(file.file());
            write(&mut out)?;
            out.flush()?;
        }
        file.commit()
    };
    write_atomically().map_err(|error| DataError::writing(path, error))
}
