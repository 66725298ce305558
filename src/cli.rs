//! The command line as typed.

use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, Parser, Subcommand};

use crate::commands;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Train, understand and ship multilayer perceptrons.
#[derive(Debug, Parser)]
#[command(name = "mlp", version, styles = STYLES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(
    after_help = "Examples:\n  mlp --config configs/mnist.toml            train (the same as `mlp train --config …`)\n  mlp --resume artifacts/mnist               continue the newest run there\n  mlp evaluate artifacts/mnist               score it on train, validation and test rows\n  mlp predict artifacts/mnist digits.csv     write predictions to standard output"
)]
pub struct Cli {
    /// What to do; without a command, train.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Arguments of `train`.
    #[command(flatten)]
    pub train: commands::train::TrainArguments,
    /// How much is told.
    #[command(flatten)]
    pub verbosity: Verbosity,
}

/// How much is told on standard error.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Verbosity {
    /// Tell nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell more: checkpoints, times
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network, or continue a training
    Train(commands::train::TrainArguments),
    /// Score a trained network on labelled rows
    Evaluate(commands::evaluate::EvaluateArguments),
    /// Predict the classes of rows
    Predict(commands::predict::PredictArguments),
    /// List, show and tidy run folders
    Runs(commands::runs::RunsArguments),
    /// Inspect, fetch, generate and convert data sets
    Data(commands::data::DataArguments),
    /// Check, show and describe configs
    Config(commands::config::ConfigArguments),
    /// Tell which backends, devices and data work here
    Doctor(commands::doctor::DoctorArguments),
    /// Print a completion script for a shell
    Completions(commands::completions::CompletionsArguments),
}

/// Prints what clap has to say: help and version are no errors, anything else is a usage error.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // a closed pipe is no reason to fail
    if error.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}
