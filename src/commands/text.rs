//! Tables, numbers and warnings as text, in the same form for all commands.

use crate::data::error::turns_text;
use crate::evaluation::{Evaluation, Report};
use crate::metrics::{ClassificationReport, Mistake, RegressionReport, ValueRow};
use crate::run::Split;
use crate::task::{Metric, Scores};

pub use crate::report::{duration, grouped, percent, significant};

/// Maximum characters of a class name in the table of mistakes.
const MAX_MISTAKE_NAME: usize = 18;

/// Warns that the metrics above or below (`place`) are not about the configured data.
pub fn fallback_warning(fallback: &str, place: &str) -> String {
    format!(
        "!! NOT THE CONFIGURED DATA: {fallback}\n!! Every figure {place} is about the stand-in.\n"
    )
}

/// Returns a table with aligned columns: the first to the left, the others to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    aligned(rows, |column| column == 0)
}

/// Returns a table with aligned columns, all to the left.
pub fn left_table(rows: &[Vec<String>]) -> String {
    aligned(rows, |_| true)
}

fn aligned(rows: &[Vec<String>], is_left: impl Fn(usize) -> bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            let gap = if column == 0 { " " } else { "  " };
            line += &if is_left(column) {
                format!("{gap}{cell}{padding}")
            } else {
                format!("{gap}{padding}{cell}")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// Returns the share of the most frequent training class among the rows; a dash if it is not known.
pub fn baseline(report: &ClassificationReport) -> String {
    known(report.baseline_accuracy, percent)
}

/// Returns a value as text; a dash if there is none.
pub fn known(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// Returns the warnings of an evaluation, a line each.
pub fn warnings(evaluation: &Evaluation) -> String {
    let lines: Vec<String> = evaluation
        .warnings
        .iter()
        .map(|text| format!("!! {text}\n"))
        .collect();
    lines.concat()
}

/// Returns a table of the metrics of each split, with more of them if `detailed`. Beside the accuracy is that of always
/// predicting the largest class of the training rows, and the balanced accuracy where classes are uneven; beside the RMSE that of always predicting their mean.
pub fn evaluation_table(evaluation: &Evaluation, detailed: bool) -> String {
    let mut splits: Vec<(Split, &Report)> = evaluation.splits().collect();
    splits.reverse(); // train, validation, test
    let is_uneven = |(_, report): &(Split, &Report)| {
        let report = report.classification();
        report.is_some_and(ClassificationReport::has_uneven_classes)
    };
    let (head, columns) = match splits.first() {
        Some((_, Report::Regression(_))) => (VALUE_HEAD, if detailed { 7 } else { 5 }),
        _ if detailed => (CLASS_HEAD, 7),
        _ => (CLASS_HEAD, if splits.iter().any(is_uneven) { 6 } else { 5 }),
    };
    let head: Vec<String> = head[..columns].iter().copied().map(str::to_owned).collect();
    let mut rows = vec![head];
    for (split, report) in splits {
        let cells = match report {
            Report::Classification(report) => vec![
                split.name().to_owned(),
                grouped(report.rows),
                format!("{:.4}", report.loss),
                percent(report.accuracy),
                baseline(report),
                known(report.balanced_accuracy, percent),
                percent(report.f1),
            ],
            Report::Regression(report) => vec![
                split.name().to_owned(),
                grouped(report.rows),
                format!("{:.4}", report.loss),
                significant(report.rmse),
                mean_baseline(report),
                significant(report.mae),
                share_explained(report),
            ],
        };
        rows.push(cells[..columns].to_vec());
    }
    table(&rows)
}

/// Columns of a table of metrics, the shown ones first.
const CLASS_HEAD: &[&str] = &[
    "split",
    "rows",
    "loss",
    "accuracy",
    "largest class",
    "balanced accuracy",
    "macro F1",
];
const VALUE_HEAD: &[&str] = &[
    "split",
    "rows",
    "loss",
    "RMSE",
    "RMSE of the mean",
    "MAE",
    "R²",
];

/// Returns the RMSE of always predicting the mean of the training rows; a dash if that mean is not known.
pub fn mean_baseline(report: &RegressionReport) -> String {
    known(report.baseline_rmse, significant)
}

/// Returns R²; a dash of fewer than two rows.
pub fn share_explained(report: &RegressionReport) -> String {
    known(report.r2, |r2| format!("{r2:.4}"))
}

/// Returns loss, accuracy or RMSE, and what else is watched: `loss 0.1234 accuracy 97.31 % roc_auc 0.9871`.
pub fn scores(scores: &Scores) -> String {
    let score = |(metric, value): (Metric, f64)| match metric {
        Metric::Accuracy => format!("accuracy {}", percent(value)),
        Metric::Rmse => format!("RMSE {}", significant(value)),
        metric => format!("{} {value:.4}", metric.name()),
    };
    scores.iter().map(score).collect::<Vec<_>>().join(" ")
}

/// Returns the rows with the largest errors as a table: number of the row, counted from 0, true and predicted number, and
/// the error.
pub fn errors_table(rows: &[ValueRow]) -> String {
    let header = ["row", "true", "predicted", "error"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for row in rows {
        let numbers = [row.label, row.prediction, row.error()].map(significant);
        let mut line = vec![row.row.to_string()];
        line.extend(numbers);
        lines.push(line);
    }
    table(&lines)
}

/// Returns the rows whose label and prediction differ as a table: number of the row, counted from 0, label, and
/// prediction.
pub fn mistakes_table(mistakes: &[Mistake]) -> String {
    let header = ["row", "label", "prediction", "confidence", "p(label)"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for mistake in mistakes {
        lines.push(vec![
            mistake.row.to_string(),
            shortened(&mistake.label, MAX_MISTAKE_NAME),
            shortened(&mistake.prediction, MAX_MISTAKE_NAME),
            format!("{:.4}", mistake.confidence),
            probability(mistake.label_probability),
        ]);
    }
    table(&lines)
}

/// Formats a probability; small ones with an exponent, so that they do not all read as 0.
fn probability(value: f64) -> String {
    if value == 0.0 || value >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}

/// Returns a number of bytes as text: `512 B`, `12.3 kB`, `109.6 MB`.
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut number = bytes as f64;
    let mut unit = "B";
    for larger in units {
        if number < 999.95 {
            break;
        }
        number /= 1000.0;
        unit = larger;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{number:.1} {unit}")
    }
}

/// Returns a number and its noun, in the plural where it needs one: `1 run`, `2,000 runs`.
pub fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number as u64))
}

/// Returns a name on one line, cut to `max` characters.
pub fn shortened(name: &str, max: usize) -> String {
    let plain: String = name
        .chars()
        .map(|character| {
            if character.is_control() || turns_text(character) {
                ' '
            } else {
                character
            }
        })
        .collect();
    if plain.chars().count() <= max {
        return plain;
    }
    let mut short: String = plain.chars().take(max - 1).collect();
    short.push('…');
    short
}

/// Returns a speed as text: `12,345 rows/s`.
pub fn speed(rows_per_second: f64) -> String {
    format!("{} rows/s", grouped(rows_per_second as u64))
}
