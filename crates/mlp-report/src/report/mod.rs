//! The report of a run: charts, and one page that contains everything.
//!
//! | file | subject |
//! |---|---|
//! | `contents` | reads a run folder |
//! | `plots` | which charts a run has |
//! | `picture` | rows as pictures |
//! | `page` | the contents as HTML |

mod contents;
mod page;
mod picture;
mod plots;

pub use crate::charts::{Compared, comparison};
pub use crate::numbers::{duration, grouped, percent, significant};
pub use crate::svg::{Chart, Rasterizer, escape};
pub use contents::RunContents;
pub use page::page;
pub use plots::plots;

use std::path::{Path, PathBuf};

use crate::error::Error;
use mlp_core::error::RunError;
use mlp_core::run::RunDirectory;
use mlp_data::atomic_file;

/// Writes `plots/*.svg`, `plots/*.png` and `report.html` of a run, replacing older ones, and returns the path of the
/// page.
///
/// # Errors
/// If the run is damaged, or a file cannot be written.
pub fn write(run: &RunDirectory) -> Result<PathBuf, Error> {
    let contents = RunContents::read(run)?;
    let charts = plots(&contents);
    write_charts(&run.plots(), &charts)?;
    let path = run.report();
    let html = page(&contents, &charts);
    atomic_file::replace(&path, html.as_bytes()).map_err(RunError::writing(&path))?;
    Ok(path)
}

/// Writes each chart into a folder, created if missing, as `<name>.svg` and `<name>.png`.
///
/// # Errors
/// If a file cannot be written.
pub fn write_charts(folder: &Path, charts: &[Chart]) -> Result<(), RunError> {
    std::fs::create_dir_all(folder).map_err(RunError::writing(folder))?;
    let rasterizer = Rasterizer::new();
    for chart in charts {
        let path = |extension: &str| folder.join(format!("{}.{extension}", chart.name));
        let write = |path: PathBuf, bytes: &[u8]| {
            // Not synced to disk, because a lost chart can be drawn again.
            std::fs::write(&path, bytes).map_err(RunError::writing(path))
        };
        write(path("svg"), chart.document().as_bytes())?;
        let png = rasterizer
            .png(chart)
            .map_err(RunError::writing(path("png")))?;
        write(path("png"), &png)?;
    }
    Ok(())
}
