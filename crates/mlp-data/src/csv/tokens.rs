//! Cuts a stream of bytes into cells: quotes, delimiters, line breaks (RFC 4180).

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2};

use super::layout::delimiter_of;
use crate::error::DataErrorKind;
use crate::gzip::Source;

/// Bytes read at once; fits the second-level cache.
const BUFFER: usize = 1 << 18;
/// The longest cell: what is longer is an unclosed quote or no CSV at all.
const LONGEST_CELL: usize = 1 << 20;

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
            if self.end - self.start > LONGEST_CELL {
                let quoted = self.buffered().trim_ascii_start().starts_with(b"\"");
                let too_long = DataErrorKind::CellTooLong {
                    limit: LONGEST_CELL,
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

/// The first cell of `bytes`; `None` if it may continue behind them.
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

/// The rest of a cell whose quote has been opened just before `begin`.
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
