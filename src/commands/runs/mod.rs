//! `mlp runs`

mod describe;
mod entry;
mod list;
mod prune;
mod show;

use std::path::{Path, PathBuf};

use crate::error::RunError;
use crate::run::{ARTIFACTS, RunDirectory};
use clap::{Args, Subcommand};

use super::Outcome;
use crate::commands::Verbosity;

/// Arguments of `mlp runs`.
#[derive(Debug, Args)]
pub struct RunsArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List runs with status and accuracy
    List(list::ListArguments),
    /// Show all about a run
    Show(show::ShowArguments),
    /// Delete old runs
    Prune(prune::PruneArguments),
}

/// Lists, shows or deletes runs.
pub fn run(arguments: &RunsArguments, verbosity: Verbosity) -> Outcome {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments, verbosity),
        Action::Show(arguments) => show::run(arguments),
        Action::Prune(arguments) => prune::run(arguments, verbosity),
    }
}

/// The folder that was named, or that of all runs, and the runs in it; a run folder is its own only run.
///
/// That nothing was ever trained here is no error; that a folder which was named is not there is one.
fn runs_in(folder: Option<&PathBuf>) -> Result<(PathBuf, Vec<RunDirectory>), RunError> {
    let Some(folder) = folder else {
        let folder = Path::new(ARTIFACTS);
        return Ok((folder.to_owned(), RunDirectory::all_below(folder)));
    };
    if !folder.is_dir() {
        return Err(RunError::NotFound {
            path: folder.clone(),
            why: "there is no such folder".to_owned(),
        });
    }
    let runs = RunDirectory::all_below(folder);
    match RunDirectory::find(folder) {
        Ok(run) if runs.is_empty() => Ok((folder.clone(), vec![run])),
        _ => Ok((folder.clone(), runs)),
    }
}
