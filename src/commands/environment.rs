//! The one place that changes the process's environment.

use crate::backend;
use crate::config::Config;

/// Settles threads and Burn's default device. Every command calls it before it computes.
pub fn configure(config: &Config) {
    backend::configure(config.backend, config.training.threads, |name, value| {
        // SAFETY: commands call this first, while the process still has a single thread: nobody else can
        // be reading the environment.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var(name, value);
        }
    });
}
