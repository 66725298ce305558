//! Decision regions of two features: rows as points over the class that is predicted at each position.

use crate::svg::{Axis, Chart, Plot, categorical_rgb, png, shortened};

/// Alpha of a region's colour over the light or dark background.
const OPACITY: u8 = 70;

/// A row of two features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Value of the first feature.
    pub x: f64,
    /// Value of the second feature.
    pub y: f64,
    /// True class.
    pub label: usize,
    /// Whether the prediction is right.
    pub is_right: bool,
}

/// Rows and decision regions.
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    /// Names of both features.
    pub features: [String; 2],
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Rows shown.
    pub points: Vec<Point>,
    /// Lowest and highest value of the first feature that the regions cover.
    pub x: (f64, f64),
    /// Lowest and highest value of the second feature.
    pub y: (f64, f64),
    /// `[cells, cells]`, predicted class at the middle of each cell, beginning with the line of the highest `y`.
    pub predicted: Vec<u32>,
    /// Cells along an edge.
    pub cells: usize,
    /// Title, which says which rows are shown.
    pub title: String,
}

/// Draws rows over decision regions.
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
        name: shortened(name, 12.5, 340.0),
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
        // Mistakes are drawn last, so that their rings lie on top.
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

/// Returns the shape of a class's marks: neighbouring classes and classes of one colour differ in shape.
const fn shape(class: usize) -> usize {
    class + class / 8
}
