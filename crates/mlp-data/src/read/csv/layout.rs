//! The layout of a file, found out from its first row: the delimiter, the header, the label's column.

use std::io::Read;
use std::path::Path;

use super::rows::is_numeric;
use super::tokens::Tokens;
use crate::error::{DataError, DataErrorKind, shown};
use crate::options::LabelColumn;
use crate::read::gzip::Source;
use crate::read::{Labels, ReadOptions};

/// Whether more than half of the feature cells are not numbers.
fn is_mostly_text(first_row: &[Vec<u8>], label: Option<usize>) -> bool {
    let features = (0..first_row.len()).filter(|column| Some(*column) != label);
    let (text, numbers): (Vec<usize>, Vec<usize>) =
        features.partition(|column| !is_numeric(&first_row[*column]));
    text.len() > numbers.len()
}

/// The columns of a file.
#[derive(Clone)]
pub(super) struct Layout {
    /// Columns of a row, label included.
    pub columns: usize,
    /// The label's column, counted from 0, if the file has one.
    pub label: Option<usize>,
    /// Whether the label column is read, rather than passed over.
    pub reads_labels: bool,
    /// Names of the columns, if the file has a header.
    pub header: Option<Vec<String>>,
}

impl Layout {
    /// Finds the layout that explains the first row.
    ///
    /// The row is a header if it holds the label's name, or if more than half of its feature cells are no
    /// numbers; fewer more likely are mistakes, which must not vanish with their row.
    pub fn of(first_row: &[Vec<u8>], options: &ReadOptions) -> Result<Self, DataErrorKind> {
        let columns = first_row.len();
        let names: Vec<String> = first_row
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect();
        let label = match &options.label {
            LabelColumn::Index(index) => by_index(*index, columns, options)?,
            LabelColumn::Name(name) => by_name(name, &names, first_row, options)?,
        };
        let holds_the_name = matches!(options.label, LabelColumn::Name(_)) && label.is_some();
        let is_header = holds_the_name || is_mostly_text(first_row, label);
        if is_header
            && let Some(cell) = first_row
                .iter()
                .find(|cell| std::str::from_utf8(cell).is_err())
        {
            return Err(DataErrorKind::NotUtf8 {
                text: shown(&String::from_utf8_lossy(cell)),
            });
        }
        let features = columns - usize::from(label.is_some());
        match options.columns {
            Some(expected) if expected != features => {
                return Err(DataErrorKind::FeatureCount {
                    expected,
                    found: features,
                    has_label: label.is_some(),
                });
            }
            _ if features == 0 => return Err(DataErrorKind::NoFeatures),
            _ => {}
        }
        Ok(Self {
            columns,
            label,
            reads_labels: label.is_some() && options.labels != Labels::Absent,
            header: is_header.then_some(names),
        })
    }

    /// Returns the feature in a column; `None` for the label's.
    pub fn feature(&self, column: usize) -> Option<usize> {
        match self.label {
            Some(label) if column == label => None,
            Some(label) => Some(column - usize::from(column > label)),
            None => Some(column),
        }
    }

    /// Returns the number of feature columns.
    pub fn features(&self) -> usize {
        self.columns - usize::from(self.label.is_some())
    }

    /// Returns the name of each feature: the header's, or `x1`, `x2`, ….
    pub fn feature_names(&self) -> Vec<String> {
        match &self.header {
            Some(names) => {
                let is_feature = |&(column, _): &(usize, &String)| Some(column) != self.label;
                names
                    .iter()
                    .enumerate()
                    .filter(is_feature)
                    .map(|(_, name)| name.clone())
                    .collect()
            }
            None => (1..=self.features())
                .map(|number| format!("x{number}"))
                .collect(),
        }
    }
}

/// Finds the label's column by its number. A file without labels is told by having just the features expected.
fn by_index(
    index: i64,
    columns: usize,
    options: &ReadOptions,
) -> Result<Option<usize>, DataErrorKind> {
    if options.labels != Labels::Required && options.columns == Some(columns) {
        return Ok(None);
    }
    let counted_from_start = match index {
        0.. => index,
        _ => index.saturating_add_unsigned(columns as u64),
    };
    match usize::try_from(counted_from_start) {
        Ok(column) if column < columns => Ok(Some(column)),
        _ => Err(DataErrorKind::LabelIndex { index, columns }),
    }
}

/// Finds the label's column by its name in the header.
fn by_name(
    name: &str,
    names: &[String],
    first_row: &[Vec<u8>],
    options: &ReadOptions,
) -> Result<Option<usize>, DataErrorKind> {
    if let Some(column) = names.iter().position(|other| other == name) {
        return Ok(Some(column));
    }
    // One text among numbers is the label of a row; a header has more.
    let texts = first_row.iter().filter(|cell| !is_numeric(cell)).count();
    let one_text = texts == 1 && names.len() > 1;
    let has_no_label = match options.columns {
        Some(expected) => names.len() != expected + 1,
        None => !one_text,
    };
    if options.labels != Labels::Required && has_no_label {
        return Ok(None);
    }
    if texts == 0 || one_text {
        return Err(DataErrorKind::LabelNeedsHeader {
            label: name.to_owned(),
        });
    }
    let closeness = |other: &str| strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase());
    let suggestion = names
        .iter()
        .map(|other| (closeness(other), other))
        .filter(|&(closeness, _)| closeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other.clone());
    Err(DataErrorKind::NoLabelColumn {
        label: name.to_owned(),
        names: names.to_vec(),
        suggestion,
    })
}

/// Returns the delimiter of a file, and whether its first row names the columns.
pub(in crate::read) fn sniff<R: Read>(
    source: Source<R>,
    path: &Path,
    options: &ReadOptions,
) -> Result<(u8, bool), DataError> {
    let mut tokens = Tokens::new(source).map_err(|kind| DataError::of_file(path, kind))?;
    let row = tokens.next_row(path)?;
    let layout = Layout::of(&row.cells, options).map_err(|kind| DataError::of_file(path, kind))?;
    Ok((tokens.delimiter(), layout.header.is_some()))
}

/// Returns the delimiter that is most frequent in the first line that is not empty, outside quotes; a comma if none is.
pub(super) fn delimiter_of(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    let is_line_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    for &byte in bytes.iter().skip_while(|byte| is_line_break(byte)) {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            break;
        }
        for (delimiter, count) in &mut counts {
            *count += usize::from(byte == *delimiter && !quoted);
        }
    }
    let most = counts.iter().map(|&(_, count)| count).max().unwrap_or(0);
    counts
        .iter()
        .find(|&&(_, count)| count == most)
        .map_or(b',', |&(delimiter, _)| delimiter)
}
