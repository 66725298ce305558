//! Reliability diagram: accuracy against confidence.

use crate::svg::{Anchor, Axis, Chart, Plot};
use mlp_core::decision::BeforeAfter;
use mlp_core::metrics::Calibration;
use mlp_core::run::Split;

/// Height of the histogram of rows below the diagram.
const STRIP: f64 = 56.0;

/// Draws the reliability diagram of a split.
#[must_use]
pub fn reliability(split: Split, calibration: &Calibration) -> Chart {
    let title = format!("Reliability of the confidence, {} rows", split.name());
    diagram("reliability", &title, calibration)
}

/// Draws the reliability diagrams of the rows that a temperature was fitted to, without and with it.
#[must_use]
pub fn recalibration(of: &BeforeAfter<Calibration>) -> [Chart; 2] {
    let title = |when: &str| format!("Reliability of the confidence {when} calibration");
    [
        diagram("reliability_before", &title("before"), &of.before),
        diagram("reliability_after", &title("after"), &of.after),
    ]
}

/// Draws the reliability diagram (`DeGroot` and Fienberg 1983; Guo et al. 2017), and below it the share of rows in each
/// interval of confidence.
fn diagram(name: &str, title: &str, calibration: &Calibration) -> Chart {
    let error = 100.0 * calibration.expected_calibration_error;
    let mut chart = Chart::new(
        name,
        title,
        &format!(
            "Bars: share of rows predicted right in each interval of confidence. On the diagonal, confidence is right. Expected calibration error {error:.2} %.",
        ),
        480.0,
        420.0,
    );
    let entries = [
        ("k-fill-0".to_owned(), 1, "accuracy".to_owned()),
        ("k-fill-1".to_owned(), 3, "mean confidence".to_owned()),
        (
            "k-fill-7".to_owned(),
            1,
            "share of the rows (below)".to_owned(),
        ),
    ];
    chart.legend(46.0, &entries);
    let axis = |name: &str| Axis {
        range: (0.0, 100.0),
        name: name.to_owned(),
        ticks: 6,
        rounded: false,
    };
    let height = chart.height;
    chart.height = height - STRIP - 40.0;
    let plot = Plot::draw(
        &mut chart,
        &axis("confidence (%)"),
        &axis("accuracy (%)"),
        66.0,
    );
    chart.height = height;
    let total: u64 = calibration.bins.iter().map(|bin| bin.rows).sum();
    let floor = height - 24.0;
    for bin in calibration.bins.iter().filter(|bin| bin.rows > 0) {
        let (left, right) = (plot.x.at(100.0 * bin.lower), plot.x.at(100.0 * bin.upper));
        let upper = plot.y.at(100.0 * bin.accuracy);
        let extent = (right - left - 2.0, plot.y.from - upper);
        chart.rectangle("k-fill-0", (left + 1.0, upper), extent);
        let share = bin.rows as f64 / total as f64;
        let tall = (share * (STRIP - 14.0)).max(1.0);
        let strip = (left + 1.0, floor - tall);
        chart.rectangle("k-fill-7", strip, (right - left - 2.0, tall));
        let text = percent(share);
        let at = (f64::midpoint(left, right), floor - tall - 3.0);
        chart.text("k-soft", Anchor::Middle, at, 9.5, &text);
    }
    let corners = [plot.at((0.0, 0.0)), plot.at((100.0, 100.0))];
    chart.line("k-axis k-dashed", corners[0], corners[1]);
    for bin in calibration.bins.iter().filter(|bin| bin.rows > 0) {
        let middle = f64::midpoint(bin.lower, bin.upper);
        let at = plot.at((100.0 * middle, 100.0 * bin.confidence));
        chart.mark("k-fill-1 k-outline", 3, at, 4.0);
    }
    chart.line("k-axis", (plot.x.from, floor), (plot.x.to, floor));
    let at = (plot.x.from + 6.0, plot.y.to + 18.0);
    let text = format!("expected calibration error {error:.2} %");
    chart.text("k-ink", Anchor::Start, at, 12.0, &text);
    chart
}

/// Formats a percentage in few characters, for a narrow column.
fn percent(share: f64) -> String {
    let share = 100.0 * share;
    if share >= 9.95 {
        format!("{share:.0}")
    } else if share >= 0.05 {
        format!("{share:.1}")
    } else {
        "<0.1".to_owned()
    }
}
