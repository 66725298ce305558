//! `mlp report`: the charts and the page of a run.

mod browser;
mod charts;
mod command;
mod snapshots;

use std::path::Path;

use mlp::report::RunFacts;

use crate::support::repository;
use crate::support::runs::open;

/// A small finished run, kept with the tests: `digits` (pictures, 10 classes) or `plane` (two features, 3 classes,
/// no mistake on its test rows). Made by `mlp --config` on generated rows; of `digits` only the best checkpoint
/// and 90 of its training examples were kept.
fn kept_run(name: &str) -> RunFacts {
    // Relative, as its path is on the page; tests run in the folder of the crate.
    RunFacts::gather(&open(&Path::new("tests/fixtures/runs").join(name))).unwrap()
}

/// A copy of a kept run whose files a test may change.
fn copy_of(name: &str, folder: &Path) -> std::path::PathBuf {
    let target = folder.join(name);
    crate::support::copy(&repository("tests/fixtures/runs").join(name), &target);
    target
}
