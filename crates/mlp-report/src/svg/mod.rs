//! A small layer over SVG: the elements that charts are made of, and drawings as PNG.
//!
//! Colours are CSS classes (see `palette`), so that one drawing serves light and dark, alone or within a page.

mod chart;
mod palette;
mod plot;
mod raster;
mod scale;
mod text;

pub use chart::{Anchor, Chart};
pub use palette::{LEVELS, categorical_rgb, diverging, level, stylesheet};
pub use plot::{Axis, Plot};
pub use raster::{Rasterizer, png};
pub use scale::Scale;
pub use text::{escape, shortened, width};

/// Formats a coordinate with at most two decimals, so that drawings are short and the same on every machine.
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}
