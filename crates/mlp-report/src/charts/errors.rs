//! Predicted numbers against true ones, and their errors.

use crate::numbers::{grouped, significant};
use crate::svg::{Anchor, Axis, Chart, Plot, shortened};
use mlp_core::metrics::ValueRow;
use mlp_core::run::Split;
use mlp_data::random::{Purpose, Stream};

/// Maximum number of points of a cloud; of more rows a random sample is shown.
const MAX_POINTS: usize = 1500;
/// Bars of the histogram.
const BINS: usize = 40;
/// Share of the rows at either end of the histogram that its outermost bars collect.
const TAIL: f64 = 0.005;
/// Groups of equally many rows.
const GROUPS: usize = 10;
/// Maximum width of the name of the predicted column.
const MAX_NAME_WIDTH: f64 = 200.0;

/// The predicted numbers of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// The split.
    pub split: Split,
    /// Name of the predicted column.
    pub target: String,
    /// All rows of the split.
    pub rows: Vec<ValueRow>,
}

impl Errors {
    /// Draws the four charts: predicted against true numbers, errors against predicted numbers, the histogram of the
    /// errors, and the error by decile of the true number. Values that are not finite are left out.
    #[must_use]
    pub fn charts(&self) -> Vec<Chart> {
        let is_finite = |row: &&ValueRow| row.label.is_finite() && row.error().is_finite();
        let rows: Vec<ValueRow> = self.rows.iter().filter(is_finite).copied().collect();
        if rows.is_empty() {
            return Vec::new();
        }
        vec![
            self.predicted(&rows),
            self.residuals(&rows),
            self.histogram(&rows),
            self.deciles(&rows),
        ]
    }

    fn name(&self) -> String {
        shortened(&self.target, 12.5, MAX_NAME_WIDTH)
    }

    fn predicted(&self, rows: &[ValueRow]) -> Chart {
        let shown = sample(rows);
        let (split, name) = (self.split.name(), self.name());
        let mut chart = Chart::new(
            "predicted_against_true",
            &format!(
                "Predicted against true values, {split} rows{}",
                of(&shown, rows)
            ),
            &format!(
                "{} rows by their true and their predicted value. On the diagonal, the prediction is right.",
                shown.len()
            ),
            480.0,
            420.0,
        );
        let both = rows.iter().flat_map(|row| [row.label, row.prediction]);
        let range = range(both);
        let axis = |what: &str| axis(range, format!("{what} {name}"));
        let plot = Plot::draw(&mut chart, &axis("true"), &axis("predicted"), 44.0);
        let ends = (plot.x.low.max(plot.y.low), plot.x.high.min(plot.y.high));
        let corners = [plot.at((ends.0, ends.0)), plot.at((ends.1, ends.1))];
        for row in shown {
            let at = plot.at((row.label, row.prediction));
            chart.mark("k-fill-0 k-thin", 0, at, 3.0);
        }
        chart.line("k-axis k-dashed", corners[0], corners[1]);
        chart
    }

    fn residuals(&self, rows: &[ValueRow]) -> Chart {
        let shown = sample(rows);
        let (split, name) = (self.split.name(), self.name());
        let mut chart = Chart::new(
            "residuals",
            &format!(
                "Residuals against predicted values, {split} rows{}",
                of(&shown, rows)
            ),
            &format!(
                "{} rows by their predicted value and their residual, the true value less the predicted one. A pattern \
                 around the line at 0 shows what the network has not learnt.",
                shown.len()
            ),
            480.0,
            420.0,
        );
        let x = axis(
            range(rows.iter().map(|row| row.prediction)),
            format!("predicted {name}"),
        );
        let y = axis(
            range(rows.iter().map(residual).chain([0.0])),
            "residual: true less predicted".to_owned(),
        );
        let plot = Plot::draw(&mut chart, &x, &y, 44.0);
        for row in shown {
            let at = plot.at((row.prediction, residual(&row)));
            chart.mark("k-fill-0 k-thin", 0, at, 3.0);
        }
        let line = [plot.at((plot.x.low, 0.0)), plot.at((plot.x.high, 0.0))];
        chart.line("k-axis k-dashed", line[0], line[1]);
        chart
    }

    fn histogram(&self, rows: &[ValueRow]) -> Chart {
        let mut residuals: Vec<f64> = rows.iter().map(residual).collect();
        residuals.sort_by(f64::total_cmp);
        let tail = (TAIL * rows.len() as f64).floor() as usize;
        let ends = (residuals[tail], residuals[residuals.len() - 1 - tail]);
        let (low, high) = range([ends.0, ends.1].into_iter());
        let mut counts = [0_u64; BINS];
        for residual in &residuals {
            let place = (residual - low) / (high - low) * BINS as f64;
            counts[place.clamp(0.0, (BINS - 1) as f64) as usize] += 1;
        }
        let beyond = if tail > 0 {
            " The outermost bars hold what lies beyond the axis, too."
        } else {
            ""
        };
        let median = residuals[residuals.len() / 2];
        let mut chart = Chart::new(
            "residual_histogram",
            &format!("Histogram of the residuals, {} rows", self.split.name()),
            &format!(
                "Bars: rows in each of {BINS} intervals of the residual from {} to {}; the middle residual is {}.{beyond}",
                significant(low),
                significant(high),
                significant(median)
            ),
            480.0,
            310.0,
        );
        let x = Axis {
            rounded: false,
            ..axis((low, high), "residual: true less predicted".to_owned())
        };
        let highest = counts.iter().copied().max().unwrap_or(1);
        let y = axis((0.0, highest as f64), "rows".to_owned());
        let plot = Plot::draw(&mut chart, &x, &y, 44.0);
        let edge = |bin: usize| plot.x.at(low + (high - low) * bin as f64 / BINS as f64);
        for (bin, count) in counts.iter().enumerate() {
            let upper = plot.y.at(*count as f64);
            let extent = (edge(bin + 1) - edge(bin) - 1.0, plot.y.from - upper);
            chart.rectangle("k-fill-0", (edge(bin) + 0.5, upper), extent);
        }
        if low < 0.0 && high > 0.0 {
            let at = plot.x.at(0.0);
            chart.line("k-axis k-dashed", (at, plot.y.from), (at, plot.y.to));
        }
        chart
    }

    fn deciles(&self, rows: &[ValueRow]) -> Chart {
        let mut sorted = rows.to_vec();
        sorted.sort_by(|a, b| a.label.total_cmp(&b.label).then(a.row.cmp(&b.row)));
        let groups = GROUPS.min(sorted.len());
        let group = |group: usize| {
            let of = &sorted[group * sorted.len() / groups..(group + 1) * sorted.len() / groups];
            let error = of.iter().map(|row| row.error().abs()).sum::<f64>() / of.len() as f64;
            (of[0].label, of[of.len() - 1].label, error)
        };
        let groups: Vec<(f64, f64, f64)> = (0..groups).map(group).collect();
        let each: Vec<String> = groups
            .iter()
            .map(|(low, high, error)| {
                let [low, high, error] = [low, high, error].map(|value| significant(*value));
                format!(" {low} to {high}: {error}.")
            })
            .collect();
        let mut chart = Chart::new(
            "error_by_decile",
            &format!("Error by true value, {} rows", self.split.name()),
            &format!(
                "Bars: mean absolute error of groups of equally many rows, by their true value.{}",
                each.concat()
            ),
            480.0,
            330.0,
        );
        let x = Axis {
            range: (0.0, groups.len() as f64),
            name: String::new(),
            ticks: 0,
            rounded: false,
        };
        let highest = groups.iter().map(|group| group.2).fold(0.0, f64::max);
        let y = axis((0.0, highest), "mean absolute error".to_owned());
        let height = chart.height;
        chart.height = height - 20.0; // room for two lines of names
        let plot = Plot::draw(&mut chart, &x, &y, 44.0);
        chart.height = height;
        for (index, (low, _, error)) in groups.iter().enumerate() {
            let (left, right) = (plot.x.at(index as f64), plot.x.at(index as f64 + 1.0));
            let upper = plot.y.at(*error);
            let extent = (0.8 * (right - left), plot.y.from - upper);
            chart.rectangle("k-fill-0", (left + 0.1 * (right - left), upper), extent);
            let text = shortened(&short(*low), 10.5, right - left - 2.0);
            let at = (f64::midpoint(left, right), plot.y.from + 16.0);
            chart.text("k-soft", Anchor::Middle, at, 10.5, &text);
        }
        let middle = f64::midpoint(plot.x.from, plot.x.to);
        let name = format!("lowest {} of each tenth of the rows", self.name());
        chart.text(
            "k-ink",
            Anchor::Middle,
            (middle, height - 16.0),
            12.5,
            &name,
        );
        chart
    }
}

fn residual(row: &ValueRow) -> f64 {
    row.label - row.prediction
}

fn axis(range: (f64, f64), name: String) -> Axis {
    Axis {
        range,
        name,
        ticks: 6,
        rounded: true,
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if high > low {
        (low, high)
    } else {
        let margin = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
        (low - margin, high + margin)
    }
}

/// Returns the rows, or a random sample if there are too many, the same at every call.
fn sample(rows: &[ValueRow]) -> Vec<ValueRow> {
    if rows.len() <= MAX_POINTS {
        return rows.to_vec();
    }
    let order = Stream::new(0, Purpose::Examples, 0).permutation(rows.len());
    let chosen = order.iter().take(MAX_POINTS);
    chosen.map(|&at| rows[at as usize]).collect()
}

/// Says how many of the rows are shown, if not all are.
fn of(shown: &[ValueRow], rows: &[ValueRow]) -> String {
    if shown.len() == rows.len() {
        return String::new();
    }
    let [shown, rows] = [shown.len(), rows.len()].map(|count| grouped(count as u64));
    format!(" ({shown} of {rows})")
}

/// Formats a number in few characters: `0.12`, `12.5`, `312k`.
fn short(value: f64) -> String {
    let text = match value.abs() {
        0.0 => return "0".to_owned(),
        size if !(1e-3..1e9).contains(&size) => format!("{value:.0e}"),
        size if size >= 1e6 => format!("{:.1}M", value / 1e6),
        size if size >= 1e4 => format!("{:.0}k", value / 1e3),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(rows: u32) -> Errors {
        let row = |row: u32| ValueRow {
            row,
            label: f64::from(row),
            prediction: f64::from(row) + f64::from(row / 10),
        };
        Errors {
            split: Split::Test,
            target: "price".to_owned(),
            rows: (0..rows).map(row).collect(),
        }
    }

    #[test]
    fn the_error_of_each_decile_is_the_mean_of_its_rows() {
        let charts = errors(100).charts();
        let deciles = charts.iter().find(|chart| chart.name == "error_by_decile");
        let description = &deciles.unwrap().description;
        assert!(description.contains(" 0 to 9.0000: 0."), "{description}");
        assert!(
            description.contains(" 90.000 to 99.000: 9.0000."),
            "{description}"
        );
    }

    #[test]
    fn few_equal_and_infinite_rows_can_be_drawn() {
        let mut one = errors(1);
        assert_eq!(one.charts().len(), 4);
        one.rows[0].prediction = f64::INFINITY;
        assert!(one.charts().is_empty());
        let many = errors(5000).charts();
        let points = |name: &str| {
            let chart = many.iter().find(|chart| chart.name == name).unwrap();
            assert!(chart.title.contains("1,500 of 5,000"));
            chart.inline().matches("<circle").count()
        };
        assert_eq!(points("residuals"), 1500);
        assert_eq!(points("predicted_against_true"), 1500);
    }

    #[test]
    fn the_histogram_counts_every_row() {
        let charts = errors(100).charts();
        let chart = &charts[2];
        assert_eq!(
            chart.inline().matches("<rect class=\"k-fill-0\"").count(),
            BINS
        );
    }
}
