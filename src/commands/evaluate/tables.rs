//! An evaluation as text.

use std::path::Path;

use crate::data::Origin;
use crate::evaluation::{Evaluation, Report};
use crate::metrics::{Calibration, ClassificationReport, ConfusionMatrix, RegressionReport};
use crate::run::Split;

use super::LoadedModel;
use crate::commands::text::{
    baseline, errors_table, fallback_warning, grouped, known, mean_baseline, mistakes_table,
    percent, share_explained, shortened, significant, table, warnings,
};

/// Maximum characters of a class name in the table of classes.
const MAX_NAME: usize = 36;
/// Maximum number of mistakes listed; `--json` has more.
const MAX_MISTAKES: usize = 10;
/// Maximum characters of a line of the confusion matrix.
const WIDTH: usize = 80;
/// Maximum characters of a class name in the confusion matrix, and the same where a number goes before it.
const MAX_MATRIX_NAME: usize = 20;
const MAX_NUMBERED_NAME: usize = 13;
/// Maximum number of classes of a matrix that can be read; with more, the most frequent confusions are listed.
const MAX_CLASSES: usize = 40;
/// Maximum number of confusions listed.
const MAX_CONFUSIONS: usize = 20;
/// Spaces between columns.
const GAP: usize = 2;

/// Describes the metrics of every split, then classes, confusion matrix, calibration and mistakes, or the largest errors, of one.
pub fn describe(
    model: &LoadedModel,
    file: Option<&Path>,
    evaluation: &Evaluation,
    (split, report): (Split, &Report),
) -> String {
    let record = &model.trained.manifest.data;
    let data = match (file, record.origin) {
        (Some(file), _) => format!(", {}", file.display()),
        (None, Origin::Files) => String::new(),
        (None, generated) => format!(", {}", generated.description()),
    };
    let mut parts = vec![format!(
        "{}: weights of step {}{data}, {}\n",
        model.run.path().display(),
        evaluation.step,
        model.backend.name()
    )];
    parts.extend(evaluation.fallback.as_ref().map(|fallback| match file {
        None => fallback_warning(fallback, "below"),
        Some(_) => {
            format!("!! THE NETWORK WAS NOT TRAINED ON THE CONFIGURED DATA: {fallback}\n")
        }
    }));
    parts.push(splits_table(evaluation));
    parts.push(warnings(evaluation));
    let split = split.name();
    parts.push(match report {
        Report::Classification(report) => describe_classes(split, report),
        Report::Regression(report) => describe_errors(split, report),
    });
    parts.concat()
}

/// Returns classes, confusion matrix, calibration and mistakes of a split.
fn describe_classes(split: &str, report: &ClassificationReport) -> String {
    let mut parts = vec![match report.omitted_classes {
        Some(classes) => format!(
            "\n{} classes: too many for metrics of each and a confusion matrix\n",
            grouped(classes as u64)
        ),
        None => classes_and_confusions(split, report),
    }];
    parts.extend([
        format!("\ncalibration of the {split} rows\n"),
        reliability_table(&report.calibration),
    ]);
    let mistakes = &report.most_confident_mistakes;
    if !mistakes.is_empty() {
        let shown = &mistakes[..mistakes.len().min(MAX_MISTAKES)];
        parts.extend([
            format!("\nmost confident mistakes of the {split} rows, which count from 0\n"),
            mistakes_table(shown),
        ]);
    }
    parts.concat()
}

/// Returns the rows of a split with the largest errors.
fn describe_errors(split: &str, report: &RegressionReport) -> String {
    let largest = &report.largest_errors;
    if largest.is_empty() {
        return String::new();
    }
    let shown = &largest[..largest.len().min(MAX_MISTAKES)];
    format!(
        "\nlargest errors of the {split} rows, which count from 0\n{}",
        errors_table(shown)
    )
}

/// Returns the metrics of each class and the confusion matrix of a split.
fn classes_and_confusions(split: &str, report: &ClassificationReport) -> String {
    let names: Vec<&str> = report.per_class.iter().map(|class| &*class.class).collect();
    let positive = report.two_classes.as_ref().map_or_else(String::new, |of| {
        format!(
            "\npositive class: {}, predicted from a probability of {} on\n",
            shortened(&of.positive, MAX_NAME),
            significant(of.threshold)
        )
    });
    [
        positive,
        format!("\nclasses of the {split} rows\n"),
        classes_table(report),
        format!("\nconfusion matrix of the {split} rows\n"),
        confusion_table(&report.confusion_matrix, &names),
    ]
    .concat()
}

/// Returns a table with a line for each metric and a column for each split.
fn splits_table(evaluation: &Evaluation) -> String {
    let mut lines = vec![vec!["split".to_owned()]];
    let names = evaluation
        .splits()
        .map(|(split, _)| split.name().to_owned());
    lines[0].extend(names);
    let reports: Vec<&Report> = evaluation.splits().map(|(_, report)| report).collect();
    let classes: Option<Vec<_>> = reports.iter().map(|of| of.classification()).collect();
    let values: Option<Vec<_>> = reports.iter().map(|of| of.regression()).collect();
    lines.extend(match (classes, values) {
        (Some(reports), _) => metric_lines(&CLASS_METRICS, &reports),
        (None, Some(reports)) => metric_lines(&VALUE_METRICS, &reports),
        (None, None) => Vec::new(), // never: all splits have the task of the run
    });
    table(&lines)
}

/// Name of a metric, and its value as text.
type Metric<R> = (&'static str, fn(&R) -> String);

const CLASS_METRICS: [Metric<ClassificationReport>; 14] = [
    ("rows", |report| grouped(report.rows)),
    ("accuracy", |report| percent(report.accuracy)),
    ("largest class", |report| baseline(report)),
    ("balanced accuracy", |report| {
        known(report.balanced_accuracy, percent)
    }),
    ("top-2 accuracy", |report| percent(report.top_2_accuracy)),
    ("loss (nats)", |report| format!("{:.4}", report.loss)),
    ("precision (macro)", |report| {
        format!("{:.4}", report.precision)
    }),
    ("recall (macro)", |report| format!("{:.4}", report.recall)),
    ("F1 (macro)", |report| format!("{:.4}", report.f1)),
    ("ROC AUC", |report| known(report.roc_auc, four_digits)),
    ("average precision", |report| {
        known(report.average_precision, four_digits)
    }),
    ("Brier score", |report| known(report.brier, four_digits)),
    ("Matthews correlation", |report| {
        known(report.mcc, four_digits)
    }),
    ("calibration error", |report| {
        format!("{:.4}", report.calibration.expected_calibration_error)
    }),
];

const VALUE_METRICS: [Metric<RegressionReport>; 7] = [
    ("rows", |report| grouped(report.rows)),
    ("RMSE", |report| significant(report.rmse)),
    ("RMSE of the mean", |report| mean_baseline(report)),
    ("mean absolute error", |report| significant(report.mae)),
    ("median absolute error", |report| {
        significant(report.median_absolute_error)
    }),
    ("R²", |report| share_explained(report)),
    ("loss (standardised)", |report| {
        format!("{:.4}", report.loss)
    }),
];

fn four_digits(value: f64) -> String {
    format!("{value:.4}")
}

fn metric_lines<R>(metrics: &[Metric<R>], reports: &[&R]) -> Vec<Vec<String>> {
    let line = |(name, metric): &Metric<R>| {
        let mut line = vec![(*name).to_owned()];
        line.extend(reports.iter().map(|report| metric(report)));
        line
    };
    metrics.iter().map(line).collect()
}

fn classes_table(report: &ClassificationReport) -> String {
    let header = ["class", "rows", "precision", "recall", "F1"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for class in &report.per_class {
        lines.push(vec![
            shortened(&class.class, MAX_NAME),
            grouped(class.support),
            format!("{:.4}", class.precision),
            format!("{:.4}", class.recall),
            format!("{:.4}", class.f1),
        ]);
    }
    table(&lines)
}

/// Returns the reliability diagram as a table with a line for each interval of confidence that holds rows.
fn reliability_table(calibration: &Calibration) -> String {
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

/// Returns a table with a line for each true class and a column for each predicted one; in several parts, one below
/// the other, where the columns do not fit on a line.
fn confusion_table(matrix: &ConfusionMatrix, class_names: &[&str]) -> String {
    let classes = class_names.len();
    if classes > MAX_CLASSES {
        return most_frequent_confusions(matrix, class_names);
    }
    let cell = |count: &u64| match count {
        0 => ".".to_owned(),
        count => count.to_string(),
    };
    let widest = |texts: &[String]| {
        texts
            .iter()
            .map(|text| text.chars().count())
            .max()
            .unwrap_or(0)
    };
    let counts: Vec<String> = matrix.counts().iter().flatten().map(cell).collect();
    let names: Vec<String> = class_names
        .iter()
        .map(|name| shortened(name, MAX_MATRIX_NAME))
        .collect();

    let corner = "true \\ predicted";
    let label_width = |labels: &[String]| GAP + widest(labels).max(corner.len());
    let column_width = |heads: &[String]| GAP + widest(heads).max(widest(&counts));
    let width = label_width(&names) + classes * column_width(&names);
    // Where the names do not fit above the columns, lines and columns are numbered.
    let (labels, heads) = if width <= WIDTH {
        (names.clone(), names)
    } else {
        let numbers: Vec<String> = (1..=classes).map(|number| number.to_string()).collect();
        let digits = widest(&numbers);
        let label = |(number, name): (&String, &&str)| {
            format!("{number:>digits$} {}", shortened(name, MAX_NUMBERED_NAME))
        };
        let labels = numbers.iter().zip(class_names).map(label).collect();
        (labels, numbers)
    };
    let columns_per_part =
        (WIDTH.saturating_sub(label_width(&labels)) / column_width(&heads)).max(1);
    let parts: Vec<String> = (0..classes)
        .step_by(columns_per_part)
        .map(|from| {
            let part = from..(from + columns_per_part).min(classes);
            let mut lines = vec![vec![corner.to_owned()]];
            lines[0].extend_from_slice(&heads[part.clone()]);
            for (label, row) in labels.iter().zip(matrix.counts()) {
                let mut line = vec![label.clone()];
                line.extend(row[part.clone()].iter().map(cell));
                lines.push(line);
            }
            table(&lines)
        })
        .collect();
    parts.join("\n")
}

/// Returns a table of the most frequent confusions.
fn most_frequent_confusions(matrix: &ConfusionMatrix, class_names: &[&str]) -> String {
    let mut counts: Vec<(u64, usize, usize)> = Vec::new();
    for (label, row) in matrix.counts().iter().enumerate() {
        for (prediction, &count) in row.iter().enumerate() {
            if label != prediction && count > 0 {
                counts.push((count, label, prediction));
            }
        }
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let header = ["true", "predicted", "rows"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    let name = |class: usize| shortened(class_names[class], MAX_MATRIX_NAME);
    for &(count, label, prediction) in counts.iter().take(MAX_CONFUSIONS) {
        lines.push(vec![name(label), name(prediction), grouped(count)]);
    }
    format!(
        "  {} classes: the {} most frequent of {} confusions; --json has the whole matrix\n{}",
        class_names.len(),
        lines.len() - 1,
        grouped(counts.len() as u64),
        table(&lines)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(classes: usize, name: impl Fn(usize) -> String) -> String {
        let mut confusion = ConfusionMatrix::new(classes);
        let class = |number: usize| u32::try_from(number).unwrap();
        for label in 0..classes {
            for _ in 0..1234 {
                confusion.add(class(label), class(label));
            }
            confusion.add(class(label), class((label + 1) % classes));
        }
        let names: Vec<String> = (0..classes).map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        confusion_table(&confusion, &names)
    }

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap()
    }

    #[test]
    fn ten_digits_stand_side_by_side() {
        let text = example(10, |class| class.to_string());
        assert!(widest(&text) <= WIDTH, "{text}");
        assert_eq!(text.lines().count(), 11, "{text}");
        let line: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        let expected = ["0", "1234", "1", ".", ".", ".", ".", ".", ".", ".", "."];
        assert_eq!(line, expected);
    }

    #[test]
    fn three_long_names_are_numbered_or_written_out() {
        let text = example(3, |class| format!("species-{class}"));
        assert!(
            text.lines().next().unwrap().ends_with("species-2"),
            "{text}"
        );
        let text = example(3, |class| {
            format!("{class} is a very long name of a class indeed")
        });
        assert!(widest(&text) <= WIDTH, "{text}");
        assert!(text.contains("2 1 is a very …"), "{text}");
    }

    #[test]
    fn thirty_classes_come_in_parts_with_every_count() {
        let text = example(30, |class| format!("class number {class}"));
        assert!(widest(&text) <= WIDTH, "{text}");
        assert_eq!(text.matches("1234").count(), 30, "{text}");
        assert_eq!(
            (
                text.matches("30 class number…").count(),
                text.lines().count()
            ),
            (3, 95)
        );
    }

    #[test]
    fn many_classes_show_their_confusions() {
        let text = example(100, |class| format!("c{class}"));
        assert!(
            text.contains("20 most frequent of 100 confusions"),
            "{text}"
        );
        assert!(text.lines().nth(2).unwrap().contains("c0"), "{text}");
    }
}
