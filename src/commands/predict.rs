//! `mlp predict`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {}
pub fn run(_: &PredictArguments, _: Verbosity) -> Outcome {
    todo!()
}
