//! Importance of columns, and the mean prediction as a function of one of them.

use crate::numbers::{grouped, percent, significant};
use crate::svg::{Anchor, Axis, Chart, Plot, Scale, number, shortened, width};
use mlp_core::explanation::{ColumnImportance, Curve, Explanation, Grid, PartialDependence};
use mlp_core::run::Split;
use time::OffsetDateTime;

/// Maximum number of columns that have a bar.
const MAX_COLUMNS: usize = 30;
/// Height of a bar with the space around it.
const LINE: f64 = 30.0;
/// Maximum width of the name of a column at its bar, and in the title of its panel.
const MAX_NAME_WIDTH: f64 = 170.0;
const MAX_TITLE_WIDTH: f64 = 300.0;
/// Font size of the names of columns and categories.
const SIZE: f64 = 12.0;
/// Size of a panel.
const PANEL: (f64, f64) = (480.0, 330.0);
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Says which rows an explanation is about: `180 validation rows`.
#[must_use]
pub fn explained_rows(explanation: &Explanation) -> String {
    let split = explanation.split.map_or("labelled", Split::name);
    let rows = grouped(explanation.rows as u64);
    if explanation.rows == explanation.available_rows {
        format!("{rows} {split} rows")
    } else {
        let all = grouped(explanation.available_rows as u64);
        format!("{rows} of {all} {split} rows")
    }
}

/// Draws a bar for each column, the mean rise of the loss when its values are shuffled, with an error bar of one standard
/// deviation to both sides and a point for each repetition.
#[must_use]
pub fn importance(explanation: &Explanation) -> Chart {
    let all = explanation.columns.len();
    let columns = &explanation.columns[..all.min(MAX_COLUMNS)];
    let which = if columns.len() < all {
        format!(" (the {} most important of {all})", columns.len())
    } else {
        String::new()
    };
    let widest = columns
        .iter()
        .map(|column| width(&column.column, SIZE))
        .fold(30.0, f64::max)
        .min(MAX_NAME_WIDTH);
    let mut chart = Chart::new(
        "importance",
        &format!(
            "Permutation importance, {}{which}",
            explained_rows(explanation)
        ),
        &description(columns),
        560.0,
        104.0 + LINE * columns.len() as f64,
    );
    let ends = columns.iter().flat_map(|column| {
        let loss = &column.loss;
        let around = [
            loss.mean - loss.standard_deviation,
            loss.mean + loss.standard_deviation,
        ];
        loss.values.iter().copied().chain(around)
    });
    let range = ends.fold((0.0_f64, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let x = Axis {
        range,
        name: "rise of the loss when the values of the column are shuffled".to_owned(),
        ticks: 7,
        rounded: true,
    };
    let plot = Plot::draw_lines(&mut chart, &x, 24.0 + widest, 44.0);
    for (index, column) in columns.iter().enumerate() {
        let middle = 44.0 + LINE * (index as f64 + 0.5);
        let name = shortened(&column.column, SIZE, MAX_NAME_WIDTH);
        let at = (plot.from - 8.0, middle + 4.0);
        chart.text("k-ink", Anchor::End, at, SIZE, &name);
        bar(&mut chart, &plot, column, middle);
    }
    if range.0 < 0.0 {
        let zero = plot.at(0.0);
        chart.line("k-axis", (zero, 44.0), (zero, chart.height - 48.0));
    }
    chart
}

fn bar(chart: &mut Chart, plot: &Scale, column: &ColumnImportance, middle: f64) {
    let loss = &column.loss;
    let (zero, end) = (plot.at(0.0), plot.at(loss.mean));
    let size = ((end - zero).abs(), 16.0);
    chart.rectangle("k-fill-0", (zero.min(end), middle - 8.0), size);
    let [from, to] = [-1.0, 1.0].map(|side| plot.at(loss.mean + side * loss.standard_deviation));
    chart.line("k-error-bar", (from, middle), (to, middle));
    for x in [from, to] {
        chart.line("k-error-bar", (x, middle - 4.0), (x, middle + 4.0));
    }
    for value in &loss.values {
        chart.mark("k-fill-0", 0, (plot.at(*value), middle + 11.0), 1.8);
    }
}

fn description(columns: &[ColumnImportance]) -> String {
    let each = columns.iter().map(|column| {
        format!(
            " {}: {} ± {}.",
            column.column,
            significant(column.loss.mean),
            significant(column.loss.standard_deviation)
        )
    });
    "Bars: mean rise of the loss when the values of a column are shuffled; error bars: one standard deviation; points: \
     single repetitions."
        .to_owned()
        + &each.collect::<String>()
}

/// Draws how the mean prediction depends on a column: lines over numbers and points in time, points for categories, with the
/// range in which the predictions of four of five rows lie where there is one curve.
#[must_use]
pub fn partial_dependence(number: usize, dependence: &PartialDependence, target: &str) -> Chart {
    let column = shortened(&dependence.column, 15.0, MAX_TITLE_WIDTH);
    let unit = match dependence.curves.as_slice() {
        [Curve { class: None, .. }] => format!("predicted {target}"),
        [
            Curve {
                class: Some(class), ..
            },
        ] => format!("probability of {class}"),
        _ => "probability".to_owned(),
    };
    let several = dependence.curves.len() > 1; // their spreads would hide each other
    let values = dependence.curves.iter().flat_map(|curve| {
        let spread = [&curve.low, &curve.high];
        let spread = spread.into_iter().filter(|_| !several);
        spread.chain([&curve.mean]).flatten().copied()
    });
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let mut chart = Chart::new(
        &format!("partial_dependence_{number}"),
        &format!("By {column}"),
        &panel_description(dependence, &unit),
        PANEL.0,
        PANEL.1,
    );
    let legend: Vec<(String, usize, String)> = dependence
        .curves
        .iter()
        .enumerate()
        .filter_map(|(index, curve)| {
            let class = shortened(curve.class.as_ref()?, 12.5, MAX_TITLE_WIDTH);
            Some((curve_class(index), index, class))
        })
        .filter(|_| several)
        .collect();
    let lines = if legend.is_empty() {
        0
    } else {
        chart.legend(44.0, &legend)
    };
    let top = 44.0 + 18.0 * lines as f64;
    let y = Axis {
        range: (low, high),
        name: shortened(&unit, 12.5, 230.0),
        ticks: 6,
        rounded: true,
    };
    match &dependence.grid {
        Grid::Number(values) => {
            let axis = line_axis(values, &dependence.column);
            let plot = Plot::draw(&mut chart, &axis, &y, top);
            lines_over(&mut chart, &plot, values, &dependence.curves);
        }
        Grid::Date(values) => {
            let axis = Axis {
                ticks: 0, // days are no round numbers of seconds
                ..line_axis(values, &dependence.column)
            };
            let plot = Plot::draw(&mut chart, &axis, &y, top);
            dates(&mut chart, &plot, values, &dependence.column);
            lines_over(&mut chart, &plot, values, &dependence.curves);
        }
        Grid::Category(names) => categories(&mut chart, names, dependence, &y, top),
    }
    chart
}

fn curve_class(index: usize) -> String {
    format!("k-fill-{index}")
}

fn line_axis(values: &[f64], column: &str) -> Axis {
    let (first, last) = (values.first(), values.last());
    Axis {
        range: (first.copied().unwrap_or(0.0), last.copied().unwrap_or(1.0)),
        name: shortened(column, 12.5, MAX_TITLE_WIDTH),
        ticks: 6,
        rounded: false,
    }
}

/// Draws the spread of a single curve as an area, then the mean of each as a line with a mark at each value.
fn lines_over(chart: &mut Chart, plot: &Plot, values: &[f64], curves: &[Curve]) {
    let points = |of: &[f64]| -> Vec<(f64, f64)> {
        let pairs = values.iter().zip(of);
        pairs.map(|(x, y)| plot.at((*x, *y))).collect()
    };
    if let [curve] = curves {
        let mut outline = points(&curve.low);
        outline.extend(points(&curve.high).into_iter().rev());
        let corners: Vec<String> = outline
            .into_iter()
            .map(|(x, y)| format!("{},{}", number(x), number(y)))
            .collect();
        chart.raw(&format!(
            r#"<polygon class="k-fill-0" opacity="0.2" points="{}"/>"#,
            corners.join(" ")
        ));
    }
    for (index, curve) in curves.iter().enumerate() {
        let line = points(&curve.mean);
        chart.polyline(&format!("k-stroke-{index}"), &line);
        for at in line {
            chart.mark(&format!("{} k-outline", curve_class(index)), index, at, 2.6);
        }
    }
}

/// Draws the lower axis of points in time: the first, the middle and the last day.
fn dates(chart: &mut Chart, plot: &Plot, values: &[f64], column: &str) {
    let bottom = plot.y.from;
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return;
    };
    let with_time = last - first < 3.0 * DAY;
    let places = [
        (*first, Anchor::Start),
        (f64::midpoint(*first, *last), Anchor::Middle),
        (*last, Anchor::End),
    ];
    for (value, anchor) in places {
        let x = plot.x.at(value);
        chart.line("k-axis", (x, bottom), (x, bottom + 4.0));
        let at = (x, bottom + 17.0);
        chart.text("k-soft", anchor, at, SIZE, &date(value, with_time));
    }
    let at = (f64::midpoint(plot.x.from, plot.x.to), chart.height - 11.0);
    let name = shortened(column, 12.5, MAX_TITLE_WIDTH);
    chart.text("k-ink", Anchor::Middle, at, 12.5, &name);
}

/// Formats a point in time as a day, or a day and a time.
fn date(seconds: f64, with_time: bool) -> String {
    #[allow(clippy::cast_possible_truncation)] // points in time are far below 2⁶³ seconds
    let Ok(time) = OffsetDateTime::from_unix_timestamp(seconds.round() as i64) else {
        return significant(seconds);
    };
    let day = time.date();
    if with_time {
        format!("{day} {:02}:{:02}", time.hour(), time.minute())
    } else {
        day.to_string()
    }
}

/// Draws a point for each category, with the spread as a line, or one for each class.
fn categories(
    chart: &mut Chart,
    names: &[String],
    dependence: &PartialDependence,
    y: &Axis,
    top: f64,
) {
    let widest = names.iter().map(|name| width(name, SIZE));
    let room = 380.0 / names.len().max(1) as f64;
    let widest = widest.fold(0.0, f64::max);
    let upright = widest > room - 6.0;
    let below = if upright {
        widest.min(110.0) + 8.0
    } else {
        14.0
    };
    let x = Axis {
        range: (0.0, names.len().max(1) as f64),
        name: String::new(),
        ticks: 0,
        rounded: false,
    };
    let height = chart.height;
    chart.height = height - below + 14.0;
    let plot = Plot::draw(chart, &x, y, top);
    chart.height = height;
    let curves = &dependence.curves;
    // Points, not bars: the axis need not begin at 0. Those of several classes stand next to each other.
    let step = 0.7 / curves.len().max(1) as f64;
    for (place, name) in names.iter().enumerate() {
        for (index, curve) in curves.iter().enumerate() {
            let x = place as f64 + 0.5 + step * (index as f64 - (curves.len() - 1) as f64 / 2.0);
            let [low, mean, high] =
                [&curve.low, &curve.mean, &curve.high].map(|values| plot.at((x, values[place])));
            if curves.len() == 1 {
                chart.line("k-line k-thin k-stroke-0", low, high);
            }
            chart.mark(
                &format!("{} k-outline", curve_class(index)),
                index,
                mean,
                4.5,
            );
        }
        let (x, bottom) = (plot.x.at(place as f64 + 0.5), plot.y.from);
        if upright {
            let text = shortened(name, SIZE, 108.0);
            let at = (x + 4.0, bottom + 7.0);
            chart.upward_text("k-ink", Anchor::End, at, SIZE, &text);
        } else {
            chart.text("k-ink", Anchor::Middle, (x, bottom + 17.0), SIZE, name);
        }
    }
    let more = match dependence.omitted {
        0 => String::new(),
        omitted => format!(" ({} rarer ones are left out)", grouped(omitted as u64)),
    };
    let at = (f64::midpoint(plot.x.from, plot.x.to), height - 9.0);
    let name = shortened(&dependence.column, 12.5, MAX_TITLE_WIDTH - 100.0) + &more;
    chart.text("k-ink", Anchor::Middle, at, 12.5, &name);
}

fn panel_description(dependence: &PartialDependence, unit: &str) -> String {
    let is_number = dependence.curves.iter().all(|curve| curve.class.is_none());
    let format = |value: f64| {
        if is_number {
            significant(value)
        } else {
            percent(value)
        }
    };
    let mut text = format!(
        "Mean {unit} of {} rows, if all had the same value of {}.",
        grouped(dependence.rows as u64),
        dependence.column
    );
    for curve in &dependence.curves {
        if let Some(class) = curve.class.as_ref().filter(|_| dependence.curves.len() > 1) {
            text += &format!(" {class}:");
        }
        let label = |place: usize| match &dependence.grid {
            Grid::Number(values) => significant(values[place]),
            Grid::Date(values) => date(values[place], false),
            Grid::Category(names) => names[place].clone(),
        };
        let last = curve.mean.len().saturating_sub(1);
        let shown: Vec<usize> = match &dependence.grid {
            Grid::Category(_) => (0..=last).collect(),
            Grid::Number(_) | Grid::Date(_) => vec![0, last / 2, last],
        };
        for place in shown {
            text += &format!(" {} at {};", format(curve.mean[place]), label(place));
        }
        text.pop();
        text.push('.');
    }
    text
}
