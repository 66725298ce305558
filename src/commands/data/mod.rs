//! `mlp data`

mod convert;
mod fetch;
mod inspect;
mod synthesize;

use std::path::Path;
use std::process::ExitCode;

use crate::config::{DataSection, LabelColumn};
use crate::data::{Labels, ReadOptions, Rewindable, Table, read};
use crate::error::{DataError, DataErrorKind};
use clap::{Args, Subcommand};

pub use fetch::{mirrors, report_events};

use super::arguments::Verbosity;
use super::text::{counted, size};
use super::{Failure, Outcome};

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
    /// Convert a table to CSV, NumPy arrays or IDX
    Convert(convert::ConvertArguments),
}

/// Inspects, fetches, generates or converts.
pub fn run(arguments: &DataArguments, verbosity: Verbosity) -> Outcome {
    match &arguments.action {
        Action::Inspect(arguments) => inspect::run(arguments, verbosity),
        Action::Fetch(arguments) => fetch::run(arguments, verbosity),
        Action::Synthesize(arguments) => synthesize::run(arguments),
        Action::Convert(arguments) => convert::run(arguments, verbosity),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Parses a label column as the config does: a number is a position, anything else a name.
#[allow(clippy::unnecessary_wraps)] // clap wants a Result
pub fn parse_label_column(text: &str) -> Result<LabelColumn, std::convert::Infallible> {
    Ok(match text.parse() {
        Ok(index) => LabelColumn::Index(index),
        Err(_) => LabelColumn::Name(text.to_owned()),
    })
}

/// Refuses to replace a file without `force`, and makes its folder.
pub fn prepare_output(path: &Path, force: bool) -> Result<(), Failure> {
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

/// Describes a file that was written: `data/a.csv: 1,000 rows, 12.3 kB`.
fn describe_written(path: &Path, rows: usize) -> Result<String, DataError> {
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

/// Reads a file of which nothing is known: columns of any kind, labels if there are any.
///
/// The label column that was asked for must exist. If none was, labels may be in the `usual` one, by default `label`; if
/// the file cannot be read without any, the error is that of the missing label column, which names those there are.
fn read_any(
    path: &Path,
    asked_for: Option<&LabelColumn>,
    usual: Option<&LabelColumn>,
) -> Result<(Table, ReadOptions), DataError> {
    let defaults = DataSection::default();
    let section = DataSection {
        label: asked_for.or(usual).unwrap_or(&defaults.label).clone(),
        ..defaults
    };
    let required = ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&section)
    };
    if asked_for.is_some() {
        return Ok((read(path, &required)?, required));
    }
    let options = ReadOptions {
        labels: Labels::Optional,
        ..required.clone()
    };
    let error = match read(path, &options) {
        Ok(table) => return Ok((table, options)),
        Err(error) if Rewindable::is_stream(path) => return Err(error),
        Err(error) => error,
    };
    match read(path, &required) {
        Err(better)
            if matches!(
                *better.kind,
                DataErrorKind::NoLabelColumn { .. } | DataErrorKind::LabelNeedsHeader { .. }
            ) =>
        {
            Err(better)
        }
        _ => Err(error),
    }
}
