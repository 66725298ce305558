//! The confusion matrix as a heat map with its counts.

use crate::numbers::grouped;
use crate::svg::{Anchor, Chart, LEVELS, level, shortened, width};
use mlp_core::metrics::ClassificationReport;
use mlp_core::run::Split;

/// Maximum number of classes of a heat map.
const MAX_CLASSES: usize = 60;
/// Maximum number of classes whose cells all have room for their number.
const MAX_NUMBERED: usize = 40;
/// Minimum edge of a cell that shows its number.
const MIN_NUMBERED_CELL: f64 = 17.0;
/// Maximum width of class names.
const MAX_NAME_WIDTH: f64 = 130.0;

/// The classes of a confusion matrix that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Indices of the shown classes, ascending.
    pub classes: Vec<usize>,
    /// Number of all classes.
    pub total: usize,
}

impl Selection {
    /// Selects all classes, or if there are more than `max`, those with the most mistakes in their row and column.
    #[must_use]
    pub fn new(report: &ClassificationReport, max: usize) -> Self {
        let matrix = &report.confusion_matrix;
        let counts = matrix.counts();
        let total = counts.len();
        let mut classes: Vec<usize> = (0..total).collect();
        let mistakes = |class: usize| {
            matrix.support(class) + matrix.predicted(class) - 2 * counts[class][class]
        };
        if total > max {
            classes.sort_by_key(|&class| (std::cmp::Reverse(mistakes(class)), class));
            classes.truncate(max);
            classes.sort_unstable();
        }
        Self { classes, total }
    }

    /// Describes the selection; empty if all classes are shown.
    #[must_use]
    pub fn note(&self) -> String {
        if self.classes.len() == self.total {
            return String::new();
        }
        let shown = self.classes.len();
        format!("the {shown} of {} classes with most mistakes", self.total)
    }
}

/// Draws the confusion matrix of a split.
#[must_use]
pub fn heat_map(split: Split, report: &ClassificationReport) -> Chart {
    let selection = Selection::new(report, MAX_CLASSES);
    let classes = &selection.classes;
    let count = classes.len().max(1) as f64;
    let name = split.name();
    let names: Vec<&str> = report.per_class.iter().map(|class| &*class.class).collect();
    let widest = classes
        .iter()
        .map(|&class| width(names[class], 12.0))
        .fold(8.0, f64::max)
        .min(MAX_NAME_WIDTH);
    let min_cell = if classes.len() <= MAX_NUMBERED {
        MIN_NUMBERED_CELL + 2.0
    } else {
        9.0
    };
    let cell = (460.0 / count).clamp(min_cell, 64.0);
    let upright = widest > cell - 4.0;
    let (left, top) = (44.0 + widest, if upright { 76.0 + widest } else { 90.0 });
    let extent = cell * count;
    let mut title = format!("Confusion matrix of the {name} rows");
    if !selection.note().is_empty() {
        title += &format!(": {}", selection.note());
    }
    let width = (left + extent + 20.0).max(340.0);
    let mut chart = Chart::new(
        &format!("confusion_{name}"),
        &title,
        &format!(
            "{} rows, {:.2} % predicted right. Each cell holds the number of rows of a true class (line) that were predicted as a class (column); its colour is the share of the true class.",
            grouped(report.rows),
            100.0 * report.accuracy
        ),
        width,
        top + extent + 58.0,
    );
    let size = (0.72 * cell).min(12.0);
    let middle = left + extent / 2.0;
    chart.text("k-ink", Anchor::Middle, (middle, 46.0), 12.5, "predicted");
    let at = (17.0, top + extent / 2.0);
    chart.upward_text("k-ink", Anchor::Middle, at, 12.5, "true");
    for (index, &class) in classes.iter().enumerate() {
        let text = shortened(names[class], 12.0, MAX_NAME_WIDTH);
        let offset = cell * (index as f64 + 0.5);
        let at = (left - 8.0, top + offset + 0.35 * size);
        chart.text("k-ink", Anchor::End, at, size, &text);
        if upright {
            let at = (left + offset + 0.35 * size, top - 7.0);
            chart.upward_text("k-ink", Anchor::Start, at, size, &text);
        } else {
            let at = (left + offset, top - 8.0);
            chart.text("k-ink", Anchor::Middle, at, size, &text);
        }
    }
    cells(&mut chart, report, classes, (left, top), cell);
    legend(&mut chart, (left, top + extent + 18.0));
    chart
}

fn cells(
    chart: &mut Chart,
    report: &ClassificationReport,
    classes: &[usize],
    (left, top): (f64, f64),
    cell: f64,
) {
    for (line, &label) in classes.iter().enumerate() {
        let support = report.confusion_matrix.support(label).max(1) as f64;
        for (column, &prediction) in classes.iter().enumerate() {
            let count = report.confusion_matrix.counts()[label][prediction];
            let level = level(count as f64 / support);
            let corner = (left + cell * column as f64, top + cell * line as f64);
            let extent = (cell - 1.0, cell - 1.0);
            chart.rectangle(&format!("k-level-{level}"), corner, extent);
            if cell < MIN_NUMBERED_CELL || count == 0 {
                continue;
            }
            let text = grouped(count);
            let size = (12.5 * (cell - 5.0) / width(&text, 12.5)).min(12.5);
            let at = (
                corner.0 + (cell - 1.0) / 2.0,
                corner.1 + (cell - 1.0) / 2.0 + 0.36 * size,
            );
            chart.text(&format!("k-on-{level}"), Anchor::Middle, at, size, &text);
        }
    }
}

/// Draws the colour scale with some of the shares at which the colour changes.
fn legend(chart: &mut Chart, (left, top): (f64, f64)) {
    let left = left.min(chart.width - 270.0).max(14.0);
    for level in 0..LEVELS {
        let corner = (left + 24.0 * level as f64, top);
        chart.rectangle(&format!("k-level-{level}"), corner, (23.0, 10.0));
    }
    let shares = [(0.5, "0"), (4.0, "11 %"), (7.0, "44 %"), (9.5, "100 %")];
    for (at, share) in shares {
        let at = (left + 24.0 * at, top + 24.0);
        chart.text("k-soft", Anchor::Middle, at, 11.0, share);
    }
    let at = (left, top + 37.0);
    chart.text("k-soft", Anchor::Start, at, 11.0, "share of the true class");
}
