//! How a text is cut into cells, found out from its first rows together.

use memchr::memchr2;

use super::tokens::{BLANKS, End, MAX_COLUMNS, find_cell, pass_blank_rows};
use crate::options::Delimiter;

/// Characters that may stand between cells, in the order of preference.
const CANDIDATES: [u8; 5] = [b',', b';', b'\t', b'|', BLANKS];
/// Rows that are looked at.
const MAX_ROWS: usize = 100;
/// Bytes that are looked at, as soon as there are [`MIN_ROWS`].
const MAX_BYTES: usize = 1 << 16;
/// Rows that tell something of each other.
const MIN_ROWS: usize = 4;

/// How much an empty cell between others looks like one.
const EMPTY: f64 = 0.5;
/// What rows that blanks part alike count for, next to those that another character parts.
const TRUST_IN_BLANKS: f64 = 0.9;

/// How a text is cut into cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The character between cells; [`BLANKS`] for runs of blanks and tabs.
    pub delimiter: u8,
    /// Cells of a row, without the empty one behind a delimiter at the end of the line.
    pub width: usize,
    /// What the first row is.
    pub first: FirstRow,
}

/// What the first row of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstRow {
    /// A header, or a row as the others.
    Ordinary,
    /// A title or counts in front of the table.
    Foreign,
    /// A header without a name for the first column, which holds the names of the rows.
    RowNames,
}

impl Dialect {
    /// Finds the dialect that agrees best with the rows at the beginning of a text.
    ///
    /// `last` is whether the text ends with `bytes`.
    pub fn of(bytes: &[u8], wanted: Option<u8>, last: bool) -> Self {
        if let Some(delimiter) = wanted {
            return Sample::of(bytes, delimiter, last).dialect();
        }
        let (mut most, mut best) = (0.0, None);
        for delimiter in CANDIDATES {
            let sample = Sample::of(bytes, delimiter, last);
            let score = sample.score();
            if best.is_none() || score > most {
                (most, best) = (score, Some(sample));
            }
        }
        best.map_or_else(|| Self::plain(b','), |sample| sample.dialect())
    }

    /// Cells parted by this character, in rows of which nothing is known.
    pub fn plain(delimiter: u8) -> Self {
        Self {
            delimiter,
            width: 0,
            first: FirstRow::Ordinary,
        }
    }
}

/// Returns the character that a config asks for.
pub(super) fn configured(delimiter: Delimiter) -> Option<u8> {
    match delimiter {
        Delimiter::Auto => None,
        Delimiter::Comma => Some(b','),
        Delimiter::Semicolon => Some(b';'),
        Delimiter::Tab => Some(b'\t'),
        Delimiter::Bar => Some(b'|'),
        Delimiter::Blanks => Some(BLANKS),
    }
}

/// Returns the delimiter that a first line `sep=;` names, as spreadsheets write it, and the length of the line.
pub(super) fn named_delimiter(bytes: &[u8]) -> Option<(u8, usize)> {
    let end = memchr2(b'\n', b'\r', bytes)?;
    let line = &bytes[..end];
    let unquoted = line.strip_prefix(b"\"");
    let unquoted = unquoted.and_then(|line| line.strip_suffix(b"\""));
    let (word, named) = unquoted.unwrap_or(line).split_first_chunk::<4>()?;
    let (&delimiter, more) = named.split_first()?;
    let is_delimiter = delimiter == BLANKS
        || delimiter == b'\t'
        || delimiter.is_ascii_punctuation() && !matches!(delimiter, b'"' | b'.' | b'-' | b'_');
    let names_it = word.eq_ignore_ascii_case(b"sep=") && is_delimiter;
    (names_it && more.iter().all(|&byte| byte == delimiter)).then_some((delimiter, end))
}

/// Whether these bytes have as many lines as tell something of each other.
pub(super) fn is_sample(bytes: &[u8]) -> bool {
    let lines = memchr::memchr2_iter(b'\n', b'\r', bytes);
    bytes.len() >= MAX_BYTES && lines.take(2 * MIN_ROWS).count() == 2 * MIN_ROWS
}

/// The rows at the beginning of a text, as one delimiter parts them.
struct Sample {
    delimiter: u8,
    rows: Vec<Row>,
    /// The first cells of the first row.
    counts: Vec<Option<usize>>,
}

/// What a row looks like.
#[derive(Default)]
struct Row {
    cells: usize,
    /// Whether the last cell is empty.
    trailing: bool,
    /// Cells that are numbers.
    numbers: usize,
    /// The sum of how much each cell looks like one, from 0 to 1; the empty one at the end of a line adds nothing.
    worth: f64,
}

impl Row {
    fn add(&mut self, text: &[u8], quoted: bool, delimiter: u8) {
        if self.trailing {
            self.worth += EMPTY;
        }
        let worth = match text {
            _ if quoted => 1.0,
            [] => 0.0, // unless it is followed by another
            text => likeness(text, delimiter),
        };
        self.cells += 1;
        self.trailing = text.is_empty() && !quoted;
        self.numbers += usize::from(is_number(text));
        self.worth += worth;
    }
}

impl Sample {
    fn of(bytes: &[u8], delimiter: u8, last: bool) -> Self {
        let mut sample = Self {
            delimiter,
            rows: Vec::new(),
            counts: Vec::new(),
        };
        let mut at = 0;
        while sample.rows.len() < MAX_ROWS && (at < MAX_BYTES || sample.rows.len() < MIN_ROWS) {
            let blank = pass_blank_rows(&bytes[at..], delimiter);
            at += blank.bytes;
            if !blank.row_begins {
                break;
            }
            match sample.row(&bytes[at..], last) {
                Some((row, length)) => {
                    sample.rows.push(row);
                    at += length;
                }
                None => break,
            }
        }
        sample
    }

    /// Looks at the first row of `bytes`, and returns it with its length; `None` if it is not whole.
    fn row(&mut self, bytes: &[u8], last: bool) -> Option<(Row, usize)> {
        let is_first = self.rows.is_empty();
        let mut row = Row::default();
        let mut at = 0;
        while row.cells <= MAX_COLUMNS {
            let rest = &bytes[at..];
            match find_cell(rest, self.delimiter, last) {
                Ok(Some(span)) => {
                    let text = &rest[span.text.0..span.text.1];
                    row.add(text, span.quoted, self.delimiter);
                    if is_first && row.cells <= 2 {
                        let text = std::str::from_utf8(text).unwrap_or_default();
                        self.counts.push(text.parse().ok());
                    }
                    at += span.length;
                    if span.end != End::Delimiter {
                        return Some((row, at));
                    }
                }
                Ok(None) => break,
                // Quotes that do not match: nothing speaks for this delimiter.
                Err(_) => return Some((Row::default(), at + line_end(rest)?)),
            }
        }
        // Of a first row that is longer than what was read, a part tells the delimiter.
        (is_first && row.cells > 0).then_some((row, bytes.len()))
    }

    /// How well the rows agree with each other, and how much their cells look like cells; 0 for a single column.
    fn score(&self) -> f64 {
        let trailing = self.is_trailing();
        let columns = |row: &Row| row.cells - usize::from(trailing && row.trailing);
        let agreeing = |width: usize| self.rows.iter().filter(|row| columns(row) == width).count();
        let widths = self.rows.iter().map(columns);
        let Some(agreeing) = widths.filter(|&width| width > 1).map(agreeing).max() else {
            return 0.0;
        };
        let trust = match self.delimiter {
            BLANKS if !self.is_even() => return 0.0, // blanks occur within texts too
            BLANKS => TRUST_IN_BLANKS,
            _ => 1.0,
        };
        let worth: f64 = self.rows.iter().map(|row| row.worth).sum();
        let cells: usize = self.rows.iter().map(columns).sum();
        trust * agreeing as f64 / self.rows.len() as f64 * worth / cells.max(1) as f64
    }

    /// Whether the last cell of all rows below the first is empty.
    fn is_trailing(&self) -> bool {
        self.rows.len() > 1 && self.rows[1..].iter().all(|row| row.trailing)
    }

    /// Whether all rows have the same number of cells, save for a header without a name for the first column.
    fn is_even(&self) -> bool {
        let Some((first, body)) = self.rows.split_first() else {
            return false;
        };
        let width = body.first().map_or(first.cells, |row| row.cells);
        let fits = first.cells == width || first.cells > 1 && first.cells + 1 == width;
        fits && body.iter().all(|row| row.cells == width)
    }

    fn dialect(&self) -> Dialect {
        let (width, first) = self.width();
        Dialect {
            delimiter: self.delimiter,
            width,
            first,
        }
    }

    /// Finds the number of columns and what the first row is.
    fn width(&self) -> (usize, FirstRow) {
        let Some((first, body)) = self.rows.split_first() else {
            return (0, FirstRow::Ordinary);
        };
        let Some(width) = body.first().map(|row| row.cells) else {
            return (first.cells, FirstRow::Ordinary);
        };
        if body.iter().any(|row| row.cells != width) {
            return (first.cells, FirstRow::Ordinary); // the reader names the row
        }
        let trailing = self.is_trailing();
        let columns = width - usize::from(trailing && (first.trailing || first.cells < width));
        if self.counts_rows(columns) {
            return (columns, FirstRow::Foreign);
        }
        let same = first.cells - usize::from(first.trailing && first.cells > columns);
        if same == columns || body.len() < 2 || width == 1 {
            return (same, FirstRow::Ordinary);
        }
        if first.cells == 1 || first.numbers > 0 {
            (columns, FirstRow::Foreign)
        } else if first.cells + 1 == columns && !body.iter().any(|row| row.trailing) {
            (columns, FirstRow::RowNames)
        } else {
            (same, FirstRow::Ordinary)
        }
    }

    /// Whether the first row counts rows and features and names the classes, as files of scikit-learn begin.
    fn counts_rows(&self, columns: usize) -> bool {
        let [Some(_), Some(features)] = self.counts[..] else {
            return false;
        };
        let [first, second, ..] = &self.rows[..] else {
            return false;
        };
        let names = first.cells - usize::from(first.trailing);
        let names = names.saturating_sub(2);
        features + 1 == columns && names > 0 && first.numbers == 2 && second.numbers + 1 >= columns
    }
}

/// Returns the number of bytes up to the next line; `None` if there is none.
fn line_end(bytes: &[u8]) -> Option<usize> {
    memchr2(b'\n', b'\r', bytes).map(|at| at + 1)
}

/// Returns how much a text without quotes looks like one cell, from 0 to 1.
fn likeness(text: &[u8], delimiter: u8) -> f64 {
    let parts = |byte: &u8| CANDIDATES[..4].contains(byte) && *byte != delimiter;
    if is_number(text) {
        1.0
    } else if text.contains(&b'"') || is_run_of_numbers(text) {
        0.1
    } else if text.iter().any(parts) {
        0.25
    } else {
        0.75
    }
}

/// Whether these are several numbers parted by blanks.
fn is_run_of_numbers(text: &[u8]) -> bool {
    let mut words = text.split(|byte| matches!(byte, b' ' | b'\t'));
    words.all(|word| word.is_empty() || is_number(word))
}

/// Whether this is a number with any decimal sign, and any sign between its thousands.
fn is_number(text: &[u8]) -> bool {
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => rest,
        text => text,
    };
    let exponent = unsigned.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (digits, exponent) = unsigned.split_at(exponent.unwrap_or(unsigned.len()));
    let is_exponent = match exponent {
        [] => true,
        [_, b'+' | b'-', power @ ..] | [_, power @ ..] => {
            !power.is_empty() && power.iter().all(u8::is_ascii_digit)
        }
    };
    is_exponent && digits.iter().any(u8::is_ascii_digit) && is_grouped(digits)
}

/// Whether signs part the digits of a number as they part thousands and decimals.
fn is_grouped(digits: &[u8]) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'.' | b',' | b' ' | b'\'');
    let signs = digits.iter().filter(|byte| is_sign(byte)).count();
    let last_sign = digits.iter().rfind(|byte| is_sign(byte));
    let mut groups = digits.split(is_sign).enumerate();
    groups.all(|(number, group)| {
        let is_decimals = number == signs && !matches!(last_sign, Some(b' ' | b'\''));
        let fits = number == 0 || is_decimals || group.len() == 3;
        fits && group.iter().all(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_dialect(text: &str, delimiter: char, width: usize, first: FirstRow) {
        let found = Dialect::of(text.as_bytes(), None, true);
        let expected = Dialect {
            delimiter: u8::try_from(delimiter).unwrap(),
            width,
            first,
        };
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn the_delimiter_is_what_all_rows_agree_with() {
        for (text, delimiter, width) in [
            ("a,b\n1,2\n", ',', 2),
            ("4,81;3,19;ash\n5,18;2,67;ash\n", ';', 3),
            ("4,81;3;ash\n5;2,67;ash\n", ';', 3),
            ("a;b\nSmith, John;5\nDoe, Jane;6\n", ';', 2),
            ("name,tags,x\nu,a;b;c,1\nv,a;b;d,2\n", ',', 3),
            ("a\tb\tc\n1\t\t2\n", '\t', 3),
            ("a b\tc\nx y\t3\n", '\t', 2),
            ("a|b\n1,5|2\n", '|', 2),
            ("  4.81  3.19  0\n  5.18  2.67  1\n", ' ', 3),
            ("4,81 3,19 0\n5,18 2,67 1\n", ' ', 3),
            (
                "18.0   8   307.0\t\"chevrolet malibu\"\n15.0   8   350.0\t\"buick\"\n",
                ' ',
                4,
            ),
            ("1 234,5;2 345,1\n7 234,5;8 345,1\n", ';', 2),
            ("\"a;b;c\",1\n\"d;e;f\",2\n", ',', 2),
            ("2020-01-01 10:00:00,5.0\n2020-01-02 11:00:00,6.0\n", ',', 2),
            (
                "first name,city\nAnn Lee,New York\nBob Ray,Los Angeles\n",
                ',',
                2,
            ),
            ("x\n1\n2\n", ',', 1),
            ("city\nNew York\nLos Angeles\n", ',', 1),
            ("", ',', 0),
        ] {
            assert_dialect(text, delimiter, width, FirstRow::Ordinary);
        }
    }

    #[test]
    fn a_delimiter_at_the_end_of_lines_is_no_column() {
        for (text, width) in [
            ("a,b,\n1,2,\n3,4,\n", 2),
            ("a,b\n1,2,\n3,4,\n", 2),
            ("a,b,\n1,2\n3,4\n", 2),
            ("1,2,\n3,4,\n", 2),
            ("0,1,\n1,0,\n", 2),
            // A column that has a name, or a value somewhere.
            ("a,b,c\n1,2,\n3,4,\n", 3),
            ("a,b,\n1,2,x\n3,4,\n", 3),
            ("1,2,\n", 3),
        ] {
            assert_dialect(text, ',', width, FirstRow::Ordinary);
        }
    }

    #[test]
    fn a_first_row_of_another_width_is_passed_over_unless_it_is_a_header() {
        for (text, width, first) in [
            ("178,3,u,v\n1,2,3,0\n4,5,6,1\n", 4, FirstRow::Foreign),
            ("178,3,u,v,w\n1,2,3,0\n4,5,6,1\n", 4, FirstRow::Foreign),
            ("Table 1\na,b\n1,2\n", 2, FirstRow::Foreign),
            ("1,2,3\n1,2\n3,4\n", 2, FirstRow::Foreign),
            ("a,b\nr,1,2\ns,3,4\n", 3, FirstRow::RowNames),
            ("label,a,b\nx,1,2,3,4\ny,1,2,3,4\n", 3, FirstRow::Ordinary),
            ("label,a,b\nx,1,2,3\n", 3, FirstRow::Ordinary),
            ("label,a,b\nx,1\ny,1,2\n", 3, FirstRow::Ordinary),
        ] {
            assert_dialect(text, ',', width, first);
        }
        assert_dialect(
            "\"a\" \"b\"\n\"1\" 2 3\n\"2\" 4 5\n",
            ' ',
            3,
            FirstRow::RowNames,
        );
    }

    #[test]
    fn spreadsheets_name_their_delimiter_in_a_line_of_its_own() {
        for (text, expected) in [
            ("sep=;\r\na;b", Some((b';', 5))),
            ("\"sep=,\"\na,b", Some((b',', 7))),
            ("SEP=\t\na\tb", Some((b'\t', 5))),
            ("sep=;;;\na;b", Some((b';', 7))),
            ("sep=a\n", None),
            ("sep=;,\n", None),
            ("separator,b\n", None),
            ("sep=;", None),
        ] {
            assert_eq!(named_delimiter(text.as_bytes()), expected, "{text:?}");
        }
    }
}
