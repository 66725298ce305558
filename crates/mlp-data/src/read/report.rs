//! What reading a table found out about it.

use std::fmt;

use crate::error::DataError;
use crate::error::{listed, shown};
use crate::{ColumnKind, Dataset, IgnoreReason};

/// The rows of a file, and what a user should know of how they were read.
#[derive(Debug)]
pub struct Table {
    /// The rows.
    pub dataset: Dataset,
    /// How they were read.
    pub report: TableReport,
    /// Rows that could not be read and were left out, in their order; none unless
    /// [`ReadOptions::leave_out_bad_rows`](super::ReadOptions::leave_out_bad_rows) is set.
    pub bad_rows: Vec<BadRow>,
}

/// A row that could not be read.
#[derive(Debug)]
pub struct BadRow {
    /// Its number in the file, counted from 0 over all rows.
    pub row: u64,
    /// What is wrong with it, and where.
    pub error: DataError,
}

/// How the columns of a file were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// The columns of the file, in its order, the target's excepted.
    pub columns: Vec<ColumnReport>,
    /// What a user should know although nothing is wrong.
    pub notes: Vec<Note>,
    /// Rows that were left out because they have no label.
    pub unlabelled: usize,
}

/// How a column was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnReport {
    /// Name in the header; made up (`x1`, `x2`, …) for files without one.
    pub name: String,
    /// What it is for.
    pub usage: ColumnUsage,
    /// Rows whose cell is empty or a word for a missing value.
    pub missing: usize,
    /// Rows whose category the training rows did not have.
    pub unseen: usize,
}

/// What a column of a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnUsage {
    /// A feature.
    Feature(ColumnKind),
    /// No feature.
    Ignored(IgnoreReason),
    /// A column that the model does not know.
    Extra,
}

/// Something that a user should know although nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The columns are those of the model in another order.
    OtherOrder,
    /// Columns of the model have other capitals or blanks in their names here.
    OtherSpelling {
        /// The name in the file and that of the model.
        columns: Vec<(String, String)>,
    },
    /// Columns that the model does not know.
    ExtraColumns {
        /// Their names.
        names: Vec<String>,
    },
    /// The model's training file had no header.
    ModelWithoutNames,
    /// The file has no header, the model's training file had one.
    FileWithoutNames,
    /// Columns that are no features because they teach nothing.
    LeftOut {
        /// Why.
        reason: IgnoreReason,
        /// Their names.
        names: Vec<String>,
    },
    /// A column of categories most of which are numbers.
    MostlyNumbers {
        /// Its name.
        column: String,
        /// Rows with a number.
        numbers: usize,
        /// Rows with a text.
        texts: usize,
        /// One of the texts.
        example: String,
    },
    /// Columns of texts that are categories although all of them are numbers.
    TextOfNumbers {
        /// Their names.
        columns: Vec<String>,
    },
    /// The label is the last column, because no column is named `label`.
    LastIsLabel {
        /// Its name.
        column: String,
    },
    /// A file has training and test rows, of which one part is read.
    PartOfFile {
        /// The array that is read.
        array: String,
        /// The array that is not.
        other: String,
    },
    /// A number that looks like a word for a missing value.
    Sentinel {
        /// The column's name.
        column: String,
        /// The number.
        value: String,
        /// Rows that have it.
        rows: usize,
    },
    /// Classes that differ by case, blanks or a point at the end only.
    SimilarClasses {
        /// Their names.
        names: Vec<String>,
    },
    /// The labels are whole numbers, each of which is taken for a class.
    NumbersAsClasses {
        /// Their number.
        classes: usize,
    },
    /// The labels are numbers, which are predicted as numbers.
    NumbersAsValues,
    /// Rows were left out because their weight is 0.
    Weightless {
        /// How many.
        rows: usize,
    },
    /// The file lacks the column that weighs rows.
    Unweighted {
        /// Its name.
        column: String,
    },
    /// Rows that were left out because they have no label.
    Unlabelled {
        /// Their number.
        rows: usize,
    },
    /// Cells without a value in a column of the model.
    Missing {
        /// The column's name.
        column: String,
        /// Rows without.
        rows: usize,
    },
    /// Values of a column that the training rows did not have.
    Unseen {
        /// The column's name.
        column: String,
        /// Rows with such a value.
        rows: usize,
    },
    /// A line in front of the table is none of its rows.
    LinePassedOver {
        /// Counted from 1.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// The header has no name for the first column, which holds the names of the rows.
    RowNames {
        /// Line of the header, counted from 1.
        line: u64,
    },
    /// Rows of nothing but delimiters are passed over.
    BlankRows {
        /// Their number.
        rows: usize,
    },
    /// The text is no UTF-8.
    Windows1252,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherOrder => f.write_str(
                "the columns are in another order than the network's: they are matched by name",
            ),
            Self::OtherSpelling { columns } => {
                let pairs = columns.iter().map(|(file, model)| format!("{file} is {model}"));
                let pairs: Vec<String> = pairs.collect();
                write!(f, "columns are matched by name whatever case or blanks: {}", listed(&pairs))
            }
            Self::ExtraColumns { names } => {
                write!(f, "columns that the network does not know are passed over: {}", listed(names))
            }
            Self::ModelWithoutNames => f.write_str(
                "the network was trained on a file without names: the columns are taken one after the other",
            ),
            Self::FileWithoutNames => f.write_str(
                "the file does not name the network's columns: they are taken one after the other",
            ),
            Self::LeftOut { reason, names } => left_out(f, *reason, names),
            Self::MostlyNumbers { column, numbers, texts, example } => write!(
                f,
                "column `{}` has {numbers} numbers and {texts} texts such as `{}`, and is taken for categories; if the \
                 texts stand for missing values, add them to `data.na`",
                shown(column),
                shown(example)
            ),
            Self::TextOfNumbers { columns } => write!(
                f,
                "texts that are numbers throughout are taken for categories, because the file says that they are texts: \
                 {}; to read one as numbers, set it to \"number\" in `[data.columns]`",
                listed(columns)
            ),
            Self::LastIsLabel { column } => write!(
                f,
                "no column is named `label`: the label is the last one, `{}`",
                shown(column)
            ),
            Self::PartOfFile { array, other } => write!(
                f,
                "the file has training rows and test rows: these are the rows of `{array}`, not of `{other}`"
            ),
            Self::Sentinel { column, value, rows } => write!(
                f,
                "column `{}` is {value} in {rows} rows, far from all other values: if that stands for a missing value, \
                 add \"{value}\" to `data.na` or to the column's `na`",
                shown(column)
            ),
            Self::SimilarClasses { names } => {
                write!(f, "classes differ by capitals, blanks or a point at the end only: {}", listed(names))
            }
            Self::NumbersAsClasses { classes } => write!(
                f,
                "the label has {classes} different whole numbers, each of which is taken for a class; set \
                 `data.task = \"regression\"` to predict the number"
            ),
            Self::NumbersAsValues => f.write_str(
                "the label is a number to predict (a regression); set `data.task = \"classification\"` to take each \
                 value for a class",
            ),
            Self::Weightless { rows } => write!(f, "rows of weight 0, left out: {rows}"),
            Self::Unweighted { column } => write!(
                f,
                "there is no column `{}`, which weighs rows: all of these count alike",
                shown(column)
            ),
            Self::Unlabelled { rows } => write!(f, "rows without a label, left out: {rows}"),
            Self::Missing { column, rows } => {
                write!(f, "column `{}`: {rows} empty cells are filled as in training", shown(column))
            }
            Self::Unseen { column, rows } => write!(
                f,
                "column `{}`: {rows} values that the training rows did not have, taken for none",
                shown(column)
            ),
            Self::LinePassedOver { line, text } => write!(
                f,
                "line {line} (`{}`) is no row of the table below it and is passed over",
                shown(text)
            ),
            Self::RowNames { line } => write!(
                f,
                "the header in line {line} has one name less than the rows have cells: the first column, which has \
                 none, holds the names of the rows"
            ),
            Self::BlankRows { rows } => {
                write!(f, "rows of nothing but delimiters, passed over: {rows}")
            }
            Self::Windows1252 => {
                f.write_str("the text is not UTF-8 and is read as Windows-1252 (Latin-1)")
            }
        }
    }
}

/// Says which columns are left out, why, and what keeps them.
fn left_out(f: &mut fmt::Formatter<'_>, reason: IgnoreReason, names: &[String]) -> fmt::Result {
    let why = match reason {
        IgnoreReason::Configured => "the config says so",
        IgnoreReason::Id => "they only name the rows",
        IgnoreReason::Group => "they only say which rows belong together",
        IgnoreReason::Time => "they only order the rows",
        IgnoreReason::RowWeight => "they only weigh the rows",
        IgnoreReason::Counter => "they only count the rows",
        IgnoreReason::Constant => "they have the same value in every row, or none",
        IgnoreReason::DistinctText => "nearly every row has a text of its own",
    };
    write!(f, "columns left out, because {why}: {}", listed(names))?;
    match reason {
        IgnoreReason::Id | IgnoreReason::Counter | IgnoreReason::DistinctText => f.write_str(
            "; to keep one, give its kind in `[data.columns]` (number, category or date)",
        ),
        _ => Ok(()),
    }
}

impl TableReport {
    /// Returns a note on the rows that were left out because they have no label, if there are any.
    #[must_use]
    pub fn unlabelled_note(&self) -> Option<Note> {
        let rows = self.unlabelled;
        (rows > 0).then_some(Note::Unlabelled { rows })
    }

    /// Returns notes on what the rows lack: labels, values, categories that the training rows had.
    #[must_use]
    pub fn counts(&self) -> Vec<Note> {
        let missing = self.columns.iter().filter(|column| column.missing > 0);
        let missing = missing.map(|column| Note::Missing {
            column: column.name.clone(),
            rows: column.missing,
        });
        let unseen = self.columns.iter().filter(|column| column.unseen > 0);
        let unseen = unseen.map(|column| Note::Unseen {
            column: column.name.clone(),
            rows: column.unseen,
        });
        self.unlabelled_note()
            .into_iter()
            .chain(missing)
            .chain(unseen)
            .collect()
    }
}
