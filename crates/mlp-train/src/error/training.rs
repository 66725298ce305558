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
        /// What its driver said.
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

impl TrainingError {
    /// See [`crate::error::Error::exit_code`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Diverged { .. } => 5,
            Self::Unfit(_) => 2,
            Self::DeviceFailed { .. } | Self::Engine(_) => 1,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Diverged {
                learning_rate, run, ..
            } => {
                let mut remedy = format!(
                    "lower optimizer.learning_rate (it was {learning_rate} here) or set optimizer.clip_norm = 1.0"
                );
                if let Some(run) = run {
                    remedy += &format!(
                        "; the last finite checkpoint, if there was one, is in {}",
                        run.display()
                    );
                }
                remedy
            }
            Self::DeviceFailed {
                run, checkpoint, ..
            } => {
                let from = checkpoint.map_or_else(
                    || "nothing was saved yet, so that it starts again at step 0".to_owned(),
                    |step| format!("the state of step {step} is saved"),
                );
                format!(
                    "{from}: go on with --resume {}, on the CPU with --backend flex; a smaller training.batch_size takes \
                     less of a GPU's memory",
                    run.display()
                )
            }
            Self::Unfit(_) => "change the config or the data".into(),
            Self::Engine(_) => "see log.txt in the run folder; continue with --resume".into(),
        }
    }
}
