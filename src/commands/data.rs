//! `mlp data`
use super::Outcome;
use crate::cli::Verbosity;
use clap::Args;
/// Arguments of `mlp data`.
#[derive(Debug, Args)]
pub struct DataArguments {}
pub fn run(_: &DataArguments, _: Verbosity) -> Outcome {
    todo!()
}
use super::progress::Reporter;
use mlp::data::SourceEvent;
use mlp::training::Observer as _;

/// Where MNIST is fetched from.
pub fn mirrors() -> Vec<String> {
    match std::env::var(mlp::error::MIRRORS_VARIABLE) {
        Ok(list) => list
            .split(',')
            .map(|url| url.trim().to_owned())
            .filter(|url| !url.is_empty())
            .collect(),
        Err(_) => mlp::data::download::MIRRORS.map(str::to_owned).to_vec(),
    }
}

/// Tells a reporter what happens while data is being found.
pub fn watch(reporter: &mut Reporter) -> impl FnMut(SourceEvent) {
    move |event| match event {
        SourceEvent::Note(text) => reporter.note(&text),
        SourceEvent::Download(progress) => reporter.download(&progress),
    }
}
