//! Where a run comes from: its data, its config, its timings, and how to reproduce it.

use super::{escape, grid_table, key_value_table};
use crate::numbers::{duration, grouped, significant};
use crate::report::RunContents;
use mlp_core::config::{ScaleKind, differences_from_defaults, to_toml};
use mlp_data::options::TargetTransform;
use mlp_data::{DataFile, Schema, TargetColumn};

/// Maximum number of names listed.
const MAX_NAMES: usize = 40;

/// Describes the data files, features and classes.
pub(super) fn data(run: &RunContents) -> String {
    let (manifest, record) = (&run.manifest, &run.manifest.data);
    let file = |role: &str, file: &DataFile| {
        let path = file.path.as_ref().map_or_else(
            || record.origin.description().to_owned(),
            |path| path.display().to_string(),
        );
        let hash = file
            .sha256
            .as_deref()
            .unwrap_or("none: generated")
            .to_owned();
        vec![role.to_owned(), path, grouped(file.rows as u64), hash]
    };
    let mut files = vec![file("train and validation", &record.train)];
    files.extend(record.test.as_ref().map(|test| file("test", test)));
    let files = grid_table(&["for", "file", "rows", "SHA-256"], &files);
    let scaling = match manifest.preprocessing.kind() {
        ScaleKind::Auto => "auto", // never: a preprocessor knows which
        ScaleKind::None => "none",
        ScaleKind::Unit => "unit",
        ScaleKind::Standard => "standard",
        ScaleKind::MinMax => "min_max",
        ScaleKind::Robust => "robust",
    };
    files
        + &key_value_table(&[
            (
                "split",
                format!(
                    "{} rows to train on, {} held out for validation",
                    grouped(record.train_rows as u64),
                    grouped(record.validation_rows as u64)
                ),
            ),
            ("features", named(&manifest.schema.feature_names())),
            target(&manifest.schema),
            ("scaling", scaling.to_owned()),
            ("SHA-256 of the training rows", record.fingerprint.clone()),
        ])
}

/// Describes what is predicted.
fn target(schema: &Schema) -> (&'static str, String) {
    let scaling = match &schema.target {
        TargetColumn::Class { classes } => return ("classes", named(classes)),
        TargetColumn::Value(scaling) => scaling,
    };
    let name = schema.target_name.as_deref().unwrap_or("value");
    let what = match scaling.transform {
        TargetTransform::None => name.to_owned(),
        TargetTransform::Log => format!("the logarithm of {name}"),
    };
    let [center, scale] = [scaling.center, scaling.scale].map(significant);
    (
        "predicted number",
        format!("{name}; trained on {what}, less {center}, divided by {scale}"),
    )
}

/// Returns the number of names, and the names.
fn named(names: &[String]) -> String {
    let mut shown: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    if names.len() > MAX_NAMES {
        shown.truncate(6);
        shown.push("…");
        shown.push(&names[names.len() - 1]);
    }
    format!("{}: {}", grouped(names.len() as u64), shown.join(", "))
}

/// Describes the config: what differs from the defaults, and the whole.
pub(super) fn config(run: &RunContents) -> String {
    // Both fail only for paths that are not UTF-8, which cannot come from a config file.
    let differences = differences_from_defaults(&run.config).unwrap_or_default();
    let whole = to_toml(&run.config).unwrap_or_default();
    let rows: Vec<Vec<String>> = differences
        .into_iter()
        .map(|(key, value)| vec![key, value])
        .collect();
    let differing = if rows.is_empty() {
        "<p>Nothing differs from the defaults.</p>\n".to_owned()
    } else {
        format!(
            "<p>Where it differs from the defaults:</p>\n{}",
            grid_table(&["key", "value"], &rows)
        )
    };
    format!(
        "{differing}<details>\n<summary>The whole config</summary>\n<pre>{}</pre>\n</details>\n",
        whole
            .lines()
            .map(|line| escape(line) + "\n")
            .collect::<String>()
    )
}

/// Describes how long the run took.
pub(super) fn timings(run: &RunContents) -> String {
    let mut rows = Vec::new();
    if let Some(timings) = run.manifest.timings {
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
    } else if let Some(last) = run.metrics.last() {
        rows.push(("training so far", duration(last.seconds)));
    }
    let resumed: Vec<String> = run
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
    rows.push(("threads", run.manifest.threads.to_string()));
    key_value_table(&rows)
}

/// Describes how to reproduce the run.
pub(super) fn reproduce(run: &RunContents) -> String {
    let folder = shell_word(&run.path.display().to_string());
    let first = run.manifest.imported_from.as_ref().map_or_else(
        || {
            (
                "train again from the run's own record and compare the weights",
                format!("mlp reproduce {folder}"),
            )
        },
        |from| {
            let file = shell_word(&from.path.display().to_string());
            (
                "import the weights again",
                format!("mlp import {file} --config {folder}/config.toml"),
            )
        },
    );
    let commands = [
        first,
        (
            "train a new run with the same config",
            format!("mlp --config {folder}/config.toml"),
        ),
        ("score it again", format!("mlp evaluate {folder}")),
        ("write this page again", format!("mlp report {folder}")),
    ];
    let lines: String = commands
        .iter()
        .map(|(what, command)| {
            format!("<dt>{what}</dt><dd><code>{}</code></dd>\n", escape(command))
        })
        .collect();
    let manifest = &run.manifest;
    format!(
        "<p>The same program (mlp {}, Burn {}), backend ({}), seed ({}) and rows (their SHA-256 is above) give the same weights, whatever the number of threads on a CPU.</p>\n<dl>\n{lines}</dl>\n",
        escape(&manifest.mlp_version),
        escape(&manifest.burn_version),
        manifest.backend.name(),
        manifest.seed
    )
}

/// Quotes a path for a shell, if it needs quotes.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:\\~+".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
