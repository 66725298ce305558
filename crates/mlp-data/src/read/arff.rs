//! ARFF, the format of Weka and `OpenML`: attributes with types, then rows of their values, dense or sparse
//! (<https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/>).

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memchr;

use super::cells::{DateFormat, Dictionary, NumberFormat};
use super::compressed::Source;
use super::csv::{
    Batch, FormatLabel, Texts, TypedColumn, TypedColumns, TypedKind, TypedRows, Values, read_typed,
};
use super::text::{Encoding, Text};
use super::{Note, ReadOptions, Rewindable, Table};
use crate::error::{DataError, DataErrorKind, DataPlace, shown, suggestion};

/// Bytes read at once.
const BUFFER: usize = 1 << 18;
/// Length of the longest line.
const MAX_LINE: usize = 1 << 26;
/// Attributes of the widest table.
const MAX_ATTRIBUTES: usize = 1 << 20;
/// The mark of a missing value, unless it stands in quotes.
const MISSING: &[u8] = b"?";

/// Reads a table; without a label column that is named or numbered, the label is the last one.
pub(super) fn read(stream: &mut Rewindable, options: &ReadOptions) -> Result<Table, DataError> {
    let path = stream.path().to_owned();
    let file = stream.whole()?;
    let mut open = || -> Result<Box<dyn TypedRows>, DataError> {
        let of_file = |error| DataError::of_file(&path, DataErrorKind::CannotRead(error));
        let mut file = &*file;
        std::io::Seek::rewind(&mut file).map_err(of_file)?;
        let file = file.try_clone().map_err(of_file)?;
        Ok(Box::new(Arff::open(Source::plain(file), &path)?))
    };
    read_typed(&mut open, &path, options)
}

/// What the values of an attribute are.
#[derive(Debug)]
enum Attribute {
    Number,
    Text,
    /// Dates, written in this order.
    Date(DateFormat),
    Nominal(Dictionary),
}

/// A table that is being read.
struct Arff<R> {
    path: PathBuf,
    lines: Lines<R>,
    columns: TypedColumns,
    attributes: Vec<Attribute>,
}

impl<R: Read> Arff<R> {
    /// Reads the declarations, up to the first row.
    fn open(source: Source<R>, path: &Path) -> Result<Self, DataError> {
        let text = Text::new(source).map_err(|kind| DataError::of_file(path, kind))?;
        let mut lines = Lines::new(text);
        let mut columns = Vec::new();
        let mut attributes = Vec::new();
        loop {
            let Some(line) = lines.next(path)? else {
                let kind = DataErrorKind::Arff("there is no `@data` above rows".to_owned());
                return Err(DataError::of_file(path, kind));
            };
            let line = lines.get(line);
            let (word, rest) = split_word(line);
            let at_line = |why| {
                let place = DataPlace::Line(lines.line);
                DataError::at(path, place, DataErrorKind::Arff(why))
            };
            if word.eq_ignore_ascii_case(b"@relation") {
                continue;
            }
            if word.eq_ignore_ascii_case(b"@data") {
                break;
            }
            if !word.eq_ignore_ascii_case(b"@attribute") {
                let word = shown(&String::from_utf8_lossy(word));
                let why = format!("`{word}` is neither `@attribute` nor `@data`");
                return Err(at_line(why));
            }
            if columns.len() == MAX_ATTRIBUTES {
                let limit = MAX_ATTRIBUTES;
                return Err(DataError::of_file(
                    path,
                    DataErrorKind::TooManyColumns { limit },
                ));
            }
            let (column, attribute) = declaration(rest).map_err(at_line)?;
            columns.push(column);
            attributes.push(attribute);
        }
        if columns.is_empty() {
            let kind = DataErrorKind::Arff("no attribute is declared".to_owned());
            return Err(DataError::of_file(path, kind));
        }
        Ok(Self {
            path: path.to_owned(),
            lines,
            columns: TypedColumns {
                columns,
                label: FormatLabel::Last,
            },
            attributes,
        })
    }

    fn error(&self, column: usize, kind: DataErrorKind) -> DataError {
        let name = self.columns.columns[column].name.clone();
        DataError::in_cell(&self.path, self.lines.line, column, name, kind)
    }

    fn row_error(&self, kind: DataErrorKind) -> DataError {
        DataError::at(&self.path, DataPlace::Line(self.lines.line), kind)
    }

    /// Reads the values of a row.
    fn read_row(&self, line: &[u8], values: &mut [Values]) -> Result<(), DataError> {
        match line.strip_prefix(b"{") {
            Some(sparse) => self.read_sparse(sparse, values),
            None => self.read_dense(line, values),
        }
    }

    fn read_dense(&self, line: &[u8], values: &mut [Values]) -> Result<(), DataError> {
        let expected = self.attributes.len();
        let mut rest = Some(line);
        let mut column = 0;
        while let Some(left) = rest {
            if column == expected && left.trim_ascii_start().starts_with(b"{") {
                let why = "the row has a weight, which is not read".to_owned();
                return Err(self.row_error(DataErrorKind::Arff(why)));
            }
            let (token, behind) =
                token(left).map_err(|kind| self.error(column.min(expected - 1), kind))?;
            rest = match behind {
                [b',' | b'\t', behind @ ..] => Some(behind),
                [] => None,
                _ => {
                    let kind = DataErrorKind::TextAfterQuote;
                    return Err(self.error(column.min(expected - 1), kind));
                }
            };
            if column < expected {
                self.push(column, &token, &mut values[column])?;
            }
            column += 1;
        }
        if column != expected {
            let found = column;
            return Err(self.row_error(DataErrorKind::ColumnCount { expected, found }));
        }
        Ok(())
    }

    /// Reads `index value` pairs; what is left out is 0, or the first value that is declared.
    fn read_sparse(&self, line: &[u8], values: &mut [Values]) -> Result<(), DataError> {
        let wrong = |why: &str| self.row_error(DataErrorKind::Arff(why.to_owned()));
        let mut next = 0;
        let mut rest = line.trim_ascii_start();
        while !rest.starts_with(b"}") {
            let (index, behind) = split_word(rest);
            let index = std::str::from_utf8(index)
                .ok()
                .and_then(|index| index.parse().ok());
            let index: usize = index
                .filter(|index| (next..self.attributes.len()).contains(index))
                .ok_or_else(|| {
                    wrong("a sparse row holds numbers of attributes, each larger than the one before, and their values")
                })?;
            self.push_defaults(next..index, values);
            next = index + 1;
            let (token, behind) = token(behind).map_err(|kind| self.error(index, kind))?;
            self.push(index, &token, &mut values[index])?;
            rest = match behind {
                [b',', behind @ ..] => behind.trim_ascii_start(),
                [b'}', ..] => behind,
                [] => return Err(wrong("the brace of the sparse row is never closed")),
                _ => return Err(self.error(index, DataErrorKind::TextAfterQuote)),
            };
        }
        match rest[1..].trim_ascii() {
            [] => {}
            [b',', ..] => return Err(wrong("the row has a weight, which is not read")),
            _ => return Err(wrong("text follows the sparse row")),
        }
        self.push_defaults(next..self.attributes.len(), values);
        Ok(())
    }

    /// Appends a value to its column.
    fn push(&self, column: usize, token: &Token, values: &mut Values) -> Result<(), DataError> {
        let text = &*token.text;
        let is_missing = !token.is_quoted && text == MISSING;
        let quoted = || shown(&String::from_utf8_lossy(text));
        let kind = match (&self.attributes[column], values) {
            (Attribute::Number, Values::Numbers(values)) => {
                let number = if is_missing {
                    Some(f64::NAN)
                } else {
                    NumberFormat::Point.parse(text)
                };
                match number {
                    Some(number) => {
                        values.push(number);
                        return Ok(());
                    }
                    None => DataErrorKind::NotANumber { text: quoted() },
                }
            }
            (Attribute::Date(format), Values::Dates(values)) => {
                let date = if is_missing {
                    Some(f64::NAN)
                } else {
                    format.parse(text)
                };
                match date {
                    Some(date) => {
                        values.push(date);
                        return Ok(());
                    }
                    None => DataErrorKind::NotADate { text: quoted() },
                }
            }
            (Attribute::Nominal(declared), Values::Texts(_))
                if !is_missing && declared.find(text).is_none() =>
            {
                let names = declared
                    .iter()
                    .map(|name| String::from_utf8_lossy(name).into_owned());
                let names: Vec<String> = names.collect();
                DataErrorKind::NotDeclared {
                    suggestion: suggestion(&String::from_utf8_lossy(text), &names),
                    text: quoted(),
                    values: names,
                }
            }
            (_, Values::Texts(values)) => {
                values.push(if is_missing { b"" } else { text });
                return Ok(());
            }
            _ => return Ok(()), // the values are those of the attribute
        };
        Err(self.error(column, kind))
    }

    /// Appends what stands for values that a sparse row leaves out.
    fn push_defaults(&self, columns: Range<usize>, values: &mut [Values]) {
        let attributes = &self.attributes[columns.clone()];
        for (attribute, values) in attributes.iter().zip(&mut values[columns]) {
            match (attribute, values) {
                (Attribute::Nominal(declared), Values::Texts(values)) => {
                    values.push(declared.get(0));
                }
                (_, Values::Texts(values)) => values.push(b""),
                (_, Values::Numbers(values) | Values::Dates(values)) => values.push(0.0),
                _ => {}
            }
        }
    }
}

impl<R: Read> TypedRows for Arff<R> {
    fn columns(&self) -> &TypedColumns {
        &self.columns
    }

    fn next_batch(&mut self, max: usize) -> Result<Option<Batch>, DataError> {
        let empty = |attribute: &Attribute| match attribute {
            Attribute::Number => Values::Numbers(Vec::new()),
            Attribute::Date(_) => Values::Dates(Vec::new()),
            Attribute::Text | Attribute::Nominal(_) => Values::Texts(Texts::default()),
        };
        let mut batch = Batch {
            columns: self.attributes.iter().map(empty).collect(),
            ..Batch::default()
        };
        while batch.rows < max
            && let Some(line) = self.lines.next(&self.path)?
        {
            self.read_row(self.lines.get(line), &mut batch.columns)?;
            batch.lines.push(self.lines.line);
            batch.rows += 1;
        }
        Ok((batch.rows > 0).then_some(batch))
    }

    fn notes(&self) -> Vec<Note> {
        let is_latin = self.lines.text.encoding() == Encoding::Windows1252;
        is_latin.then_some(Note::Windows1252).into_iter().collect()
    }
}

/// Reads what follows `@attribute`: a name and a type.
fn declaration(text: &[u8]) -> Result<(TypedColumn, Attribute), String> {
    let text = text.trim_ascii();
    let (name, rest) = if text.starts_with(b"'") || text.starts_with(b"\"") {
        let (name, rest) = token(text).map_err(|kind| kind.to_string())?;
        (name.text.into_owned(), rest)
    } else {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'{';
        let length = text.iter().position(is_end).unwrap_or(text.len());
        let (name, rest) = text.split_at(length);
        (name.to_vec(), rest)
    };
    let name = String::from_utf8_lossy(&name).into_owned();
    let rest = rest.trim_ascii();
    let (word, format) = split_word(rest);
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let (kind, attribute) = if let Some(values) = rest.strip_prefix(b"{") {
        let values = nominal_values(values)?;
        let mut declared = Dictionary::default();
        for value in &values {
            declared.insert(value.as_bytes());
        }
        (
            TypedKind::Category(Arc::new(values)),
            Attribute::Nominal(declared),
        )
    } else if is("numeric") || is("real") || is("integer") {
        (TypedKind::Number, Attribute::Number)
    } else if is("string") {
        (TypedKind::Text, Attribute::Text)
    } else if is("date") {
        (TypedKind::Date, Attribute::Date(date_format(format)?))
    } else if is("relational") {
        let name = shown(&name);
        return Err(format!(
            "the attribute `{name}` holds tables, which are not read"
        ));
    } else {
        let (name, kind) = (shown(&name), shown(&String::from_utf8_lossy(rest)));
        return Err(format!(
            "the attribute `{name}` is of the type `{kind}`, which is not known"
        ));
    };
    Ok((
        TypedColumn {
            name: Some(name),
            kind,
        },
        attribute,
    ))
}

/// Reads the values between braces.
fn nominal_values(text: &[u8]) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let (value, behind) = token(rest).map_err(|kind| kind.to_string())?;
        values.push(String::from_utf8_lossy(&value.text).into_owned());
        rest = match behind {
            [b',', behind @ ..] => behind,
            [b'}', ..] => return Ok(values),
            [] => return Err("the brace of the values is never closed".to_owned()),
            _ => return Err("values are separated by commas".to_owned()),
        };
    }
}

/// Returns the order of day, month and year in a pattern such as `"yyyy-MM-dd HH:mm"`.
fn date_format(pattern: &[u8]) -> Result<DateFormat, String> {
    let pattern = pattern.trim_ascii();
    if pattern.is_empty() {
        return Ok(DateFormat::YearFirst);
    }
    let at = |letter| memchr(letter, pattern);
    match (at(b'y'), at(b'M'), at(b'd')) {
        (Some(year), Some(month), Some(day)) if year < month && month < day => {
            Ok(DateFormat::YearFirst)
        }
        (Some(year), Some(month), Some(day)) if day < month && month < year => {
            Ok(DateFormat::DayFirst)
        }
        (Some(year), Some(month), Some(day)) if month < day && day < year => {
            Ok(DateFormat::MonthFirst)
        }
        _ => {
            let pattern = shown(&String::from_utf8_lossy(pattern));
            Err(format!("dates are written as {pattern}, which is not read"))
        }
    }
}

/// A value as it stands in a line.
struct Token<'a> {
    /// Without its quotes.
    text: Cow<'a, [u8]>,
    is_quoted: bool,
}

/// Reads a value, and returns what follows it and the blanks behind it.
fn token(text: &[u8]) -> Result<(Token<'_>, &[u8]), DataErrorKind> {
    let text = text.trim_ascii_start();
    let Some((&quote @ (b'\'' | b'"'), inner)) = text.split_first() else {
        let is_end = |byte: &u8| matches!(byte, b',' | b'\t' | b'}');
        let length = text.iter().position(is_end).unwrap_or(text.len());
        let (text, rest) = text.split_at(length);
        let text = Cow::Borrowed(text.trim_ascii_end());
        let is_quoted = false;
        return Ok((Token { text, is_quoted }, rest));
    };
    let mut unescaped = Vec::new();
    let mut from = 0;
    let mut at = 0;
    loop {
        match inner.get(at) {
            None => return Err(DataErrorKind::UnterminatedQuote),
            Some(b'\\') => {
                unescaped.extend_from_slice(&inner[from..at]);
                unescaped.extend(inner.get(at + 1).map(|byte| match byte {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => *other,
                }));
                at += 2;
                from = at;
            }
            Some(byte) if *byte == quote => break,
            Some(_) => at += 1,
        }
    }
    let text = if from == 0 {
        Cow::Borrowed(&inner[..at])
    } else {
        unescaped.extend_from_slice(&inner[from..at]);
        Cow::Owned(unescaped)
    };
    let rest = &inner[at + 1..];
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let is_quoted = true;
    Ok((Token { text, is_quoted }, &rest[blanks..]))
}

/// Splits a text behind its first word.
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().position(u8::is_ascii_whitespace);
    text.split_at(length.unwrap_or(text.len()))
}

/// The lines of a text that are neither blank nor comments.
struct Lines<R> {
    text: Text<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    has_ended: bool,
    /// What ends a line.
    line_break: u8,
    /// The line that was read last, counted from 1.
    line: u64,
}

impl<R: Read> Lines<R> {
    fn new(text: Text<R>) -> Self {
        Self {
            text,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            has_ended: false,
            line_break: b'\n',
            line: 0,
        }
    }

    /// Returns where the next line lies, for [`Self::get`].
    fn next(&mut self, path: &Path) -> Result<Option<(usize, usize)>, DataError> {
        loop {
            let Some((from, to)) = self.next_any(path)? else {
                return Ok(None);
            };
            let line = self.buffer[from..to].trim_ascii();
            if !line.is_empty() && !line.starts_with(b"%") {
                return Ok(Some((from, to)));
            }
        }
    }

    /// Returns a line without the blanks around it.
    fn get(&self, (from, to): (usize, usize)) -> &[u8] {
        self.buffer[from..to].trim_ascii()
    }

    fn next_any(&mut self, path: &Path) -> Result<Option<(usize, usize)>, DataError> {
        let mut looked_at = 0;
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(length) = memchr(self.line_break, &unread[looked_at..]) {
                return Ok(Some(self.take(looked_at + length, 1)));
            }
            looked_at = unread.len();
            if self.has_ended {
                return Ok((looked_at > 0).then(|| self.take(looked_at, 0)));
            }
            if self.start == 0 && self.end == self.buffer.len() {
                let limit = MAX_LINE as u64;
                if self.end >= MAX_LINE {
                    let place = DataPlace::Line(self.line + 1);
                    let kind = DataErrorKind::RowTooLong { limit };
                    return Err(DataError::at(path, place, kind));
                }
                self.buffer.resize(2 * self.end, 0);
            }
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let read = self.text.read(&mut self.buffer[self.end..]);
            let place = || DataPlace::Line(self.line + 1);
            let read = read.map_err(|kind| DataError::at(path, place(), kind))?;
            self.has_ended = read == 0;
            if self.line == 0 && self.end == 0 {
                let first = &self.buffer[..read];
                if memchr(b'\n', first).is_none() && memchr(b'\r', first).is_some() {
                    self.line_break = b'\r';
                }
            }
            self.end += read;
        }
    }

    fn take(&mut self, length: usize, line_break: usize) -> (usize, usize) {
        let line = (self.start, self.start + length);
        self.start += length + line_break;
        self.line += 1;
        line
    }
}
