//! `mlp data inspect`

mod file;
mod shared;
mod suspects;

use std::path::PathBuf;

use crate::config::LabelColumn;
use crate::data::Dataset;
use clap::Args;

use super::label_column;
use crate::commands::terminal::{print, print_json};
use crate::commands::{Failure, Verbosity};
use file::Inspection;
use shared::Shared;
use suspects::Judge;

/// Arguments of `mlp data inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rows are counted from 0.\n\nExamples:\n  mlp data inspect data/mnist_train.csv data/mnist_test.csv   also tells which rows are in both\n  mlp data inspect iris.csv --label species --json\n  mlp data inspect data/mnist_test.csv --run artifacts/mnist  labels that a trained network doubts"
)]
pub struct InspectArguments {
    /// CSV or IDX files, gzip-compressed or not
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The label's column: a header name, or a number counted from 0; -1 is the last [default: that of RUN, or label]
    #[arg(long, value_name = "COLUMN", value_parser = label_column, allow_hyphen_values = true)]
    label: Option<LabelColumn>,
    /// A trained run (or a folder of runs: the newest): list the labels that its network doubts most
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Doubtful labels to list
    #[arg(long, value_name = "N", default_value_t = 20, requires = "run")]
    suspects: usize,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Inspects each file, then each pair of files. With JSON nothing is printed unless all can be read.
pub fn run(arguments: &InspectArguments, verbosity: Verbosity) -> Result<(), Failure> {
    let mut judge = match &arguments.run {
        Some(run) => Some(Judge::load(run, arguments, verbosity)?),
        None => None,
    };
    let tell = |text: String| {
        if arguments.json { Ok(()) } else { print(&text) }
    };
    let mut inspections: Vec<Inspection> = Vec::new();
    let mut datasets: Vec<Dataset> = Vec::new();
    for path in &arguments.files {
        let (inspection, dataset) = Inspection::of(path, arguments.label.as_ref(), judge.as_mut())?;
        let gap = if datasets.is_empty() { "" } else { "\n" };
        tell(format!("{gap}{}", inspection.describe()))?;
        inspections.push(inspection);
        datasets.push(dataset);
    }
    let shared = Shared::between_all(&arguments.files, &datasets);
    for shared in &shared {
        tell(format!("\n{}", shared.describe()))?;
    }
    if arguments.json {
        print_json(&serde_json::json!({ "files": inspections, "shared_rows": shared }))?;
    }
    Ok(())
}
