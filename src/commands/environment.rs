//! The one place that changes what is the process's: environment variables and the global thread pool.

use crate::backend;
use crate::config::Config;

/// Settles threads and Burn's default device. Every command calls it before it computes.
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
