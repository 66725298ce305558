//! A panic is a defect of this program, and is told as one: no backtrace unless one was asked for. Or it is a
//! GPU's that broke down, and is told as that.

use std::backtrace::Backtrace;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::backend::failure::{DeviceFailures, is_device_failure};
use crate::error::BackendError;

use crate::commands::{Failure, terminal};

/// Whether a defect has shown, in whatever thread.
static DEFECT: AtomicBool = AtomicBool::new(false);
/// Whether something is being tried out that may panic, and whose panic is then no defect.
static TRYING: AtomicBool = AtomicBool::new(false);

/// What GPU drivers said, in whatever thread.
static DEVICE_FAILURES: LazyLock<DeviceFailures> = LazyLock::new(DeviceFailures::default);

/// What GPU drivers said since the program began, and will say: trainings are told of it.
pub fn device_failures() -> DeviceFailures {
    DEVICE_FAILURES.clone()
}

/// Runs the program. A panic ends it with exit code 1; one in a thread of a library, which the program
/// may survive, turns its exit code into 1.
pub fn guard(program: impl FnOnce() -> ExitCode + panic::UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(tell));
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
        Err(_) if DEVICE_FAILURES.count() > 0 => ExitCode::FAILURE, // what follows from a failure that was told
        Err(_) => ExitCode::SUCCESS,                                // a closed pipe
    }
}

/// Runs something that panics where a driver is broken; then the panic's message is the error.
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

fn tell(panic: &PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("no message");
    if TRYING.load(Ordering::Relaxed) || is_closed_pipe(message) {
        return;
    }
    if is_device_failure(message, panic.location()) {
        DEVICE_FAILURES.record(message);
        return;
    }
    // A first panic often brings others down with it: only the first tells something.
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

/// `print!` panics when its reader has gone.
fn is_closed_pipe(message: &str) -> bool {
    message.starts_with("failed printing to std") && message.contains("Broken pipe")
}

fn wants_backtrace() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value == "1" || value == "full")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because the hook is the process's.
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
