//! `mlp completions`

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Outcome, terminal};

/// Arguments of `mlp completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: mlp completions bash > ~/.local/share/bash-completion/completions/mlp"
)]
pub struct CompletionsArguments {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &CompletionsArguments, program: &mut Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, program, "mlp", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
