//! Charts of two classes: ROC curve, precision–recall curve, and the scores of either class.

use crate::numbers::{grouped, percent, significant};
use crate::svg::{Anchor, Axis, Chart, Plot, shortened};
use mlp_core::metrics::{BinaryReport, ClassificationReport, KeptCurve};
use mlp_core::run::Split;

/// Maximum width of the name of a class.
const MAX_NAME_WIDTH: f64 = 160.0;

/// A split, its scores, and its two classes at the threshold.
struct Scored<'a> {
    split: Split,
    report: &'a BinaryReport,
    precision: f64,
    recall: f64,
    false_positive_rate: f64,
}

/// Draws both curves of all splits that have them, with the threshold marked, and the histogram of scores of the one that
/// says most about unseen rows, which is the last; nothing unless there are two classes.
#[must_use]
pub fn two_classes(splits: &[(Split, &ClassificationReport)]) -> Vec<Chart> {
    let scored: Vec<Scored> = splits.iter().filter_map(Scored::of).collect();
    let Some(last) = scored.last() else {
        return Vec::new();
    };
    vec![roc(&scored), precision_recall(&scored), scores(last)]
}

impl<'a> Scored<'a> {
    fn of((split, report): &(Split, &'a ClassificationReport)) -> Option<Self> {
        let scores = report.two_classes.as_deref()?;
        if scores.roc.x.is_empty() {
            return None;
        }
        let is_positive = |class: &&mlp_core::metrics::ClassReport| class.class == scores.positive;
        let positive = report.per_class.iter().find(is_positive)?;
        let negative = report.per_class.iter().find(|class| !is_positive(class))?;
        Some(Self {
            split: *split,
            report: scores,
            precision: positive.precision,
            recall: positive.recall,
            false_positive_rate: 1.0 - negative.recall,
        })
    }

    /// Returns the colour and shape of the split, as in the other charts.
    fn category(&self) -> usize {
        match self.split {
            Split::Train => 0,
            Split::Validation => 1,
            Split::Test => 2,
        }
    }

    fn positive(&self) -> String {
        shortened(&self.report.positive, 12.5, MAX_NAME_WIDTH)
    }

    /// Returns the share of the rows that are positive.
    fn share(&self) -> f64 {
        let count = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
        let positive = count(&self.report.positive_scores);
        positive / (positive + count(&self.report.negative_scores)).max(1.0)
    }
}

/// Draws lines and marks of all splits between axes from 0 to 1.
fn drawn(
    (name, title, description): (&str, &str, &str),
    (x, y): (String, String),
    splits: &[Scored],
    of: impl Fn(&Scored) -> (KeptCurve, (f64, f64)),
    by_chance: impl Fn(&Scored) -> [(f64, f64); 2],
) -> Chart {
    let mut chart = Chart::new(name, title, description, 480.0, 440.0);
    let mut entries: Vec<_> = splits
        .iter()
        .map(|scored| {
            let category = scored.category();
            let text = format!("{} rows", scored.split.name());
            (format!("k-fill-{category}"), category, text)
        })
        .collect();
    let threshold = splits.last().map_or(0.5, |scored| scored.report.threshold);
    let at = format!("at the threshold {}", significant(threshold));
    entries.push(("k-fill-7".to_owned(), 3, at));
    let lines = chart.legend(46.0, &entries);
    let axis = |name: String| Axis {
        range: (0.0, 1.0),
        name,
        ticks: 6,
        rounded: true,
    };
    let top = 46.0 + 18.0 * lines as f64;
    let plot = Plot::draw(&mut chart, &axis(x), &axis(y), top);
    if let Some(last) = splits.last() {
        let [from, to] = by_chance(last).map(|point| plot.at(point));
        chart.line("k-axis k-dashed", from, to);
    }
    for scored in splits {
        let (curve, _) = of(scored);
        let points: Vec<_> = curve.points().map(|point| plot.at(point)).collect();
        let dashed = match scored.split {
            Split::Validation => " k-dashed",
            Split::Train | Split::Test => "",
        };
        let class = format!("k-stroke-{}{dashed}", scored.category());
        chart.polyline(&class, &points);
    }
    for scored in splits {
        let class = format!("k-fill-{} k-outline", scored.category());
        chart.mark(&class, 3, plot.at(of(scored).1), 5.0);
    }
    chart
}

fn roc(splits: &[Scored]) -> Chart {
    let each: Vec<String> = splits
        .iter()
        .map(|scored| {
            format!(
                " {} rows: at the threshold {}, {} of the rows of class {} are found and {} of the others are taken for \
                 it.",
                scored.split.name(),
                significant(scored.report.threshold),
                percent(scored.recall),
                scored.report.positive,
                percent(scored.false_positive_rate)
            )
        })
        .collect();
    let positive = splits.last().map_or_else(String::new, Scored::positive);
    let description = format!(
        "True positive rate against false positive rate, for every threshold; the dashed diagonal is chance.{}",
        each.concat()
    );
    drawn(
        (
            "roc",
            &format!("ROC curve of class {positive}"),
            &description,
        ),
        (
            "false positive rate".to_owned(),
            "true positive rate (recall)".to_owned(),
        ),
        splits,
        |scored| {
            let at = (scored.false_positive_rate, scored.recall);
            (scored.report.roc.clone(), at)
        },
        |_| [(0.0, 0.0), (1.0, 1.0)],
    )
}

fn precision_recall(splits: &[Scored]) -> Chart {
    let each: Vec<String> = splits
        .iter()
        .map(|scored| {
            format!(
                " {} rows: precision {} and recall {} at the threshold {}.",
                scored.split.name(),
                percent(scored.precision),
                percent(scored.recall),
                significant(scored.report.threshold)
            )
        })
        .collect();
    let positive = splits.last().map_or_else(String::new, Scored::positive);
    let description = format!(
        "Precision against recall, for every threshold; the dashed line is chance, the share of the class.{}",
        each.concat()
    );
    drawn(
        (
            "precision_recall",
            &format!("Precision and recall of class {positive}"),
            &description,
        ),
        ("recall".to_owned(), "precision".to_owned()),
        splits,
        |scored| {
            let at = (scored.recall, scored.precision);
            (scored.report.precision_recall.clone(), at)
        },
        |scored| [(0.0, scored.share()), (1.0, scored.share())],
    )
}

/// Draws the share of the rows of each class in each interval of the score, one class above the other.
fn scores(scored: &Scored) -> Chart {
    let report = scored.report;
    let total = |counts: &[u64]| counts.iter().sum::<u64>();
    let totals = [&report.positive_scores, &report.negative_scores].map(|counts| total(counts));
    let positive = scored.positive();
    let threshold = significant(report.threshold);
    let mut chart = Chart::new(
        "scores",
        &format!("Scores of both classes, {} rows", scored.split.name()),
        &format!(
            "Bars: rows by the probability of class {}, of the {} rows of this class and the {} others; the line is the \
             threshold {threshold}.",
            report.positive,
            grouped(totals[0]),
            grouped(totals[1])
        ),
        480.0,
        340.0,
    );
    let entries = [
        (
            "k-fill-1".to_owned(),
            1,
            format!("{positive} ({})", grouped(totals[0])),
        ),
        (
            "k-fill-0".to_owned(),
            1,
            format!("other class ({})", grouped(totals[1])),
        ),
    ];
    let lines = chart.legend(46.0, &entries);
    let share = |count: u64, class: usize| 100.0 * count as f64 / totals[class].max(1) as f64;
    let bars: Vec<[f64; 2]> = report
        .positive_scores
        .iter()
        .zip(&report.negative_scores)
        .map(|(positive, negative)| [share(*positive, 0), share(*negative, 1)])
        .collect();
    let highest = bars.iter().flatten().copied().fold(0.0, f64::max);
    let x = Axis {
        range: (0.0, 1.0),
        name: format!("probability of {positive}"),
        ticks: 6,
        rounded: true,
    };
    let y = Axis {
        range: (0.0, highest),
        name: "share of the class's rows (%)".to_owned(),
        ticks: 6,
        rounded: true,
    };
    let plot = Plot::draw(&mut chart, &x, &y, 46.0 + 18.0 * lines as f64);
    for (bin, shares) in bars.iter().enumerate() {
        let edge = |bin: usize| plot.x.at(bin as f64 / bars.len() as f64);
        let (left, width) = (edge(bin), edge(bin + 1) - edge(bin));
        for (place, share) in shares.iter().enumerate() {
            let upper = plot.y.at(*share);
            let at = (left + 0.5 + 0.5 * (width - 1.0) * place as f64, upper);
            let extent = (0.5 * (width - 1.0), plot.y.from - upper);
            chart.rectangle(&format!("k-fill-{}", 1 - place), at, extent);
        }
    }
    let at = plot.x.at(report.threshold);
    chart.line("k-axis k-dashed", (at, plot.y.from), (at, plot.y.to));
    let (anchor, shift) = if report.threshold < 0.5 {
        (Anchor::Start, 5.0)
    } else {
        (Anchor::End, -5.0)
    };
    let text = format!("threshold {threshold}");
    chart.text(
        "k-soft",
        anchor,
        (at + shift, plot.y.to + 12.0),
        11.5,
        &text,
    );
    chart
}
