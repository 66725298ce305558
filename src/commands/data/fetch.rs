//! `mlp data fetch`

use std::path::PathBuf;

use crate::data::{ReadOptions, SourceEvent, fetch_mnist_csv, read};
use crate::training::{Callback as _, Level};
use clap::Args;

use super::describe_written;
use crate::commands::Failure;
use crate::commands::arguments::Verbosity;
use crate::commands::progress::{ProgressMode, Reporter};
use crate::commands::terminal::print;

/// Arguments of `mlp data fetch`.
#[allow(clippy::doc_markdown)] // these docs are the help text
#[derive(Debug, Args)]
#[command(
    after_help = "Files that are there and right are not fetched again.\n\nExamples:\n  mlp data fetch\n  mlp data fetch --to /tmp/mnist --mirror https://mirror.example.org/mnist/"
)]
pub struct FetchArguments {
    /// Folder for mnist_train.csv, mnist_test.csv and the files they are made of
    #[arg(long, value_name = "DIR", default_value = "data")]
    to: PathBuf,
    /// Base URL to fetch from in place of the built-in ones and of MLP_MNIST_MIRRORS; may be given several times
    #[arg(long, value_name = "URL")]
    mirror: Vec<String>,
}

/// Fetches MNIST, and reads the files back.
pub fn run(arguments: &FetchArguments, verbosity: Verbosity) -> Result<(), Failure> {
    let mut reporter = Reporter::new(ProgressMode::Auto.resolve(verbosity.quiet)?, verbosity);
    let given = arguments.mirror.clone();
    let mirrors = if given.is_empty() { mirrors() } else { given };
    let train = arguments.to.join("mnist_train.csv");
    let test = arguments.to.join("mnist_test.csv");
    let fetched = fetch_mnist_csv(
        &arguments.to,
        &train,
        &test,
        &mirrors,
        &mut report_events(&mut reporter),
    );
    reporter.clear();
    fetched?;
    for path in [train, test] {
        let rows = read(&path, &ReadOptions::default())?.dataset.rows();
        print(&describe_written(&path, rows)?)?;
    }
    Ok(())
}

/// Returns the base URLs that MNIST is fetched from: those of the environment variable, else the built-in ones.
pub fn mirrors() -> Vec<String> {
    match std::env::var(crate::error::MIRRORS_VARIABLE) {
        Ok(list) => list
            .split(',')
            .map(|url| url.trim().to_owned())
            .filter(|url| !url.is_empty())
            .collect(),
        Err(_) => crate::data::download::MIRRORS.map(str::to_owned).to_vec(),
    }
}

/// Returns a callback that reports how data is found or downloaded.
pub fn report_events(reporter: &mut Reporter) -> impl FnMut(SourceEvent) {
    move |event| match event {
        SourceEvent::Note(text) => reporter.on_message(Level::Note, &text),
        SourceEvent::Download(progress) => reporter.download(&progress),
    }
}
