//! Errors of training.

use std::path::PathBuf;

/// A training that cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The loss or a weight is no longer a finite number.
    #[error("training diverged at step {step} (epoch {epoch}): the {what} is not finite")]
    Diverged {
        /// Updates made before it was detected.
        step: u64,
        /// Epoch, counted from 1.
        epoch: usize,
        /// The value that is not finite: the loss or a weight.
        what: &'static str,
        /// Learning rate of that step.
        learning_rate: f64,
        /// Run folder; `None` when training in memory.
        run: Option<PathBuf>,
    },
    /// The config does not fit the data.
    #[error("{0}")]
    Unfit(String),
    /// The device failed: a GPU was lost or ran out of memory.
    #[error("the training on {backend} failed: {cause}")]
    DeviceFailed {
        /// Name of the backend.
        backend: &'static str,
        /// Message of the driver.
        cause: String,
        /// Run folder.
        run: PathBuf,
        /// Step of the newest valid checkpoint, if any.
        checkpoint: Option<u64>,
    },
    /// Burn's training harness failed.
    #[error("the training stopped: {0}")]
    Engine(String),
}
