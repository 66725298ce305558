//! Tells a GPU that breaks down, lost or out of memory, from a defect of this program.
//!
//! Burn reports some of it where a tensor is read back, and panics in other places, on the thread that computes
//! or on one of its own.

use std::panic::Location;
use std::path::{Component, Path};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::BackendError;

/// Most lines of a driver's message that are passed on.
const LINES: usize = 4;
/// How Burn begins where a tensor cannot be read back: that panic is placed at the line that asked for it.
const UNREADABLE: &str = "Error while reading data";
/// How the folders of the crates are called that drive a GPU.
const DRIVERS: [&str; 7] = [
    "cubecl",
    "cubek",
    "burn-cubecl",
    "burn-fusion",
    "burn-wgpu",
    "naga",
    "wgpu",
];

#[derive(Debug)]
struct Failure {
    cause: String,
    told: bool,
}

/// The first one: threads of a lost device go on to panic.
static FAILURE: Mutex<Option<Failure>> = Mutex::new(None);

fn failure() -> MutexGuard<'static, Option<Failure>> {
    // A failure is put there whole.
    FAILURE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For the program's panic hook: takes a panic if it is a GPU's failure.
pub fn take_panic(message: &str, place: Option<&Location>) -> bool {
    let is_failure = super::gpu_in_use() && is_of_driver(message, place.map(Location::file));
    if is_failure {
        failure().get_or_insert_with(|| Failure {
            cause: in_short(message),
            told: false,
        });
    }
    is_failure
}

/// The driver's words on a failure that nobody has told yet. Whoever asks tells them.
#[must_use]
pub fn take_untold() -> Option<String> {
    let mut failure = failure();
    let untold = failure.as_mut().filter(|failure| !failure.told)?;
    untold.told = true;
    Some(untold.cause.clone())
}

/// The driver's words on the failure of a GPU of this process, if one failed. Whoever asks tells them.
#[must_use]
pub fn cause() -> Option<String> {
    let mut failure = failure();
    let failure = failure.as_mut()?;
    failure.told = true;
    Some(failure.cause.clone())
}

/// The error for what Burn reports of a device; what came before it is its cause.
pub(crate) fn reported(message: &str) -> BackendError {
    failure().get_or_insert_with(|| Failure {
        cause: in_short(message),
        told: true,
    });
    let cause = cause().unwrap_or_default(); // there is one now
    BackendError::Failed { cause }
}

/// Whether a panic with this message in this source file comes from what drives a GPU.
fn is_of_driver(message: &str, file: Option<&str>) -> bool {
    let is_driver = |component: Component| {
        let name = component.as_os_str().to_string_lossy();
        DRIVERS.iter().any(|driver| name.starts_with(driver))
    };
    message.starts_with(UNREADABLE)
        || file.is_some_and(|file| Path::new(file).components().any(is_driver))
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

    #[test]
    fn drivers_are_known_by_their_folders() {
        let registry = "registry/src/index-1949cf8c6b5b557f";
        for file in [
            "cubecl-wgpu-0.11.0/src/backend.rs",
            "wgpu-core-30.0/src/a.rs",
            "burn-fusion-0.22.1/a.rs",
        ] {
            assert!(is_of_driver("lost", Some(&format!("{registry}/{file}"))));
        }
        for file in [
            "src/backend/gpu.rs".to_owned(),
            format!("{registry}/burn-tensor-0.22.1/src/tensor/api/check.rs"),
            format!("{registry}/resvg-0.49.0/src/lib.rs"),
        ] {
            assert!(!is_of_driver("lost", Some(&file)), "{file}");
        }
        let unreadable = "Error while reading data: use `try_into_data` instead";
        assert!(is_of_driver(unreadable, Some("src/backend.rs")));
        assert!(!is_of_driver("lost", None));
    }
}
