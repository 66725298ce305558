//! Puts charts and page into the run folder.

use std::path::{Path, PathBuf};

use super::{Chart, Rasterizer, RunFacts, page, plots};
use crate::error::Error;
use mlp_core::error::RunError;
use mlp_core::run::RunDirectory;
use mlp_data::atomic_file;

/// Writes `plots/*.svg`, `plots/*.png` and `report.html` of a run, in place of older ones; the path of the page.
///
/// # Errors
/// If the run is damaged, or the disk refuses.
pub fn write(run: &RunDirectory) -> Result<PathBuf, Error> {
    let facts = RunFacts::gather(run)?;
    let charts = plots(&facts);
    write_charts(&run.plots(), &charts)?;
    let path = run.report();
    let html = page(&facts, &charts);
    atomic_file::replace(&path, html.as_bytes()).map_err(RunError::writing(&path))?;
    Ok(path)
}

/// Writes each chart into a folder as `<name>.svg` and `<name>.png`; the folder is made if it is not there.
///
/// # Errors
/// If the disk refuses.
pub fn write_charts(folder: &Path, charts: &[Chart]) -> Result<(), RunError> {
    std::fs::create_dir_all(folder).map_err(RunError::writing(folder))?;
    let rasterizer = Rasterizer::new();
    for chart in charts {
        let path = |ending: &str| folder.join(format!("{}.{ending}", chart.name));
        let write = |path: PathBuf, bytes: &[u8]| {
            // Not synced: whatever is lost is drawn again.
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
