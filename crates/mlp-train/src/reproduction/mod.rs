//! Reproduction: trains a run again from its own record and compares the results.

mod changes;
mod comparison;
mod weights;

pub use changes::{Change, Effect};
pub use comparison::{Comparison, MetricComparison, MetricsComparison};
pub use weights::{ParameterComparison, WeightComparison};

use crate::error::Error;
use mlp_core::config::Config;
use mlp_core::error::RunError;
use mlp_core::run::{Checkpoint, Manifest, MetricsLog, MetricsRecord, RunDirectory, Status, Which};
use mlp_data::Source;

/// A finished run with everything needed to train it again.
#[derive(Clone, Debug)]
pub struct Original {
    /// Folder of the run.
    pub run: RunDirectory,
    /// Manifest of the run.
    pub manifest: Manifest,
    /// Config of the run.
    pub config: Config,
    /// Last checkpoint.
    checkpoint: Checkpoint,
    /// Metrics log.
    metrics: Vec<MetricsRecord>,
}

impl Original {
    /// Opens a finished run.
    ///
    /// # Errors
    /// If the run is not finished, or its manifest, config, metrics log or last checkpoint is missing or damaged.
    pub fn open(run: RunDirectory) -> Result<Self, Error> {
        let manifest = Manifest::read(&run)?;
        check_finished(&manifest, &run)?;
        let config = run.read_config()?;
        let found = Checkpoint::find(&run, Which::Last)?;
        if let Some(cause) = found.skipped.into_iter().next() {
            let path = run.checkpoints();
            return Err(RunError::Damaged { path, cause }.into());
        }
        Ok(Self {
            metrics: MetricsLog::read(&run.metrics())?,
            run,
            manifest,
            config,
            checkpoint: found.checkpoint,
        })
    }

    /// Reads or generates the rows from the sources that the run recorded. Their content may have changed since;
    /// see [`Self::changes`].
    ///
    /// # Errors
    /// If a file is missing or malformed.
    pub fn source(&self) -> Result<Source, Error> {
        let record = &self.manifest.data;
        let source = Source::reload(
            &self.config.data,
            None,
            self.config.seed,
            record.origin,
            record.fallback.clone(),
        )?;
        Ok(source)
    }
}

/// Checks that the run is finished and was trained rather than imported.
fn check_finished(manifest: &Manifest, run: &RunDirectory) -> Result<(), RunError> {
    let path = run.path().to_owned();
    let finish = format!("finish it first: mlp --resume {}", path.display());
    let (why, remedy) = match manifest.status {
        Status::Finished if manifest.imported_from.is_some() => (
            "its weights were imported, not trained here",
            "reproduce a run that was trained here".to_owned(),
        ),
        Status::Finished => return Ok(()),
        Status::Running if run.is_in_use() => {
            ("it is still being trained", "wait for it to end".to_owned())
        }
        Status::Running => ("it was killed before its end", finish),
        Status::Interrupted => ("it was interrupted before its end", finish),
        Status::Failed => ("an error ended it", finish),
        Status::Diverged => (
            "it diverged, and has no final weights to compare with",
            format!(
                "train it again with a lower learning rate: {}",
                run.config().display()
            ),
        ),
    };
    Err(RunError::Irreproducible { path, why, remedy })
}
