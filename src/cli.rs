//! The command line as typed.

use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::commands::arguments::Verbosity;
use crate::commands::{
    Outcome, calibrate, compare, completions, config, data, doctor, evaluate, explain, export,
    gradcheck, import, init, predict, report, reproduce, runs, serve, train,
};

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
    after_help = "Examples:\n  mlp train people.csv --label income        train on a table, without a config\n  mlp --config configs/mnist.toml            train (the same as `mlp train --config …`)\n  mlp --resume artifacts/mnist               continue the newest run there\n  mlp evaluate artifacts/mnist               score it on train, validation and test rows\n  mlp predict artifacts/mnist digits.csv     write predictions to standard output"
)]
pub struct Cli {
    /// What to do; without a command, train.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Arguments of `train`.
    #[command(flatten)]
    pub train: train::TrainArguments,
    /// How much is told.
    #[command(flatten)]
    pub verbosity: Verbosity,
}

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network, or continue a training
    Train(train::TrainCommand),
    /// Make a config for a table, to be edited
    Init(init::InitArguments),
    /// Score a trained network on labelled rows
    Evaluate(evaluate::EvaluateArguments),
    /// Show which columns a trained network depends on
    Explain(explain::ExplainArguments),
    /// Predict the classes of rows or images
    Predict(predict::PredictArguments),
    /// Fit probabilities, threshold and intervals to rows that were not trained on
    Calibrate(calibrate::CalibrateArguments),
    /// Train configs with several seeds and tell which is better
    Compare(compare::CompareArguments),
    /// Train a run again, and tell whether the same weights come out
    Reproduce(reproduce::ReproduceArguments),
    /// Check that the gradients of a network are right
    Gradcheck(gradcheck::GradcheckArguments),
    /// Draw the charts of a run and write its report, one page
    Report(report::ReportArguments),
    /// Write a trained network as PyTorch weights, ONNX, a page or a C header
    Export(export::ExportArguments),
    /// Predict behind HTTP, with a page to draw on
    Serve(serve::ServeArguments),
    /// Make a run of weights that were trained elsewhere
    Import(import::ImportArguments),
    /// List, show and tidy run folders
    Runs(runs::RunsArguments),
    /// Inspect, fetch, generate and convert data sets
    Data(data::DataArguments),
    /// Check, show and describe configs
    Config(config::ConfigArguments),
    /// Tell which backends, devices and data work here
    Doctor(doctor::DoctorArguments),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArguments),
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> Outcome {
        let verbosity = self.verbosity;
        match self.command {
            None => train::run(&self.train, verbosity),
            Some(Command::Train(command)) => train::run_command(command, verbosity),
            Some(Command::Init(arguments)) => init::run(arguments, verbosity),
            Some(Command::Evaluate(arguments)) => evaluate::run(&arguments, verbosity),
            Some(Command::Explain(arguments)) => explain::run(&arguments, verbosity),
            Some(Command::Predict(arguments)) => predict::run(&arguments, verbosity),
            Some(Command::Calibrate(arguments)) => calibrate::run(&arguments, verbosity),
            Some(Command::Compare(arguments)) => compare::run(&arguments, verbosity),
            Some(Command::Reproduce(arguments)) => reproduce::run(&arguments, verbosity),
            Some(Command::Gradcheck(arguments)) => gradcheck::run(&arguments, verbosity),
            Some(Command::Report(arguments)) => report::run(&arguments),
            Some(Command::Export(arguments)) => export::run(&arguments, verbosity),
            Some(Command::Serve(arguments)) => serve::run(&arguments, verbosity),
            Some(Command::Import(arguments)) => import::run(&arguments, verbosity),
            Some(Command::Runs(arguments)) => runs::run(&arguments, verbosity),
            Some(Command::Data(arguments)) => data::run(&arguments, verbosity),
            Some(Command::Config(arguments)) => config::run(arguments),
            Some(Command::Doctor(arguments)) => doctor::run(&arguments),
            Some(Command::Completions(arguments)) => {
                completions::run(&arguments, &mut Self::command())
            }
        }
    }
}

/// Prints help or version, which are no errors, or a usage error, and returns the exit code.
pub fn print_clap_error(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // a closed pipe is no reason to fail
    if error.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}
