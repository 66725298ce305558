//! Means with error bars.

use crate::svg::{Anchor, Axis, Chart, Plot, shortened, width};

/// One bar of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Name of what was measured.
    pub name: String,
    /// Mean of the values.
    pub mean: f64,
    /// Standard deviation of the values; 0 for a single value.
    pub deviation: f64,
    /// The single values.
    pub values: Vec<f64>,
}

/// Height of a bar with the space around it.
const LINE: f64 = 38.0;

/// Draws for each entry a bar from the edge of the axis to the mean, an error bar of one standard deviation to both
/// sides, and a point for each value. If the axis does not begin at zero, its name says so.
#[must_use]
pub fn comparison(title: &str, unit: &str, compared: &[Compared]) -> Chart {
    let widest = compared
        .iter()
        .map(|bar| width(&bar.name, 12.0))
        .fold(30.0, f64::max)
        .min(170.0);
    let height = 112.0 + LINE * compared.len() as f64;
    let description = compared.iter().fold(
        "Bars: mean; error bars: one standard deviation; points: single values.".to_owned(),
        |text, bar| {
            format!(
                "{text} {}: {:.4} ± {:.4}.",
                bar.name, bar.mean, bar.deviation
            )
        },
    );
    let mut chart = Chart::new("comparison", title, &description, 560.0, height);
    let values = compared.iter().flat_map(|bar| {
        let ends = [bar.mean - bar.deviation, bar.mean + bar.deviation];
        bar.values.iter().copied().chain(ends)
    });
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    // Even the lowest mean has a visible bar; the axis begins at zero if zero is close.
    let begin = low - 0.35 * (high - low).max(1e-9);
    let begin = if low >= 0.0 && (begin <= 0.0 || low < 0.4 * high) {
        0.0
    } else {
        begin
    };
    let cut = if begin == 0.0 {
        String::new()
    } else {
        ", axis does not begin at 0".to_owned()
    };
    let x = Axis {
        range: (begin, high),
        name: format!("{unit}{cut}"),
        ticks: 7,
        rounded: true,
    };
    let plot = Plot::draw_lines(&mut chart, &x, 24.0 + widest, 44.0);
    for (index, bar) in compared.iter().enumerate() {
        let middle = 44.0 + LINE * (index as f64 + 0.5) + 4.0;
        let name = shortened(&bar.name, 12.0, 170.0);
        let at = (plot.from - 8.0, middle + 4.0);
        chart.text("k-ink", Anchor::End, at, 12.0, &name);
        if !bar.mean.is_finite() {
            continue;
        }
        let end = plot.at(bar.mean);
        let category = index % 8;
        chart.rectangle(
            &format!("k-fill-{category}"),
            (plot.from, middle - 10.0),
            (end - plot.from, 20.0),
        );
        let (from, to) = (
            plot.at(bar.mean - bar.deviation),
            plot.at(bar.mean + bar.deviation),
        );
        chart.line("k-error-bar", (from, middle), (to, middle));
        for x in [from, to] {
            chart.line("k-error-bar", (x, middle - 5.0), (x, middle + 5.0));
        }
        for value in bar.values.iter().filter(|value| value.is_finite()) {
            let at = (plot.at(*value), middle + 13.5);
            chart.mark(&format!("k-fill-{category}"), 0, at, 2.4);
        }
    }
    chart
}
