//! `mlp init`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::atomic_file;
use crate::error::DataError;
use clap::Args;

use super::arguments::{ConfigOverrides, Verbosity};
use super::columns::inferred_table;
use super::progress::{ProgressMode, Reporter};
use super::table::TableFlags;
use super::terminal::{eprint, note, note_report, print, program};
use super::{Outcome, data};

/// Arguments of `mlp init`.
#[derive(Debug, Args)]
#[command(
    after_help = "The config holds what `mlp train FILE --label COLUMN` would train with, and says why.\n\nExamples:\n  mlp init people.csv --label income -o people.toml\n  mlp init people.csv --label income --ignore name --ignore ticket    to standard output"
)]
pub struct InitArguments {
    /// Table to make a config for
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    table: TableFlags,
    /// Config to write; without it, or with -, standard output
    #[arg(short, long, value_name = "CONFIG")]
    output: Option<PathBuf>,
    /// Replace a config that is there
    #[arg(long, requires = "output")]
    force: bool,
}

/// Makes a config for a table.
pub fn run(arguments: InitArguments, verbosity: Verbosity) -> Outcome {
    let overrides = ConfigOverrides::default();
    let job = arguments.table.job(&arguments.file, &overrides)?;
    let output = arguments.output.filter(|path| path.as_os_str() != "-");
    if let Some(path) = &output {
        data::prepare_output(path, arguments.force)?;
    }
    let mut reporter = Reporter::new(ProgressMode::None, verbosity);
    let made = job.read(&mut reporter)?;
    let report = &made.source.train_report;
    note_report(&arguments.file, report, verbosity);
    if !verbosity.quiet {
        let (rows, section) = (&made.source.train, &made.config.data);
        eprint(&inferred_table(report, rows, section)?);
    }
    let Some(path) = output else {
        print(&made.text)?;
        return Ok(ExitCode::SUCCESS);
    };
    let text = format!(
        "# {} train --config {}\n{}",
        program(),
        path.display(),
        made.text
    );
    atomic_file::replace(&path, text.as_bytes())
        .map_err(|error| DataError::writing(&path, error))?;
    if !verbosity.quiet {
        note(&format!("{} is written", path.display()));
    }
    print(&format!(
        "next: {} train --config {}\n",
        program(),
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
