//! Fault injection for tests: named points at which a test can kill the process or simulate a full disk, a panic or a
//! lost GPU.
//!
//! With the feature `fault-points`, `MLP_FAULT_POINT=<name>:<count>` kills the process, as `kill -9` does, when the
//! named point is passed for the count-th time. `<name>:<count>:full` makes the point return "no space left",
//! `<name>:<count>:panic` panics, and `<name>:<count>:lose` destroys the GPU device. Without the feature, points do
//! nothing.

use std::io;

/// Passes the fault point `name`.
///
/// # Errors
/// If a test simulates a full disk here.
///
/// # Panics
/// If a test requests a panic here.
#[inline]
pub fn point(name: &str) -> io::Result<()> {
    #[cfg(feature = "fault-points")]
    return enabled::point(name);
    #[cfg(not(feature = "fault-points"))]
    {
        let _ = name;
        Ok(())
    }
}

#[cfg(feature = "fault-points")]
pub use enabled::set_device_loss;

#[cfg(feature = "fault-points")]
mod enabled {
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

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
    static DEVICE_LOSS: OnceLock<fn()> = OnceLock::new();

    /// Sets the function that destroys the GPU device; later calls have no effect.
    pub fn set_device_loss(lose: fn()) {
        let _ = DEVICE_LOSS.set(lose); // all callers pass the same function
    }

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
                if let Some(lose) = DEVICE_LOSS.get() {
                    lose();
                }
                Ok(())
            }
            Effect::Kill => {
                signal_hook::low_level::raise(signal_hook::consts::SIGKILL)?;
                unreachable!("SIGKILL ends the process")
            }
        }
    }
}
