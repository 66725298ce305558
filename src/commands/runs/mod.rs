//! `mlp runs`

mod list;
mod prune;
mod show;

use std::path::{Path, PathBuf};

use crate::error::RunError;
use crate::evaluation::{Evaluation, Report};
use crate::run::{
    ARTIFACTS, Manifest, MetricsLog, MetricsRecord, RunDirectory, Scope, Split, Status,
};
use crate::task::{Metric, Scores};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Outcome;
use super::arguments::Verbosity;

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

/// Returns the folder that was named, by default that of all runs, and the runs in it; the only run in a run folder is
/// itself. A named folder that does not exist is an error; that the default one does not is none.
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

/// A run in a list.
#[derive(Debug, Serialize)]
struct Entry {
    path: PathBuf,
    id: String,
    /// The status in one word.
    status: &'static str,
    /// `None` if the manifest cannot be read: then `damage` says why, and the rest is unknown.
    #[serde(flatten)]
    known: Option<Known>,
    /// Which files cannot be read, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<String>,
}

/// What a readable manifest, and the files next to it, say about a run.
#[derive(Debug, Serialize)]
struct Known {
    name: String,
    /// The status in the manifest.
    #[serde(skip)]
    recorded: Status,
    /// Whether a process is training in it.
    #[serde(skip)]
    in_use: bool,
    created: String,
    backend: &'static str,
    parameters: usize,
    epochs_done: usize,
    /// Epochs of the config; `None` if it cannot be read.
    epochs: Option<usize>,
    /// From the evaluation, or from the last epoch before there is one.
    validation_accuracy: Option<f64>,
    test_accuracy: Option<f64>,
    /// The same where numbers are predicted, in their unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_rmse: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_rmse: Option<f64>,
    /// Set if the metrics are not about the configured data.
    fallback: Option<String>,
}

impl Entry {
    /// Reads a run, damaged or not.
    fn read(run: &RunDirectory) -> Self {
        let (known, damage) = match Known::read(run) {
            Ok((known, damage)) => (Some(known), damage),
            Err(damage) => (None, Some(damage)),
        };
        Self {
            path: run.path().to_owned(),
            id: run.id(),
            status: match &known {
                Some(known) if damage.is_none() => known.status_word(),
                _ => "damaged",
            },
            known,
            damage,
        }
    }
}

impl Known {
    /// Returns the status in one word. A run whose manifest says "running" while no process trains in it was killed.
    fn status_word(&self) -> &'static str {
        match self.recorded {
            _ if self.in_use => "running",
            Status::Running => "killed",
            Status::Finished => "finished",
            Status::Interrupted => "interrupted",
            Status::Diverged => "diverged",
            Status::Failed => "failed",
        }
    }

    /// Reads the files of a run, and what is wrong with any but the manifest; fails if that is damaged.
    fn read(run: &RunDirectory) -> Result<(Self, Option<String>), String> {
        let manifest = Manifest::read(run).map_err(|error| error.to_string())?;
        let mut damage = Vec::new();
        let mut note = |error: &dyn std::fmt::Display| damage.push(error.to_string());
        let config = run.read_config().map_err(|error| note(&error)).ok();
        let evaluation = if run.evaluation().exists() {
            Evaluation::read(run).map_err(|error| note(&error)).ok()
        } else {
            None
        };
        let records = if run.metrics().exists() {
            MetricsLog::read(&run.metrics()).unwrap_or_else(|error| {
                note(&error);
                Vec::new()
            })
        } else {
            Vec::new()
        };
        if manifest.status == Status::Finished && evaluation.is_none() && damage.is_empty() {
            damage.push(format!(
                "{}: the file is missing",
                run.evaluation().display()
            ));
        }
        let last = |split: Split, scope: Scope| {
            let is = |record: &&MetricsRecord| record.split == split && record.scope == scope;
            records.iter().rev().find(is)
        };
        let (validation, test) = evaluation.map_or((None, None), |evaluation| {
            let scores = |report: Report| report.logged_scores();
            (
                evaluation.validation.map(scores),
                evaluation.test.map(scores),
            )
        });
        let validation = validation
            .or_else(|| last(Split::Validation, Scope::Split).map(|record| record.scores.clone()));
        let of = |scores: &Option<Scores>, metric| scores.as_ref()?.get(metric);
        let known = Self {
            in_use: run.is_in_use(),
            name: manifest.name,
            recorded: manifest.status,
            created: manifest.created,
            backend: manifest.backend.name(),
            parameters: manifest.parameters,
            epochs_done: last(Split::Train, Scope::Epoch).map_or(0, |record| record.epoch),
            epochs: config.map(|config| config.training.epochs),
            validation_accuracy: of(&validation, Metric::Accuracy),
            test_accuracy: of(&test, Metric::Accuracy),
            validation_rmse: of(&validation, Metric::Rmse),
            test_rmse: of(&test, Metric::Rmse),
            fallback: manifest.data.fallback,
        };
        Ok((known, (!damage.is_empty()).then(|| damage.join("; "))))
    }
}
