//! Metrics by step, with epochs on a second axis.

use crate::svg::{Axis, Chart, Plot};

/// Maximum number of points of a line; a longer one is thinned out.
const MAX_POINTS: usize = 600;
/// Maximum number of points that are marked.
const MAX_MARKS: usize = 60;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A thin pale line, for many noisy values.
    Thin,
    /// A line without marks.
    Plain,
    /// A line with a mark at each value, unless there are too many.
    Solid,
    /// A dashed line with marks like those of `Solid`.
    Dashed,
    /// Marks without a line.
    Marks,
}

/// A named sequence of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Steps and values, in the order of the steps.
    pub points: Vec<(f64, f64)>,
    /// How the series is drawn.
    pub stroke: Stroke,
    /// Category that determines the colour and the shape of the marks.
    pub category: usize,
}

/// A chart of lines over the steps of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// Name of the chart's files.
    pub name: String,
    /// Title.
    pub title: String,
    /// Name of the values and their unit.
    pub unit: String,
    /// Values that the axis must include, such as 0 for a loss.
    pub include: Vec<f64>,
    /// Series in the order of drawing.
    pub series: Vec<Series>,
    /// Steps per epoch, if known.
    pub steps_per_epoch: Option<f64>,
}

/// Draws the lines; values that are not finite are left out.
#[must_use]
pub fn curves(curves: &Curves) -> Chart {
    let series: Vec<Series> = curves
        .series
        .iter()
        .map(|series| Series {
            points: thinned(&series.points),
            ..series.clone()
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    let mut chart = Chart::new(
        &curves.name,
        &curves.title,
        &description(curves),
        480.0,
        310.0,
    );
    let entries: Vec<_> = series
        .iter()
        .map(|series| {
            let class = format!("k-fill-{}", series.category);
            let faint = if series.stroke == Stroke::Thin {
                " k-thin"
            } else {
                ""
            };
            (class + faint, series.category, series.name.clone())
        })
        .collect();
    let rows = chart.legend(46.0, &entries);
    let top = 72.0 + 18.0 * rows as f64;
    let steps = series.iter().flat_map(|series| &series.points);
    let last = steps.map(|point| point.0).fold(1.0, f64::max);
    let x = Axis {
        range: (0.0, last),
        name: "step (updates of the weights)".to_owned(),
        ticks: 6,
        rounded: false,
    };
    let y = Axis {
        range: value_range(&series, &curves.include),
        name: curves.unit.clone(),
        ticks: 6,
        rounded: true,
    };
    let plot = Plot::draw(&mut chart, &x, &y, top);
    if let Some(steps) = curves.steps_per_epoch {
        plot.second_axis(&mut chart, steps, "epoch");
    }
    let ((left, upper), (width, height)) = plot.area();
    // A margin, so that marks at the edges are not cut off.
    let around = ((left - 6.0, upper - 1.0), (width + 12.0, height + 6.0));
    chart.clipped(around.0, around.1, |chart| {
        for series in &series {
            draw(chart, &plot, series);
        }
    });
    chart
}

fn draw(chart: &mut Chart, plot: &Plot, series: &Series) {
    let points: Vec<_> = series.points.iter().map(|point| plot.at(*point)).collect();
    let category = series.category;
    let more = match series.stroke {
        Stroke::Thin => " k-thin",
        Stroke::Dashed => " k-dashed",
        Stroke::Plain | Stroke::Solid | Stroke::Marks => "",
    };
    if series.stroke != Stroke::Marks {
        chart.polyline(&format!("k-stroke-{category}{more}"), &points);
    }
    let marked = matches!(series.stroke, Stroke::Solid | Stroke::Dashed);
    if (marked && points.len() <= MAX_MARKS) || series.stroke == Stroke::Marks || points.len() == 1
    {
        let radius = match (series.stroke, points.len()) {
            (Stroke::Marks, _) => 5.0,
            (_, 0..=25) => 3.2,
            _ => 2.2,
        };
        for point in points {
            chart.mark(
                &format!("k-fill-{category} k-outline"),
                category,
                point,
                radius,
            );
        }
    }
}

/// Returns the range of the axis. The largest and smallest 2 % of a noisy line may lie outside, so that one bad batch
/// does not compress everything else.
fn value_range(series: &[Series], include: &[f64]) -> (f64, f64) {
    let mut values = include.to_vec();
    for series in series {
        let mut own: Vec<f64> = series.points.iter().map(|point| point.1).collect();
        if series.stroke == Stroke::Thin && own.len() >= 20 {
            own.sort_by(f64::total_cmp);
            let cut = own.len() / 50 + 1;
            own = own[cut..own.len() - cut].to_vec();
        }
        values.extend(own);
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low.is_finite() {
        (low, high)
    } else {
        (0.0, 1.0)
    }
}

/// Returns the finite points; of a long line only the lowest and the highest of each stretch, so that no peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite: Vec<(f64, f64)> = points
        .iter()
        .copied()
        .filter(|(step, value)| step.is_finite() && value.is_finite())
        .collect();
    if finite.len() <= MAX_POINTS {
        return finite;
    }
    let stretch = (2 * finite.len()).div_ceil(MAX_POINTS);
    let mut kept = Vec::with_capacity(MAX_POINTS);
    for points in finite.chunks(stretch) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let ends = (
            points.iter().min_by(by_value),
            points.iter().max_by(by_value),
        );
        if let (Some(low), Some(high)) = ends {
            let (first, second) = if low.0 <= high.0 {
                (low, high)
            } else {
                (high, low)
            };
            kept.push(*first);
            if first != second {
                kept.push(*second);
            }
        }
    }
    kept
}

fn description(curves: &Curves) -> String {
    let mut text = format!("Lines over the steps of the training, in {}.", curves.unit);
    for series in &curves.series {
        if let (Some(first), Some(last)) = (series.points.first(), series.points.last()) {
            text += &format!(
                " {}: {:.4} at step {}, {:.4} at step {}.",
                series.name, first.1, first.0, last.1, last.0
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_and_drops_values_that_are_not_finite() {
        let mut points: Vec<(f64, f64)> = (0..50_000_u32)
            .map(|i| (f64::from(i), f64::from(i % 7)))
            .collect();
        points[31_234].1 = 99.0;
        points[5].1 = f64::NAN;
        let kept = thinned(&points);
        assert!(kept.len() <= MAX_POINTS);
        assert!(kept.contains(&(31_234.0, 99.0)));
        assert!(kept.iter().all(|point| point.1.is_finite()));
        assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }
}
