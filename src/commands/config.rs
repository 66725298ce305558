//! `mlp config`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp config`.
#[derive(Debug, Args)]
pub struct ConfigArguments {}
pub fn run(_: &ConfigArguments) -> Outcome {
    todo!()
}
