//! Writes rows to files, each of which is complete or absent.

mod csv;
mod idx;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::atomic_file::AtomicFile;
use crate::error::DataError;
use crate::read::Compression;

pub use csv::{csv_field, write_csv};
pub use idx::{idx_label_file, write_idx};
pub use npy::{write_npy, write_npz};
#[cfg(feature = "parquet")]
pub use parquet::{ParquetKind, ParquetValues, ParquetWriter, write_parquet};

/// Content of a frame of zstd that is written.
const FRAME: usize = 1 << 22;

/// Lets `write` fill a file, compressed if `path` ends in `.gz` or `.zst`, which replaces `path` when it is complete.
fn write_file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), DataError> {
    let write_atomically = || {
        let file = AtomicFile::create(path)?;
        let mut out = Compressor::of_name(path, file.file());
        write(&mut out)?;
        out.finish()?;
        file.commit()
    };
    write_atomically().map_err(|error| DataError::writing(path, error))
}

/// Compresses what is written to it, as the name of a file says: `.gz`, `.zst`, or not at all.
pub struct Compressor<W: Write>(Encoder<W>);

enum Encoder<W: Write> {
    None(BufWriter<W>),
    Gzip(BufWriter<GzEncoder<W>>),
    Zstd(ZstdEncoder<W>),
}

impl<W: Write> Compressor<W> {
    /// Begins to write to `out` without compressing.
    pub fn plain(out: W) -> Self {
        Self(Encoder::None(BufWriter::new(out)))
    }

    /// Begins to write to `out`, the file at `path`.
    pub fn of_name(path: &Path, out: W) -> Self {
        Self(match Compression::of_name(path) {
            None => Encoder::None(BufWriter::new(out)),
            Some(Compression::Gzip) => {
                let encoder = GzEncoder::new(out, flate2::Compression::default());
                Encoder::Gzip(BufWriter::new(encoder))
            }
            Some(Compression::Zstd) => Encoder::Zstd(ZstdEncoder::new(out)),
        })
    }

    /// Writes what is left and returns what was written to.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Encoder::None(out) => out.into_inner().map_err(io::IntoInnerError::into_error),
            Encoder::Gzip(out) => {
                let encoder = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                encoder.finish()
            }
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoder::None(out) => out.write(bytes),
            Encoder::Gzip(out) => out.write(bytes),
            Encoder::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Encoder::None(out) => out.flush(),
            Encoder::Gzip(out) => out.flush(),
            Encoder::Zstd(out) => out.flush(),
        }
    }
}

/// Compresses by zstd, in frames that follow each other.
struct ZstdEncoder<W> {
    out: W,
    content: Vec<u8>,
    has_frames: bool,
}

impl<W: Write> ZstdEncoder<W> {
    const fn new(out: W) -> Self {
        Self {
            out,
            content: Vec::new(),
            has_frames: false,
        }
    }

    fn write_frame(&mut self) -> io::Result<()> {
        // In memory: the encoder panics where reading or writing fails.
        let frame = compress_to_vec(&self.content[..], CompressionLevel::Fastest);
        self.content.clear();
        self.has_frames = true;
        self.out.write_all(&frame)
    }

    /// Writes what is left; no content is an empty frame.
    fn finish(mut self) -> io::Result<W> {
        if !self.content.is_empty() || !self.has_frames {
            self.write_frame()?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for ZstdEncoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(FRAME - self.content.len());
        self.content.extend_from_slice(&bytes[..length]);
        if self.content.len() == FRAME {
            self.write_frame()?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // a frame is written when it is whole
    }
}
