//! GPUs in training: where one does not pay, and what is kept when one breaks down.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Prepared;
use crate::backend::{self, failure::DeviceFailures};
use crate::error::{BackendError, Error, TrainingError};
use crate::model::parameter_counts;
use mlp_core::config::BackendKind;
use mlp_core::run::{Checkpoint, RunDirectory, Which};

/// Rows times weights of an update below which starting its kernels, some fifty of a few microseconds each,
/// takes longer than a CPU takes for the whole update: 6 operations a weight and row, at some 10¹¹ a second.
const MIN_GPU_WORK: usize = 8_000_000;

/// Returns advice if the CPU is likely to train this faster than the chosen device.
///
/// It is judged from the kind of device and the size of an update alone; `mlp doctor` measures.
#[must_use]
pub fn device_advice(prepared: &Prepared) -> Option<String> {
    let config = &prepared.config;
    let adapter = backend::adapter(config.backend, &config.device)?;
    if adapter.is_software() {
        return Some(format!(
            "{} is a driver that computes on the CPU what a GPU would: --backend flex is much faster here",
            adapter.name
        ));
    }
    let weights: usize = parameter_counts(&prepared.layer_sizes).iter().sum();
    let rows = prepared.batches.batch_size();
    (rows.saturating_mul(weights) < MIN_GPU_WORK).then(|| {
        format!(
            "an update of {rows} rows through {weights} weights is little work for a GPU, which spends its time starting \
             kernels: --backend flex may be faster (`mlp doctor` measures both), or a larger training.batch_size"
        )
    })
}

/// Runs work on a device. If a GPU failed meanwhile, the outcome is that failure, because whatever was computed since
/// may be wrong. Any other panic is resumed.
pub(super) fn with_failures<T>(
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

/// Returns the error with the newest whole checkpoint. All writes of checkpoints have ended.
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
