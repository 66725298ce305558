//! `mlp runs list`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Entry, runs_in};
use crate::commands::Outcome;
use crate::commands::arguments::Verbosity;
use crate::commands::terminal::{eprint, print, print_json};
use crate::commands::text::{grouped, percent, significant, table};

/// Arguments of `mlp runs list`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp runs list\n  mlp runs list artifacts/mnist --json | jq '.runs[].test_accuracy'"
)]
pub struct ListArguments {
    /// Folder of runs [default: artifacts]
    folder: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Lists the runs, sorted by path.
pub fn run(arguments: &ListArguments, verbosity: Verbosity) -> Outcome {
    let (folder, runs) = runs_in(arguments.folder.as_ref())?;
    let entries: Vec<Entry> = runs.iter().map(Entry::read).collect();
    if arguments.json {
        print_json(&serde_json::json!({ "runs": entries }))?;
    } else if entries.is_empty() {
        if !verbosity.quiet {
            eprint(&format!("no runs in {}\n", folder.display()));
        }
    } else {
        print(&describe(&entries))?;
    }
    Ok(ExitCode::SUCCESS)
}

const HEAD: [&str; 9] = [
    "run",
    "name",
    "status",
    "created",
    "backend",
    "parameters",
    "epochs",
    "validation",
    "test",
];

fn describe(entries: &[Entry]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    let mut notes = String::new();
    for entry in entries {
        let path = entry.path.display().to_string();
        if let Some(damage) = &entry.damage {
            notes += &format!("damaged: {damage}\n");
        }
        let Some(known) = &entry.known else {
            rows.push(vec![path, "-".to_owned(), entry.status.to_owned()]);
            continue;
        };
        let mark = if known.fallback.is_some() { " *" } else { "" };
        let score = |accuracy: Option<f64>, rmse: Option<f64>| {
            let rmse = rmse.map(|rmse| format!("RMSE {}", significant(rmse)));
            let text = accuracy.map(percent).or(rmse);
            text.map_or_else(|| "-".to_owned(), |text| text + mark)
        };
        let epochs = known
            .epochs
            .map_or_else(|| "?".to_owned(), |e| e.to_string());
        rows.push(vec![
            path,
            known.name.clone(),
            entry.status.to_owned(),
            known.created.clone(),
            known.backend.to_owned(),
            grouped(known.parameters as u64),
            format!("{}/{epochs}", known.epochs_done),
            score(known.validation_accuracy, known.validation_rmse),
            score(known.test_accuracy, known.test_rmse),
        ]);
    }
    let is_fallback = |entry: &Entry| entry.known.as_ref().is_some_and(|k| k.fallback.is_some());
    if entries.iter().any(is_fallback) {
        notes += "* not the configured data: something stood in for it (`mlp runs show RUN` says what)\n";
    }
    table(&rows) + &notes
}
