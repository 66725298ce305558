//! ZIP archives, as far as arrays are kept in them: stored or deflated, up to 64 bits of length.
//!
//! Their contents are listed at the end of the file (APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::Crc;

use super::compressed::{Unpacked, is_too_dense};
use crate::error::{DataErrorKind, shown};

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_LOCATOR_64: &[u8] = b"PK\x06\x07";
const END_64: &[u8] = b"PK\x06\x06";
/// Lengths of these without what varies.
const LOCAL_HEADER_BYTES: usize = 30;
const DIRECTORY_ENTRY_BYTES: usize = 46;
const END_BYTES: usize = 22;
const END_LOCATOR_64_BYTES: usize = 20;
const END_64_BYTES: usize = 56;
/// Longest comment behind the end.
const MAX_COMMENT: u64 = 0xffff;
/// Longest list of contents: that of an archive of arrays has a few entries.
const MAX_DIRECTORY: u64 = 1 << 22;
/// Stands for a number that is in the extra field of 64 bits.
const IN_EXTRA_FIELD: u64 = 0xffff_ffff;
const EXTRA_64: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;

/// A file in an archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    length: u64,
    header_at: u64,
}

fn damaged(why: impl Into<String>) -> DataErrorKind {
    DataErrorKind::Archive { why: why.into() }
}

/// Lists the files of an archive.
pub(super) fn entries(file: &Arc<File>) -> Result<Vec<Entry>, DataErrorKind> {
    let length = file.metadata().map_err(DataErrorKind::CannotRead)?.len();
    let tail = length.min(END_BYTES as u64 + MAX_COMMENT + END_LOCATOR_64_BYTES as u64);
    let tail = bytes_at(file, length - tail, tail)?;
    let end = (0..=tail.len().saturating_sub(END_BYTES)).rev();
    let end = end.into_iter().find(|&at| {
        let comment = number(&tail, at + 20, 2).unwrap_or(u64::MAX);
        tail[at..].starts_with(END) && comment <= (tail.len() - at - END_BYTES) as u64
    });
    let end = end.ok_or_else(|| damaged("the list of its contents is missing: it is cut off"))?;
    let field = |at, bytes| number(&tail, end + at, bytes).unwrap_or_default(); // it is within
    let (mut size, mut from) = (field(12, 4), field(16, 4));
    let locator = end.checked_sub(END_LOCATOR_64_BYTES);
    if let Some(locator) = locator.filter(|at| tail[*at..].starts_with(END_LOCATOR_64)) {
        let at = number(&tail, locator + 8, 8).unwrap_or(u64::MAX);
        let end = bytes_at(file, at, END_64_BYTES as u64)?;
        if !end.starts_with(END_64) {
            return Err(damaged(
                "the list of its contents is not where it should be",
            ));
        }
        size = number(&end, 40, 8).unwrap_or(u64::MAX);
        from = number(&end, 48, 8).unwrap_or(u64::MAX);
    }
    if size > MAX_DIRECTORY {
        return Err(damaged("it has too many files"));
    }
    let directory = bytes_at(file, from, size)?;
    let mut rest = &directory[..];
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (entry, bytes) =
            entry(rest).ok_or_else(|| damaged("the list of its contents is damaged"))?;
        entries.push(entry);
        rest = &rest[bytes..];
    }
    Ok(entries)
}

/// Reads an entry of the list of contents, and returns its length there.
fn entry(bytes: &[u8]) -> Option<(Entry, usize)> {
    let field = |at, length| number(bytes, at, length);
    if !bytes.starts_with(DIRECTORY_ENTRY) {
        return None;
    }
    let name = DIRECTORY_ENTRY_BYTES..DIRECTORY_ENTRY_BYTES + field(28, 2)? as usize;
    let extra = name.end..name.end + field(30, 2)? as usize;
    let end = extra.end + field(32, 2)? as usize;
    let mut entry = Entry {
        name: String::from_utf8_lossy(bytes.get(name)?).into_owned(),
        flags: field(8, 2)? as u16,
        method: field(10, 2)? as u16,
        crc: field(16, 4)? as u32,
        packed: field(20, 4)?,
        length: field(24, 4)?,
        header_at: field(42, 4)?,
    };
    let mut extra = bytes.get(extra)?;
    while extra.len() >= 4 {
        let (id, length) = (number(extra, 0, 2)? as u16, number(extra, 2, 2)? as usize);
        let mut values = extra.get(4..4 + length)?;
        if id == EXTRA_64 {
            // Only those are there that have no room elsewhere, in this order.
            for value in [&mut entry.length, &mut entry.packed, &mut entry.header_at] {
                if *value == IN_EXTRA_FIELD {
                    *value = number(values, 0, 8)?;
                    values = &values[8..];
                }
            }
        }
        extra = &extra[4 + length..];
    }
    bytes.get(..end)?;
    Some((entry, end))
}

/// Returns a number of some bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    let high_to_low = bytes.iter().rev();
    Some(high_to_low.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn bytes_at(file: &Arc<File>, from: u64, length: u64) -> Result<Vec<u8>, DataErrorKind> {
    let mut bytes = Vec::new();
    let mut section = Section::new(file, from, length);
    section
        .read_to_end(&mut bytes)
        .map_err(DataErrorKind::CannotRead)?;
    if (bytes.len() as u64) < length {
        return Err(damaged("it is cut off"));
    }
    Ok(bytes)
}

/// Some of the bytes of a file, whose other readers do not disturb this one.
pub(super) struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Section {
    pub fn new(file: &Arc<File>, from: u64, length: u64) -> Self {
        Self {
            file: Arc::clone(file),
            at: from,
            end: from.saturating_add(length),
        }
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(&mut buffer[..wanted])?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The content of a file in an archive, checked at its end.
pub(super) struct Content {
    bytes: Bytes,
    crc: Crc,
    expected_crc: u32,
    /// Bytes still to be read.
    left: u64,
}

enum Bytes {
    Stored(io::BufReader<Section>),
    Deflated(Box<Unpacked<io::BufReader<Section>>>),
}

impl Content {
    /// Begins to read a file of an archive.
    pub fn open(file: &Arc<File>, entry: &Entry) -> Result<Self, DataErrorKind> {
        let name = shown(&entry.name);
        if entry.flags & ENCRYPTED != 0 {
            return Err(damaged(format!("`{name}` is encrypted")));
        }
        let header = bytes_at(file, entry.header_at, LOCAL_HEADER_BYTES as u64)?;
        let variable = number(&header, 26, 2).zip(number(&header, 28, 2));
        let (Some((name_bytes, extra_bytes)), true) = (variable, header.starts_with(LOCAL_HEADER))
        else {
            return Err(damaged(format!("`{name}` is not where it should be")));
        };
        let from = entry.header_at + LOCAL_HEADER_BYTES as u64 + name_bytes + extra_bytes;
        let section = io::BufReader::new(Section::new(file, from, entry.packed));
        let bytes = match entry.method {
            STORED => Bytes::Stored(section),
            DEFLATED => Bytes::Deflated(Box::new(Unpacked::deflated(section))),
            _ => {
                return Err(damaged(format!(
                    "`{name}` is compressed by another method than deflate"
                )));
            }
        };
        Ok(Self {
            bytes,
            crc: Crc::new(),
            expected_crc: entry.crc,
            left: entry.length,
        })
    }

    /// Says why reading failed.
    pub fn explain(name: &str, error: io::Error) -> DataErrorKind {
        if is_too_dense(&error) {
            return damaged(format!("`{name}` unpacks to {error}"));
        }
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                damaged(format!("`{name}`: {error}"))
            }
            io::ErrorKind::UnexpectedEof => damaged(format!("`{name}` is cut off")),
            _ => DataErrorKind::CannotRead(error),
        }
    }

    fn wrong(why: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, why)
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.bytes {
            Bytes::Stored(bytes) => bytes.read(buffer)?,
            Bytes::Deflated(bytes) => bytes.read(buffer)?,
        };
        self.left = match self.left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(Self::wrong("it is longer than the list of contents says")),
        };
        self.crc.update(&buffer[..read]);
        if read == 0 && self.left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if read == 0 && self.crc.sum() != self.expected_crc {
            return Err(Self::wrong("its checksum is that of other content"));
        }
        Ok(read)
    }
}
