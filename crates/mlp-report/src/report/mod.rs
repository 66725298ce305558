//! What a run has to show: charts, and one page that holds everything.
//!
//! | file | subject |
//! |---|---|
//! | `facts`, `examples`, `predictions` | reads a run folder |
//! | `svg` | a small layer over SVG: scales, axes, colours, text |
//! | `charts` | plain data → drawing |
//! | `plots` | which charts a run has |
//! | `deformations` | what augmentation made of training rows |
//! | `page` | plain data → HTML |
//! | `image`, `raster` | rows as pictures; drawings as PNG |
//! | `write` | puts it all into the run folder |

// Counts become places in a drawing: far below 2⁵³.
#![allow(clippy::cast_precision_loss)]
// Pages are put together piece by piece; an allocation more is nothing there.
#![allow(clippy::format_collect)]

mod charts;
mod deformations;
mod examples;
mod facts;
mod image;
mod numbers;
mod page;
mod plots;
mod predictions;
mod raster;
mod svg;
mod write;

pub use charts::{Compared, comparison};
pub use facts::RunFacts;
pub use numbers::{duration, grouped, percent};
pub use page::{STYLE, head, page};
pub use plots::plots;
pub use raster::Rasterizer;
pub use svg::{Chart, escape};
pub use write::{write, write_charts};
