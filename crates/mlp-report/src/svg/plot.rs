//! Axes, grid and legend of a chart.

use super::{Anchor, Chart, Scale, width};

/// Font size of the numbers at an axis.
const TICK_SIZE: f64 = 12.0;
/// Font size of the name of an axis.
const NAME_SIZE: f64 = 12.5;

/// An axis: its range, and its name with its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// Name and unit.
    pub name: String,
    /// Maximum number of ticks; 0 leaves the space below a horizontal axis to the caller.
    pub ticks: usize,
    /// Whether the range is extended to round values.
    pub rounded: bool,
}

/// The area between two axes that are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Scale from the left edge to the right.
    pub x: Scale,
    /// Scale from the lower edge to the upper.
    pub y: Scale,
}

impl Plot {
    /// Draws both axes with a grid into a chart, between `top` and the chart's lower edge.
    pub fn draw(chart: &mut Chart, x: &Axis, y: &Axis, top: f64) -> Self {
        let bottom = chart.height - 48.0;
        let y_scale = axis_scale(y, (bottom, top));
        let y_ticks = y_scale.ticks(y.ticks);
        let widest = y_ticks
            .iter()
            .map(|tick| width(&tick.label, TICK_SIZE))
            .fold(0.0, f64::max);
        let (left, right) = (34.0 + widest, chart.width - 18.0);
        let x_scale = axis_scale(x, (left, right));
        for tick in &y_ticks {
            chart.line("k-grid", (left, tick.at), (right, tick.at));
            let at = (left - 7.0, tick.at + 4.2);
            chart.text("k-soft", Anchor::End, at, TICK_SIZE, &tick.label);
        }
        chart.line("k-axis", (left, bottom), (right, bottom));
        lower_axis(chart, &x_scale, x, bottom);
        let middle = (17.0, f64::midpoint(top, bottom));
        chart.upward_text("k-ink", Anchor::Middle, middle, NAME_SIZE, &y.name);
        Self {
            x: x_scale,
            y: y_scale,
        }
    }

    /// Draws a horizontal axis with a grid of vertical lines, between `left` and the chart's right edge and between
    /// `top` and its lower edge.
    pub fn draw_lines(chart: &mut Chart, x: &Axis, left: f64, top: f64) -> Scale {
        let bottom = chart.height - 48.0;
        let scale = axis_scale(x, (left, chart.width - 26.0));
        for tick in scale.ticks(x.ticks) {
            chart.line("k-grid", (tick.at, top), (tick.at, bottom));
        }
        chart.line("k-axis", (scale.from, bottom), (scale.to, bottom));
        chart.line("k-axis", (left, top), (left, bottom));
        lower_axis(chart, &scale, x, bottom);
        scale
    }

    /// Draws a second horizontal axis along the upper edge, which shows the same positions in whole multiples of another
    /// unit: `per_unit` of the first axis are one of the second.
    pub fn second_axis(&self, chart: &mut Chart, per_unit: f64, name: &str) {
        let range = (self.x.low / per_unit, self.x.high / per_unit);
        let scale = Scale::new(range, (self.x.from, self.x.to));
        let top = self.y.to;
        chart.line("k-axis", (scale.from, top), (scale.to, top));
        let named = scale.from + width(name, TICK_SIZE) + 10.0;
        chart.text(
            "k-ink",
            Anchor::Start,
            (scale.from, top - 7.0),
            TICK_SIZE,
            name,
        );
        for tick in scale.whole_ticks(9) {
            if tick.at < named {
                chart.line("k-axis", (tick.at, top - 2.0), (tick.at, top));
                continue; // its number would lie on the name
            }
            chart.line("k-axis", (tick.at, top - 4.0), (tick.at, top));
            let at = (tick.at, top - 7.0);
            chart.text("k-soft", Anchor::Middle, at, TICK_SIZE, &tick.label);
        }
    }

    /// Returns the position of a pair of values.
    #[must_use]
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }

    /// Returns the upper left corner and the size of the area.
    #[must_use]
    pub fn area(&self) -> ((f64, f64), (f64, f64)) {
        (
            (self.x.from, self.y.to),
            (self.x.to - self.x.from, self.y.from - self.y.to),
        )
    }
}

/// Draws ticks, numbers and name of a horizontal axis; nothing for an axis without ticks.
fn lower_axis(chart: &mut Chart, scale: &Scale, axis: &Axis, bottom: f64) {
    if axis.ticks == 0 {
        return;
    }
    for tick in scale.ticks(axis.ticks) {
        chart.line("k-axis", (tick.at, bottom), (tick.at, bottom + 4.0));
        let at = (tick.at, bottom + 17.0);
        chart.text("k-soft", Anchor::Middle, at, TICK_SIZE, &tick.label);
    }
    let middle = f64::midpoint(scale.from, scale.to);
    let at = (middle, chart.height - 11.0);
    chart.text("k-ink", Anchor::Middle, at, NAME_SIZE, &axis.name);
}

fn axis_scale(axis: &Axis, positions: (f64, f64)) -> Scale {
    let scale = Scale::new(axis.range, positions);
    if axis.rounded {
        scale.rounded(axis.ticks)
    } else {
        scale
    }
}

impl Chart {
    /// Draws a legend in lines, from the left; `entries` are the class of the mark, its shape, and the name. Returns the
    /// number of lines.
    pub fn legend(&mut self, top: f64, entries: &[(String, usize, String)]) -> usize {
        let (mut x, mut row) = (14.0, 0);
        for (class, shape, name) in entries {
            let name = super::shortened(name, TICK_SIZE, self.width - 60.0);
            let extent = 34.0 + width(&name, TICK_SIZE);
            if x > 14.0 && x + extent > self.width {
                (x, row) = (14.0, row + 1);
            }
            let y = top + 18.0 * row as f64;
            self.mark(class, *shape, (x + 5.0, y - 4.0), 4.5);
            self.text("k-ink", Anchor::Start, (x + 15.0, y), TICK_SIZE, &name);
            x += extent;
        }
        row + 1
    }
}
