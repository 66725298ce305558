//! How long it took, and how to get it again.

use super::{escape, facts_table};
use crate::report::{RunFacts, duration, grouped};

pub(super) fn timings(facts: &RunFacts) -> String {
    let mut rows = Vec::new();
    if let Some(timings) = facts.manifest.timings {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a speed for people
        let speed = timings.rows_per_second as u64;
        rows = vec![
            ("reading the data", duration(timings.data_seconds)),
            (
                "training, with validation and checkpoints",
                duration(timings.training_seconds),
            ),
            ("scoring all splits", duration(timings.evaluation_seconds)),
            (
                "speed",
                format!("{} training rows a second", grouped(speed)),
            ),
        ];
    } else if let Some(last) = facts.metrics.last() {
        rows.push(("training so far", duration(last.seconds)));
    }
    let resumed: Vec<String> = facts
        .manifest
        .resumed_at_steps
        .iter()
        .map(|step| grouped(*step))
        .collect();
    if !resumed.is_empty() {
        rows.push(("resumed at step", resumed.join(", ")));
    }
    if rows.is_empty() {
        return String::new();
    }
    rows.push(("threads", facts.manifest.threads.to_string()));
    facts_table(&rows)
}

pub(super) fn reproduce(facts: &RunFacts) -> String {
    let run = shell_word(&facts.path.display().to_string());
    let first = facts.manifest.imported_from.as_ref().map_or_else(
        || {
            (
                "train again from the run's own record and compare the weights",
                format!("mlp reproduce {run}"),
            )
        },
        |from| {
            let file = shell_word(&from.path.display().to_string());
            (
                "import the weights again",
                format!("mlp import {file} --config {run}/config.toml"),
            )
        },
    );
    let commands = [
        first,
        (
            "train a new run with the same config",
            format!("mlp --config {run}/config.toml"),
        ),
        ("score it again", format!("mlp evaluate {run}")),
        ("write this page again", format!("mlp report {run}")),
    ];
    let lines: String = commands
        .iter()
        .map(|(what, command)| {
            format!("<dt>{what}</dt><dd><code>{}</code></dd>\n", escape(command))
        })
        .collect();
    let manifest = &facts.manifest;
    format!(
        "<p>The same program (mlp {}, Burn {}), backend ({}), seed ({}) and rows (their SHA-256 is above) give the same weights, whatever the number of threads on a CPU.</p>\n<dl>\n{lines}</dl>\n",
        escape(&manifest.mlp_version),
        escape(&manifest.burn_version),
        manifest.backend.name(),
        manifest.seed
    )
}

/// A path as a shell takes it for one word.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:\\~+".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
