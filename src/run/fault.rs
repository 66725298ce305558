//! Places where a test can have the program killed or its disk fill up.
//!
//! `MLP_FAULT_POINT=<name>:<count>` kills the process, as `kill -9` does, when the named point is
//! passed for the count-th time; `<name>:<count>:full` has that write fail with "no space left".
//! Without the variable a point costs one load of a static.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

struct Fault {
    name: String,
    remaining: AtomicU64,
    disk_full: bool,
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
        disk_full: parts.next() == Some("full"),
    })
}

/// Passes a point.
///
/// # Errors
/// Only when a test asked for a full disk here.
pub fn point(name: &str) -> io::Result<()> {
    let Some(fault) = FAULT.get_or_init(from_environment) else {
        return Ok(());
    };
    if fault.name != name || fault.remaining.fetch_sub(1, Ordering::Relaxed) != 1 {
        return Ok(());
    }
    if fault.disk_full {
        return Err(io::Error::new(
            io::ErrorKind::StorageFull,
            "no space left on device",
        ));
    }
    signal_hook::low_level::raise(signal_hook::consts::SIGKILL)?;
    unreachable!("SIGKILL ends the process")
}
