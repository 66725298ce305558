//! Panics: each is a defect of this program and reported as one, without a backtrace unless one was asked for; except
//! those of a GPU driver that failed, which are reported as an error of the backend.

use std::backtrace::Backtrace;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::backend::failure::{DeviceFailures, is_device_failure};
use crate::commands::{Failure, terminal};
use crate::error::BackendError;

/// Whether any thread has panicked by a defect.
static DEFECT: AtomicBool = AtomicBool::new(false);
/// Whether [`attempt`] is running, whose panics are no defects.
static TRYING: AtomicBool = AtomicBool::new(false);

/// Failures of GPU drivers, in any thread.
static DEVICE_FAILURES: LazyLock<DeviceFailures> = LazyLock::new(DeviceFailures::default);

/// Returns the failures of GPU drivers so far and to come, for trainings to look at.
pub fn device_failures() -> DeviceFailures {
    DEVICE_FAILURES.clone()
}

/// Runs the program. A panic ends it with exit code 1; one in a thread of a library, which the program
/// may survive, turns its exit code into 1.
pub fn guard(program: impl FnOnce() -> ExitCode + panic::UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(report_panic));
    let code = panic::catch_unwind(program);
    if DEFECT.load(Ordering::Relaxed) {
        return ExitCode::FAILURE;
    }
    if let Some(cause) = DEVICE_FAILURES.take_unreported() {
        let failure = Failure::from(BackendError::Failed { cause });
        terminal::eprint(&terminal::describe_failure(&failure));
        return ExitCode::from(failure.exit_code());
    }
    match code {
        Ok(code) => code,
        Err(_) if DEVICE_FAILURES.count() > 0 => ExitCode::FAILURE, // the failure was reported already
        Err(_) => ExitCode::SUCCESS,                                // a closed pipe
    }
}

/// Runs something that panics where a driver is broken, and returns the panic's message as the error.
pub fn attempt<T>(trial: impl FnOnce() -> T + panic::UnwindSafe) -> Result<T, String> {
    TRYING.store(true, Ordering::Relaxed);
    let outcome = panic::catch_unwind(trial);
    TRYING.store(false, Ordering::Relaxed);
    outcome.map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "it failed without a message".to_owned())
    })
}

fn report_panic(panic: &PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("no message");
    if TRYING.load(Ordering::Relaxed) || is_closed_pipe(message) {
        return;
    }
    if is_device_failure(message, panic.location()) {
        DEVICE_FAILURES.record(message);
        return;
    }
    // A first panic often causes others: only the first says what is wrong.
    if DEFECT.swap(true, Ordering::Relaxed) {
        return;
    }
    let place = panic.location().map_or_else(String::new, |location| {
        format!(" (at {}:{})", location.file(), location.line())
    });
    let mut text = format!("error: this is a defect of mlp: {message}{place}\n");
    if wants_backtrace() {
        text += &format!("{}\n", Backtrace::force_capture());
    }
    text += "  help: please report it, with the command and the config that led to it; RUST_BACKTRACE=1 tells more\n";
    // Nothing is left to do if even this cannot be written.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Returns whether this is the panic of `print!` when its reader has closed the pipe.
fn is_closed_pipe(message: &str) -> bool {
    message.starts_with("failed printing to std") && message.contains("Broken pipe")
}

fn wants_backtrace() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value == "1" || value == "full")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because the hook belongs to the whole process.
    #[test]
    fn a_defect_in_any_thread_fails_and_what_is_none_does_not() {
        let code = |program: fn()| {
            let code = guard(move || {
                program();
                ExitCode::SUCCESS
            });
            format!("{code:?}")
        };
        let success = format!("{:?}", ExitCode::SUCCESS);
        assert_eq!(
            code(|| panic!("failed printing to stdout: Broken pipe (os error 32)")),
            success
        );
        let tried = || {
            let failure = attempt(|| panic!("no driver {}", 7));
            assert_eq!(failure, Err("no driver 7".to_owned()));
        };
        assert_eq!(code(tried), success);
        let worker = || drop(std::thread::spawn(|| panic!("in a worker")).join());
        assert_ne!(code(worker), success);
    }
}
