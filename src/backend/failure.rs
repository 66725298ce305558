//! Tells a GPU that breaks down, lost or out of memory, from a defect of this program.
//!
//! Burn reports some of it where a tensor is read back, and panics in other places, on the thread that computes
//! or on one of its own. A panic is taken for the device's where a GPU is in use and the panic is not in this
//! crate's code.

use std::panic::Location;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::BackendError;

/// Most lines of a driver's message that are passed on.
const LINES: usize = 4;
/// How Burn begins where a tensor cannot be read back: that panic is placed at the line that asked for it.
const UNREADABLE: &str = "Error while reading data";

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    None,
    Untold(String),
    Told,
}

/// The first one: threads of a lost device go on to panic.
static FAILURE: Mutex<Failure> = Mutex::new(Failure::None);

/// For the program's panic hook: takes a panic if it is a GPU's failure.
pub fn take_panic(message: &str, place: Option<&Location>) -> bool {
    let own = place.is_some_and(|place| Path::new(place.file()).starts_with("src"));
    if !super::gpu_in_use() || (own && !message.starts_with(UNREADABLE)) {
        return false;
    }
    let mut failure = FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
    if *failure == Failure::None {
        *failure = Failure::Untold(in_short(message));
    }
    true
}

/// The driver's words on the failure that was taken, once: who takes them tells them.
pub fn take_failure() -> Option<String> {
    let mut failure = FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
    match std::mem::replace(&mut *failure, Failure::Told) {
        Failure::Untold(cause) => Some(cause),
        other => {
            *failure = other;
            None
        }
    }
}

/// The error for what Burn reports of a device. Panics that follow from it are not told.
pub(crate) fn reported(message: &str) -> BackendError {
    *FAILURE.lock().unwrap_or_else(PoisonError::into_inner) = Failure::Told;
    let cause = in_short(message);
    BackendError::Failed { cause }
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
    fn without_a_gpu_a_panic_is_a_defect() {
        assert!(!take_panic("anything", None));
        assert_eq!(take_failure(), None);
    }
}
