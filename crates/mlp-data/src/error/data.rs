//! What can be wrong with a data file.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::quoting::{listed, looked_for, shown};

/// A data file that cannot be used: which, where in it, and why.
///
/// Displays as ``path:line: column 5 (1x4): `abc` is not a number``; [`DataError::remedy`] adds what to do.
#[derive(Debug)]
pub struct DataError {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Where in the file.
    pub place: DataPlace,
    /// What is wrong there.
    pub kind: Box<DataErrorKind>,
}

/// A place in a data file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataPlace {
    /// The file as a whole.
    #[default]
    File,
    /// A line, counted from 1 as editors do.
    Line(u64),
    /// A cell of a line.
    Cell {
        /// Line on which the cell begins, counted from 1 as editors do.
        line: u64,
        /// Column, counted from 1.
        column: usize,
        /// Name of the column in the header.
        name: Option<String>,
    },
    /// A row of a file that has no lines, counted from 1.
    Row(usize),
}

/// What is wrong with a data file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum DataErrorKind {
    #[error("there is no such file")]
    Missing,
    #[error("the file cannot be opened: {0}")]
    CannotOpen(#[source] io::Error),
    #[error("reading failed: {0}")]
    CannotRead(#[source] io::Error),
    #[error("the file cannot be written: {0}")]
    CannotWrite(#[source] io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("the file has a header and no rows")]
    HeaderOnly,
    #[error("the only column is the label: there are no features")]
    NoFeatures,
    #[error("{expected} columns expected, {found} found")]
    ColumnCount { expected: usize, found: usize },
    #[error(
        "{expected} features expected, {found} found{}",
        if *has_label { " beside the label" } else { "" }
    )]
    FeatureCount {
        expected: usize,
        found: usize,
        has_label: bool,
    },
    #[error(
        "column {column} is `{}`, where the network expects `{}`",
        shown(found),
        shown(expected)
    )]
    ColumnName {
        /// Feature column, counted from 1.
        column: usize,
        found: String,
        expected: String,
    },
    #[error("this is a {format} image; those that are read are PNG and JPEG")]
    ImageFormat { format: &'static str },
    #[error("this is no image, whatever its name says")]
    NoImage,
    #[error("the image cannot be read: {cause}")]
    ImageDamaged { cause: String },
    #[error("the image has {width}×{height} pixels; {most} are the most that are read")]
    ImageTooLarge { width: u32, height: u32, most: u64 },
    #[error("the image is blank: nothing stands out from its border")]
    ImageBlank,
    #[error("there is no {tone} ink on the image")]
    NoInk { tone: &'static str },
    #[error("the image's paper is so uneven that no ink stands out from it")]
    UnevenPaper,
    #[error("there is no image in this folder")]
    NoImages,
    #[error("{first}\n  also {}", others.join("\n  also "))]
    SeveralImages {
        first: Box<DataErrorKind>,
        /// Each with its file.
        others: Vec<String>,
    },
    #[error("the network's {features} features are no pixels of a square image")]
    NotPixels { features: usize },
    #[error("which values the network's pixels have is not known: the run has no examples/ left")]
    PixelValues,
    #[error("this is {format}, which is read from files only")]
    NotInStream { format: &'static str },
    #[error("`{text}` is not a number")]
    NotANumber { text: String },
    #[error("`{text}` is not a finite number")]
    NotFinite { text: String },
    #[error("{value} lies outside 0–255, the range of `scale = \"unit\"`")]
    OutOfRange { value: f32 },
    #[error("the cell is empty")]
    EmptyCell,
    #[error("the label is empty")]
    EmptyLabel,
    #[error("there is no label column `{label}`; the header has {}", listed(names))]
    NoLabelColumn {
        label: String,
        names: Vec<String>,
        suggestion: Option<String>,
    },
    #[error("the label column is named `{label}`, but the file has no header")]
    LabelNeedsHeader { label: String },
    #[error("there is no label column {index}: a row has {columns} columns")]
    LabelIndex { index: i64, columns: usize },
    #[error(
        "every row has the label `{}`: there is nothing to tell apart",
        shown(class)
    )]
    OneClass { class: String },
    #[error("`{class}` is none of the network's classes: {}", listed(classes))]
    UnknownClass { class: String, classes: Vec<String> },
    #[error("{rows} rows have {classes} different labels")]
    TooManyClasses { classes: usize, rows: usize },
    #[error("the gzip stream ends too early: the file is cut off")]
    GzipTruncated,
    #[error("the gzip stream is damaged: {0}")]
    GzipDamaged(#[source] io::Error),
    #[error("not an IDX file of unsigned bytes: it begins with {found}")]
    IdxMagic { found: String },
    #[error("the IDX file has {rank} dimensions; {expected}")]
    IdxRank { rank: usize, expected: &'static str },
    #[error("the IDX header is cut off")]
    IdxHeaderTruncated,
    #[error("the IDX header announces {announced} bytes of values, {found} follow")]
    IdxSize { announced: u64, found: u64 },
    #[error("{images} images, but {labels} labels in `{}`", label_file.display())]
    IdxCounts {
        images: usize,
        labels: usize,
        label_file: PathBuf,
    },
    #[error("the file with its labels is missing{}", looked_for(tried))]
    IdxNoPartner { tried: Vec<PathBuf> },
    #[error("the rows cannot be written as IDX images: {why}")]
    IdxUnfit { why: String },
    #[error("`{text}` is not UTF-8")]
    NotUtf8 { text: String },
    #[error("the quote that opens here is never closed")]
    UnterminatedQuote,
    #[error("text follows the closing quote")]
    TextAfterQuote,
    #[error("the cell is longer than {limit} bytes")]
    CellTooLong { limit: usize },
}

impl DataError {
    /// An error of the file as a whole.
    #[must_use]
    pub fn of_file(path: &Path, kind: DataErrorKind) -> Self {
        Self::at(path, DataPlace::File, kind)
    }

    /// An error at a place.
    #[must_use]
    pub fn at(path: &Path, place: DataPlace, kind: DataErrorKind) -> Self {
        Self {
            path: path.to_path_buf(),
            place,
            kind: Box::new(kind),
        }
    }

    /// An error in a cell of a line; `column` counts from 0.
    ///
    /// When the stream ended in mid-file, the line tells how far it came, and the cell is not to blame.
    #[must_use]
    pub fn in_cell(
        path: &Path,
        line: u64,
        column: usize,
        name: Option<String>,
        kind: DataErrorKind,
    ) -> Self {
        let place = match kind {
            DataErrorKind::CannotRead(_)
            | DataErrorKind::GzipTruncated
            | DataErrorKind::GzipDamaged(_) => DataPlace::Line(line),
            _ => DataPlace::Cell {
                line,
                column: column + 1,
                name,
            },
        };
        Self::at(path, place, kind)
    }

    /// The error of opening a file for reading.
    #[must_use]
    pub fn opening(path: &Path, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => DataErrorKind::Missing,
            _ => DataErrorKind::CannotOpen(error),
        };
        Self::of_file(path, kind)
    }

    /// The error of writing a file or folder.
    #[must_use]
    pub fn writing(path: &Path, error: io::Error) -> Self {
        Self::of_file(path, DataErrorKind::CannotWrite(error))
    }

    /// See [`crate::error::Error::exit_code`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(*self.kind, DataErrorKind::CannotWrite(_)) {
            1
        } else {
            4
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.kind.remedy()
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, place, kind } = self;
        let path = path.display();
        match place {
            DataPlace::File => write!(f, "{path}: {kind}"),
            DataPlace::Line(line) => write!(f, "{path}:{line}: {kind}"),
            DataPlace::Cell {
                line,
                column,
                name: Some(name),
            } => write!(
                f,
                "{path}:{line}: column {column} ({}): {kind}",
                shown(name)
            ),
            DataPlace::Cell {
                line,
                column,
                name: None,
            } => write!(f, "{path}:{line}: column {column}: {kind}"),
            DataPlace::Row(row) => write!(f, "{path}: row {row}: {kind}"),
        }
    }
}

impl Error for DataError {
    /// The operating system's error, if there is one beneath.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}
