//! Plain and compressed streams, read alike.

use std::error::Error;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use serde::Serialize;

use super::format::has_ending;
use crate::error::DataErrorKind;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A frame that holds nothing of the content begins with 50 to 5F and these bytes.
const SKIPPABLE_MAGIC: [u8; 3] = [0x2a, 0x4d, 0x18];
/// Maximum ratio of the length of content to that of its compressed form. Only rows that are nearly all the same
/// compress better.
const MAX_RATIO: u64 = 500;
/// Bytes of content from which on the ratio is checked.
const MIN_BYTES: u64 = 1 << 26;
/// Bytes that a frame of zstd may refer back to: what `zstd` itself takes without `--long`.
const MAX_WINDOW: u64 = 1 << 27;

/// How a file is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// RFC 1952, of one or several members.
    Gzip,
    /// RFC 8878, of one or several frames.
    Zstd,
}

impl Compression {
    /// Returns how a stream that begins so is compressed, if it is.
    #[must_use]
    pub fn of(first: &[u8]) -> Option<Self> {
        if first.starts_with(&GZIP_MAGIC) {
            Some(Self::Gzip)
        } else if first.starts_with(&ZSTD_MAGIC) || is_skippable(first) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// Returns how a file of this name is to be compressed, if it is.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        if has_ending(path, "gz") {
            Some(Self::Gzip)
        } else if has_ending(path, "zst") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// Returns the command that unpacks a file.
    pub(crate) const fn unpacker(self) -> &'static str {
        match self {
            Self::Gzip => "gunzip -k FILE",
            Self::Zstd => "zstd -d --long=31 FILE",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

fn is_skippable(first: &[u8]) -> bool {
    matches!(first, [0x50..=0x5f, rest @ ..] if rest.starts_with(&SKIPPABLE_MAGIC))
}

/// A stream that is decompressed if it begins as a compressed one does, whatever its file's name.
pub(super) struct Source<R> {
    /// Content that was looked at and is still to be delivered.
    ahead: Cursor<Vec<u8>>,
    stream: Stream<R>,
}

enum Stream<R> {
    Plain(R),
    Packed(Compression, Box<Unpacked<R>>),
}

/// A compressed stream that ends in an error where it unpacks to far more than a table does.
pub(super) struct Unpacked<R> {
    decoder: Decoder<Counted<io::Chain<Cursor<Vec<u8>>, R>>>,
    bytes: u64,
}

enum Decoder<R> {
    Gzip(MultiGzDecoder<R>),
    Deflate(DeflateDecoder<R>),
    Zstd(Box<ZstdFrames<R>>),
}

impl<R: Read> Unpacked<R> {
    fn new(compression: Compression, first: Vec<u8>, stream: R) -> Self {
        let packed = Counted::new(Cursor::new(first).chain(stream));
        let decoder = match compression {
            Compression::Gzip => Decoder::Gzip(MultiGzDecoder::new(packed)),
            Compression::Zstd => Decoder::Zstd(Box::new(ZstdFrames::new(packed))),
        };
        Self { decoder, bytes: 0 }
    }

    /// Unpacks what is compressed by deflate, as in an archive, without a header of its own.
    pub fn deflated(stream: R) -> Self {
        let packed = Counted::new(Cursor::new(Vec::new()).chain(stream));
        Self {
            decoder: Decoder::Deflate(DeflateDecoder::new(packed)),
            bytes: 0,
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, packed) = match &mut self.decoder {
            Decoder::Gzip(decoder) => (decoder.read(buffer)?, decoder.get_ref().bytes),
            Decoder::Deflate(decoder) => (decoder.read(buffer)?, decoder.get_ref().bytes),
            Decoder::Zstd(decoder) => (decoder.read(buffer)?, decoder.stream.bytes),
        };
        self.bytes += read as u64;
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

impl<R> Counted<R> {
    const fn new(stream: R) -> Self {
        Self { stream, bytes: 0 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Frames of zstd, one after the other.
pub(super) struct ZstdFrames<R> {
    stream: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: Read> ZstdFrames<R> {
    pub fn new(stream: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self {
            stream,
            decoder,
            in_frame: false,
        }
    }

    /// Begins the next frame that holds content; false behind the last.
    fn begin_frame(&mut self) -> io::Result<bool> {
        loop {
            let mut magic = Vec::new();
            self.stream.by_ref().take(4).read_to_end(&mut magic)?;
            if magic.is_empty() {
                return Ok(false);
            }
            if !is_skippable(&magic) {
                let frame = Cursor::new(magic).chain(&mut self.stream);
                self.decoder
                    .reset(frame)
                    .map_err(|error| zstd_error(&error))?;
                return Ok(true);
            }
            let mut length = [0; 4];
            self.stream.read_exact(&mut length)?;
            let length = u32::from_le_bytes(length).into();
            let skipped = io::copy(&mut self.stream.by_ref().take(length), &mut io::sink())?;
            if skipped < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn check_sum(&self) -> io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
            let why = "its checksum is that of other content";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(())
    }
}

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if buffer.is_empty() {
                return Ok(0);
            }
            if !self.in_frame {
                self.in_frame = self.begin_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.stream, one);
                decoded.map_err(|error| zstd_error(&error))?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.check_sum()?;
            self.in_frame = false;
        }
    }
}

/// Says what is wrong with a frame: the stream below it cannot be read, ends too early, or is damaged.
fn zstd_error(error: &FrameDecoderError) -> io::Error {
    if let FrameDecoderError::WindowSizeTooBig { .. } = error {
        return io::Error::other(WindowTooLarge);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(below) = found.downcast_ref::<io::Error>() {
            return io::Error::new(below.kind(), below.to_string());
        }
        cause = found.source();
    }
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

/// The error of a compressed stream that unpacks to far more than a table does.
#[derive(Debug)]
struct TooDense;

impl fmt::Display for TooDense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {MAX_RATIO} times its size")
    }
}

impl Error for TooDense {}

/// The error of a frame that cannot be unpacked in as much memory as frames have.
#[derive(Debug)]
struct WindowTooLarge;

impl fmt::Display for WindowTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its window is larger than {} MiB", MAX_WINDOW >> 20)
    }
}

impl Error for WindowTooLarge {}

/// Whether a stream unpacks to far more than a table does.
pub(super) fn is_too_dense(error: &io::Error) -> bool {
    let cause = error.get_ref();
    cause.is_some_and(<dyn Error + Send + Sync>::is::<TooDense>)
}

/// Says why reading what is compressed so failed.
fn explain(compression: Compression, error: io::Error) -> DataErrorKind {
    if is_too_dense(&error) {
        return DataErrorKind::CompressedTooDense {
            compression,
            ratio: MAX_RATIO,
            bytes: MIN_BYTES,
        };
    }
    let cause = error.get_ref();
    if cause.is_some_and(<dyn Error + Send + Sync>::is::<WindowTooLarge>) {
        return DataErrorKind::CompressedWindow { limit: MAX_WINDOW };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => DataErrorKind::CompressedTruncated { compression },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            DataErrorKind::CompressedDamaged {
                compression,
                cause: error,
            }
        }
        _ => DataErrorKind::CannotRead(error),
    }
}

impl<R: Read> Source<R> {
    /// Begins to read, by looking at the first bytes.
    pub fn new(mut stream: R) -> Result<Self, DataErrorKind> {
        let mut first = Vec::new();
        stream
            .by_ref()
            .take(ZSTD_MAGIC.len() as u64)
            .read_to_end(&mut first)
            .map_err(DataErrorKind::CannotRead)?;
        Ok(if let Some(compression) = Compression::of(&first) {
            let unpacked = Box::new(Unpacked::new(compression, first, stream));
            Self {
                ahead: Cursor::default(),
                stream: Stream::Packed(compression, unpacked),
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

    /// Returns how it is compressed, if it is.
    pub const fn compression(&self) -> Option<Compression> {
        match self.stream {
            Stream::Plain(_) => None,
            Stream::Packed(compression, _) => Some(compression),
        }
    }

    /// Returns the next bytes of the content, fewer at its end; they stay to be read.
    pub fn peek(&mut self, length: usize) -> Result<Vec<u8>, DataErrorKind> {
        let (first, failure) = self.look(length);
        match failure {
            Some(error) => Err(self.explain(error)),
            None => Ok(first),
        }
    }

    /// Returns the next bytes of the content, which stay to be read, and why they are fewer, if reading failed.
    pub fn look(&mut self, length: usize) -> (Vec<u8>, Option<io::Error>) {
        let mut first = Vec::with_capacity(length);
        let read = self.by_ref().take(length as u64).read_to_end(&mut first);
        // Whatever was ahead and is not in `first` must follow it.
        let behind = usize::try_from(self.ahead.position()).unwrap_or(usize::MAX);
        let mut ahead = first.clone();
        ahead.extend(self.ahead.get_ref().get(behind..).unwrap_or_default());
        self.ahead = Cursor::new(ahead);
        (first, read.err())
    }

    /// Says why reading failed.
    pub fn explain(&self, error: io::Error) -> DataErrorKind {
        match self.compression() {
            Some(compression) => explain(compression, error),
            None => DataErrorKind::CannotRead(error),
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.ahead.read(buffer)? {
            0 => match &mut self.stream {
                Stream::Plain(stream) => stream.read(buffer),
                Stream::Packed(_, stream) => stream.read(buffer),
            },
            bytes => Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

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
        let zstd = compress_to_vec(&b"content"[..], CompressionLevel::Fastest);
        for stream in [&b"content"[..], &packed, &zstd] {
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

    fn unpacked(stream: &[u8]) -> Result<Vec<u8>, DataErrorKind> {
        let mut source = Source::new(stream)?;
        let mut content = Vec::new();
        match source.read_to_end(&mut content) {
            Ok(_) => Ok(content),
            Err(error) => Err(source.explain(error)),
        }
    }

    #[test]
    fn frames_of_zstd_follow_each_other() {
        let frame = |content: &[u8]| compress_to_vec(content, CompressionLevel::Fastest);
        let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let stream = [&skippable[..], &frame(b"one,"), &skippable, &frame(b"two")].concat();
        assert_eq!(unpacked(&stream).unwrap(), b"one,two");

        let truncated = |stream: &[u8]| {
            matches!(
                unpacked(stream),
                Err(DataErrorKind::CompressedTruncated {
                    compression: Compression::Zstd
                })
            )
        };
        assert!(truncated(&skippable[..9]));
        let rows = frame("1,2,x\n".repeat(100_000).as_bytes());
        for length in [5, 8, rows.len() / 2, rows.len() - 1] {
            assert!(truncated(&rows[..length]), "{length}");
        }
        let mut damaged = rows;
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert!(matches!(
            unpacked(&damaged),
            Err(DataErrorKind::CompressedDamaged { cause, .. }) if cause.to_string().contains("checksum")
        ));
        // A window of 2 GiB.
        assert!(matches!(
            unpacked(&[0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3]),
            Err(DataErrorKind::CompressedWindow { .. })
        ));
    }
}
