//! The results of a run in a few numbers.

use super::{escape, grid_table, key_value_table};
use crate::numbers::{grouped, percent};
use crate::report::RunContents;
use mlp_core::run::Status;

/// Returns what follows the name of the run: id, time, warnings and notes.
pub(super) fn headline(run: &RunContents) -> String {
    let manifest = &run.manifest;
    let mut text = format!(
        "<p class=\"soft\">Run {}, {}</p>\n",
        escape(&manifest.id),
        escape(&manifest.created)
    );
    let fallback = run
        .evaluation
        .as_ref()
        .and_then(|evaluation| evaluation.fallback.as_ref());
    if let Some(fallback) = manifest.data.fallback.as_ref().or(fallback) {
        text += &format!(
            "<p class=\"warning\" role=\"note\"><strong>Not the configured data:</strong> {}. Every figure on this page is about the stand-in.</p>\n",
            escape(fallback)
        );
    }
    if let Some(status) = unfinished(manifest.status) {
        text += &format!(
            "<p class=\"warning\" role=\"note\"><strong>Not a finished run:</strong> {status} This page shows what there is.</p>\n"
        );
    }
    let warnings = run
        .evaluation
        .iter()
        .flat_map(|evaluation| &evaluation.warnings);
    for warning in warnings {
        text += &format!(
            "<p class=\"warning\" role=\"note\">{}</p>\n",
            escape(warning)
        );
    }
    for note in &run.notes {
        text += &format!("<p class=\"remark\">{}</p>\n", escape(note));
    }
    text
}

/// Describes a status other than finished.
const fn unfinished(status: Status) -> Option<&'static str> {
    match status {
        Status::Finished => None,
        Status::Running => Some("it is training, or was killed while it was."),
        Status::Interrupted => Some("it was interrupted and can be resumed."),
        Status::Diverged => Some("its loss was no longer a finite number."),
        Status::Failed => Some("an error ended it."),
    }
}

/// Returns the metrics of each split, and what was trained.
pub(super) fn content(run: &RunContents) -> String {
    let mut text = String::new();
    if let Some(evaluation) = &run.evaluation {
        let cards: String = evaluation
            .splits()
            .map(|(split, report)| {
                format!(
                    "<li><b>{}</b><span>accuracy on {} {} rows{}</span></li>\n",
                    percent(report.accuracy),
                    grouped(report.rows),
                    split.name(),
                    report
                        .baseline_accuracy
                        .map_or_else(String::new, |share| format!(
                            "; {} are of the largest class",
                            percent(share)
                        ))
                )
            })
            .collect();
        text += &format!("<ul class=\"cards\">\n{cards}</ul>\n");
        let rows: Vec<Vec<String>> = evaluation
            .splits()
            .map(|(split, report)| {
                vec![
                    split.name().to_owned(),
                    grouped(report.rows),
                    percent(report.accuracy),
                    report
                        .baseline_accuracy
                        .map_or_else(|| "–".to_owned(), percent),
                    percent(report.top_2_accuracy),
                    format!("{:.4}", report.loss),
                    format!("{:.4}", report.precision),
                    format!("{:.4}", report.recall),
                    format!("{:.4}", report.f1),
                ]
            })
            .collect();
        let headings = [
            "split",
            "rows",
            "accuracy",
            "largest class",
            "top-2 accuracy",
            "loss (nats)",
            "precision",
            "recall",
            "F1",
        ];
        text += &grid_table(&headings, &rows);
        let unseen = match evaluation.test {
            Some(_) => "The test rows took no part in any decision.",
            None => {
                "There are no test rows: the validation rows, if any, helped to choose these weights."
            }
        };
        text += &format!(
            "<p class=\"soft\">Weights of step {}. Largest class: the share of the most frequent class of the training rows, which is the accuracy of always predicting it. Precision, recall and F1 are macro averages over the classes. {unseen}</p>\n",
            grouped(evaluation.step)
        );
    }
    text + &key_value_table(&network(run))
}

/// Returns names and values that describe data, network, optimizer and device.
fn network(run: &RunContents) -> Vec<(&'static str, String)> {
    let (manifest, config) = (&run.manifest, &run.config);
    let sizes: Vec<String> = manifest.layer_sizes.iter().map(usize::to_string).collect();
    let epochs = run.metrics.iter().map(|record| record.epoch).max();
    let steps = run.metrics.iter().map(|record| record.step).max();
    let data = &manifest.data;
    let rows = data.train.path.as_ref().map_or_else(
        || data.origin.description().to_owned(),
        |path| path.display().to_string(),
    );
    vec![
        ("data", rows),
        (
            "network",
            format!(
                "{}, {}, {} parameters",
                sizes.join("–"),
                config.model.activation.name(),
                grouped(manifest.parameters as u64)
            ),
        ),
        (
            "optimizer",
            format!(
                "{} at rate {}, batch {}",
                config.optimizer.kind.name(),
                config.optimizer.learning_rate,
                config.training.batch_size
            ),
        ),
        (
            "trained",
            format!(
                "{} of {} epochs, {} updates",
                epochs.unwrap_or(0),
                config.training.epochs,
                grouped(steps.unwrap_or(0))
            ),
        ),
        (
            "computed by",
            format!(
                "{}, {} threads, mlp {}, Burn {}",
                manifest.backend.name(),
                manifest.threads,
                manifest.mlp_version,
                manifest.burn_version
            ),
        ),
    ]
}

/// Returns a table of the expected calibration error of each split.
pub(super) fn calibration(run: &RunContents) -> String {
    let Some(evaluation) = &run.evaluation else {
        return String::new();
    };
    let rows: Vec<Vec<String>> = evaluation
        .splits()
        .map(|(split, report)| {
            let bins = &report.calibration.bins;
            let rows = report.rows.max(1) as f64;
            let confidence: f64 = bins
                .iter()
                .map(|bin| bin.confidence * bin.rows as f64 / rows)
                .sum();
            vec![
                split.name().to_owned(),
                percent(confidence),
                percent(report.accuracy),
                percent(report.calibration.expected_calibration_error),
            ]
        })
        .collect();
    let headings = [
        "split",
        "mean confidence",
        "accuracy",
        "expected calibration error",
    ];
    "<p>Confidence is the probability that the network gives to its prediction. It can be believed if, of the rows predicted with 80 %, 80 % are right.</p>\n".to_owned()
        + &grid_table(&headings, &rows)
}
