//! One file a command: its arguments and its run.

pub mod completions;
pub mod config;
pub mod data;
pub mod doctor;
mod environment;
pub mod evaluate;
mod network;
mod output_file;
pub mod predict;
pub mod progress;
pub mod runs;
mod signals;
pub mod terminal;
pub mod train;

use std::io;
use std::process::ExitCode;

use mlp::error::Error;

use crate::cli::{Cli, Command};

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// An error of the library.
    Library(Error),
    /// The reader of standard output has gone: no failure at all.
    ClosedPipe,
    /// Standard input or output failed.
    Stream(io::Error),
    /// A bar was missed: what, and by how much.
    Missed(String),
    /// Arguments that do not go together: what, and what to do.
    Usage(String, String),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

impl Failure {
    /// From an error of reading standard input or writing standard output.
    pub fn stream(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Stream(error)
        }
    }

    /// As the contract has it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Library(error) => error.exit_code(),
            Self::ClosedPipe => 0,
            Self::Stream(_) | Self::Missed(_) => 1,
            Self::Usage(..) => 2,
        }
    }
}

/// What a command comes to.
pub type Outcome = Result<ExitCode, Failure>;

/// Runs what was asked for.
pub fn run(arguments: Cli) -> Outcome {
    let verbosity = arguments.verbosity;
    match arguments.command {
        None => train::run(arguments.train, verbosity),
        Some(Command::Train(arguments)) => train::run(arguments, verbosity),
        Some(Command::Evaluate(arguments)) => evaluate::run(&arguments, verbosity),
        Some(Command::Predict(arguments)) => predict::run(&arguments, verbosity),
        Some(Command::Runs(arguments)) => runs::run(&arguments, verbosity),
        Some(Command::Data(arguments)) => data::run(&arguments, verbosity),
        Some(Command::Config(arguments)) => config::run(arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
    }
}
