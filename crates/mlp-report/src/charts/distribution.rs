//! The number of rows of each class in each split.

use crate::numbers::grouped;
use crate::svg::{Anchor, Axis, Chart, Plot, shortened, width};

/// Maximum number of classes that have a bar.
const MAX_CLASSES: usize = 60;
/// Font size of the class names.
const SIZE: f64 = 12.0;

/// Draws bars, one group per class; `splits` are the name of each split and its number of rows of each class.
#[must_use]
pub fn distribution(classes: &[String], splits: &[(&str, Vec<u64>)]) -> Chart {
    let shown = classes.len().min(MAX_CLASSES);
    let title = if shown < classes.len() {
        format!(
            "Rows of each class (the first {shown} of {})",
            classes.len()
        )
    } else {
        "Rows of each class".to_owned()
    };
    let widest = classes[..shown]
        .iter()
        .map(|class| width(class, SIZE))
        .fold(0.0, f64::max);
    // Names run upwards if they do not fit next to each other.
    let room = 400.0 / shown.max(1) as f64;
    let upright = widest > room - 4.0;
    let below = if upright { widest.min(120.0) } else { 14.0 };
    let mut chart = Chart::new(
        "label_distribution",
        &title,
        &description(classes, splits),
        480.0,
        262.0 + below,
    );
    let entries: Vec<_> = splits
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (format!("k-fill-{index}"), 1, format!("{name} rows")))
        .collect();
    chart.legend(46.0, &entries);
    let counts = splits.iter().flat_map(|(_, counts)| &counts[..shown]);
    let highest = counts.copied().max().unwrap_or(1);
    let x = Axis {
        range: (0.0, shown.max(1) as f64),
        name: String::new(),
        ticks: 0,
        rounded: false,
    };
    let y = Axis {
        range: (0.0, highest as f64),
        name: "rows".to_owned(),
        ticks: 6,
        rounded: true,
    };
    let height = chart.height;
    chart.height = height - below + 14.0; // room for the names below the axis
    let plot = Plot::draw(&mut chart, &x, &y, 62.0);
    chart.height = height;
    for (class, name) in classes[..shown].iter().enumerate() {
        bars(&mut chart, &plot, class, splits);
        let x = plot.x.at(class as f64 + 0.5);
        let y = plot.y.from;
        if upright {
            let text = shortened(name, SIZE, 118.0);
            chart.upward_text("k-ink", Anchor::End, (x + 4.0, y + 7.0), SIZE, &text);
        } else {
            chart.text("k-ink", Anchor::Middle, (x, y + 17.0), SIZE, name);
        }
    }
    let at = (f64::midpoint(plot.x.from, plot.x.to), height - 9.0);
    chart.text("k-ink", Anchor::Middle, at, 12.5, "class");
    chart
}

fn bars(chart: &mut Chart, plot: &Plot, class: usize, splits: &[(&str, Vec<u64>)]) {
    let group = plot.x.at(1.0) - plot.x.at(0.0);
    let bar = 0.8 * group / splits.len().max(1) as f64;
    for (index, (_, counts)) in splits.iter().enumerate() {
        let left = plot.x.at(class as f64) + 0.1 * group + bar * index as f64;
        let upper = plot.y.at(counts[class] as f64);
        let extent = (bar * 0.92, plot.y.from - upper);
        chart.rectangle(&format!("k-fill-{index}"), (left, upper), extent);
    }
}

fn description(classes: &[String], splits: &[(&str, Vec<u64>)]) -> String {
    let mut text = "Bars: rows of each class in each split.".to_owned();
    for (name, counts) in splits {
        let total: u64 = counts.iter().sum();
        text += &format!(" {name}: {} rows", grouped(total));
        if let (Some(min), Some(max)) = (counts.iter().min(), counts.iter().max()) {
            let (min, max) = (grouped(*min), grouped(*max));
            text += &format!(", {min} to {max} of each of {} classes", classes.len());
        }
        text.push('.');
    }
    text
}
