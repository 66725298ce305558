//! What is told before a training and after it.

use std::path::Path;

use crate::backend;
use crate::config::Config;
use crate::data::Origin;
use crate::evaluation::Evaluation;
use crate::metrics::ClassificationReport;
use crate::model::parameter_counts;
use crate::training::{Ending, Prepared, Summary};

use crate::commands::terminal::{duration, grouped, percent, program, stand_in_warning, table};

/// What will be trained, on what.
pub fn describe(prepared: &Prepared) -> String {
    let config = &prepared.config;
    let record = prepared.record();
    let fallback = record
        .fallback
        .as_deref()
        .map_or_else(String::new, |why| stand_in_warning(why, "below"));
    let source = match (&record.origin, &record.train.path) {
        (Origin::Files, Some(path)) => path.display().to_string(),
        (origin, _) => origin.description().to_owned(),
    };
    let tested = record.test.as_ref().map_or(0, |file| file.rows);
    format!(
        "{fallback}{name}: {source} on {backend}\n{layers}  \
         rows: {trained} to train on{deformed}, {held_out} held out, {tested} to test\n  \
         {epochs} epochs of {steps} updates, batch {batch}, {optimizer} at rate {rate}\n",
        name = config.name,
        backend = backend_name(config),
        layers = layers(prepared),
        trained = grouped(record.train_rows as u64),
        deformed = match prepared.augmentation {
            Some(_) => " (deformed anew in each epoch)",
            None => "",
        },
        held_out = grouped(record.validation_rows as u64),
        tested = grouped(tested as u64),
        epochs = config.training.epochs,
        steps = grouped(prepared.batches.steps_per_epoch() as u64),
        batch = config.training.batch_size,
        optimizer = config.optimizer.kind.name(),
        rate = config.optimizer.learning_rate,
    )
}

/// With the adapter behind it, if it has one.
fn backend_name(config: &Config) -> String {
    let name = config.backend.name();
    match backend::adapter(config.backend, &config.device) {
        Some(adapter) => format!("{name}, {}", adapter.name),
        None => name.to_owned(),
    }
}

/// The network as a table: a line a layer, with its number of parameters.
fn layers(prepared: &Prepared) -> String {
    let counts = parameter_counts(&prepared.layer_sizes);
    let cells = |name: String, numbers: [String; 3]| [vec![name], numbers.to_vec()].concat();
    let mut rows = vec![cells(
        "layer".into(),
        ["inputs".into(), "outputs".into(), "parameters".into()],
    )];
    for (index, (size, count)) in prepared.layer_sizes.windows(2).zip(&counts).enumerate() {
        let function = if index + 1 < counts.len() {
            prepared.config.model.activation.name()
        } else {
            "softmax"
        };
        let numbers = [size[0], size[1], *count].map(|number| grouped(number as u64));
        rows.push(cells(format!("Linear, {function}"), numbers));
    }
    let total = grouped(counts.iter().sum::<usize>() as u64);
    rows.push(cells("total".into(), [String::new(), String::new(), total]));
    table(&rows)
}

/// Loss and accuracy of each split.
pub fn figures(evaluation: &Evaluation) -> String {
    let line = |name: &str, report: &ClassificationReport| {
        vec![
            name.to_owned(),
            grouped(report.rows),
            format!("{:.4}", report.loss),
            percent(report.accuracy),
        ]
    };
    let mut rows = vec![vec![
        "split".into(),
        "rows".into(),
        "loss".into(),
        "accuracy".into(),
    ]];
    let splits = [
        ("train", &evaluation.train),
        ("validation", &evaluation.validation),
        ("test", &evaluation.test),
    ];
    rows.extend(
        splits
            .iter()
            .filter_map(|(name, report)| Some(line(name, report.as_ref()?))),
    );
    let mut text = table(&rows);
    if let Some(fallback) = &evaluation.fallback {
        text += &stand_in_warning(fallback, "above");
    }
    text
}

/// What came out, where its report is, and what can be done next.
pub fn conclude(summary: &Summary, report: Option<&Path>) -> String {
    let run = summary.run.path().display();
    let mut text = String::new();
    match &summary.ending {
        Ending::Completed => {}
        Ending::Stopped(reason) => text += &format!("stopped early: {reason}\n"),
        Ending::Cancelled => {
            return format!(
                "interrupted at step {}; saved. To go on: {} --resume {run}\n",
                summary.steps,
                program()
            );
        }
    }
    if let Some(evaluation) = &summary.evaluation {
        text += &figures(evaluation);
        text += &format!(
            "  weights of step {} of {}\n",
            evaluation.step, summary.steps
        );
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a speed for people
    let speed = summary
        .timings
        .map_or(0, |timings| timings.rows_per_second as u64);
    text += &format!(
        "  trained in {}, {} rows/s\n",
        duration(summary.seconds),
        grouped(speed)
    );
    text += &format!("  run folder: {run}\n");
    if let Some(report) = report {
        text += &format!("  report: {}\n", report.display());
    }
    let mlp = program();
    text += &format!(
        "next: {mlp} evaluate {run}\n      {mlp} predict {run} FILE.csv\n      {mlp} runs show {run}\n"
    );
    text
}
