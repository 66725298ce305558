//! The rows that a run was made of.

use crate::data::Source;
use crate::error::{Error, RunError};
use crate::inference::LoadedRun;
use crate::run::RunDirectory;
use crate::training::SplitRows;

/// Reads or generates the rows that a run was made of.
pub fn reload(trained: &LoadedRun) -> Result<Source, Error> {
    let config = &trained.config;
    let data = &trained.manifest.data;
    let schema = trained.manifest.imported_from.is_some();
    let source = Source::reload(
        &config.data,
        schema.then_some(&trained.model.schema),
        config.seed,
        data.origin,
        data.fallback.clone(),
    )?;
    Ok(source)
}

/// Splits these rows as the run did. Fails if the training rows are no longer the same.
pub fn split(run: &RunDirectory, trained: &LoadedRun, source: Source) -> Result<SplitRows, Error> {
    let own = SplitRows::new(&trained.config, source)?;
    let (found, expected) = (&own.record, &trained.manifest.data);
    if found.fingerprint == expected.fingerprint {
        return Ok(own);
    }
    let path = found.train.path.as_deref();
    Err(RunError::OtherRows {
        path: path.unwrap_or_else(|| run.path()).to_owned(),
        found: found.fingerprint.clone(),
        expected: expected.fingerprint.clone(),
    }
    .into())
}
