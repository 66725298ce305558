//! The encoding of a text, found out from its bytes; whatever it is, UTF-8 comes out.

use std::fmt;
use std::io::{self, Read};

use memchr::memchr;
use serde::Serialize;

use super::compressed::Source;
use crate::error::{DataErrorKind, shown};

/// Bytes at the beginning that show whether it is UTF-16.
const SAMPLE: usize = 1 << 10;
/// Bytes read at once of a text that has to be decoded.
const BLOCK: usize = 1 << 14;
/// Bytes of UTF-8 that one code unit of UTF-16 or one character of Windows-1252 becomes at most.
const MAX_GROWTH: usize = 3;
/// The characters of the bytes 80 to 9F in Windows-1252; those it leaves open are control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How the characters of a text are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// No byte above 7F: all that are read of one byte a character agree.
    #[serde(rename = "ASCII")]
    Ascii,
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// Latin-1 and a few more, a byte a character.
    #[serde(rename = "Windows-1252")]
    Windows1252,
    /// UTF-16, low byte first.
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        })
    }
}

/// A stream of text in any encoding, read as UTF-8.
///
/// UTF-8 goes to the caller's buffer and is checked there. A text is taken for Windows-1252 from the first byte
/// on that UTF-8 does not have; had it characters of UTF-8 before that, the byte is an error.
pub(super) struct Text<R> {
    source: Source<R>,
    encoding: Encoding,
    /// Bytes that are read and still to be decoded: an incomplete character, or a block.
    pending: Vec<u8>,
    ended: bool,
}

impl<R: Read> Text<R> {
    /// Begins to read, by looking for a byte-order mark and for UTF-16, which a stream of tables has zeros of.
    pub fn new(mut source: Source<R>) -> Result<Self, DataErrorKind> {
        let sample = source.peek(SAMPLE)?;
        let (mark, encoding) = match &sample[..] {
            [0xef, 0xbb, 0xbf, ..] => (3, Encoding::Utf8),
            [0xff, 0xfe, ..] => (2, Encoding::Utf16Le),
            [0xfe, 0xff, ..] => (2, Encoding::Utf16Be),
            sample => (0, encoding_of(sample)),
        };
        let mut text = Self::encoded(source, encoding);
        let mut passed_over = [0; 3];
        text.read_raw(&mut passed_over[..mark])?;
        Ok(text)
    }

    /// Begins to read a text of a known encoding, without a byte-order mark.
    pub fn encoded(source: Source<R>, encoding: Encoding) -> Self {
        Self {
            source,
            encoding,
            pending: Vec::new(),
            ended: false,
        }
    }

    /// The encoding as far as the text was read.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Reads some of the text to the front of a buffer, which holds a character at least; 0 is the end.
    ///
    /// A character may be cut in two by the end of the buffer.
    ///
    /// # Errors
    /// When the stream cannot be read; when what follows is no text, once all before it was delivered.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, DataErrorKind> {
        loop {
            if self.ended && self.pending.is_empty() {
                return Ok(0);
            }
            let read = match self.encoding {
                Encoding::Ascii | Encoding::Utf8 => self.read_utf8(buffer)?,
                Encoding::Windows1252 => self.decode(buffer, windows_1252)?,
                Encoding::Utf16Le => self.decode(buffer, utf_16::<false>)?,
                Encoding::Utf16Be => self.decode(buffer, utf_16::<true>)?,
            };
            if read > 0 {
                return Ok(read);
            }
        }
    }

    fn read_utf8(&mut self, buffer: &mut [u8]) -> Result<usize, DataErrorKind> {
        let held = self.pending.len();
        if buffer.len() <= held {
            return Ok(0);
        }
        buffer[..held].copy_from_slice(&self.pending);
        self.pending.clear();
        let end = held + self.read_raw(&mut buffer[held..])?;
        let bytes = &buffer[..end];
        if is_plain(bytes) {
            return Ok(end);
        }
        let zero = memchr(0, bytes).unwrap_or(end);
        let valid = match std::str::from_utf8(&bytes[..zero]) {
            Ok(_) if zero == 0 && end > 0 => return Err(DataErrorKind::NotText),
            Ok(_) => zero,
            Err(error) => {
                let incomplete = error.error_len().is_none() && zero == end && !self.ended;
                if !incomplete {
                    self.leave_utf8(&bytes[..error.valid_up_to()], &bytes[error.valid_up_to()..])?;
                }
                error.valid_up_to()
            }
        };
        if self.encoding == Encoding::Ascii && !bytes[..valid].is_ascii() {
            self.encoding = Encoding::Utf8;
        }
        self.pending.extend_from_slice(&bytes[valid..]);
        Ok(valid)
    }

    /// Goes on in Windows-1252 if nothing tells that it is UTF-8.
    fn leave_utf8(&mut self, before: &[u8], rest: &[u8]) -> Result<(), DataErrorKind> {
        if self.encoding == Encoding::Ascii && before.is_ascii() {
            self.encoding = Encoding::Windows1252;
        } else if before.is_empty() {
            let text = rest.split(|&byte| matches!(byte, b'\n' | b'\r'));
            let text = String::from_utf8_lossy(text.into_iter().next().unwrap_or_default());
            return Err(DataErrorKind::NotUtf8 { text: shown(&text) });
        }
        Ok(())
    }

    /// Decodes a block.
    fn decode(&mut self, buffer: &mut [u8], decoded: Decode) -> Result<usize, DataErrorKind> {
        let wanted = BLOCK.min(buffer.len() / MAX_GROWTH);
        let held = self.pending.len();
        if held < wanted && !self.ended {
            let mut pending = std::mem::take(&mut self.pending);
            pending.resize(wanted, 0);
            let read = self.read_raw(&mut pending[held..])?;
            pending.truncate(held + read);
            self.pending = pending;
        }
        let given = self.pending.len().min(wanted);
        let last = self.ended && given == self.pending.len();
        let (taken, written) = decoded(&self.pending[..given], last, buffer)?;
        self.pending.drain(..taken);
        Ok(written)
    }

    /// Reads bytes as they are until the buffer is full or the stream ends.
    fn read_raw(&mut self, buffer: &mut [u8]) -> Result<usize, DataErrorKind> {
        let mut end = 0;
        while end < buffer.len() && !self.ended {
            match self.source.read(&mut buffer[end..]) {
                Ok(0) => self.ended = true,
                Ok(bytes) => end += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.source.explain(error)),
            }
        }
        Ok(end)
    }
}

/// Decodes bytes, the last ones or not, into a buffer; returns the number of bytes taken and of those written.
///
/// Stops before what is no text, and fails where it comes first.
type Decode = fn(&[u8], bool, &mut [u8]) -> Result<(usize, usize), DataErrorKind>;

fn windows_1252(bytes: &[u8], _: bool, buffer: &mut [u8]) -> Result<(usize, usize), DataErrorKind> {
    let zero = memchr(0, bytes).unwrap_or(bytes.len());
    if zero == 0 && !bytes.is_empty() {
        return Err(DataErrorKind::NotText);
    }
    let mut written = 0;
    for &byte in &bytes[..zero] {
        let character = match byte {
            0x80..0xa0 => WINDOWS_1252[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        written += character.encode_utf8(&mut buffer[written..]).len();
    }
    Ok((zero, written))
}

fn utf_16<const HIGH_FIRST: bool>(
    bytes: &[u8],
    last: bool,
    buffer: &mut [u8],
) -> Result<(usize, usize), DataErrorKind> {
    let unit = |at: usize| {
        let pair = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if HIGH_FIRST {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        })
    };
    let (mut taken, mut written) = (0, 0);
    while taken < bytes.len() {
        let units = unit(taken).into_iter().chain(unit(taken + 2));
        let is_cut = unit(taken)
            .is_none_or(|first| (0xd800..0xdc00).contains(&first) && unit(taken + 2).is_none());
        let kind = match char::decode_utf16(units).next() {
            _ if is_cut && !last => return Ok((taken, written)),
            Some(Ok('\0')) => DataErrorKind::NotText,
            Some(Ok(character)) => {
                taken += 2 * character.len_utf16();
                written += character.encode_utf8(&mut buffer[written..]).len();
                continue;
            }
            _ => DataErrorKind::NotUtf16,
        };
        return if taken > 0 {
            Ok((taken, written))
        } else {
            Err(kind)
        };
    }
    Ok((taken, written))
}

/// Whether all bytes are characters of ASCII, and none is zero: the fast way to know that a text is valid.
fn is_plain(bytes: &[u8]) -> bool {
    let most = bytes
        .iter()
        .fold(0, |most: u8, byte| most.max(byte.wrapping_sub(1)));
    most < 0x7f
}

/// Tells UTF-16 without a byte-order mark by the zeros that characters below 256 have in one of their bytes.
fn encoding_of(sample: &[u8]) -> Encoding {
    let zeros = |from: usize| {
        let bytes = sample.iter().skip(from).step_by(2);
        bytes.filter(|&&byte| byte == 0).count()
    };
    let many = |zeros: usize| sample.len() >= 4 && zeros * 4 >= sample.len();
    match (zeros(0), zeros(1)) {
        (0, low_first) if many(low_first) => Encoding::Utf16Le,
        (high_first, 0) if many(high_first) => Encoding::Utf16Be,
        _ => Encoding::Ascii,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all of a text through a buffer of this size.
    fn decoded(bytes: &[u8], size: usize) -> (String, Result<Encoding, String>) {
        let mut text = Text::new(Source::new(bytes).unwrap()).unwrap();
        let mut all = Vec::new();
        let mut buffer = vec![0; size];
        let end = loop {
            match text.read(&mut buffer) {
                Ok(0) => break Ok(text.encoding()),
                Ok(read) => all.extend_from_slice(&buffer[..read]),
                Err(kind) => break Err(kind.to_string()),
            }
        };
        (String::from_utf8(all).unwrap(), end)
    }

    fn utf_16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn every_encoding_becomes_utf_8_whatever_the_size_of_the_buffer() {
        let text = "Größe;Maß €;𝄞\r\n1,5;über;…\r\n";
        let marked = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
        let latin = b"Gr\xf6\xdfe;Ma\xdf \x80;\x85\n".to_vec();
        let little = utf_16(text, u16::to_le_bytes);
        let big = utf_16(text, u16::to_be_bytes);
        for (bytes, expected, encoding) in [
            (b"a,b\n1,2\n".to_vec(), "a,b\n1,2\n", Encoding::Ascii),
            (text.into(), text, Encoding::Utf8),
            (marked(b"\xef\xbb\xbf", text.into()), text, Encoding::Utf8),
            (latin, "Größe;Maß €;…\n", Encoding::Windows1252),
            (marked(b"\xff\xfe", little.clone()), text, Encoding::Utf16Le),
            (little, text, Encoding::Utf16Le),
            (marked(b"\xfe\xff", big.clone()), text, Encoding::Utf16Be),
            (big, text, Encoding::Utf16Be),
        ] {
            for size in (12..40).chain([1 << 10]) {
                let found = decoded(&bytes, size);
                assert_eq!(found, (expected.to_owned(), Ok(encoding)), "{size}");
            }
        }
    }

    #[test]
    fn all_but_the_faulty_bytes_are_delivered_before_the_error() {
        let utf_16 = |text: &str| utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes);
        let cut = &utf_16("a,b\n𝄞")[..12];
        for (bytes, before, error) in [
            (&b"a,b\n1,\0\0"[..], "a,b\n1,", "zero byte"),
            (b"\xe9,\0", "é,", "zero byte"),
            (&utf_16("a,b\n\0"), "a,b\n", "zero byte"),
            (cut, "a,b\n", "UTF-16"),
            ("é,\u{e9}".as_bytes().split_last().unwrap().1, "é,", "UTF-8"),
            (b"\xc3\xa9,\xff\xff,b", "é,", "UTF-8"),
        ] {
            let (found, end) = decoded(bytes, 64);
            assert_eq!(found, before);
            assert!(
                end.as_ref().is_err_and(|found| found.contains(error)),
                "{end:?}"
            );
        }
    }
}
