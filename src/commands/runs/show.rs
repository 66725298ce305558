//! `mlp runs show`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::differences_from_defaults;
use crate::error::RunError;
use crate::evaluation::Evaluation;
use crate::run::{Checkpoint, Manifest, RunDirectory, Status, Which};
use clap::Args;
use serde::Serialize;

use super::entry::Entry;
use crate::commands::Outcome;
use crate::commands::terminal::{print, print_json};

/// Arguments of `mlp runs show`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp runs show artifacts/mnist              the newest run there\n  mlp runs show artifacts/mnist --json"
)]
pub struct ShowArguments {
    /// Run folder, or a folder of runs, of which the newest is taken
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// All about a run.
#[derive(Serialize)]
pub(super) struct Details {
    pub path: PathBuf,
    pub status: &'static str,
    pub epochs_done: usize,
    pub bytes: u64,
    /// What the config says that the defaults do not.
    pub config: serde_json::Map<String, serde_json::Value>,
    pub checkpoints: Vec<CheckpointDetails>,
    pub evaluation: Option<Evaluation>,
    /// Files that cannot be read.
    pub damage: Option<String>,
    pub manifest: Manifest,
    /// Commands that make sense now.
    pub next: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct CheckpointDetails {
    pub step: u64,
    /// Epochs done; `None` if damaged.
    pub epoch: Option<usize>,
    pub bytes: u64,
    pub whole: bool,
    pub best: bool,
    /// What is wrong with it.
    pub damage: Option<String>,
}

/// Shows the run.
pub fn run(arguments: &ShowArguments) -> Outcome {
    let details = Details::read(&RunDirectory::find(&arguments.run)?)?;
    if arguments.json {
        print_json(&details)?;
    } else {
        print(&details.describe())?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Details {
    fn read(run: &RunDirectory) -> Result<Self, RunError> {
        let manifest = Manifest::read(run)?;
        let entry = Entry::read(run);
        let config = run.read_config().ok();
        let differences = config.and_then(|config| differences_from_defaults(&config).ok());
        let config = differences.unwrap_or_default().into_iter();
        let checkpoints = checkpoints(run);
        Ok(Self {
            path: run.path().to_owned(),
            status: entry.known.as_ref().map_or("damaged", |known| known.word()),
            epochs_done: entry.known.as_ref().map_or(0, |known| known.epochs_done),
            bytes: run.bytes(),
            config: config.map(|(key, value)| (key, value.into())).collect(),
            evaluation: Evaluation::read(run).ok(), // `damage` says if it should be there
            damage: entry.damage,
            next: next(run, &manifest, run.is_in_use(), &checkpoints),
            checkpoints,
            manifest,
        })
    }
}

/// Each checkpoint, loaded to see whether it is whole.
fn checkpoints(run: &RunDirectory) -> Vec<CheckpointDetails> {
    let mut best = None;
    let mut details: Vec<CheckpointDetails> = Checkpoint::steps(run)
        .into_iter()
        .map(|step| {
            let found = Checkpoint::find(run, Which::Step(step));
            let state = found.as_ref().ok().map(|found| &found.checkpoint.state);
            // Ascending: the newest whole one decides.
            best = state.map_or(best, |state| state.best.map(|best| best.step));
            CheckpointDetails {
                step,
                epoch: state.map(|state| state.epoch),
                bytes: Checkpoint::bytes(run, step),
                whole: found.is_ok(),
                best: false,
                damage: found.err().map(|error| error.to_string()),
            }
        })
        .collect();
    for checkpoint in &mut details {
        checkpoint.best = Some(checkpoint.step) == best;
    }
    details
}

fn next(
    run: &RunDirectory,
    manifest: &Manifest,
    in_use: bool,
    checkpoints: &[CheckpointDetails],
) -> Vec<String> {
    let path = run.path().display();
    let mut commands = Vec::new();
    if manifest.status != Status::Finished && !in_use {
        commands.push(format!("mlp --resume {path}"));
    }
    if checkpoints.iter().any(|checkpoint| checkpoint.whole) {
        commands.push(format!("mlp evaluate {path}"));
        commands.push(format!("mlp predict {path} FILE.csv"));
    }
    commands
}
