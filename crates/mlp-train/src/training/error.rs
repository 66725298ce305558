//! Errors of a training.

use std::path::PathBuf;

/// A training that cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The loss or a weight is no longer a finite number.
    #[error("training diverged at step {step} (epoch {epoch}): the {what} is not finite")]
    Diverged {
        /// Updates made before it was seen.
        step: u64,
        /// Counted from 1.
        epoch: usize,
        /// Loss or weights.
        what: &'static str,
        /// Learning rate of that step.
        learning_rate: f64,
        /// Run folder; none in memory.
        run: Option<PathBuf>,
    },
    /// Config and data do not fit each other.
    #[error("{0}")]
    Unfit(String),
    /// What computes broke down: a GPU was lost or had no memory left.
    #[error("the training on {backend} failed: {cause}")]
    DeviceFailed {
        /// Name of the backend.
        backend: &'static str,
        /// Message of the driver.
        cause: String,
        /// Run folder.
        run: PathBuf,
        /// Step of the newest whole checkpoint, if there is one.
        checkpoint: Option<u64>,
    },
    /// Burn's training harness failed.
    #[error("the training stopped: {0}")]
    Engine(String),
}
