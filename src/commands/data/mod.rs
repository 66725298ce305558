//! `mlp data`

mod convert;
mod fetch;
mod inspect;
mod read_any;
mod synthesize;

use std::path::Path;
use std::process::ExitCode;

use crate::config::LabelColumn;
use crate::error::DataError;
use clap::{Args, Subcommand};

pub use fetch::{mirrors, watch};

use super::terminal::{counted, size};
use super::{Failure, Outcome};
use crate::commands::Verbosity;

/// Arguments of `mlp data`.
#[derive(Debug, Args)]
pub struct DataArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell what data files hold
    Inspect(inspect::InspectArguments),
    /// Fetch MNIST and write it as two CSV files
    Fetch(fetch::FetchArguments),
    /// Generate a data set
    Synthesize(synthesize::SynthesizeArguments),
    /// Convert between CSV and IDX
    Convert(convert::ConvertArguments),
}

/// Inspects, fetches, generates or converts.
pub fn run(arguments: &DataArguments, verbosity: Verbosity) -> Outcome {
    match &arguments.action {
        Action::Inspect(arguments) => inspect::run(arguments, verbosity),
        Action::Fetch(arguments) => fetch::run(arguments, verbosity),
        Action::Synthesize(arguments) => synthesize::run(arguments),
        Action::Convert(arguments) => convert::run(arguments),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// A label column as the config would have it: a number is a position, anything else a name.
#[allow(clippy::unnecessary_wraps)] // clap wants a Result
fn label_column(text: &str) -> Result<LabelColumn, std::convert::Infallible> {
    Ok(match text.parse() {
        Ok(index) => LabelColumn::Index(index),
        Err(_) => LabelColumn::Name(text.to_owned()),
    })
}

/// Makes sure that a file can be written without loss: nothing is there, and its folder is.
fn make_way(path: &Path, force: bool) -> Result<(), Failure> {
    if path.exists() && !force {
        let what = format!("{}: the file exists", path.display());
        let remedy = "choose another name, or replace it with --force";
        return Err(Failure::Usage(what, remedy.into()));
    }
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| DataError::writing(folder, error))?;
    }
    Ok(())
}

/// One line about a file that was written: `data/a.csv: 1,000 rows, 12.3 kB`.
fn written(path: &Path, rows: usize) -> Result<String, DataError> {
    let metadata = std::fs::metadata(path);
    let bytes = metadata
        .map_err(|error| DataError::opening(path, error))?
        .len();
    Ok(format!(
        "{}: {}, {}\n",
        path.display(),
        counted(rows, "row"),
        size(bytes)
    ))
}
