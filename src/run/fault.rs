//! Places where a test can have the program killed or its disk fill up.
//!
//! `MLP_FAULT_POINT=<name>:<count>` kills the process, as `kill -9` does, when the named point is
//! passed for the count-th time; `<name>:<count>:full` has that write fail with "no space left",
//! `<name>:<count>:panic` panics there, and `<name>:<count>:lose` takes the GPU away.
//! Without the variable a point costs one load of a static.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend;

struct Fault {
    name: String,
    remaining: AtomicU64,
    effect: Effect,
}

enum Effect {
    Kill,
    DiskFull,
    Panic,
    LoseDevice,
}

static FAULT: OnceLock<Option<Fault>> = OnceLock::new();

fn from_environment() -> Option<Fault> {
    let text = std::env::var("MLP_FAULT_POINT").ok()?;
    let mut parts = text.split(':');
    let name = parts.next()?.to_owned();
    let remaining = AtomicU64::new(parts.next()?.parse().ok()?);
    Some(Fault {
        name,
        remaining,
        effect: match parts.next() {
            Some("full") => Effect::DiskFull,
            Some("panic") => Effect::Panic,
            Some("lose") => Effect::LoseDevice,
            _ => Effect::Kill,
        },
    })
}

/// Passes a point.
///
/// # Errors
/// Only when a test asked for a full disk here.
///
/// # Panics
/// Only when a test asked for it.
pub fn point(name: &str) -> io::Result<()> {
    let Some(fault) = FAULT.get_or_init(from_environment) else {
        return Ok(());
    };
    if fault.name != name || fault.remaining.fetch_sub(1, Ordering::Relaxed) != 1 {
        return Ok(());
    }
    match fault.effect {
        Effect::DiskFull => Err(io::Error::new(
            io::ErrorKind::StorageFull,
            "no space left on device",
        )),
        Effect::Panic => panic!("a test asked for this panic"),
        Effect::LoseDevice => {
            backend::lose_devices();
            Ok(())
        }
        Effect::Kill => {
            signal_hook::low_level::raise(signal_hook::consts::SIGKILL)?;
            unreachable!("SIGKILL ends the process")
        }
    }
}
