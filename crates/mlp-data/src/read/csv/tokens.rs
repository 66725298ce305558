//! Cuts a text into cells and rows: quotes, delimiters, line breaks (RFC 4180, and what is written instead of it).

use std::io::Read;
use std::path::Path;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::dialect::{Dialect, FirstRow, configured, is_sample, named_delimiter};
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::options::Delimiter;
use crate::read::Note;
use crate::read::compressed::Source;
use crate::read::text::{Encoding, Text};

/// Bytes read at once; fits the second-level cache.
const BUFFER: usize = 1 << 18;
/// Length of the longest cell: what is longer is an unclosed quote or no CSV at all.
const MAX_CELL_BYTES: usize = 1 << 20;
/// Length of the longest row.
const MAX_ROW_BYTES: u64 = 1 << 26;
/// Cells of the widest row.
pub(super) const MAX_COLUMNS: usize = 100_000;
/// Bytes at the beginning in which rows are looked for that tell the dialect.
const MAX_SAMPLE: usize = 1 << 22;
/// The delimiter that stands for runs of blanks and tabs.
pub(super) const BLANKS: u8 = b' ';
/// Bytes that [`scan_short_numbers`] and [`plain_cell`] look at in one step.
const WINDOW: usize = 8;
/// Bytes in which the end of a cell is looked for without a call.
const MAX_PLAIN_CELL: usize = 4 * WINDOW;
/// Bytes that `0` and its delimiter take.
const ZERO_CELL: usize = 2;

/// A cell as it stands in the file.
pub(super) struct Cell<'a> {
    /// Its text, UTF-8: without quotes, and without surrounding blanks unless they were quoted.
    pub text: &'a [u8],
    /// Whether the next cell begins another row.
    pub ends_row: bool,
    /// Whether it stood in quotes.
    pub quoted: bool,
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
    /// Text of each cell, UTF-8.
    pub cells: Vec<Vec<u8>>,
}

/// What follows a cell.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    Delimiter,
    Line,
    File,
}

/// A cell found in the buffer; positions count from the first unread byte.
pub(super) struct Span {
    pub text: (usize, usize),
    pub quoted: bool,
    doubled_quotes: bool,
    pub end: End,
    /// Bytes up to the next cell.
    pub length: usize,
}

/// The unread part of a text, as rows of cells.
///
/// [`Self::begin_row`] comes before the first cell of each row.
pub(super) struct Tokens<R> {
    text: Text<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    exhausted: bool,
    /// Why nothing can be read behind what is in the buffer.
    failure: Option<DataErrorKind>,
    dialect: Dialect,
    line: u64,
    /// Where the row begins in the buffer, as far as it is there.
    row_start: usize,
    /// Bytes of the row that have left the buffer.
    row_bytes: u64,
    unescaped: Vec<u8>,
    /// Rows of nothing but delimiters passed over.
    blank_rows: usize,
    notes: Vec<Note>,
}

impl<R: Read> Tokens<R> {
    /// Begins to read: finds out the encoding, and from the first rows how they are cut into cells.
    pub fn new(source: Source<R>, delimiter: Delimiter) -> Result<Self, DataErrorKind> {
        let mut tokens = Self::with(Text::new(source)?, Dialect::plain(b','));
        while !tokens.exhausted && tokens.end < MAX_SAMPLE && !is_sample(tokens.buffered()) {
            match tokens.fill() {
                Err(kind) if tokens.end > 0 => {
                    tokens.failure = Some(kind); // once the rows before it are read
                    break;
                }
                filled => filled?,
            }
        }
        let mut wanted = configured(delimiter);
        if let Some((named, length)) = named_delimiter(tokens.buffered()) {
            tokens.skip(length);
            wanted = wanted.or(Some(named));
        }
        tokens.dialect = Dialect::of(tokens.buffered(), wanted, tokens.exhausted);
        Ok(tokens)
    }

    /// Begins to read at the beginning of any row of the same content; `None` if this cannot be done, because the
    /// bytes there may be in the middle of a character.
    pub fn further_on<Other: Read>(&self, stream: Other) -> Option<Tokens<Other>> {
        let encoding = self.text.encoding();
        let begun = match encoding {
            Encoding::Ascii | Encoding::Utf8 | Encoding::Windows1252 => encoding,
            Encoding::Utf16Le | Encoding::Utf16Be => return None,
        };
        let text = Text::encoded(Source::plain(stream), begun);
        let dialect = Dialect {
            first: FirstRow::Ordinary,
            ..self.dialect.clone()
        };
        Some(Tokens::with(text, dialect))
    }

    fn with(text: Text<R>, dialect: Dialect) -> Self {
        Self {
            text,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            exhausted: false,
            failure: None,
            dialect,
            line: 1,
            row_start: 0,
            row_bytes: 0,
            unescaped: Vec::new(),
            blank_rows: 0,
            notes: Vec::new(),
        }
    }

    /// The character between cells; a blank for runs of blanks.
    pub fn delimiter(&self) -> u8 {
        self.dialect.delimiter
    }

    /// The encoding, as far as the text was read.
    pub fn encoding(&self) -> Encoding {
        self.text.encoding()
    }

    /// What a user should know of the text, as far as it was read, although nothing is wrong with it.
    pub fn notes(&self) -> Vec<Note> {
        let is_latin = self.encoding() == Encoding::Windows1252;
        let mut notes = self.notes.clone();
        notes.extend(is_latin.then_some(Note::Windows1252));
        let rows = self.blank_rows;
        notes.extend((rows > 0).then_some(Note::BlankRows { rows }));
        notes
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

    /// Passes over blank rows, those of nothing but delimiters too; false if no row follows.
    pub fn begin_row(&mut self) -> Result<bool, DataErrorKind> {
        loop {
            let blank = pass_blank_rows(self.buffered(), self.delimiter());
            self.start += blank.bytes;
            self.line += blank.lines;
            self.blank_rows += blank.rows;
            (self.row_start, self.row_bytes) = (self.start, 0);
            if blank.row_begins {
                return Ok(true);
            }
            if self.exhausted {
                self.blank_rows += usize::from(has_delimiter(self.buffered(), self.delimiter()));
                self.start = self.end;
                return Ok(false);
            }
            if self.end - self.start > MAX_CELL_BYTES {
                return Err(DataErrorKind::TooManyColumns { limit: MAX_COLUMNS });
            }
            self.fill()?;
        }
    }

    /// Takes the next cell.
    #[inline]
    pub fn next_cell(&mut self) -> Result<Cell<'_>, DataErrorKind> {
        if let Some(length) = plain_cell(self.buffered(), self.delimiter()) {
            let begin = self.start;
            self.start += length + 1;
            return Ok(Cell {
                text: &self.buffer[begin..begin + length],
                ends_row: false,
                quoted: false,
            });
        }
        self.any_cell()
    }

    /// Takes the next cell, whatever it looks like.
    fn any_cell(&mut self) -> Result<Cell<'_>, DataErrorKind> {
        let limit = MAX_CELL_BYTES;
        let span = loop {
            match find_cell(self.buffered(), self.delimiter(), self.exhausted)? {
                Some(span) if span.text.1 - span.text.0 <= limit => break span,
                None if self.end - self.start <= limit => self.fill()?,
                None if self.buffered().trim_ascii_start().starts_with(b"\"") => {
                    return Err(DataErrorKind::UnterminatedQuote);
                }
                _ => return Err(DataErrorKind::CellTooLong { limit }),
            }
        };
        let bytes = &self.buffer[self.start..self.end];
        let raw = &bytes[span.text.0..span.text.1];
        if span.quoted {
            self.line += lines_in(raw);
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
        })
    }

    /// Takes the next row that is not blank, if there is one. `path` is what errors call the stream.
    ///
    /// In front of a table it passes over a line that is none of its rows, and notes it.
    pub fn next_row(&mut self, path: &Path) -> Result<Option<RawRow>, DataError> {
        let first = std::mem::replace(&mut self.dialect.first, FirstRow::Ordinary);
        let Some(mut row) = self.raw_row(path)? else {
            return Ok(None);
        };
        match first {
            FirstRow::Ordinary => Ok(Some(row)),
            FirstRow::Foreign => {
                let text = row.cells.join(&self.dialect.delimiter);
                self.notes.push(Note::LinePassedOver {
                    line: row.line,
                    text: String::from_utf8_lossy(&text).into_owned(),
                });
                self.next_row(path)
            }
            FirstRow::RowNames => {
                row.cells.insert(0, Vec::new());
                self.notes.push(Note::RowNames { line: row.line });
                Ok(Some(row))
            }
        }
    }

    fn raw_row(&mut self, path: &Path) -> Result<Option<RawRow>, DataError> {
        let in_line = |line, kind| DataError::at(path, DataPlace::Line(line), kind);
        match self.begin_row() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(kind) => return Err(in_line(self.line, kind)),
        }
        let mut row = RawRow {
            line: self.line,
            cells: Vec::new(),
        };
        loop {
            let (line, column) = (self.line, row.cells.len());
            if column == MAX_COLUMNS {
                return Err(in_line(
                    line,
                    DataErrorKind::TooManyColumns { limit: MAX_COLUMNS },
                ));
            }
            let width = self.dialect.width;
            let cell = self.next_cell();
            let cell = cell.map_err(|kind| DataError::in_cell(path, line, column, None, kind))?;
            let ends_row = cell.ends_row;
            // A delimiter behind the last cell is none between two.
            if !(ends_row && cell.is_blank() && column > 0 && column == width) {
                row.cells.push(cell.text.to_vec());
            }
            if ends_row {
                return Ok(Some(row));
            }
        }
    }

    /// Passes over the cells that are left of a row.
    pub fn pass_row(&mut self) -> Result<(), DataErrorKind> {
        loop {
            match self.next_cell() {
                Ok(cell) if cell.ends_row => return Ok(()),
                Ok(_) => {}
                Err(DataErrorKind::TextAfterQuote) => return self.pass_line(),
                Err(kind) => return Err(kind),
            }
        }
    }

    /// Passes over what is left of a line, whatever quotes are in it.
    pub fn pass_line(&mut self) -> Result<(), DataErrorKind> {
        loop {
            if let Some(at) = memchr2(b'\n', b'\r', self.buffered()) {
                self.start += at;
                if let LineEnd::At(length) = line_end(self.buffered(), 0, self.exhausted) {
                    self.start += length;
                    self.line += 1;
                    return Ok(());
                }
            } else {
                self.start = self.end;
                if self.exhausted {
                    return Ok(());
                }
            }
            self.fill()?;
        }
    }

    /// Moves the unread bytes to the front and reads on.
    fn fill(&mut self) -> Result<(), DataErrorKind> {
        if let Some(kind) = self.failure.take() {
            return Err(kind);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.row_bytes += (self.start - self.row_start) as u64;
        self.end -= self.start;
        (self.start, self.row_start) = (0, 0);
        if self.row_bytes > MAX_ROW_BYTES {
            return Err(DataErrorKind::RowTooLong {
                limit: MAX_ROW_BYTES,
            });
        }
        if self.end > self.buffer.len() / 2 {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let read = self.text.read(&mut self.buffer[self.end..])?;
        self.exhausted = read == 0;
        self.end += read;
        Ok(())
    }
}

/// The rows of nothing but delimiters and blanks at the front of some bytes.
#[derive(Debug, PartialEq)]
pub(super) struct BlankRows {
    pub bytes: usize,
    pub lines: u64,
    /// How many have delimiters: the others are empty lines.
    pub rows: usize,
    /// Whether another row follows for certain; else what follows may still turn out to be blank.
    pub row_begins: bool,
}

/// Finds the blank rows at the front of `bytes`.
pub(super) fn pass_blank_rows(bytes: &[u8], delimiter: u8) -> BlankRows {
    let mut blank = BlankRows {
        bytes: 0,
        lines: 0,
        rows: 0,
        row_begins: false,
    };
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t') || *byte == delimiter;
    loop {
        let row = &bytes[blank.bytes..];
        let Some(at) = row.iter().position(|byte| !is_blank(byte)) else {
            return blank;
        };
        match line_end(row, at, false) {
            LineEnd::At(end) => {
                blank.bytes += end;
                blank.lines += 1;
                blank.rows += usize::from(has_delimiter(&row[..at], delimiter));
            }
            LineEnd::None => {
                blank.row_begins = true;
                return blank;
            }
            LineEnd::Unknown => return blank,
        }
    }
}

/// Whether a line of nothing but blanks and delimiters is a row; else it is an empty line.
fn has_delimiter(line: &[u8], delimiter: u8) -> bool {
    delimiter != BLANKS && line.contains(&delimiter)
}

/// Whether a line ends at a place.
enum LineEnd {
    None,
    /// Behind the line break, the next line begins here.
    At(usize),
    /// A carriage return at the end of what was read: a line feed may follow.
    Unknown,
}

/// Finds out whether a line ends at `at`: by LF, CR LF or CR.
fn line_end(bytes: &[u8], at: usize, last: bool) -> LineEnd {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => LineEnd::At(at + 2),
        (b'\r', None) if !last => LineEnd::Unknown,
        (b'\n' | b'\r', _) => LineEnd::At(at + 1),
        _ => LineEnd::None,
    }
}

/// Counts the line breaks in a text.
fn lines_in(text: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', text).count();
    let returns = memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n'));
    (feeds + returns.count()) as u64
}

/// Returns the length of the first cell of `bytes` if it is plain: short, followed by a delimiter that is no blank, not
/// quoted, and without blanks around it. The fast path of [`find_cell`], which must find the same.
#[inline]
fn plain_cell(bytes: &[u8], delimiter: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    if delimiter == BLANKS {
        return None;
    }
    // The lowest high bit set marks the first byte that is equal to `byte`.
    let marks = |word: u64, byte: u8| {
        let differs = word ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs & HIGH
    };
    let mut begin = 0;
    let length = loop {
        let word = u64::from_le_bytes(*bytes.get(begin..)?.first_chunk::<WINDOW>()?);
        let stops = marks(word, delimiter) | marks(word, b'\n') | marks(word, b'\r');
        if stops != 0 {
            break begin + stops.trailing_zeros() as usize / 8;
        }
        begin += WINDOW;
        if begin == MAX_PLAIN_CELL {
            return None;
        }
    };
    let cell = &bytes[..length];
    let is_plain = bytes[length] == delimiter
        && cell.first().is_none_or(|&first| first > b'"')
        && cell.last().is_none_or(|&last| last > b' ');
    is_plain.then_some(length)
}

/// Finds the first cell of `bytes`; `None` if it may continue behind them.
pub(super) fn find_cell(
    bytes: &[u8],
    delimiter: u8,
    last: bool,
) -> Result<Option<Span>, DataErrorKind> {
    let is_padding = |byte: &u8| *byte == b' ' || *byte == b'\t' && delimiter == BLANKS;
    let begin = bytes.iter().position(|byte| !is_padding(byte));
    let begin = begin.unwrap_or(bytes.len());
    if bytes.get(begin) == Some(&b'"') {
        return find_quoted(bytes, begin + 1, delimiter, last);
    }
    let stop = if delimiter == BLANKS {
        let is_stop = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        bytes[begin..].iter().position(is_stop)
    } else {
        memchr3(delimiter, b'\n', b'\r', &bytes[begin..])
    };
    let Some((end, length)) = cell_end(bytes, stop.map(|stop| begin + stop), delimiter, last)
    else {
        return Ok(None);
    };
    let stop = stop.map_or(bytes.len(), |stop| begin + stop);
    let begin = stop - bytes[begin..stop].trim_ascii_start().len();
    let text = bytes[begin..stop].trim_ascii_end();
    Ok(Some(Span {
        text: (begin, begin + text.len()),
        quoted: false,
        doubled_quotes: false,
        end,
        length,
    }))
}

/// Finds out what follows a cell that stops at `stop`, or nowhere in `bytes`, and where the next one begins; `None` if
/// that is not known yet.
fn cell_end(bytes: &[u8], stop: Option<usize>, delimiter: u8, last: bool) -> Option<(End, usize)> {
    let Some(mut at) = stop else {
        return last.then_some((End::File, bytes.len()));
    };
    if delimiter == BLANKS {
        let blanks = bytes[at..]
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'));
        match blanks {
            Some(0) => {}
            Some(blanks) if matches!(bytes[at + blanks], b'\n' | b'\r') => at += blanks,
            Some(blanks) => return Some((End::Delimiter, at + blanks)),
            None => return last.then_some((End::File, bytes.len())),
        }
    }
    match line_end(bytes, at, last) {
        LineEnd::At(next) => Some((End::Line, next)),
        LineEnd::None => Some((End::Delimiter, at + 1)),
        LineEnd::Unknown => None,
    }
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
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let is_delimiter = |byte| byte == delimiter || delimiter == BLANKS && is_blank(byte);
    let mut rest = rest.iter().copied();
    let stop = rest.position(|byte| is_delimiter(byte) || !is_blank(byte));
    let stop = stop.map(|stop| close + 1 + stop);
    if let Some(stop) = stop
        && !is_delimiter(bytes[stop])
        && !matches!(bytes[stop], b'\n' | b'\r')
    {
        return Err(DataErrorKind::TextAfterQuote);
    }
    let Some((end, length)) = cell_end(bytes, stop, delimiter, last) else {
        return Ok(None);
    };
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
    fn a_plain_cell_is_the_cell_that_any_way_finds() {
        let texts = [
            "",
            "a",
            "1.25",
            "-7",
            "é",
            "two words",
            "12345678",
            "123456789",
            "x\"y",
            "a\u{b}b",
            "!",
            "\"q\"",
            " a",
            "a ",
            "a\t",
            "\u{c}a",
            "0123456789012345678901234567890",
        ];
        for text in texts {
            for rest in [
                ",next,cell,and,more",
                "\nnext,row,and,more",
                "\r\nnext,row",
                ";b,c,d,e,f,g",
                ",",
            ] {
                let bytes = format!("{text}{rest}");
                let bytes = bytes.as_bytes();
                let Some(length) = plain_cell(bytes, b',') else {
                    continue;
                };
                let span = find_cell(bytes, b',', false).unwrap().unwrap();
                assert_eq!(span.text, (0, length), "{text:?} {rest:?}");
                assert!(span.end == End::Delimiter && !span.quoted);
                assert_eq!(span.length, length + 1);
            }
        }
        assert_eq!(plain_cell(b"12,345,678", b','), Some(2));
        assert_eq!(plain_cell(b"a thing,345,678", b','), Some(7));
        assert_eq!(plain_cell(b"a b c d e f", BLANKS), None);
    }

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
