//! `mlp data convert`

use std::path::{Path, PathBuf};

use crate::config::LabelColumn;
use crate::data::{
    Dataset, idx_label_file, is_csv_name, is_named, write_csv, write_idx, write_npy, write_npz,
};
use crate::error::DataError;
#[cfg(not(feature = "parquet"))]
use crate::error::DataErrorKind;
use clap::Args;

use super::{describe_written, parse_label_column, prepare_output, read_any};
use crate::commands::Failure;
use crate::commands::arguments::Verbosity;
use crate::commands::terminal::{note_report, print};

/// Arguments of `mlp data convert`.
#[derive(Debug, Args)]
#[command(
    after_help = "The output's name decides its format: .csv; .parquet; .npz, with arrays x and y; .npy, a matrix with the\nlabel last; or an IDX image file, beside which its label file is written; each also with .gz or .zst. In CSV and\nParquet the label comes first. Arrays hold numbers, and no names of columns.\n\nExamples:\n  mlp data convert train-images-idx3-ubyte.gz train.csv\n  mlp data convert animals.arff animals.csv.zst --label kind\n  mlp data convert digits.csv.gz digits.npz"
)]
pub struct ConvertArguments {
    /// Table of any format that is read, compressed or not
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The label's column in IN: a header name, or a number counted from 0; -1 is the last [default: label]
    #[arg(long, value_name = "COLUMN", value_parser = parse_label_column, allow_hyphen_values = true)]
    label: Option<LabelColumn>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

/// Returns whether this name is that of an IDX file.
fn is_idx(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains("-ubyte") || name.contains(".idx")
}

/// A format that is written.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Idx,
    Npy,
    Npz,
    Parquet,
}

impl Format {
    /// Returns the format that a name tells, if it tells one.
    fn of_name(path: &Path) -> Option<Self> {
        if is_csv_name(path) {
            Some(Self::Csv)
        } else if is_named(path, "npy") {
            Some(Self::Npy)
        } else if is_named(path, "npz") {
            Some(Self::Npz)
        } else if is_named(path, "parquet") {
            Some(Self::Parquet)
        } else {
            is_idx(path).then_some(Self::Idx)
        }
    }

    /// Writes rows, and returns the file of their labels, if they have one of their own.
    fn write(self, path: &Path, dataset: &Dataset) -> Result<Option<PathBuf>, DataError> {
        match self {
            Self::Csv => write_csv(path, dataset)?,
            Self::Npy => write_npy(path, dataset)?,
            Self::Npz => write_npz(path, dataset)?,
            #[cfg(feature = "parquet")]
            Self::Parquet => crate::data::write_parquet(path, dataset)?,
            #[cfg(not(feature = "parquet"))]
            Self::Parquet => {
                let kind = DataErrorKind::NotBuiltIn {
                    format: "Parquet",
                    feature: "parquet",
                };
                return Err(DataError::of_file(path, kind));
            }
            Self::Idx => return write_idx(path, dataset),
        }
        Ok(None)
    }
}

/// Reads one file and writes the other.
pub fn run(arguments: &ConvertArguments, verbosity: Verbosity) -> Result<(), Failure> {
    let ConvertArguments { input, output, .. } = arguments;
    let Some(format) = Format::of_name(output) else {
        let what = format!("{}: the name tells no format", output.display());
        let remedy = "name a .csv, .parquet, .npz or .npy file, also with .gz or .zst, or an IDX image file like x-images-idx3-ubyte.gz";
        return Err(Failure::Usage(what, remedy.into()));
    };
    prepare_output(output, arguments.force)?;
    if let Some(labels) = idx_label_file(output).filter(|_| format == Format::Idx) {
        prepare_output(&labels, arguments.force)?;
    }
    let table = read_any(input, arguments.label.as_ref(), None)?.0;
    note_report(input, &table.report, verbosity);
    let dataset = table.dataset;
    let labels = format.write(output, &dataset)?;
    let mut text = describe_written(output, dataset.rows())?;
    if let Some(labels) = labels {
        text += &describe_written(&labels, dataset.rows())?;
    }
    if dataset.labels().is_none() {
        text += "the rows have no labels (if a column holds them, name it: --label NAME, or a number without a header)\n";
    }
    print(&text)
}
