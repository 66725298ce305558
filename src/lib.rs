//! Train, understand and ship multilayer perceptrons, on the Burn framework.

pub mod allocator;
mod cli;
mod commands;
pub mod error;
mod panics;

pub use mlp_core::{config, evaluation, fault, kernels, metrics, network, run, safetensors, task};
pub use mlp_data as data;
pub use mlp_data::{augment, durable, random};
pub use mlp_report::{export, pages, report};
pub use mlp_serve as serve;
pub use mlp_train::{
    BURN_VERSION, backend, backend_for, comparison, diagnosis, gradcheck, model, predictor,
    reproduction, training,
};

/// A trained model, and the rows it is asked about.
pub mod inference {
    pub use mlp_core::model::*;
    pub use mlp_data::{ColumnOrder, Input, LeftOut, Listing, list};
}

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the program with these arguments, the first of which is its name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString> + std::panic::UnwindSafe) -> ExitCode {
    panics::guard(|| {
        let arguments = match cli::Cli::try_parse_from(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return cli::refuse(&error),
        };
        match arguments.run() {
            Ok(code) => code,
            Err(commands::Failure::ClosedPipe) => ExitCode::SUCCESS,
            Err(failure) => {
                commands::terminal::tell(&commands::terminal::failure(&failure));
                ExitCode::from(failure.exit_code())
            }
        }
    })
}
