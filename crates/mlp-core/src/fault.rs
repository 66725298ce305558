//! Fault injection for tests: named points at which a test can kill the process or simulate a full disk, a panic or a
//! lost GPU.
//!
//! With the feature `fault-points`, the program passes the value of `MLP_FAULT_POINT` to `arm`: `<name>:<count>` kills
//! the process, as `kill -9` does, when the named point is passed for the count-th time. `<name>:<count>:full` makes the
//! point return "no space left", `<name>:<count>:panic` panics, and `<name>:<count>:lose` destroys the GPU device. Points
//! that are not armed do nothing, and without the feature none can be.

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
pub use enabled::arm;

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
        LoseDevice(fn()),
    }

    static ARMED: OnceLock<Fault> = OnceLock::new();

    impl Fault {
        fn parse(text: &str, lose_device: fn()) -> Option<Self> {
            let (name, rest) = text.split_once(':')?;
            let (count, effect) = rest.split_once(':').unwrap_or((rest, "kill"));
            Some(Self {
                name: name.to_owned(),
                remaining: AtomicU64::new(count.parse().ok()?),
                effect: match effect {
                    "kill" => Effect::Kill,
                    "full" => Effect::DiskFull,
                    "panic" => Effect::Panic,
                    "lose" => Effect::LoseDevice(lose_device),
                    _ => return None,
                },
            })
        }
    }

    /// Arms the point that `text` describes, in this process and until its end. `lose_device` destroys the GPU device.
    ///
    /// # Panics
    /// If `text` describes no fault, or one is armed already.
    pub fn arm(text: &str, lose_device: fn()) {
        let fault = Fault::parse(text, lose_device)
            .unwrap_or_else(|| panic!("no fault is described by `{text}`"));
        assert!(ARMED.set(fault).is_ok(), "a fault is armed already");
    }

    pub fn point(name: &str) -> io::Result<()> {
        let Some(fault) = ARMED.get() else {
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
            Effect::LoseDevice(lose) => {
                lose();
                Ok(())
            }
            Effect::Kill => {
                signal_hook::low_level::raise(signal_hook::consts::SIGKILL)?;
                unreachable!("SIGKILL ends the process")
            }
        }
    }
}
