//! Distinguishes GPU failures (device lost, out of memory) from bugs in this program.
//!
//! Burn reports some failures when a tensor is read back, and panics in other cases, on the computing thread or on one
//! of its own. Only a panic hook observes all of those, and only the binary may install one: it records failures in
//! a [`DeviceFailures`] that it shares with its trainings.

use std::panic::Location;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::BackendError;

/// Maximum number of lines kept of a driver's message.
const MAX_LINES: usize = 4;
/// Prefix of Burn's panic message when a tensor cannot be read back. Its location is the caller's, not the driver's.
const UNREADABLE: &str = "Error while reading data";
/// Prefixes of the source folders of the crates that drive a GPU.
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

/// GPU failures of a process, in order. One lost device usually causes several.
#[derive(Clone, Debug, Default)]
pub struct DeviceFailures(Arc<Mutex<Vec<Failure>>>);

impl DeviceFailures {
    fn all(&self) -> MutexGuard<'_, Vec<Failure>> {
        // A push cannot leave the list half-updated, so a poisoned lock is safe to use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a driver's message.
    pub fn record(&self, message: &str) {
        self.all().push(Failure {
            cause: in_short(message),
            is_reported: false,
        });
    }

    /// Returns the number of failures so far, to be passed to [`Self::since`].
    #[must_use]
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// Returns the first message after the first `count` failures, and marks all later ones as reported.
    #[must_use]
    pub fn since(&self, count: usize) -> Option<String> {
        let mut all = self.all();
        let later = all.get_mut(count..)?;
        for failure in later.iter_mut() {
            failure.is_reported = true;
        }
        later.first().map(|failure| failure.cause.clone())
    }

    /// Returns the first unreported message, and marks all as reported.
    #[must_use]
    pub fn take_unreported(&self) -> Option<String> {
        let mut all = self.all();
        let mut left = all.iter_mut().filter(|failure| !failure.is_reported);
        let first = left.next()?;
        first.is_reported = true;
        let cause = first.cause.clone();
        left.for_each(|failure| failure.is_reported = true); // consequences of the first
        Some(cause)
    }
}

/// Returns whether a panic with this message and location comes from a GPU driver crate.
#[must_use]
pub fn is_device_failure(message: &str, place: Option<&Location>) -> bool {
    super::gpu_in_use() && is_of_driver(message, place.map(Location::file))
}

/// Creates the error for a device failure reported by Burn.
pub(crate) fn reported(message: &str) -> BackendError {
    BackendError::Failed {
        cause: in_short(message),
    }
}

/// Returns whether a panic with this message in this source file comes from a GPU driver crate.
fn is_of_driver(message: &str, file: Option<&str>) -> bool {
    let is_driver = |component: Component| {
        let name = component.as_os_str().to_string_lossy();
        DRIVERS.iter().any(|driver| name.starts_with(driver))
    };
    message.starts_with(UNREADABLE)
        || file.is_some_and(|file| Path::new(file).components().any(is_driver))
}

/// Shortens a driver's message by removing its backtrace.
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
