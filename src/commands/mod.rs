//! One file a command: its arguments and its run.

pub mod arguments;
pub mod compare;
pub mod completions;
pub mod config;
pub mod data;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod gradcheck;
pub mod import;
mod loaded_model;
mod output_file;
pub mod predict;
mod process;
pub mod progress;
pub mod report;
pub mod reproduce;
pub mod runs;
pub mod serve;
pub mod terminal;
mod text;
pub mod train;

use std::io;
use std::process::ExitCode;

use crate::error::Error;

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
            Self::Library(error) => crate::hints::exit_code(error),
            Self::ClosedPipe => 0,
            Self::Stream(_) | Self::Missed(_) => 1,
            Self::Usage(..) => 2,
        }
    }
}

/// What a command comes to.
pub type Outcome = Result<ExitCode, Failure>;
