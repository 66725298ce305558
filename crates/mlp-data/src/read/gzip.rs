//! Plain and gzip-compressed streams, read alike.

use std::error::Error;
use std::fmt;
use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

use crate::error::DataErrorKind;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Maximum ratio of the length of content to that of its compressed form. Only rows that are nearly all the same
/// compress better.
const MAX_RATIO: u64 = 500;
/// Bytes of content from which on the ratio is checked.
const MIN_BYTES: u64 = 1 << 26;

/// Returns whether a stream that begins so is gzip-compressed.
#[must_use]
pub fn is_gzip(first: &[u8]) -> bool {
    first.starts_with(&MAGIC)
}

/// A stream that is decompressed if it begins as gzip does, whatever its file's name.
pub(super) struct Source<R> {
    /// Content that was looked at and is still to be delivered.
    ahead: Cursor<Vec<u8>>,
    stream: Stream<R>,
}

enum Stream<R> {
    Plain(R),
    Gzip(Box<Unpacked<R>>),
}

/// A gzip stream that ends in an error where it unpacks to far more than a table does.
struct Unpacked<R> {
    decoder: MultiGzDecoder<Counted<io::Chain<Cursor<Vec<u8>>, R>>>,
    bytes: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        self.bytes += read as u64;
        let packed = self.decoder.get_ref().bytes;
        if self.bytes > MIN_BYTES && self.bytes / MAX_RATIO > packed {
            return Err(io::Error::other(TooDense));
        }
        Ok(read)
    }
}

/// A stream and the number of bytes read from it.
struct Counted<R> {
    stream: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The error of a gzip stream that unpacks to far more than a table does.
#[derive(Debug)]
struct TooDense;

impl fmt::Display for TooDense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {MAX_RATIO} times its size")
    }
}

impl Error for TooDense {}

impl<R: Read> Source<R> {
    /// Begins to read, by looking at the first two bytes.
    pub fn new(mut stream: R) -> Result<Self, DataErrorKind> {
        let mut first = Vec::new();
        stream
            .by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut first)
            .map_err(DataErrorKind::CannotRead)?;
        Ok(if is_gzip(&first) {
            let whole = Counted {
                stream: Cursor::new(first).chain(stream),
                bytes: 0,
            };
            let unpacked = Unpacked {
                decoder: MultiGzDecoder::new(whole),
                bytes: 0,
            };
            Self {
                ahead: Cursor::default(),
                stream: Stream::Gzip(Box::new(unpacked)),
            }
        } else {
            Self {
                ahead: Cursor::new(first),
                ..Self::plain(stream)
            }
        })
    }

    /// Begins to read a stream that is not compressed, whatever its first bytes are.
    pub fn plain(stream: R) -> Self {
        Self {
            ahead: Cursor::default(),
            stream: Stream::Plain(stream),
        }
    }

    /// Returns whether it is decompressed.
    pub fn is_gzip(&self) -> bool {
        matches!(self.stream, Stream::Gzip(_))
    }

    /// Returns the next bytes of the content, fewer at its end; they stay to be read.
    pub fn peek(&mut self, length: usize) -> Result<Vec<u8>, DataErrorKind> {
        let mut first = Vec::with_capacity(length);
        if let Err(error) = self.by_ref().take(length as u64).read_to_end(&mut first) {
            return Err(self.explain(error));
        }
        // Whatever was ahead and is not in `first` must follow it.
        let mut ahead = first.clone();
        self.ahead
            .read_to_end(&mut ahead)
            .map_err(DataErrorKind::CannotRead)?;
        self.ahead = Cursor::new(ahead);
        Ok(first)
    }

    /// Says why reading failed.
    pub fn explain(&self, error: io::Error) -> DataErrorKind {
        match (&self.stream, error.kind()) {
            (Stream::Gzip(_), io::ErrorKind::UnexpectedEof) => DataErrorKind::GzipTruncated,
            (Stream::Gzip(_), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                DataErrorKind::GzipDamaged(error)
            }
            (Stream::Gzip(_), _)
                if error
                    .get_ref()
                    .is_some_and(<dyn Error + Send + Sync>::is::<TooDense>) =>
            {
                DataErrorKind::GzipTooDense {
                    ratio: MAX_RATIO,
                    bytes: MIN_BYTES,
                }
            }
            _ => DataErrorKind::CannotRead(error),
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.ahead.read(buffer)? {
            0 => match &mut self.stream {
                Stream::Plain(stream) => stream.read(buffer),
                Stream::Gzip(stream) => stream.read(buffer),
            },
            bytes => Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_ahead_takes_nothing_away() {
        let packed = {
            let mut encoder =
                flate2::read::GzEncoder::new(&b"content"[..], flate2::Compression::fast());
            let mut packed = Vec::new();
            encoder.read_to_end(&mut packed).unwrap();
            packed
        };
        for stream in [&b"content"[..], &packed] {
            let mut source = Source::new(stream).unwrap();
            for length in [4, 1, 6] {
                assert_eq!(source.peek(length).unwrap(), b"content"[..length]);
            }
            assert_eq!(source.peek(20).unwrap(), b"content");
            let mut content = Vec::new();
            source.read_to_end(&mut content).unwrap();
            assert_eq!(content, b"content");
        }
    }
}
