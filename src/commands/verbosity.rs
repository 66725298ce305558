//! `--quiet` and `--verbose`, which every command takes.

use clap::{ArgAction, Args};

/// How much is told on standard error.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Verbosity {
    /// Tell nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell more: checkpoints, times
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}
