//! Distinguishes the failure of a GPU, lost or out of memory, from a defect of this program.
//!
//! Burn reports some of it where a tensor is read back, and panics in other places, on the thread that computes
//! or on one of its own. Only a panic hook sees all of those, and a hook belongs to the program: it records what it sees
//! in a [`DeviceFailures`] that the program's trainings know.

use std::panic::Location;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::BackendError;

/// Most lines of a driver's message that are passed on.
const MAX_LINES: usize = 4;
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
    is_reported: bool,
}

/// Failures of a process's GPUs, in order: a lost device makes its threads fail again and again.
#[derive(Clone, Debug, Default)]
pub struct DeviceFailures(Arc<Mutex<Vec<Failure>>>);

impl DeviceFailures {
    fn all(&self) -> MutexGuard<'_, Vec<Failure>> {
        // A failure is pushed whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a message of a driver.
    pub fn record(&self, message: &str) {
        self.all().push(Failure {
            cause: in_short(message),
            is_reported: false,
        });
    }

    /// Number of failures so far: where those begin that [`Self::since`] is about.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// Returns the driver's first message after the first `count` failures, which then counts as reported.
    #[must_use]
    pub fn since(&self, count: usize) -> Option<String> {
        let mut all = self.all();
        let later = all.get_mut(count..)?;
        for failure in later.iter_mut() {
            failure.is_reported = true;
        }
        later.first().map(|failure| failure.cause.clone())
    }

    /// Returns the driver's first message that has not been reported, and counts it as reported.
    #[must_use]
    pub fn take_unreported(&self) -> Option<String> {
        let mut all = self.all();
        let mut left = all.iter_mut().filter(|failure| !failure.is_reported);
        let first = left.next()?;
        first.is_reported = true;
        let cause = first.cause.clone();
        left.for_each(|failure| failure.is_reported = true); // what followed from it
        Some(cause)
    }
}

/// Whether a panic with this message at this place comes from what drives a GPU.
#[must_use]
pub fn is_device_failure(message: &str, place: Option<&Location>) -> bool {
    super::gpu_in_use() && is_of_driver(message, place.map(Location::file))
}

/// The error for what Burn reports of a device.
pub(crate) fn reported(message: &str) -> BackendError {
    BackendError::Failed {
        cause: in_short(message),
    }
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
    let causes = lines
        .take_while(|line| !line.starts_with("Backtrace") && !line.starts_with("0:"))
        .filter(|line| !line.is_empty() && *line != "Caused by:" && !line.contains("backtrace"))
        .take(MAX_LINES);
    let text = causes.collect::<Vec<_>>().join(": ");
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
    fn a_failure_is_that_of_the_training_it_happened_in() {
        let failures = DeviceFailures::default();
        let first = failures.count();
        assert_eq!(failures.since(first), None);
        failures.record("The device is lost");
        failures.record("The device is still lost");
        assert_eq!(failures.since(first).as_deref(), Some("The device is lost"));
        let second = failures.count();
        assert_eq!(failures.since(second), None, "of the next training");
        assert_eq!(failures.take_unreported(), None);
        failures.record("Out of memory");
        failures.record("Out of memory again");
        assert_eq!(failures.take_unreported().as_deref(), Some("Out of memory"));
        assert_eq!(failures.take_unreported(), None);
    }

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
