//! For two features: the rows as points, and which class the network gives to each place.

use crate::report::image::png;
use crate::report::svg::{Axis, Chart, Plot, categorical_rgb};

/// How much of a region's colour is seen; the rest is the background, light or dark.
const OPACITY: u8 = 70;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Value of the first feature.
    pub x: f64,
    /// Value of the second.
    pub y: f64,
    /// True class.
    pub label: usize,
    /// Whether it is predicted right.
    pub is_right: bool,
}

/// Points and regions.
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    /// Names of both features.
    pub features: [String; 2],
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Rows to show.
    pub points: Vec<Point>,
    /// Lowest and highest value of each feature that the regions cover.
    pub x: (f64, f64),
    /// Of the second feature.
    pub y: (f64, f64),
    /// `[cells, cells]`, predicted class of the middle of each cell, the line of the highest `y` first.
    pub predicted: Vec<u32>,
    /// Cells along an edge.
    pub cells: usize,
    /// Which rows are shown.
    pub title: String,
}

/// Draws both.
#[must_use]
pub fn regions(regions: &Regions) -> Chart {
    let wrong = regions.points.iter().filter(|p| !p.is_right).count();
    let mut chart = Chart::new(
        "decision_regions",
        &regions.title,
        &format!(
            "{} rows by their two features, coloured by their true class, {wrong} of them in a ring because predicted wrong; the background is coloured by the predicted class.",
            regions.points.len()
        ),
        480.0,
        480.0,
    );
    let mut entries: Vec<_> = regions
        .classes
        .iter()
        .take(12)
        .enumerate()
        .map(|(class, name)| (format!("k-fill-{}", class % 8), shape(class), name.clone()))
        .collect();
    entries.push((
        "k-hollow k-ring".to_owned(),
        0,
        "predicted wrong".to_owned(),
    ));
    let rows = chart.legend(46.0, &entries);
    let axis = |range, name: &String| Axis {
        range,
        name: crate::report::svg::shortened(name, 12.5, 340.0),
        ticks: 6,
        rounded: false,
    };
    let top = 48.0 + 18.0 * rows as f64;
    let plot = Plot::draw(
        &mut chart,
        &axis(regions.x, &regions.features[0]),
        &axis(regions.y, &regions.features[1]),
        top,
    );
    let pixels: Vec<u8> = regions
        .predicted
        .iter()
        .flat_map(|&class| {
            let [red, green, blue] = categorical_rgb(class as usize);
            [red, green, blue, OPACITY]
        })
        .collect();
    let (corner, extent) = plot.area();
    chart.image(&png(regions.cells, regions.cells, &pixels), corner, extent);
    chart.clipped(corner, extent, |chart| {
        // Mistakes last, so that their rings lie on top.
        let (right, wrong): (Vec<&Point>, Vec<&Point>) =
            regions.points.iter().partition(|point| point.is_right);
        for point in right.into_iter().chain(wrong) {
            let at = plot.at((point.x, point.y));
            let class = format!("k-fill-{} k-outline", point.label % 8);
            chart.mark(&class, shape(point.label), at, 3.2);
            if !point.is_right {
                chart.mark("k-hollow k-ring", 0, at, 6.0);
            }
        }
    });
    chart
}

/// Neighbouring classes differ in shape; classes of one colour too.
const fn shape(class: usize) -> usize {
    class + class / 8
}
