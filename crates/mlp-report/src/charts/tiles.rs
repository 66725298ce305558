//! Pictures in a grid, each with a caption.

use crate::svg::{Anchor, Chart, number, png, shortened, width};

/// A picture and its caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Grey values, `[side, side]`.
    pub pixels: Vec<u8>,
    /// Line of text above the picture.
    pub caption: String,
    /// Whether the prediction in the caption is right; `None` if the caption is not a prediction.
    pub is_right: Option<bool>,
}

/// Length of a picture's edge in the drawing.
const EDGE: f64 = 56.0;
/// Maximum width of a column.
const MAX_COLUMN: f64 = 150.0;
/// Font size of the captions.
const SIZE: f64 = 12.0;

/// Draws pictures of `side × side` pixels. Colour and a sign distinguish right from wrong predictions.
#[must_use]
pub fn tiles(name: &str, title: &str, description: &str, side: usize, tiles: &[Tile]) -> Chart {
    let widest = tiles
        .iter()
        .map(|tile| width(&tile.caption, SIZE) + if tile.is_right.is_some() { 28.0 } else { 10.0 })
        .fold(EDGE + 8.0, f64::max);
    let column = widest.min(MAX_COLUMN);
    // As few lines as fit, with the pictures spread evenly over them.
    let fit = ((640.0 / column).floor()).max(1.0);
    let lines = (tiles.len() as f64 / fit).ceil().max(1.0);
    let across = (tiles.len() as f64 / lines).ceil().max(1.0);
    let line = EDGE + 28.0;
    let total = (column * across + 20.0).max(300.0);
    let mut chart = Chart::new(name, title, description, total, 40.0 + line * lines + 6.0);
    let left = (total - column * across) / 2.0;
    for (index, tile) in tiles.iter().enumerate() {
        let index = index as f64;
        let middle = left + column * (index % across + 0.5);
        let top = 36.0 + line * (index / across).floor();
        let corner = (middle - EDGE / 2.0, top + 20.0);
        chart.image(&png(side, side, &tile.pixels), corner, (EDGE, EDGE));
        caption(&mut chart, tile, middle, top + 14.0, column);
    }
    chart
}

fn caption(chart: &mut Chart, tile: &Tile, middle: f64, y: f64, column: f64) {
    let Some(is_right) = tile.is_right else {
        let text = shortened(&tile.caption, SIZE, column - 6.0);
        chart.text("k-ink", Anchor::Middle, (middle, y), SIZE, &text);
        return;
    };
    let class = if is_right { "k-right" } else { "k-wrong" };
    let text = shortened(&tile.caption, SIZE, column - 24.0);
    let from = middle - f64::midpoint(width(&text, SIZE), 15.0);
    sign(chart, is_right, (from, y - 9.0));
    let class = format!("{class} k-bold");
    chart.text(&class, Anchor::Start, (from + 15.0, y), SIZE, &text);
}

/// Draws a tick or a cross of 10 × 10 as a path, because fonts may lack the characters.
fn sign(chart: &mut Chart, is_right: bool, (x, y): (f64, f64)) {
    let (class, path) = if is_right {
        ("k-right", "M0 5.6 1.6 4 4 6.4 8.6 1 10.2 2.4 4.2 9.4z")
    } else {
        (
            "k-wrong",
            "M1.6 0.4 5 3.8 8.4 0.4 9.8 1.8 6.4 5.2 9.8 8.6 8.4 10 5 6.6 1.6 10 0.2 8.6 3.6 5.2 0.2 1.8z",
        )
    };
    let [x, y] = [x, y].map(number);
    chart.raw(&format!(
        r#"<path class="{class}" transform="translate({x} {y})" d="{path}"/>"#
    ));
}
