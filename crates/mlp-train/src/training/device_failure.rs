//! A GPU that breaks down while it trains: what was saved is told with it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::backend::failure::DeviceFailures;
use crate::error::{BackendError, Error, TrainingError};
use mlp_core::config::BackendKind;
use mlp_core::run::{Checkpoint, RunDirectory, Which};

/// Does work on a device. Where a GPU failed meanwhile, whatever came of the work is its failure: what it computed
/// since then may be anything. Another panic goes on as what it is.
pub(super) fn watch<T>(
    kind: BackendKind,
    run: &RunDirectory,
    failures: &DeviceFailures,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    if kind != BackendKind::Wgpu {
        return work();
    }
    let before = failures.count();
    // Nothing of the work is used after a panic.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    if let Some(cause) = failures.since(before) {
        return Err(device_failed(kind, run, cause));
    }
    match outcome {
        Ok(Err(Error::Backend(BackendError::Failed { cause }))) => {
            Err(device_failed(kind, run, cause))
        }
        outcome => outcome.unwrap_or_else(|panic| resume_unwind(panic)),
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
