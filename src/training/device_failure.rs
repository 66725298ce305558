//! A GPU that breaks down while it trains: lost, or out of memory.
//!
//! Burn reports some of it where a tensor is read back, and panics in other places, on this thread or on one
//! of its own. All of it ends as the same error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::config::BackendKind;
use crate::error::{Error, TrainingError};
use crate::run::{Checkpoint, RunDirectory, Which};

/// Whether panics are the device's. It stays so after a failure: threads of a lost device go on to panic.
static WATCHING: AtomicBool = AtomicBool::new(false);
/// Message of the first panic.
static CAUSE: Mutex<Option<String>> = Mutex::new(None);

/// Most lines of a driver's message that are passed on.
const LINES: usize = 4;

/// For the program's panic hook: takes a panic's message if it will be told as a device's failure.
pub fn take_panic(message: &str) -> bool {
    let watching = WATCHING.load(Ordering::Relaxed);
    if watching {
        let mut cause = CAUSE.lock().unwrap_or_else(PoisonError::into_inner);
        cause.get_or_insert_with(|| message.to_owned());
    }
    watching
}

/// Does work on a device. On a GPU a panic becomes an error; on the CPU it is a defect of the program.
pub(super) fn watch<T>(
    kind: BackendKind,
    run: &RunDirectory,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    if kind != BackendKind::Wgpu {
        return work();
    }
    WATCHING.store(true, Ordering::Relaxed);
    // Nothing of the work is used after a panic.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let Ok(outcome) = outcome else {
        let mut cause = CAUSE.lock().unwrap_or_else(PoisonError::into_inner);
        let cause = cause.take();
        return Err(failure(kind, run, &cause.unwrap_or_default()));
    };
    let broken =
        |error: &Error| matches!(error, Error::Training(TrainingError::DeviceFailed { .. }));
    WATCHING.store(outcome.as_ref().is_err_and(broken), Ordering::Relaxed);
    outcome
}

/// The error, with what can be gone on from.
pub(super) fn failure(kind: BackendKind, run: &RunDirectory, cause: &str) -> Error {
    let last = Checkpoint::find(run, Which::Last);
    let device_failed = TrainingError::DeviceFailed {
        backend: kind.name(),
        cause: in_short(cause),
        run: run.path().to_owned(),
        checkpoint: last.ok().map(|found| found.checkpoint.state.step),
    };
    device_failed.into()
}

/// A driver's message without the stack below it.
fn in_short(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let told = lines
        .take_while(|line| !line.starts_with("Backtrace") && !line.starts_with("0:"))
        .filter(|line| !line.is_empty() && *line != "Caused by:" && !line.contains("backtrace"))
        .take(LINES);
    let text = told.collect::<Vec<_>>().join(": ");
    if text.is_empty() {
        "its driver did not say why".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_below_a_message_is_left_out() {
        let message =
            "The device is poisoned\nCaused by:\n  Destroyed: gone\nBacktrace\n  0: std::main\n";
        assert_eq!(in_short(message), "The device is poisoned: Destroyed: gone");
        assert_eq!(in_short("\n"), "its driver did not say why");
    }
}
