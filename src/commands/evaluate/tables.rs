//! An evaluation as a person reads it.

use std::path::Path;

use crate::data::Origin;
use crate::evaluation::Evaluation;
use crate::metrics::{Calibration, ClassificationReport};
use crate::run::Split;

use super::Network;
use super::confusion::matrix;
use crate::commands::mistakes;
use crate::commands::terminal::{grouped, percent, shortened, stand_in_warning, table};

/// Longest name of a class in the table of classes.
const LONGEST_NAME: usize = 36;
/// Mistakes listed; `--json` has more.
const MOST_MISTAKES: usize = 10;

/// The figures of every split, then classes, confusion matrix, calibration and mistakes of one.
pub fn text(
    network: &Network,
    file: Option<&Path>,
    evaluation: &Evaluation,
    (split, report): (Split, &ClassificationReport),
) -> String {
    let record = &network.trained.manifest.data;
    let data = match (file, record.origin) {
        (Some(file), _) => format!(", {}", file.display()),
        (None, Origin::Files) => String::new(),
        (None, generated) => format!(", {}", generated.description()),
    };
    let mut parts = vec![format!(
        "{}: weights of step {}{data}, {}\n",
        network.run.path().display(),
        evaluation.step,
        network.backend.name()
    )];
    parts.extend(evaluation.fallback.as_ref().map(|fallback| match file {
        None => stand_in_warning(fallback, "below"),
        Some(_) => {
            format!("!! THE NETWORK WAS NOT TRAINED ON THE CONFIGURED DATA: {fallback}\n")
        }
    }));
    parts.push(splits(evaluation));
    let split = split.name();
    let names: Vec<&str> = report.per_class.iter().map(|class| &*class.class).collect();
    parts.extend([
        format!("\nclasses of the {split} rows\n"),
        classes(report),
        format!("\nconfusion matrix of the {split} rows\n"),
        matrix(&report.confusion_matrix, &names),
        format!("\ncalibration of the {split} rows\n"),
        reliability(&report.calibration),
    ]);
    let mistakes = &report.most_confident_mistakes;
    if !mistakes.is_empty() {
        let shown = &mistakes[..mistakes.len().min(MOST_MISTAKES)];
        parts.extend([
            format!("\nmost confident mistakes of the {split} rows, which count from 0\n"),
            mistakes::table(shown),
        ]);
    }
    parts.concat()
}

/// A line for each figure, a column for each split.
fn splits(evaluation: &Evaluation) -> String {
    type Figure = (&'static str, fn(&ClassificationReport) -> String);
    let figures: [Figure; 8] = [
        ("rows", |report| grouped(report.rows)),
        ("accuracy", |report| percent(report.accuracy)),
        ("top-2 accuracy", |report| percent(report.top_2_accuracy)),
        ("loss (nats)", |report| format!("{:.4}", report.loss)),
        ("precision (macro)", |report| {
            format!("{:.4}", report.precision)
        }),
        ("recall (macro)", |report| format!("{:.4}", report.recall)),
        ("F1 (macro)", |report| format!("{:.4}", report.f1)),
        ("calibration error", |report| {
            format!("{:.4}", report.calibration.expected_calibration_error)
        }),
    ];
    let mut lines = vec![vec!["split".to_owned()]];
    lines[0].extend(
        evaluation
            .splits()
            .map(|(split, _)| split.name().to_owned()),
    );
    for (name, figure) in figures {
        let mut line = vec![name.to_owned()];
        line.extend(evaluation.splits().map(|(_, report)| figure(report)));
        lines.push(line);
    }
    table(&lines)
}

fn classes(report: &ClassificationReport) -> String {
    let header = ["class", "rows", "precision", "recall", "F1"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for class in &report.per_class {
        lines.push(vec![
            shortened(&class.class, LONGEST_NAME),
            grouped(class.support),
            format!("{:.4}", class.precision),
            format!("{:.4}", class.recall),
            format!("{:.4}", class.f1),
        ]);
    }
    table(&lines)
}

/// The reliability diagram as a table: a line for each interval of confidence that holds rows.
fn reliability(calibration: &Calibration) -> String {
    let header = ["confidence", "rows", "mean confidence", "accuracy", "gap"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for bin in calibration.bins.iter().filter(|bin| bin.rows > 0) {
        lines.push(vec![
            format!("{:.3} to {:.3}", bin.lower, bin.upper),
            grouped(bin.rows),
            format!("{:.4}", bin.confidence),
            format!("{:.4}", bin.accuracy),
            format!("{:+.4}", bin.accuracy - bin.confidence),
        ]);
    }
    format!(
        "{}  expected calibration error {:.4}: the mean size of the gap, weighted by rows\n",
        table(&lines),
        calibration.expected_calibration_error
    )
}
