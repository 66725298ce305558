//! The program: parse, call the library, print, exit.

mod cli;
mod commands;
mod panics;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    panics::guard(run)
}

fn run() -> ExitCode {
    let arguments = match cli::Cli::try_parse() {
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
}
