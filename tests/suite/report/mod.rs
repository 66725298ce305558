//! `mlp report`: the charts and the page of a run.

mod browser;
mod command;

use std::path::Path;

use crate::support::repository;

/// A copy of a kept run, `digits` or `plane`, whose files a test may change.
fn copy_of(name: &str, folder: &Path) -> std::path::PathBuf {
    let target = folder.join(name);
    crate::support::copy(&repository("tests/fixtures/runs").join(name), &target);
    target
}
