//! The program: parse, call the library, print, exit.

mod cli;
mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = match cli::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::refuse(&error),
    };
    match commands::run(arguments) {
        Ok(code) => code,
        Err(commands::Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to do if even this cannot be written.
            let _ = write!(
                std::io::stderr(),
                "{}",
                commands::terminal::failure(&failure)
            );
            ExitCode::from(failure.exit_code())
        }
    }
}
