//! `mlp evaluate`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {}
pub fn run(_: &EvaluateArguments, _: Verbosity) -> Outcome {
    todo!()
}
