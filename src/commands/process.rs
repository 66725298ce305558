//! What belongs to the process as a whole: environment variables, the global thread pool and signals.

#[cfg(unix)]
use std::fs;
use std::io;
#[cfg(unix)]
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(unix)]
use std::thread;

use crate::backend;
use crate::config::Config;
use crate::training::Cancel;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
#[cfg(unix)]
use signal_hook::{iterator::Signals, low_level::emulate_default_handler};

/// Sets the number of threads and the environment variables of the backend. Every command calls it before it computes.
pub fn configure(config: &Config) {
    let threads = config.training.threads;
    for (name, value) in backend::environment(config.backend, threads) {
        // SAFETY: commands call this first, while the process still has a single thread: nobody else can
        // be reading the environment.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var(name, value);
        }
    }
    if threads > 0 {
        // Fails only where the threads were made before: then their number stays.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
}

/// Ctrl-C and SIGTERM: the first asks the program to end, the second ends it at once.
#[derive(Clone)]
pub struct Interrupt {
    cancel: Cancel,
    /// Number of the first signal; 0 if none came.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens from now on. A second signal ends the process at once with exit code 128 + its number.
    pub fn listen() -> io::Result<Self> {
        let interrupt = Self {
            cancel: Cancel::default(),
            signal: Arc::default(),
        };
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The exit is registered before what arms it, so that it takes a second signal.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
            flag::register(signal, Arc::clone(&armed))?;
            let number = signal.unsigned_abs() as usize;
            flag::register_usize(signal, Arc::clone(&interrupt.signal), number)?;
            flag::register(signal, interrupt.cancel.flag())?;
        }
        Ok(interrupt)
    }

    /// Returns what a training polls to know that it is to end.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Returns whether a signal came.
    pub fn is_set(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Returns the exit code of a program that was asked to end: 128 + the signal, that of Ctrl-C where the dashboard
    /// was asked.
    pub fn exit_code(&self) -> ExitCode {
        let signal = match self.signal.load(Ordering::Relaxed) {
            0 => SIGINT.unsigned_abs() as usize,
            signal => signal,
        };
        ExitCode::from(u8::try_from(128 + signal).unwrap_or(130))
    }
}

/// Has Ctrl-C and SIGTERM remove a file before they end the process.
#[cfg(unix)]
pub fn remove_on_signal(file: PathBuf) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            let _ = fs::remove_file(&file); // it may have been renamed by now
            let _ = emulate_default_handler(signal); // it does not return
        }
    })?;
    Ok(())
}

/// Makes Ctrl-C a signal again: Burn's dashboard puts the terminal into raw mode, in which it is a key that nothing
/// reads.
pub fn restore_interrupt_key() {
    #[cfg(all(unix, feature = "tui"))]
    {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let terminal = io::stdin();
        // Without a terminal there is no key to keep.
        if let Ok(mut modes) = tcgetattr(&terminal)
            && !modes.local_modes.contains(LocalModes::ISIG)
        {
            modes.local_modes.insert(LocalModes::ISIG);
            let _ = tcsetattr(&terminal, OptionalActions::Now, &modes);
        }
    }
}
