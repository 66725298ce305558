//! The results of a run in a few numbers.

use super::{escape, grid_table, key_value_table};
use crate::numbers::{grouped, percent, significant};
use crate::report::RunContents;
use mlp_core::evaluation::{Evaluation, Report};
use mlp_core::metrics::ClassificationReport;
use mlp_core::run::{Split, Status};
use mlp_data::TargetColumn;

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
        text += &format!("<ul class=\"cards\">\n{}</ul>\n", cards(evaluation));
        text += &match run.manifest.schema.target {
            TargetColumn::Class { .. } => class_metrics(evaluation),
            TargetColumn::Value(_) => value_metrics(evaluation),
        };
        let unseen = match evaluation.test {
            Some(_) => "The test rows took no part in any decision.",
            None => {
                "There are no test rows: the validation rows, if any, helped to choose these weights."
            }
        };
        let meaning = match run.manifest.schema.target {
            TargetColumn::Class { .. } => {
                "Largest class: the share of the most frequent class of the training rows, which is the accuracy of always predicting it. Balanced accuracy is the mean recall of the classes; precision, recall and F1 are macro averages over them. ROC AUC and average precision are of the positive class if there are two, else the mean over the classes, each against the rest."
            }
            TargetColumn::Value(_) => {
                "All but R² and the loss are in the unit of the file; the loss is of the standardised target. RMSE of the mean: that of always predicting the mean of the training rows."
            }
        };
        text += &format!(
            "<p class=\"soft\">Weights of step {}. {meaning} {unseen}</p>\n",
            grouped(evaluation.step)
        );
    }
    text + &key_value_table(&network(run))
}

/// Returns the most telling metric of each split.
fn cards(evaluation: &Evaluation) -> String {
    let card = |(split, report): (Split, &Report)| {
        let (value, name, baseline) = match report {
            Report::Classification(report) => (
                percent(report.accuracy),
                "accuracy",
                report
                    .baseline_accuracy
                    .map(|share| format!("; {} are of the largest class", percent(share)))
                    .map(|text| text + &balanced(report)),
            ),
            Report::Regression(report) => (
                significant(report.rmse),
                "root mean squared error",
                report
                    .baseline_rmse
                    .map(|rmse| format!("; {} by always predicting the mean", significant(rmse))),
            ),
        };
        format!(
            "<li><b>{value}</b><span>{name} on {} {} rows{}</span></li>\n",
            grouped(report.rows()),
            split.name(),
            baseline.unwrap_or_default()
        )
    };
    evaluation.splits().map(card).collect()
}

/// Name of a metric, and its value as text.
type Metric = (&'static str, fn(&ClassificationReport) -> String);

const CLASS_METRICS: [Metric; 13] = [
    ("rows", |report| grouped(report.rows)),
    ("accuracy", |report| percent(report.accuracy)),
    ("largest class", |report| {
        known(report.baseline_accuracy, percent)
    }),
    ("balanced accuracy", |report| {
        known(report.balanced_accuracy, percent)
    }),
    ("top-2 accuracy", |report| percent(report.top_2_accuracy)),
    ("loss (nats)", |report| four_digits(report.loss)),
    ("precision", |report| four_digits(report.precision)),
    ("recall", |report| four_digits(report.recall)),
    ("F1", |report| four_digits(report.f1)),
    ("ROC AUC", |report| known(report.roc_auc, four_digits)),
    ("average precision", |report| {
        known(report.average_precision, four_digits)
    }),
    ("Brier score", |report| known(report.brier, four_digits)),
    ("Matthews correlation", |report| {
        known(report.mcc, four_digits)
    }),
];

/// Says the balanced accuracy where classes are uneven.
fn balanced(report: &ClassificationReport) -> String {
    let balanced = report.balanced_accuracy;
    let balanced = balanced.filter(|_| report.has_uneven_classes());
    balanced.map_or_else(String::new, |value| {
        format!("; balanced accuracy {}", percent(value))
    })
}

fn known(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

fn four_digits(value: f64) -> String {
    format!("{value:.4}").replace('-', "−")
}

/// Returns a table with a line for each metric and a column for each split.
fn class_metrics(evaluation: &Evaluation) -> String {
    let reports: Vec<(Split, &ClassificationReport)> = evaluation
        .splits()
        .filter_map(|(split, report)| Some((split, report.classification()?)))
        .collect();
    let mut headings = vec!["metric"];
    headings.extend(reports.iter().map(|(split, _)| split.name()));
    let line = |(name, metric): &Metric| {
        let mut line = vec![(*name).to_owned()];
        line.extend(reports.iter().map(|(_, report)| metric(report)));
        line
    };
    let lines: Vec<Vec<String>> = CLASS_METRICS.iter().map(line).collect();
    grid_table(&headings, &lines)
}

fn value_metrics(evaluation: &Evaluation) -> String {
    let reports = evaluation
        .splits()
        .filter_map(|(split, report)| Some((split, report.regression()?)));
    let rows: Vec<Vec<String>> = reports
        .map(|(split, report)| {
            vec![
                split.name().to_owned(),
                grouped(report.rows),
                significant(report.rmse),
                known(report.baseline_rmse, significant),
                significant(report.mae),
                significant(report.median_absolute_error),
                known(report.r2, four_digits),
                significant(report.loss),
            ]
        })
        .collect();
    let headings = [
        "split",
        "rows",
        "RMSE",
        "RMSE of the mean",
        "mean absolute error",
        "median absolute error",
        "R²",
        "loss",
    ];
    grid_table(&headings, &rows)
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

/// Returns what the calibration of the run changed, with its figures; empty if it is not calibrated.
pub(super) fn recalibration(run: &RunContents, figures: &dyn Fn(&[&str]) -> String) -> String {
    let fitted = run
        .decision
        .as_ref()
        .and_then(|decision| Some((decision, decision.fitted.as_ref()?)));
    let Some((decision, fitted)) = fitted else {
        return String::new();
    };
    let (rows, source) = (grouped(fitted.rows as u64), fitted.source.name());
    let mut text = format!(
        "<h3>After the training</h3>\n<p>Calibrated on {rows} {source} rows by <code>mlp calibrate</code>.</p>\n"
    );
    let mut facts = Vec::new();
    facts.extend(
        decision
            .temperature
            .map(|value| ("temperature", significant(value))),
    );
    if let Some(threshold) = &decision.threshold {
        let (value, class) = (significant(threshold.value), &threshold.positive);
        facts.push((
            "threshold",
            format!("{value} of class {class} ({})", threshold.rule),
        ));
    }
    for interval in &decision.intervals {
        let what = if fitted.log_loss.is_some() {
            "1 less the probability of a class of the set"
        } else {
            "absolute error"
        };
        let (level, quantile) = (percent(interval.level), significant(interval.quantile));
        facts.push((
            "interval",
            format!("{level} of rows: {what} up to {quantile}"),
        ));
    }
    text += &key_value_table(&facts);
    if let (Some(log_loss), Some(both)) = (&fitted.log_loss, &fitted.calibration) {
        let line = |name: &str, loss: f64, error: f64| {
            vec![name.to_owned(), format!("{loss:.4}"), percent(error)]
        };
        text += &grid_table(
            &[
                "calibration",
                "log loss (nats)",
                "expected calibration error",
            ],
            &[
                line(
                    "before",
                    log_loss.before,
                    both.before.expected_calibration_error,
                ),
                line(
                    "after",
                    log_loss.after,
                    both.after.expected_calibration_error,
                ),
            ],
        );
    }
    text + &figures(&["reliability_before", "reliability_after"])
}

/// Returns a table of the expected calibration error of each split.
pub(super) fn calibration(run: &RunContents) -> String {
    let Some(evaluation) = &run.evaluation else {
        return String::new();
    };
    let reports = evaluation
        .splits()
        .filter_map(|(split, report)| Some((split, report.classification()?)));
    let rows: Vec<Vec<String>> = reports
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
    if rows.is_empty() {
        return String::new();
    }
    let headings = [
        "split",
        "mean confidence",
        "accuracy",
        "expected calibration error",
    ];
    "<p>Confidence is the probability that the network gives to its prediction. It can be believed if, of the rows predicted with 80 %, 80 % are right.</p>\n".to_owned()
        + &grid_table(&headings, &rows)
}
