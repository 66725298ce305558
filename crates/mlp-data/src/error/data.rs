//! What can be wrong with a data file, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::read::{Compression, ForeignFormat};

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
    /// A row, counted from 1, where lines are not known.
    Row(usize),
    /// A value of a row of a file that has no lines.
    Value {
        /// Counted from 1.
        row: usize,
        /// Counted from 1.
        column: usize,
        /// Name of the column, if it has one.
        name: Option<String>,
    },
}

/// What is wrong with a data file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum DataErrorKind {
    #[error("there is no such file")]
    Missing,
    #[error("this is a folder, where a file is expected")]
    Folder,
    #[error("the rows of the run came from a stream, which cannot be read again")]
    StreamGone,
    #[error("the file cannot be opened: {0}")]
    CannotOpen(#[source] io::Error),
    #[error("reading failed: {0}")]
    CannotRead(#[source] io::Error),
    #[error("the file cannot be written: {0}")]
    CannotWrite(#[source] io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("the stream has no end: what it holds cannot be told from other data")]
    EndlessStream,
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
        "{} missing, which the network expects: {}; the file has {}",
        if missing.len() == 1 { "a column is" } else { "columns are" },
        listed(missing),
        listed(names)
    )]
    MissingColumns {
        missing: Vec<String>,
        names: Vec<String>,
        /// What the first of them may be called here.
        suggestion: Option<String>,
    },
    #[error("this is {0}, which is not read")]
    ForeignFormat(ForeignFormat),
    #[error("this is {format}, which is not part of this build")]
    NotBuiltIn {
        format: &'static str,
        /// The cargo feature that reads it.
        feature: &'static str,
    },
    #[error("this is a {format} image, where rows are expected")]
    ImageForRows { format: &'static str },
    #[error("columns {} and {} are both named `{}`", columns[0], columns[1], shown(name))]
    DoubleName {
        name: String,
        /// Counted from 1.
        columns: [usize; 2],
    },
    #[error(
        "`[data.columns]` names `{}`, which the file does not have: its columns are {}",
        shown(column),
        listed(names)
    )]
    NoSuchColumn {
        column: String,
        names: Vec<String>,
        suggestion: Option<String>,
    },
    #[error(
        "`{}` is to be kept, but the file does not have it: its columns are {}",
        shown(column),
        listed(names)
    )]
    NoKeptColumn {
        column: String,
        names: Vec<String>,
        suggestion: Option<String>,
    },
    #[error("`[data.columns]` has two columns of the role {role}: `{}` and `{}`", shown(&columns[0]), shown(&columns[1]))]
    TwoOfOneRole {
        role: &'static str,
        columns: [String; 2],
    },
    #[error("the row has no weight")]
    NoWeight,
    #[error("a weight of {weight} is below 0")]
    NegativeWeight { weight: f64 },
    #[error("all rows have the weight 0")]
    AllWeightless,
    #[error("every column is left out: none tells one row from another")]
    AllLeftOut,
    #[error(
        "column `{}`: `{text}` may have a decimal comma or commas between thousands, and so may all other cells",
        shown(column)
    )]
    UnclearNumbers { column: String, text: String },
    #[error(
        "column `{}`: `{text}` may begin with the day or with the month, and so may all other cells",
        shown(column)
    )]
    UnclearDates { column: String, text: String },
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
    NoForeground { tone: &'static str },
    #[error("the image's paper is so uneven that no ink stands out from it")]
    UnevenBackground,
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
    #[error("`{text}` is not a date")]
    NotADate { text: String },
    #[error("`{text}` is neither yes nor no")]
    NotABoolean { text: String },
    #[error("`{text}` is neither a number nor a date, which the time of a row must be")]
    NotATime { text: String },
    #[error("the row has no time")]
    NoTime,
    #[error("{value:e} is too large for computing with 32 bits")]
    TooLarge { value: f64 },
    #[error(
        "column `{}`: {value:e} is so far from the training rows that the network's outputs leave the range of 32 bits",
        shown(column)
    )]
    Overflow { column: String, value: f32 },
    #[error("the texts of this column take more than {} MiB", limit >> 20)]
    TooMuchText { limit: usize },
    #[error("`{text}` is not a finite number")]
    NotFinite { text: String },
    #[error("{value} lies outside 0–255, the range of `scale = \"unit\"`")]
    OutOfRange { value: f32 },
    #[error("the cell is empty")]
    EmptyCell,
    #[error("none of its {rows} rows has a label")]
    NoLabels { rows: usize },
    #[error("there is no label column `{label}`; the header has {}", listed(names))]
    NoLabelColumn {
        label: String,
        names: Vec<String>,
        suggestion: Option<String>,
    },
    #[error("the labels of this file are its array `{array}`, not a column")]
    LabelArray { array: String },
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
    UnknownClass {
        class: String,
        classes: Vec<String>,
        suggestion: Option<String>,
    },
    #[error("{value} has no logarithm, which `target_transform = \"log\"` takes of each target")]
    NotPositive { value: f64 },
    #[error("there are more than {limit} different labels")]
    TooManyLabels { limit: usize },
    #[error("{rows} rows have {classes} different labels")]
    TooManyClasses { classes: usize, rows: usize },
    #[error("the {compression} stream ends too early: the file is cut off")]
    CompressedTruncated { compression: Compression },
    #[error("the {compression} stream is damaged: {cause}")]
    CompressedDamaged {
        compression: Compression,
        #[source]
        cause: io::Error,
    },
    #[error(
        "the {compression} stream unpacks to more than {} MiB, {ratio} times its size: no table compresses so well",
        bytes >> 20
    )]
    CompressedTooDense {
        compression: Compression,
        ratio: u64,
        bytes: u64,
    },
    #[error("the zstd stream needs a window of more than {} MiB", limit >> 20)]
    CompressedWindow { limit: u64 },
    #[error("not an IDX file of unsigned bytes: it begins with {found}")]
    IdxMagic { found: String },
    #[error("the IDX file has {rank} dimensions; {expected}")]
    IdxRank { rank: usize, expected: &'static str },
    #[error("the array {array} cannot be read: {why}")]
    Array { array: String, why: String },
    #[error(
        "the array {array} ends too early: {announced} bytes of values are announced, {found} follow"
    )]
    ArrayTruncated {
        array: String,
        announced: u64,
        found: u64,
    },
    #[error("the rows cannot be written as arrays: {why}")]
    ArrayUnfit { why: String },
    #[error("{0}")]
    NpzArrays(String),
    #[error("the archive cannot be read: {why}")]
    Archive { why: String },
    #[error("the Parquet file cannot be read: {why}")]
    Parquet { why: String },
    #[error("column `{column}` {why}")]
    ParquetColumn { column: String, why: String },
    #[error("{0}")]
    Arff(String),
    #[error(
        "`{text}` is none of the values that the attribute declares: {}",
        listed(values)
    )]
    NotDeclared {
        text: String,
        values: Vec<String>,
        suggestion: Option<String>,
    },
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
    #[error("the text ends within a character, or is not UTF-16, as which it began")]
    NotUtf16,
    #[error("here is a zero byte: this is no text")]
    NotText,
    #[error("the quote that opens here is never closed")]
    UnterminatedQuote,
    #[error("text follows the closing quote")]
    TextAfterQuote,
    #[error("the cell is longer than {limit} bytes")]
    CellTooLong { limit: usize },
    #[error("the row has more than {limit} columns")]
    TooManyColumns { limit: usize },
    #[error("the row is longer than {} MiB", limit >> 20)]
    RowTooLong { limit: u64 },
}

impl DataErrorKind {
    /// Whether a cell does not fit what its column is taken for.
    pub(crate) const fn is_misfit(&self) -> bool {
        matches!(
            self,
            Self::NotANumber { .. }
                | Self::NotADate { .. }
                | Self::NotABoolean { .. }
                | Self::NotATime { .. }
        )
    }

    /// Says what the user can do about it.
    #[must_use]
    #[allow(
        clippy::too_many_lines,
        reason = "a table, in the order of the variants"
    )]
    pub fn remedy(&self) -> String {
        let remedy = match self {
            Self::Missing => {
                "check the path (relative ones start at the current folder); for a training `mlp data fetch` gets MNIST, and `data.if_missing` may name a stand-in"
            }
            Self::Folder => "name a file in it",
            Self::ForeignFormat(format) => return format.conversion(),
            Self::NotBuiltIn { feature, .. } => {
                return format!(
                    "build the program with the feature: `cargo install --path . --features {feature}` (or `cargo build`, \
                     `cargo run`); or write the table as CSV"
                );
            }
            Self::ImageForRows { .. } => {
                "name a table as text (CSV) or an IDX file; only `mlp predict` takes images"
            }
            Self::StreamGone => {
                "give a file with the same content: `--set data.train=FILE`, `data.test` and `data.validation` likewise"
            }
            Self::CannotOpen(_) => "check that it is a file, and that you may read it",
            Self::CannotRead(_) => "check the disk or the connection, and try again",
            Self::CannotWrite(_) => {
                "check that the folder exists, that you may write there, and that the disk is not full"
            }
            Self::EndlessStream => "write the rows to a file and give its name",
            Self::Empty => "fetch or write the file again",
            Self::HeaderOnly => "add rows below the header, or name another file",
            Self::NoFeatures => "add columns with numbers, or set `data.label` to another column",
            Self::ColumnCount { .. } => {
                "give every row as many columns as the first; quote text that holds the delimiter"
            }
            Self::FeatureCount { .. } => {
                "use a file with the columns the network was made for; its label column must go by the name that `data.label` had in the training"
            }
            Self::MissingColumns {
                suggestion: Some(name),
                ..
            } => {
                return format!(
                    "is it `{name}`? Name the columns as the training file did, in any order"
                );
            }
            Self::MissingColumns { .. } => {
                "name the columns as the training file did, in any order"
            }
            Self::DoubleName { .. } => "give each column a name of its own",
            Self::NoSuchColumn {
                suggestion: Some(name),
                ..
            }
            | Self::NoKeptColumn {
                suggestion: Some(name),
                ..
            } => return format!("did you mean `{name}`?"),
            Self::NoSuchColumn { .. } => "correct the name in `[data.columns]`, or remove the line",
            Self::NoKeptColumn { .. } => "name one of them",
            Self::TwoOfOneRole { .. } => "give the role to one of them",
            Self::NoWeight | Self::NegativeWeight { .. } | Self::AllWeightless => {
                "write a number from 0 into every row, 1 for one that counts once and 0 for one that is left out"
            }
            Self::AllLeftOut => {
                "add columns with different values, or set the kind of one in `[data.columns]`"
            }
            Self::UnclearNumbers { .. } => {
                "set `data.decimal` to \",\" if commas are decimal signs, to \".\" if they part thousands"
            }
            Self::UnclearDates { .. } => {
                "write the dates as 2024-03-15, or set the column to \"category\" or \"ignore\" in `[data.columns]`"
            }
            Self::ImageFormat { .. } => "save the image as PNG",
            Self::NoImage => "name images, or give rows as .csv or IDX",
            Self::ImageDamaged { .. } => "save or fetch the image again: it is cut off or damaged",
            Self::ImageTooLarge { .. } => "scale it down: a few hundred pixels a side are plenty",
            Self::ImageBlank => "give an image with ink, and paper all around it",
            Self::NoForeground { .. } => {
                "leave it to `auto`, or say the other: the image has such ink"
            }
            Self::UnevenBackground => "light the paper evenly, or cut the image close to the ink",
            Self::NoImages => {
                "name a folder that holds .png, .jpg or .jpeg files, or name the files themselves"
            }
            Self::SeveralImages { first, .. } => return first.remedy(),
            Self::NotPixels { .. } => {
                "give a CSV file with the network's columns, or a run that was trained on square images"
            }
            Self::PixelValues => "give rows of a CSV file, or train the run again",
            Self::NotInStream { .. } => "give the name of a regular file instead of `-` or a pipe",
            Self::NotANumber { text } if text.contains(',') => {
                "write decimals with a point, and separate columns by the same character throughout"
            }
            Self::NotANumber { .. } => {
                "features must be numbers: correct or remove the cell, or encode text as numbers"
            }
            Self::NotFinite { .. } => {
                "write a finite number, or leave the cell empty and train with `data.missing` as \"mean\" or a number"
            }
            Self::OutOfRange { .. } => {
                "set `data.scale` to \"standard\" or \"none\", or correct the value"
            }
            Self::EmptyCell => {
                "fill the cell, or train with `data.missing` as \"mean\" or a number"
            }
            Self::NoLabels { .. } => {
                "write the rows' classes into the label's column, or set `data.label` to another one"
            }
            Self::NotADate { .. } => {
                "write dates as 2024-03-15 or 2024-03-15T12:30, or set the column to \"category\""
            }
            Self::NotABoolean { .. } => "write true or false, or set the column to \"category\"",
            Self::NotATime { .. } | Self::NoTime => {
                "write a number or a date such as 2024-03-15T12:30 into every row"
            }
            Self::TooLarge { .. } => {
                "write the numbers in a larger unit, or name what stands for a missing value in `data.na`"
            }
            Self::Overflow { .. } => {
                "correct the value, or leave the cell empty if it stands for a missing one"
            }
            Self::TooMuchText { .. } => {
                "leave the column out: set it to \"ignore\" in `[data.columns]`"
            }
            Self::NoLabelColumn {
                suggestion: Some(name),
                ..
            } => {
                return format!("did you mean `{name}`? Set `data.label = \"{name}\"`");
            }
            Self::NoLabelColumn { .. } => {
                "set `data.label` to one of these names, or to a number: 0 is the first column, -1 the last"
            }
            Self::LabelArray { array } => {
                return format!("leave `data.label` out, or set it to \"{array}\"");
            }
            Self::LabelNeedsHeader { .. } => {
                "set `data.label` to a number: 0 is the first column, -1 the last; or add a line of column names"
            }
            Self::LabelIndex { columns, .. } => {
                return format!(
                    "set `data.label` to a column from 0 to {}, or to -1 for the last",
                    columns.saturating_sub(1)
                );
            }
            Self::OneClass { .. } => {
                "add rows of another class, raise `data.limit`, or set `data.label` to another column"
            }
            Self::UnknownClass {
                suggestion: Some(name),
                ..
            } => {
                return format!(
                    "did you mean `{name}`? Write labels as the training file did, or train again on rows that have this class"
                );
            }
            Self::NotPositive { .. } => {
                "set `data.target_transform = \"none\"`, or correct or remove the row"
            }
            Self::UnknownClass { .. } => {
                "correct the label, remove the row, or train again on rows that have this class"
            }
            Self::TooManyClasses { .. } | Self::TooManyLabels { .. } => {
                "a class needs several rows: set `data.label` to the column of classes, not of measurements or identifiers"
            }
            Self::CompressedTruncated { .. } => {
                "fetch or compress the file again: the download or the copy was interrupted"
            }
            Self::CompressedDamaged { .. } => {
                "fetch or compress the file again: its bytes were changed"
            }
            Self::CompressedTooDense { compression, .. } => {
                return format!(
                    "if it is meant, unpack it first ({}) and give the unpacked file",
                    compression.unpacker()
                );
            }
            Self::CompressedWindow { .. } => {
                "unpack it first (zstd -d --long=31 FILE), or compress it without `--long`"
            }
            Self::IdxMagic { .. } => {
                "use an IDX file of unsigned bytes, which begins with 00 00 08, or a CSV file under another name"
            }
            Self::IdxRank { .. } => {
                "name the image file; the label file beside it is found by itself"
            }
            Self::Array { .. } => {
                "write it again, as numbers or booleans: `numpy.save(\"FILE.npy\", array)`, rows first"
            }
            Self::ArrayUnfit { .. } => {
                "write CSV instead (a name that ends in .csv), which holds every kind; NPZ (.npz) takes classes of any name"
            }
            Self::ArrayTruncated { .. } | Self::Archive { .. } => {
                "fetch or write the file again: it was cut off, or its bytes were changed"
            }
            Self::NpzArrays(_) => {
                "write the features as `x` and the labels as `y`, or four arrays: `numpy.savez(\"FILE.npz\", x_train=…, \
                 y_train=…, x_test=…, y_test=…)`"
            }
            Self::Parquet { .. } => {
                "fetch or write the file again; where it is whole, write it without encryption, or as CSV"
            }
            Self::ParquetColumn { .. } => {
                "write it as plain columns compressed by snappy, zstd or gzip, or set the column to \"ignore\" in `[data.columns]`"
            }
            Self::Arff(_) => {
                "correct the line: attributes are `@attribute NAME numeric`, `string`, `date` or `{a, b}`, rows their values \
                 separated by commas; names and values with blanks are quoted"
            }
            Self::NotDeclared { .. } => {
                "correct the value, or add it to the attribute's declaration"
            }
            Self::IdxHeaderTruncated | Self::IdxSize { .. } => {
                "fetch the file again: it was cut off, or its header is damaged"
            }
            Self::IdxCounts { .. } => {
                "put the image file and the label file of the same set side by side"
            }
            Self::IdxNoPartner { tried } if tried.is_empty() => {
                "name the image file `…-images-idx3-ubyte` and the label file `…-labels-idx1-ubyte`, side by side"
            }
            Self::IdxNoPartner { .. } => "put the label file beside the image file",
            Self::IdxUnfit { .. } => {
                "write CSV instead (a name that ends in .csv or .csv.gz); IDX takes square images of bytes, classes \
                 0 to 255, and names like x-images-idx3-ubyte.gz"
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::NotUtf16 => "save the file again, as UTF-8",
            Self::NotText => {
                "give a table as text (CSV); where it is one, the file is damaged: fetch or write it again"
            }
            Self::UnterminatedQuote => "close the quote; write a quote inside quotes twice (\"\")",
            Self::TextAfterQuote => {
                "put the whole cell in quotes; write a quote inside quotes twice (\"\")"
            }
            Self::CellTooLong { .. } | Self::RowTooLong { .. } => {
                "check that the file is CSV and that its rows end in line breaks"
            }
            Self::TooManyColumns { .. } => {
                "check that the file is CSV and that its rows end in line breaks; a table turned on its side has to be turned back"
            }
        };
        remedy.to_owned()
    }
}

impl DataError {
    /// Makes an error of the file as a whole.
    #[must_use]
    pub fn of_file(path: &Path, kind: DataErrorKind) -> Self {
        Self::at(path, DataPlace::File, kind)
    }

    /// Makes an error at a place.
    #[must_use]
    pub fn at(path: &Path, place: DataPlace, kind: DataErrorKind) -> Self {
        Self {
            path: path.to_path_buf(),
            place,
            kind: Box::new(kind),
        }
    }

    /// Makes an error in a cell of a line; `column` counts from 0.
    ///
    /// When the stream ended in the middle of the file, the line says how far it came, and the cell is not to blame.
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
            | DataErrorKind::CompressedTruncated { .. }
            | DataErrorKind::CompressedDamaged { .. }
            | DataErrorKind::CompressedTooDense { .. }
            | DataErrorKind::TooManyColumns { .. }
            | DataErrorKind::RowTooLong { .. } => DataPlace::Line(line),
            _ => DataPlace::Cell {
                line,
                column: column + 1,
                name,
            },
        };
        Self::at(path, place, kind)
    }

    /// Makes the error of opening a file for reading.
    #[must_use]
    pub fn opening(path: &Path, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => DataErrorKind::Missing,
            _ => DataErrorKind::CannotOpen(error),
        };
        Self::of_file(path, kind)
    }

    /// Makes the error of writing a file or folder.
    #[must_use]
    pub fn writing(path: &Path, error: io::Error) -> Self {
        Self::of_file(path, DataErrorKind::CannotWrite(error))
    }

    /// Says what the user can do about it.
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
            DataPlace::Value { row, column, name } => {
                let name = name.as_ref().map(|name| format!(" ({})", shown(name)));
                let name = name.unwrap_or_default();
                write!(f, "{path}: row {row}, column {column}{name}: {kind}")
            }
        }
    }
}

impl Error for DataError {
    /// Returns the operating system's error, if that is the cause.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// Whether a character turns the direction of the text around it, so that a message would read as another one.
#[must_use]
pub const fn turns_text(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Quotes the first characters of a text from a file, on one line: line breaks and the like are escaped.
pub(crate) fn shown(text: &str) -> String {
    const MAX_CHARACTERS: usize = 40;
    let mut shown = String::new();
    for character in text.chars().take(MAX_CHARACTERS) {
        if character.is_control() || turns_text(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the name that a mistyped one most likely stands for.
pub(crate) fn suggestion(name: &str, names: &[String]) -> Option<String> {
    const MIN_CLOSENESS: f64 = 0.8;
    let closeness = |other: &str| strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase());
    let close = names.iter().map(|other| (closeness(other), other));
    let close = close.filter(|&(closeness, _)| closeness > MIN_CLOSENESS);
    close
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other.clone())
}

/// Lists names for a message; the middle of a long list is left out.
pub(crate) fn listed(names: &[String]) -> String {
    const MAX_NAMES: usize = 12;
    let quoted = |name: &String| format!("`{}`", shown(name));
    let joined = |names: &[String]| names.iter().map(quoted).collect::<Vec<_>>().join(", ");
    match names {
        [first @ .., last] if first.len() > MAX_NAMES => {
            let left_out = first.len() - MAX_NAMES;
            format!(
                "{}, … ({left_out} more) …, {}",
                joined(&first[..MAX_NAMES]),
                quoted(last)
            )
        }
        names => joined(names),
    }
}

/// Says where a file was looked for, as the end of a sentence.
fn looked_for(tried: &[PathBuf]) -> String {
    match tried {
        [] => String::new(),
        [others @ .., last] => {
            let others: Vec<String> = others
                .iter()
                .map(|path| format!("`{}`", path.display()))
                .collect();
            let and = if others.is_empty() { "" } else { " and " };
            format!(
                ": looked for {}{and}`{}`",
                others.join(", "),
                last.display()
            )
        }
    }
}
