//! The first layer's weights in a diverging colour map centred at zero.

use crate::svg::{Anchor, Chart, diverging, png, shortened, width};

/// Maximum number of units shown.
const MAX_UNITS: usize = 64;
/// Maximum number of features shown in a table.
const MAX_FEATURES: usize = 40;
/// Length of the edge of a unit's picture.
const EDGE: f64 = 56.0;

/// The weights of the first layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `[features, units]`, row-major.
    pub values: Vec<f32>,
    /// Outputs of the layer.
    pub units: usize,
    /// Names of the features.
    pub features: Vec<String>,
    /// Pixels along an edge, if the features are the pixels of a square.
    pub side: Option<usize>,
}

impl Weights {
    fn of(&self, feature: usize, unit: usize) -> f64 {
        f64::from(self.values[feature * self.units + unit])
    }

    /// Returns the magnitude that is drawn in full colour: the 99.5th percentile, so that a few large weights do not make
    /// the others pale.
    fn limit(&self) -> f64 {
        let mut sizes: Vec<f32> = self.values.iter().map(|value| value.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let at = (sizes.len() * 995 / 1000).min(sizes.len().saturating_sub(1));
        f64::from(sizes.get(at).copied().unwrap_or(1.0)).max(1e-12)
    }
}

/// Draws one picture per unit if the features are pixels, otherwise a table of features and units.
#[must_use]
pub fn weights(weights: &Weights) -> Chart {
    let limit = weights.limit();
    let units = weights.units.min(MAX_UNITS);
    let mut shown = Vec::new();
    if units < weights.units {
        shown.push(format!("the first {units} of {} units", weights.units));
    }
    if weights.side.is_none() && weights.features.len() > MAX_FEATURES {
        let features = weights.features.len();
        shown.push(format!("the first {MAX_FEATURES} of {features} features"));
    }
    let mut title = "Weights of the first layer".to_owned();
    if !shown.is_empty() {
        title += &format!(" ({})", shown.join(", "));
    }
    match weights.side {
        Some(side) => pictures(weights, &title, side, units, limit),
        None => table(weights, &title, units, limit),
    }
}

fn pictures(weights: &Weights, title: &str, side: usize, units: usize, limit: f64) -> Chart {
    let across = units.clamp(4, 8) as f64;
    let lines = (units as f64 / across).ceil();
    let line = EDGE + 18.0;
    let mut chart = Chart::new(
        "weights",
        title,
        "A picture for each unit: the weight of each pixel, blue below zero, white at zero, orange above. All on one scale.",
        20.0 + (EDGE + 6.0) * across,
        34.0 + line * lines + 52.0,
    );
    for unit in 0..units {
        let pixels: Vec<u8> = (0..side * side)
            .flat_map(|feature| diverging(weights.of(feature, unit) / limit))
            .collect();
        let at = unit as f64;
        let left = 13.0 + (EDGE + 6.0) * (at % across);
        let top = 36.0 + line * (at / across).floor();
        let name = (unit + 1).to_string();
        let middle = (left + EDGE / 2.0, top + 9.0);
        chart.text("k-soft", Anchor::Middle, middle, 10.5, &name);
        chart.image(&png(side, side, &pixels), (left, top + 13.0), (EDGE, EDGE));
    }
    let bottom = chart.height - 40.0;
    legend(&mut chart, bottom, limit);
    chart
}

fn table(weights: &Weights, title: &str, units: usize, limit: f64) -> Chart {
    let features = weights.features.len().min(MAX_FEATURES);
    let names = &weights.features[..features];
    let widest = names
        .iter()
        .map(|name| width(name, 12.0))
        .fold(20.0, f64::max)
        .min(150.0);
    let cell = (420.0 / units.max(1) as f64).clamp(7.0, 28.0);
    let line = (360.0 / features.max(1) as f64).clamp(14.0, 28.0);
    let (left, top) = (24.0 + widest, 64.0);
    let mut chart = Chart::new(
        "weights",
        title,
        "A line for each feature and a column for each unit: the weight, blue below zero, white at zero, orange above.",
        (left + cell * units as f64 + 20.0).max(300.0),
        top + line * features as f64 + 56.0,
    );
    let pixels: Vec<u8> = (0..features)
        .flat_map(|feature| (0..units).map(move |unit| (feature, unit)))
        .flat_map(|(feature, unit)| diverging(weights.of(feature, unit) / limit))
        .collect();
    let extent = (cell * units as f64, line * features as f64);
    chart.image(&png(units, features, &pixels), (left, top), extent);
    for (index, name) in names.iter().enumerate() {
        let y = top + line * (index as f64 + 0.5) + 4.0;
        let text = shortened(name, 12.0, 150.0);
        chart.text("k-ink", Anchor::End, (left - 8.0, y), 12.0, &text);
    }
    let every = (26.0 / cell).ceil().max(1.0);
    for unit in 0..units {
        let at = unit as f64;
        if at % every == 0.0 {
            let middle = (left + cell * (at + 0.5), top - 7.0);
            let name = (unit + 1).to_string();
            chart.text("k-soft", Anchor::Middle, middle, 11.0, &name);
        }
    }
    chart.text("k-ink", Anchor::Start, (left, top - 23.0), 12.0, "unit");
    let bottom = top + extent.1 + 14.0;
    legend(&mut chart, bottom, limit);
    chart
}

/// Draws the colour scale from −limit to limit.
fn legend(chart: &mut Chart, top: f64, limit: f64) {
    let pixels: Vec<u8> = (-50..=50)
        .flat_map(|step| diverging(f64::from(step) / 50.0))
        .collect();
    let (left, extent) = (40.0, 220.0);
    chart.image(&png(101, 1, &pixels), (left, top), (extent, 10.0));
    let end = format!("{limit:.2}");
    for (share, text) in [
        (0.0, format!("−{end}")),
        (0.5, "0".to_owned()),
        (1.0, format!("+{end}")),
    ] {
        let at = (left + share * extent, top + 24.0);
        chart.text("k-soft", Anchor::Middle, at, 11.0, &text);
    }
}
