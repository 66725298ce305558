//! `mlp runs`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp runs`.
#[derive(Debug, Args)]
pub struct RunsArguments {}
pub fn run(_: &RunsArguments) -> Outcome {
    todo!()
}
