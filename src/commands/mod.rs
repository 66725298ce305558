//! One file a command: its arguments and its run.

pub mod arguments;
pub mod calibrate;
mod columns;
pub mod compare;
pub mod completions;
pub mod config;
pub mod data;
pub mod doctor;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod gradcheck;
pub mod import;
pub mod init;
mod loaded_model;
mod new_rows;
mod output_file;
mod own_rows;
pub mod predict;
mod process;
pub mod progress;
pub mod report;
pub mod reproduce;
pub mod runs;
pub mod serve;
mod table;
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
    /// The reader of standard output has closed it, which ends the program without an error.
    ClosedPipe,
    /// Standard input or output failed.
    Stream(io::Error),
    /// The outcome is below what was asked for, or a check failed: what, and by how much.
    CheckFailed(String),
    /// Arguments that contradict each other: what, and what to do.
    Usage(String, String),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

impl Failure {
    /// Wraps an error of reading standard input or writing standard output.
    pub fn stream(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Stream(error)
        }
    }

    /// Returns the exit code of a program that ends with this failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Library(error) => crate::hints::exit_code(error),
            Self::ClosedPipe => 0,
            Self::Stream(_) | Self::CheckFailed(_) => 1,
            Self::Usage(..) => 2,
        }
    }
}

/// The exit code of a command that ran, or why it failed.
pub type Outcome = Result<ExitCode, Failure>;
