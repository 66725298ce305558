//! `mlp doctor`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {}
pub fn run(_: &DoctorArguments) -> Outcome {
    todo!()
}
