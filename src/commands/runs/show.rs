//! `mlp runs show`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::differences_from_defaults;
use crate::data::{Schema, TargetColumn};
use crate::error::RunError;
use crate::evaluation::Evaluation;
use crate::run::{Checkpoint, Manifest, RunDirectory, Status, Which};
use clap::Args;
use serde::Serialize;

use super::Entry;
use crate::commands::Outcome;
use crate::commands::terminal::{print, print_json};
use crate::commands::text::{duration, evaluation_table, grouped, size, speed, table};

/// Maximum number of class names shown.
const MAX_CLASSES: usize = 12;

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

/// Everything about a run.
#[derive(Serialize)]
struct Details {
    path: PathBuf,
    status: &'static str,
    epochs_done: usize,
    bytes: u64,
    /// Values of the config that differ from the defaults.
    config: serde_json::Map<String, serde_json::Value>,
    checkpoints: Vec<CheckpointDetails>,
    evaluation: Option<Evaluation>,
    /// Which files cannot be read, and why.
    damage: Option<String>,
    manifest: Manifest,
    /// Commands that can be run next.
    next: Vec<String>,
}

#[derive(Serialize)]
struct CheckpointDetails {
    step: u64,
    /// Epochs done; `None` if damaged.
    epoch: Option<usize>,
    bytes: u64,
    whole: bool,
    best: bool,
    /// Why it cannot be loaded.
    damage: Option<String>,
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
        let checkpoints = checkpoint_details(run);
        Ok(Self {
            path: run.path().to_owned(),
            status: entry
                .known
                .as_ref()
                .map_or("damaged", |known| known.status_word()),
            epochs_done: entry.known.as_ref().map_or(0, |known| known.epochs_done),
            bytes: run.bytes(),
            config: config.map(|(key, value)| (key, value.into())).collect(),
            evaluation: Evaluation::read(run).ok(), // `damage` says if it should be there
            damage: entry.damage,
            next: next_commands(run, &manifest, run.is_in_use(), &checkpoints),
            checkpoints,
            manifest,
        })
    }
}

/// Describes what is predicted.
fn target(schema: &Schema) -> (&'static str, String) {
    let TargetColumn::Class { classes } = &schema.target else {
        let name = schema.target_name.as_deref().unwrap_or("a number");
        return ("predicts", name.escape_debug().to_string());
    };
    let mut names: Vec<String> = classes
        .iter()
        .map(|c| c.escape_debug().to_string())
        .collect();
    if names.len() > MAX_CLASSES {
        names.truncate(MAX_CLASSES);
        names.push("…".to_owned());
    }
    (
        "classes",
        format!("{}: {}", classes.len(), names.join(", ")),
    )
}

/// Loads each checkpoint to see whether it is whole.
fn checkpoint_details(run: &RunDirectory) -> Vec<CheckpointDetails> {
    let mut best = None;
    let mut details: Vec<CheckpointDetails> = Checkpoint::steps(run)
        .into_iter()
        .map(|step| {
            let found = Checkpoint::find(run, Which::Step(step));
            let state = found.as_ref().ok().map(|found| &found.checkpoint.state);
            // Steps ascend: the newest whole checkpoint decides.
            best = state.map_or(best, |state| state.best.as_ref().map(|best| best.step));
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

fn next_commands(
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

impl Details {
    /// Returns the details as text.
    fn describe(&self) -> String {
        let mut text = format!("{}\n", self.path.display());
        for (name, value) in self.facts() {
            let _ = writeln!(text, "  {name:<10}  {value}"); // a String takes everything
        }
        if let Some(damage) = &self.damage {
            let _ = writeln!(text, "  {:<10}  {damage}", "damaged");
        }
        if !self.config.is_empty() {
            text += "\nconfig, where it is not the default\n";
            for (key, value) in &self.config {
                let _ = writeln!(text, "  {key} = {}", value.as_str().unwrap_or_default());
            }
        }
        text += "\ncheckpoints\n";
        text += &self.checkpoint_table();
        if let Some(evaluation) = &self.evaluation {
            let _ = writeln!(text, "\nevaluation of step {}", evaluation.step);
            text += &evaluation_table(evaluation, true);
        }
        for (index, command) in self.next.iter().enumerate() {
            let word = if index == 0 { "\nnext:" } else { "     " };
            let _ = writeln!(text, "{word} {command}");
        }
        text
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let manifest = &self.manifest;
        let data = &manifest.data;
        let sizes: Vec<String> = manifest.layer_sizes.iter().map(usize::to_string).collect();
        let source = data.train.path.as_ref().map_or_else(
            || data.origin.description().to_owned(),
            |path| path.display().to_string(),
        );
        let mut facts = vec![
            ("name", manifest.name.clone()),
            (
                "status",
                format!("{}, {} epochs done", self.status, self.epochs_done),
            ),
            ("created", manifest.created.clone()),
            ("updated", manifest.updated.clone()),
            (
                "computed",
                format!(
                    "{}, {} threads, seed {}, mlp {}, Burn {}",
                    manifest.backend.name(),
                    manifest.threads,
                    manifest.seed,
                    manifest.mlp_version,
                    manifest.burn_version
                ),
            ),
            (
                "network",
                format!(
                    "{}, {} parameters",
                    sizes.join("–"),
                    grouped(manifest.parameters as u64)
                ),
            ),
            target(&manifest.schema),
            (
                "data",
                format!(
                    "{source}: {} rows trained on, {} held out",
                    grouped(data.train_rows as u64),
                    grouped(data.validation_rows as u64)
                ),
            ),
        ];
        if let Some(test) = &data.test {
            let path = test.path.as_ref().map(|path| path.display().to_string());
            let path = path.unwrap_or_else(|| data.origin.description().to_owned());
            facts.push((
                "test",
                format!("{path}: {} rows", grouped(test.rows as u64)),
            ));
        }
        if let Some(fallback) = &data.fallback {
            facts.push(("STAND-IN", format!("not the configured data: {fallback}")));
        }
        if let Some(from) = &manifest.init_from {
            facts.push(("began with", format!("weights of {}", from.display())));
        }
        if let Some(from) = &manifest.imported_from {
            let from = from.path.display();
            facts.push(("imported", format!("weights of {from}")));
        }
        if !manifest.resumed_at_steps.is_empty() {
            let steps = manifest.resumed_at_steps.iter().map(u64::to_string);
            facts.push((
                "resumed",
                format!("at step {}", steps.collect::<Vec<_>>().join(", ")),
            ));
        }
        if let Some(timings) = manifest.timings {
            let speed = speed(timings.rows_per_second);
            facts.push((
                "timings",
                format!(
                    "data {}, training {} ({speed}), evaluation {}",
                    duration(timings.data_seconds),
                    duration(timings.training_seconds),
                    duration(timings.evaluation_seconds)
                ),
            ));
        }
        facts.push(("size", size(self.bytes)));
        facts
    }

    fn checkpoint_table(&self) -> String {
        if self.checkpoints.is_empty() {
            return "  none\n".to_owned();
        }
        let head = ["step", "epochs", "size", "state"]
            .map(str::to_owned)
            .to_vec();
        let rows = self.checkpoints.iter().map(|checkpoint| {
            let state = match &checkpoint.damage {
                Some(_) => "damaged",
                None if checkpoint.best => "whole, best",
                None => "whole",
            };
            vec![
                checkpoint.step.to_string(),
                checkpoint
                    .epoch
                    .map_or_else(|| "-".to_owned(), |epoch| epoch.to_string()),
                size(checkpoint.bytes),
                state.to_owned(),
            ]
        });
        let mut text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        for damage in self.checkpoints.iter().filter_map(|c| c.damage.as_ref()) {
            let _ = writeln!(text, "  {damage}");
        }
        text
    }
}
