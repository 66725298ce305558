//! Charts: each takes plain data and returns a drawing.

mod comparison;
mod curves;
mod distribution;
mod errors;
mod heat_map;
mod importance;
mod regions;
mod reliability;
mod tiles;
mod two_classes;
mod weights;

pub use comparison::{Compared, comparison};
pub use curves::{Curves, Series, Stroke, curves};
pub use distribution::distribution;
pub use errors::Errors;
pub use heat_map::{Selection, heat_map};
pub use importance::{explained_rows, importance, partial_dependence};
pub use regions::{Point, Regions, regions};
pub use reliability::{recalibration, reliability};
pub use tiles::{Tile, tiles};
pub use two_classes::two_classes;
pub use weights::{Weights, weights};
