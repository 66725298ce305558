//! The confusion matrices as tables; the script shows the rows of a chosen cell.

use super::{escape, grid_table};
use crate::charts::Selection;
use crate::numbers::grouped;
use crate::report::RunContents;
use crate::svg::level;
use mlp_core::metrics::ClassificationReport;
use mlp_core::run::Split;

/// Maximum number of classes of a table.
const MAX_CLASSES: usize = 40;

/// Returns the matrix of each split.
pub(super) fn content(run: &RunContents) -> String {
    let Some(evaluation) = &run.evaluation else {
        return String::new();
    };
    let matrices = evaluation
        .splits()
        .filter_map(|(split, report)| Some((split, report.classification()?)))
        .enumerate()
        .map(|(index, (split, report))| match report.omitted_classes {
            None => matrix(split, report, index == 0),
            Some(classes) => format!(
                "<p class=\"remark\">{} rows: {} classes are too many for a matrix and for metrics of each.</p>\n",
                split.name(),
                grouped(classes as u64)
            ),
        });
    matrices.collect()
}

fn matrix(split: Split, report: &ClassificationReport, is_open: bool) -> String {
    let selection = Selection::new(report, MAX_CLASSES);
    let name = |class: usize| escape(&report.per_class[class].class);
    let heads: String = selection
        .classes
        .iter()
        .map(|&class| format!("<th scope=\"col\" title=\"{0}\">{0}</th>", name(class)))
        .collect();
    let lines: String = selection
        .classes
        .iter()
        .map(|&label| {
            let cells: String = selection
                .classes
                .iter()
                .map(|&prediction| cell(report, label, prediction))
                .collect();
            format!(
                "<tr><th scope=\"row\" title=\"{0}\">{0}</th>{cells}</tr>\n",
                name(label)
            )
        })
        .collect();
    let wrong = report.wrong();
    let note = match selection.note() {
        note if note.is_empty() => note,
        note => format!("<p class=\"remark\">Shown: {note}.</p>\n"),
    };
    let (split, open) = (split.name(), if is_open { " open" } else { "" });
    format!(
        "<details class=\"matrix\" data-split=\"{split}\"{open}>
<summary>{split} rows: {wrong} of {rows} predicted wrong</summary>
{note}<p class=\"soft scripted\">Choose a cell to see its rows. In the matrix, arrow keys move, Enter chooses, Escape closes.</p>
<div class=\"beside\"><div class=\"scroll\"><table class=\"confusion\">
<caption>Lines are true classes, columns predicted ones; the colour is the share of the true class.</caption>
<thead><tr><th scope=\"col\">true \\ predicted</th>{heads}</tr></thead>
<tbody>
{lines}</tbody></table></div>
<div class=\"panel\" role=\"region\" aria-live=\"polite\" aria-label=\"Rows of the chosen cell, {split}\" tabindex=\"0\" hidden></div></div>
{classes}</details>
",
        wrong = grouped(wrong),
        rows = grouped(report.rows),
        classes = classes(report, &selection)
    )
}

fn cell(report: &ClassificationReport, label: usize, prediction: usize) -> String {
    let matrix = &report.confusion_matrix;
    let count = matrix.counts()[label][prediction];
    let level = level(count as f64 / matrix.support(label).max(1) as f64);
    let shown = if count == 0 {
        String::new()
    } else {
        grouped(count)
    };
    format!(
        "<td class=\"k-level-{level} k-on-{level}\" data-label=\"{label}\" data-prediction=\"{prediction}\" data-count=\"{count}\">{shown}</td>"
    )
}

/// Returns precision, recall and F1 of each class.
fn classes(report: &ClassificationReport, selection: &Selection) -> String {
    let rows: Vec<Vec<String>> = selection
        .classes
        .iter()
        .map(|&class| {
            let class = &report.per_class[class];
            vec![
                class.class.clone(),
                grouped(class.support),
                format!("{:.4}", class.precision),
                format!("{:.4}", class.recall),
                format!("{:.4}", class.f1),
            ]
        })
        .collect();
    let headings = ["class", "rows", "precision", "recall", "F1"];
    format!(
        "<h3>Precision, recall and F1 of each class</h3>\n{}",
        grid_table(&headings, &rows)
    )
}
