//! A GPU that breaks down while it trains: what was saved is told with it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::backend::failure;
use crate::config::BackendKind;
use crate::error::{BackendError, Error, TrainingError};
use crate::run::{Checkpoint, RunDirectory, Which};

/// Does work on a device. The panic of a GPU becomes an error; any other goes on as what it is.
pub(super) fn watch<T>(
    kind: BackendKind,
    run: &RunDirectory,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    // Nothing of the work is used after a panic.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Err(Error::Backend(BackendError::Failed { cause }))) => {
            Err(device_failed(kind, run, cause))
        }
        Ok(outcome) => outcome,
        Err(panic) => match failure::take_failure() {
            Some(cause) => Err(device_failed(kind, run, cause)),
            None => resume_unwind(panic),
        },
    }
}

/// The work is over, and with it the writing of checkpoints.
fn device_failed(kind: BackendKind, run: &RunDirectory, cause: String) -> Error {
    let last = Checkpoint::find(run, Which::Last);
    let device_failed = TrainingError::DeviceFailed {
        backend: kind.name(),
        cause,
        run: run.path().to_owned(),
        checkpoint: last.ok().map(|found| found.checkpoint.state.step),
    };
    device_failed.into()
}
