//! Runs of earlier comparisons.

use std::path::Path;

use super::metrics::Network;
use crate::error::Error;
use crate::training::Prepared;
use mlp_core::config::{Config, deciding_differences};
use mlp_core::run::{ARTIFACTS, DataRecord, Manifest, RunDirectory, Split, Status};

/// An earlier run of the same training.
#[derive(Debug)]
pub enum Earlier {
    /// Finished, with its network.
    Finished(Box<Network>),
    /// Can be resumed.
    Unfinished(RunDirectory),
    /// No such run.
    None,
}

/// The readable runs of an experiment, newest first.
#[derive(Debug)]
pub struct EarlierRuns(Vec<(RunDirectory, Manifest, Config)>);

impl EarlierRuns {
    /// Reads those in `artifacts/<name>`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut runs = RunDirectory::all_below(&Path::new(ARTIFACTS).join(name));
        runs.sort_by_cached_key(|run| std::cmp::Reverse(run.id()));
        let read = |run: RunDirectory| {
            let manifest = Manifest::read(&run).ok()?;
            let config = run.read_config().ok()?;
            Some((run, manifest, config))
        };
        Self(runs.into_iter().filter_map(read).collect())
    }

    /// Finds the run that a training would repeat: made by this version of the program, from its own initial
    /// weights, with a config that gives the same network, on the same rows.
    ///
    /// Runs with damaged weights, and runs in use by another process, are left out.
    ///
    /// # Errors
    /// If the config's backend is not available.
    pub fn find(&self, prepared: &Prepared, split: Split) -> Result<Earlier, Error> {
        let mut unfinished = Earlier::None;
        let data = prepared.record();
        let validation =
            |data: &DataRecord| data.validation.as_ref().map(|file| file.sha256.clone());
        for (run, manifest, config) in &self.0 {
            let is_equal = manifest.mlp_version == env!("CARGO_PKG_VERSION")
                && manifest.burn_version == crate::BURN_VERSION
                && manifest.init_from.is_none()
                && manifest.imported_from.is_none()
                && manifest.data.fingerprint == data.fingerprint
                && validation(&manifest.data) == validation(&data)
                && deciding_differences(config, &prepared.config).is_empty();
            if !is_equal || run.is_in_use() {
                continue;
            }
            if manifest.status == Status::Diverged {
                continue; // it would diverge again
            }
            if manifest.status != Status::Finished {
                if matches!(unfinished, Earlier::None) {
                    unfinished = Earlier::Unfinished(run.clone());
                }
                continue;
            }
            match Network::score(run, prepared, split) {
                Ok(network) => return Ok(Earlier::Finished(Box::new(network))),
                Err(Error::Core(mlp_core::error::Error::Run(_))) => {} // damaged
                Err(error) => return Err(error),
            }
        }
        Ok(unfinished)
    }
}
