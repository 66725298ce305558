//! Ctrl-C and SIGTERM: the first asks for an end, the second is one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Writes the number of the first signal into `interrupt`; a second signal ends the process at once
/// with 128 + its number.
pub fn listen(interrupt: &Arc<AtomicUsize>) -> io::Result<()> {
    let armed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Order matters: the exit is tried before the arming, so that it takes a second signal.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
        flag::register(signal, Arc::clone(&armed))?;
        flag::register_usize(
            signal,
            Arc::clone(interrupt),
            signal.unsigned_abs() as usize,
        )?;
    }
    Ok(())
}
