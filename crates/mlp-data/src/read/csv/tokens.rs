//! Cuts a stream of bytes into cells and rows of text: quotes, delimiters, line breaks (RFC 4180).

use std::io::{self, Read};
use std::path::Path;

use memchr::{memchr, memchr_iter, memchr2};

use super::layout::delimiter_of;
use crate::error::{DataError, DataErrorKind};
use crate::read::gzip::Source;

/// Bytes read at once; fits the second-level cache.
const BUFFER: usize = 1 << 18;
/// Length of the longest cell: what is longer is an unclosed quote or no CSV at all.
const MAX_CELL_BYTES: usize = 1 << 20;
/// Bytes that a step of [`scan_short_numbers`] looks at.
const WINDOW: usize = 8;
/// Bytes that `0` and its delimiter take.
const ZERO_CELL: usize = 2;

/// A cell as it stands in the file.
pub(super) struct Cell<'a> {
    /// Its text: without quotes, and without surrounding blanks unless they were quoted.
    pub text: &'a [u8],
    /// Whether the next cell begins another row.
    pub ends_row: bool,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Whether the file ends here.
    pub ends_file: bool,
}

impl Cell<'_> {
    /// Whether nothing at all stands between the delimiters, not even quotes.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }
}

/// A row as it stands in the file.
pub(super) struct RawRow {
    /// Line on which it begins, counted from 1.
    pub line: u64,
    /// Text of each cell; none behind the last row.
    pub cells: Vec<Vec<u8>>,
    /// Whether the file ends here.
    pub ends_file: bool,
}

/// What follows a cell.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Delimiter,
    Line,
    File,
}

/// A cell found in the buffer; positions count from the first unread byte.
struct Span {
    text: (usize, usize),
    quoted: bool,
    doubled_quotes: bool,
    end: End,
    /// Bytes up to the next cell.
    length: usize,
}

/// The unread part of a stream, as cells.
pub(super) struct Tokens<R> {
    source: Source<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    exhausted: bool,
    delimiter: u8,
    line: u64,
    unescaped: Vec<u8>,
}

impl<R: Read> Tokens<R> {
    /// Begins to read: passes a byte-order mark and picks the delimiter from the first line.
    pub fn new(source: Source<R>) -> Result<Self, DataErrorKind> {
        let mut tokens = Self::delimited(source, b',');
        tokens.fill()?;
        if tokens.buffered().starts_with(b"\xef\xbb\xbf") {
            tokens.skip(3);
        }
        tokens.delimiter = delimiter_of(tokens.buffered());
        Ok(tokens)
    }

    /// Begins to read at the beginning of any row.
    pub fn delimited(source: Source<R>, delimiter: u8) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            exhausted: false,
            delimiter,
            line: 1,
            unescaped: Vec::new(),
        }
    }

    /// The character between cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The line of the next cell, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What is read and not yet taken.
    pub fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes bytes without line breaks from the front of [`Self::buffered`].
    pub fn skip(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// Takes the next cell.
    pub fn next_cell(&mut self) -> Result<Cell<'_>, DataErrorKind> {
        let span = loop {
            if let Some(span) = find_cell(self.buffered(), self.delimiter, self.exhausted)? {
                break span;
            }
            if self.end - self.start > MAX_CELL_BYTES {
                let quoted = self.buffered().trim_ascii_start().starts_with(b"\"");
                let too_long = DataErrorKind::CellTooLong {
                    limit: MAX_CELL_BYTES,
                };
                return Err(if quoted {
                    DataErrorKind::UnterminatedQuote
                } else {
                    too_long
                });
            }
            self.fill()?;
        };
        let bytes = &self.buffer[self.start..self.end];
        let raw = &bytes[span.text.0..span.text.1];
        if span.quoted {
            self.line += memchr_iter(b'\n', raw).count() as u64;
        }
        self.line += u64::from(span.end == End::Line);
        self.start += span.length;
        let text = if span.doubled_quotes {
            self.unescaped.clear();
            // Each doubled quote is one: every second quote of the raw text goes.
            let mut after_quote = false;
            for &byte in raw {
                after_quote = byte == b'"' && !after_quote;
                if byte != b'"' || after_quote {
                    self.unescaped.push(byte);
                }
            }
            &self.unescaped
        } else {
            raw
        };
        Ok(Cell {
            text,
            ends_row: span.end != End::Delimiter,
            quoted: span.quoted,
            ends_file: span.end == End::File,
        })
    }

    /// Takes the next row that is not blank. `path` is what errors call the stream.
    pub fn next_row(&mut self, path: &Path) -> Result<RawRow, DataError> {
        let mut row = RawRow {
            line: self.line(),
            cells: Vec::new(),
            ends_file: false,
        };
        let mut ends_row = false;
        while !ends_row && !row.ends_file {
            let (line, column) = (self.line(), row.cells.len());
            let cell = self.next_cell();
            let cell = cell.map_err(|kind| DataError::in_cell(path, line, column, None, kind))?;
            row.ends_file = cell.ends_file;
            if row.cells.is_empty() && cell.is_blank() && cell.ends_row {
                row.line = self.line();
            } else {
                ends_row = cell.ends_row;
                row.cells.push(cell.text.to_vec());
            }
        }
        Ok(row)
    }

    /// Moves the unread bytes to the front and reads until the buffer is full or the stream ends.
    fn fill(&mut self) -> Result<(), DataErrorKind> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > self.buffer.len() / 2 {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        while self.end < self.buffer.len() && !self.exhausted {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.exhausted = true,
                Ok(bytes) => self.end += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.source.explain(error)),
            }
        }
        Ok(())
    }
}

/// Finds the first cell of `bytes`; `None` if it may continue behind them.
fn find_cell(bytes: &[u8], delimiter: u8, last: bool) -> Result<Option<Span>, DataErrorKind> {
    let begin = bytes
        .iter()
        .position(|&byte| byte != b' ')
        .unwrap_or(bytes.len());
    if bytes.get(begin) == Some(&b'"') {
        return find_quoted(bytes, begin + 1, delimiter, last);
    }
    let (stop, end) = match memchr2(delimiter, b'\n', &bytes[begin..]) {
        Some(offset) if bytes[begin + offset] == b'\n' => (begin + offset, End::Line),
        Some(offset) => (begin + offset, End::Delimiter),
        None if last => (bytes.len(), End::File),
        None => return Ok(None),
    };
    let begin = stop - bytes[begin..stop].trim_ascii_start().len();
    let text = bytes[begin..stop].trim_ascii_end();
    Ok(Some(Span {
        text: (begin, begin + text.len()),
        quoted: false,
        doubled_quotes: false,
        end,
        length: stop + usize::from(end != End::File),
    }))
}

/// Finds the rest of a cell whose quote has been opened just before `begin`.
fn find_quoted(
    bytes: &[u8],
    begin: usize,
    delimiter: u8,
    last: bool,
) -> Result<Option<Span>, DataErrorKind> {
    let mut doubled_quotes = false;
    let mut from = begin;
    let close = loop {
        let Some(offset) = memchr(b'"', &bytes[from..]) else {
            return if last {
                Err(DataErrorKind::UnterminatedQuote)
            } else {
                Ok(None)
            };
        };
        let quote = from + offset;
        if bytes.get(quote + 1) != Some(&b'"') {
            break quote;
        }
        doubled_quotes = true;
        from = quote + 2;
    };
    let rest = &bytes[close + 1..];
    let (blanks, end) = match rest.iter().position(|&byte| !matches!(byte, b' ' | b'\r')) {
        Some(at) if rest[at] == delimiter => (at, End::Delimiter),
        Some(at) if rest[at] == b'\n' => (at, End::Line),
        Some(_) => return Err(DataErrorKind::TextAfterQuote),
        None if last => (rest.len(), End::File),
        None => return Ok(None),
    };
    let length = close + 1 + blanks + usize::from(end != End::File);
    Ok(Some(Span {
        text: (begin, close),
        quoted: true,
        doubled_quotes,
        end,
        length,
    }))
}

/// Reads cells of one to three digits, each followed by the delimiter, into `cells`: the fast path.
///
/// Returns the number of cells and of bytes of `input` that were taken. Stops before anything else: a
/// line break, a quote, a blank, a point, a sign, a value above 255, or the last bytes of the input.
/// `cells` must hold zeros, so that a run of zero cells costs no store.
pub(super) fn scan_short_numbers<T: From<u8>>(
    input: &[u8],
    delimiter: u8,
    cells: &mut [T],
) -> (usize, usize) {
    let zeros = u64::from_le_bytes([
        b'0', delimiter, b'0', delimiter, b'0', delimiter, b'0', delimiter,
    ]);
    let mut taken = 0;
    let mut at = 0;
    while taken < cells.len() {
        let Some(window) = input.get(at..).and_then(<[u8]>::first_chunk::<WINDOW>) else {
            break;
        };
        let word = u64::from_le_bytes(*window);
        let run = (word ^ zeros).trailing_zeros() as usize / (8 * ZERO_CELL);
        if run > 0 {
            let run = run.min(cells.len() - taken);
            taken += run;
            at += run * ZERO_CELL;
            continue;
        }
        let Some((value, length)) = short_number(word, delimiter) else {
            break;
        };
        cells[taken] = T::from(value);
        taken += 1;
        at += length + 1;
    }
    (taken, at)
}

/// Returns the number of one to three digits at the low end of `word` and its length, if the delimiter follows it.
///
/// Works on all bytes at once, without a branch on the length: the lengths of neighbouring pixels
/// cannot be predicted, and a mispredicted branch costs more than the whole conversion.
#[inline]
fn short_number(word: u64, delimiter: u8) -> Option<(u8, usize)> {
    const ONES: u32 = 0x0101_0101;
    const HIGH: u32 = 0x8080_8080;
    let text = word as u32; // three digits and the delimiter are in the low half
    // The lowest high bit set marks the first byte equal to the delimiter.
    let differs = text ^ (ONES * u32::from(delimiter));
    let marks = differs.wrapping_sub(ONES) & !differs & HIGH;
    let length = marks.trailing_zeros() / 8;
    if length == 0 || length > 3 {
        return None;
    }
    // Right-align the digits in the four bytes, '0' before them.
    let aligned = (text << (8 * (4 - length))) | ((ONES * u32::from(b'0')) >> (8 * length));
    let digits = aligned ^ (ONES * u32::from(b'0'));
    // Adding 0x76 carries into the high bit of every byte above 9.
    if (digits.wrapping_add(0x7676_7676) | digits) & HIGH != 0 {
        return None;
    }
    let value = (digits >> 24) + 10 * ((digits >> 16) & 0xff) + 100 * ((digits >> 8) & 0xff);
    Some((u8::try_from(value).ok()?, length as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_at_every_length() {
        for value in 0..=255_u8 {
            for text in [
                format!("{value},"),
                format!("{value:02},"),
                format!("{value:03},"),
            ] {
                let mut cells = [0_u8];
                let input = format!("{text}xxxxxxxx");
                assert_eq!(
                    scan_short_numbers(input.as_bytes(), b',', &mut cells),
                    (1, text.len()),
                    "{text}"
                );
                assert_eq!(cells, [value], "{text}");
            }
        }
    }

    #[test]
    fn anything_else_stops_the_run_before_it() {
        for stop in [
            "256,", "999,", "1000,", "-1,", "+1,", " 1,", "1 ,", "1.0,", "\"1\",", ",", "1\n",
            "1\r\n", "a,", "1a,", "/,", ":,", "\u{b1}1,",
        ] {
            let mut cells = [0_u8; 8];
            let input = format!("7,0,0,45,{stop}0,0,0,0,0,0,0,0,");
            assert_eq!(
                scan_short_numbers(input.as_bytes(), b',', &mut cells),
                (4, 9),
                "{stop:?}"
            );
            assert_eq!(cells, [7, 0, 0, 45, 0, 0, 0, 0], "{stop:?}");
        }
    }

    #[test]
    fn no_more_cells_are_taken_than_asked_for() {
        let mut cells = [0.0_f32; 2];
        assert_eq!(
            scan_short_numbers(b"0;0;0;0;0;0;0;0;", b';', &mut cells),
            (2, 4)
        );
    }
}
