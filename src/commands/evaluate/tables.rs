//! An evaluation as a person reads it.

use std::path::Path;

use mlp::data::Origin;
use mlp::evaluation::Evaluation;
use mlp::metrics::ClassificationReport;

use super::Network;
use super::confusion::{matrix, shortened};
use crate::commands::terminal::{grouped, percent, stand_in_warning, table};

/// Longest name of a class in the table of classes.
const LONGEST_NAME: usize = 36;

/// The figures of every split, then the classes and the confusion matrix of the first.
pub fn text(network: &Network, file: Option<&Path>, evaluation: &Evaluation) -> String {
    let record = &network.predictor.manifest.data;
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
    parts.extend(evaluation.stand_in.as_ref().map(|stand_in| match file {
        None => stand_in_warning(stand_in, "below"),
        Some(_) => {
            format!("!! THE NETWORK WAS NOT TRAINED ON THE CONFIGURED DATA: {stand_in}\n")
        }
    }));
    parts.push(splits(evaluation));
    if let Some((split, report)) = evaluation.splits().next() {
        let split = split.name();
        let names: Vec<&str> = report.per_class.iter().map(|class| &*class.class).collect();
        parts.extend([
            format!("\nclasses of the {split} rows\n"),
            classes(report),
            format!("\nconfusion matrix of the {split} rows\n"),
            matrix(&report.confusion_matrix, &names),
        ]);
    }
    parts.concat()
}

fn splits(evaluation: &Evaluation) -> String {
    let header = [
        "split",
        "rows",
        "accuracy",
        "loss",
        "precision",
        "recall",
        "F1",
    ];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for (split, report) in evaluation.splits() {
        lines.push(vec![
            split.name().to_owned(),
            grouped(report.rows),
            percent(report.accuracy),
            format!("{:.4}", report.loss),
            format!("{:.4}", report.precision),
            format!("{:.4}", report.recall),
            format!("{:.4}", report.f1),
        ]);
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
