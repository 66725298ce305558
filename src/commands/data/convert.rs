//! `mlp data convert`

use std::path::{Path, PathBuf};

use crate::config::LabelColumn;
use crate::data::{idx_label_file, is_csv_name, write_csv, write_idx};
use clap::Args;

use super::{describe_written, parse_label_column, prepare_output, read_any};
use crate::commands::Failure;
use crate::commands::terminal::print;

/// Arguments of `mlp data convert`.
#[derive(Debug, Args)]
#[command(
    after_help = "The output's name decides its format: .csv, .csv.gz, or an IDX image file, beside which its\nlabel file is written. In CSV the label comes first, under the name `label`.\n\nExamples:\n  mlp data convert train-images-idx3-ubyte.gz train.csv\n  mlp data convert digits.csv.gz digits-images-idx3-ubyte.gz"
)]
pub struct ConvertArguments {
    /// CSV or IDX image file, gzip-compressed or not
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

/// Reads one file and writes the other.
pub fn run(arguments: &ConvertArguments) -> Result<(), Failure> {
    let ConvertArguments { input, output, .. } = arguments;
    if !is_csv_name(output) && !is_idx(output) {
        let what = format!("{}: the name tells no format", output.display());
        let remedy =
            "name a .csv or .csv.gz file, or an IDX image file like x-images-idx3-ubyte.gz";
        return Err(Failure::Usage(what, remedy.into()));
    }
    prepare_output(output, arguments.force)?;
    if let Some(labels) = idx_label_file(output).filter(|_| !is_csv_name(output)) {
        prepare_output(&labels, arguments.force)?;
    }
    let dataset = read_any(input, arguments.label.as_ref(), None)?.0.dataset;
    let labels = if is_csv_name(output) {
        write_csv(output, &dataset)?;
        None
    } else {
        write_idx(output, &dataset)?
    };
    let mut text = describe_written(output, dataset.rows())?;
    if let Some(labels) = labels {
        text += &describe_written(&labels, dataset.rows())?;
    }
    if dataset.labels().is_none() {
        text += "the rows have no labels (if a column holds them, name it: --label NAME, or a number without a header)\n";
    }
    print(&text)
}
