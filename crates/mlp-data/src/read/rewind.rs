//! Bytes of a file, of a pipe or of standard input, which can be read more than once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use super::compressed::Source;
use super::format::Content;
use crate::error::{DataError, DataErrorKind};
use crate::fingerprint::{hexadecimal, sha256_reader};

/// The name that stands for standard input.
pub(super) const STDIN: &str = "-";
/// Bytes of a stream that are kept, to be read again, at most.
const MAX_KEPT: u64 = 1 << 32;
/// Bytes of a stream that are kept in memory, at most.
const MAX_IN_MEMORY: usize = 1 << 20;
/// Bytes read at once of a stream that is read to its end for its checksum.
const BLOCK: usize = 1 << 18;

/// The bytes of a file, a pipe or standard input, which can be read again from their beginning.
///
/// What can be read only once is kept as far as it was read, in memory or in a temporary file without a name.
pub struct Rewindable {
    path: PathBuf,
    bytes: Bytes,
}

enum Bytes {
    File(File),
    Stream(Box<Kept<Box<dyn Read + Send>>>),
}

impl Rewindable {
    /// Opens a file for reading; `-` is standard input.
    ///
    /// # Errors
    /// If it is missing, a folder, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let bytes = if path == Path::new(STDIN) {
            Bytes::stream(io::stdin())
        } else {
            let failed = |error| DataError::opening(path, error);
            let file = File::open(path).map_err(failed)?;
            let kind = file.metadata().map_err(failed)?.file_type();
            if kind.is_dir() {
                return Err(DataError::of_file(path, DataErrorKind::Folder));
            }
            if kind.is_file() {
                Bytes::File(file)
            } else {
                Bytes::stream(file)
            }
        };
        Ok(Self {
            path: path.to_owned(),
            bytes,
        })
    }

    /// Takes a stream, which goes by the name `path` in errors.
    pub fn of_stream(stream: impl Read + Send + 'static, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            bytes: Bytes::stream(stream),
        }
    }

    /// Finds out what it holds.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn content(&mut self) -> Result<Content, DataError> {
        self.rewind()?;
        let content = Content::of(&mut *self);
        self.rewind()?;
        Ok(if self.is_file() {
            content.in_file(&self.path)
        } else {
            content
        })
    }

    /// Reads it once more from the beginning, without keeping any more of it.
    ///
    /// # Errors
    /// If the system does not allow to go back.
    pub fn into_reader(mut self) -> Result<Box<dyn Read>, DataError> {
        self.rewind()?;
        Ok(match self.bytes {
            Bytes::File(file) => Box::new(file),
            Bytes::Stream(kept) => {
                let Kept { stream, copy, .. } = *kept;
                match copy {
                    Some(mut copy) => {
                        let rewound = copy.rewind();
                        rewound.map_err(|error| {
                            DataError::of_file(&self.path, DataErrorKind::CannotRead(error))
                        })?;
                        Box::new(copy.chain(stream))
                    }
                    None => stream,
                }
            }
        })
    }

    /// Returns the whole content, unpacked, as a file that can be read at any place.
    ///
    /// # Errors
    /// If it cannot be read or unpacked, or is too long to be kept.
    pub(super) fn whole(&mut self) -> Result<Arc<File>, DataError> {
        self.rewind()?;
        let path = self.path.clone();
        let in_file = |kind| DataError::of_file(&path, kind);
        let cannot_read = |error| in_file(DataErrorKind::CannotRead(error));
        let file = match &self.bytes {
            Bytes::File(file) => Some(file.try_clone().map_err(cannot_read)?),
            Bytes::Stream(_) => None,
        };
        let mut source = Source::new(self).map_err(in_file)?;
        if let Some(file) = file.filter(|_| source.compression().is_none()) {
            return Ok(Arc::new(file));
        }
        let temporary = tempfile::tempfile().map_err(|error| not_kept(&error));
        let mut copy = temporary.map_err(cannot_read)?;
        let mut buffer = vec![0; BLOCK];
        let mut length = 0;
        loop {
            match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => {
                    length += read as u64;
                    if length > MAX_KEPT {
                        return Err(cannot_read(too_long()));
                    }
                    let kept = copy
                        .write_all(&buffer[..read])
                        .map_err(|error| not_kept(&error));
                    kept.map_err(cannot_read)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = source.explain(error);
                    return Err(in_file(kind));
                }
            }
        }
        Ok(Arc::new(copy))
    }

    /// Whether what goes by this name can be read only once: standard input, a pipe, a device.
    #[must_use]
    pub fn is_stream(path: &Path) -> bool {
        let descriptors = ["/dev/fd", "/proc/self/fd", "/dev/stdin"];
        match path.metadata() {
            _ if path == Path::new(STDIN) => true,
            Ok(metadata) => !metadata.is_file() && !metadata.is_dir(),
            // One that another process had.
            Err(_) => descriptors.iter().any(|place| path.starts_with(place)),
        }
    }

    /// The file, as the user named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can also be opened again by its name, by several threads at once.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self.bytes, Bytes::File(_))
    }

    /// Goes back to the beginning.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn rewind(&mut self) -> Result<(), DataError> {
        match &mut self.bytes {
            Bytes::File(file) => file.rewind().map_err(|error| self.failed(error)),
            Bytes::Stream(kept) => {
                kept.position = 0;
                Ok(())
            }
        }
    }

    /// SHA-256 of all bytes, in hexadecimal; `None` of a stream that goes on for too long to be read to its end.
    ///
    /// # Errors
    /// If the bytes that were not read before cannot be read.
    pub fn sha256(mut self) -> Result<Option<String>, DataError> {
        self.rewind()?;
        let path = self.path;
        let hash = match self.bytes {
            Bytes::File(file) => sha256_reader(file).map(Some),
            Bytes::Stream(kept) => kept.sha256(),
        };
        hash.map_err(|error| DataError::of_file(&path, DataErrorKind::CannotRead(error)))
    }

    fn failed(&self, error: io::Error) -> DataError {
        DataError::of_file(&self.path, DataErrorKind::CannotRead(error))
    }
}

impl Read for Rewindable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::File(file) => file.read(buffer),
            Bytes::Stream(kept) => kept.read(buffer),
        }
    }
}

impl Bytes {
    fn stream(stream: impl Read + Send + 'static) -> Self {
        Self::Stream(Box::new(Kept::new(Box::new(stream))))
    }
}

/// A stream of which everything that was read is kept.
struct Kept<R> {
    stream: R,
    /// What was read, once anything was.
    copy: Option<SpooledTempFile>,
    /// Its length.
    length: u64,
    /// Place of the next byte to deliver: in the copy, or at its end.
    position: u64,
    hash: Sha256,
}

impl<R: Read> Kept<R> {
    fn new(stream: R) -> Self {
        Self {
            stream,
            copy: None,
            length: 0,
            position: 0,
            hash: Sha256::new(),
        }
    }

    /// The copy, to be read or written from a place on.
    fn copy_at(&mut self, place: u64) -> io::Result<&mut SpooledTempFile> {
        let empty = || SpooledTempFile::new(MAX_IN_MEMORY);
        let copy = self.copy.get_or_insert_with(empty);
        copy.seek(SeekFrom::Start(place))?;
        Ok(copy)
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = self.length;
        let kept = self.copy_at(length).and_then(|copy| copy.write_all(bytes));
        kept.map_err(|error| not_kept(&error))?;
        self.length += bytes.len() as u64;
        self.position = self.length;
        Ok(())
    }

    /// Reads the stream to its end, without keeping it.
    fn sha256(mut self) -> io::Result<Option<String>> {
        let mut buffer = vec![0; BLOCK];
        let mut length = self.length;
        while length <= MAX_KEPT {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(Some(hexadecimal(self.hash))),
                Ok(read) => {
                    self.hash.update(&buffer[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length - self.position;
        if left > 0 {
            let wanted = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let place = self.position;
            let read = self.copy_at(place)?.read(&mut buffer[..wanted])?;
            self.position += read as u64;
            return Ok(read);
        }
        if self.length >= MAX_KEPT {
            return Err(too_long());
        }
        let read = self.stream.read(buffer)?;
        self.hash.update(&buffer[..read]);
        if read > 0 {
            self.keep(&buffer[..read])?;
        }
        Ok(read)
    }
}

/// Says why a stream is not kept.
fn not_kept(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let why = format!(
        "the copy of the stream in {} cannot be written: {error}",
        folder.display()
    );
    io::Error::new(error.kind(), why)
}

fn too_long() -> io::Error {
    let why = format!(
        "the stream is longer than {} GiB; write it to a file and give that, or read its first rows only (`data.limit`)",
        MAX_KEPT >> 30
    );
    io::Error::other(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::sha256;

    #[test]
    fn a_stream_is_read_again_and_on_from_where_it_was_left() {
        let content: Vec<u8> = (0..1_000_u32).flat_map(u32::to_le_bytes).collect();
        for lengths in [&[10, 700, 5_000][..], &[0, 3_999, 1, 4_000], &[]] {
            let mut stream = Rewindable {
                path: "stream".into(),
                bytes: Bytes::stream(io::Cursor::new(content.clone())),
            };
            for &length in lengths {
                let mut read = Vec::new();
                (&mut stream).take(length).read_to_end(&mut read).unwrap();
                let expected = content.len().min(usize::try_from(length).unwrap());
                assert_eq!(read, content[..expected]);
                stream.rewind().unwrap();
            }
            // Of all bytes, also of those that were not read.
            assert_eq!(stream.sha256().unwrap(), Some(sha256(&content)));
        }
    }

    #[test]
    fn a_stream_without_an_end_has_no_checksum() {
        let endless = Kept {
            length: MAX_KEPT - 1_000_000,
            ..Kept::new(io::repeat(b'1'))
        };
        assert_eq!(endless.sha256().unwrap(), None);
        let mut full = Kept {
            length: MAX_KEPT,
            position: MAX_KEPT,
            ..Kept::new(io::repeat(b'1'))
        };
        let error = full.read(&mut [0; 8]).unwrap_err();
        assert!(error.to_string().contains("4 GiB"), "{error}");
    }
}
