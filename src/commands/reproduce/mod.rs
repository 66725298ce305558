//! `mlp reproduce`

mod verdict;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::backend;
use crate::error::RunError;
use crate::reproduction::{Effect, Original};
use crate::run::RunDirectory;
use crate::training::{Ending, Prepared, Start};
use clap::Args;

use super::progress::{ProgressMode, Reporter};
use super::signals::Interrupt;
use super::terminal::{print, print_json, tell};
use super::{Failure, Outcome, train};
use crate::commands::Verbosity;
use verdict::Verdict;

/// How the name of a folder begins that is removed in the end.
const TEMPORARY: &str = ".reproduce-";

/// Arguments of `mlp reproduce`.
#[derive(Debug, Args)]
#[command(
    after_help = "The run's own record is trained again: its config, its data, its seed, its backend. Exit code 0 if\nthe weights come out equal bit for bit and metrics.jsonl too, but for seconds; 1 if not.\n\nExamples:\n  mlp reproduce artifacts/mnist              the newest run there\n  mlp reproduce artifacts/mnist --keep       and keep the second run beside the first\n  mlp reproduce artifacts/mnist --json"
)]
pub struct ReproduceArguments {
    /// Finished run, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Keep the second run, among the others in artifacts; without it, it is removed in the end
    #[arg(long)]
    keep: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressMode,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Trains again and compares.
pub fn run(arguments: &ReproduceArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let mode = arguments.progress.settled(verbosity.quiet)?;
    let original = Original::open(RunDirectory::find(&arguments.run)?)?;
    super::environment::configure(&original.config);
    backend::device(original.config.backend, &original.config.device)?; // before any data is touched

    let source = original.source()?;
    let changes = original.changes(&source)?;
    let mut verdict = Verdict::new(&original, changes);
    if verdict
        .changes()
        .any(|change| change.effect == Effect::Certain)
    {
        return verdict.told(arguments.json);
    }
    let mut config = original.config.clone();
    config.training.report &= arguments.keep; // nobody would read it
    let prepared = Prepared::new(config, source, started)?;
    if !verbosity.quiet {
        tell(&train::describe(&prepared));
    }

    let temporary = if arguments.keep {
        None
    } else {
        let here = Path::new(".");
        let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(here);
        Some(folder.map_err(RunError::writing(here))?)
    };
    let start = Start::New {
        run_dir: temporary.as_ref().map(|folder| folder.path().to_owned()),
        init_from: original.manifest.init_from.clone(),
    };
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let reporter = Reporter::new(mode, verbosity);
    let summary = train::train(&prepared, start, mode, reporter, &interrupt)?;
    if summary.ending == Ending::Cancelled {
        tell("interrupted: nothing was compared\n");
        return Ok(interrupt.exit_code());
    }
    verdict.comparison = Some(original.compare(&summary.run)?);
    verdict.seconds = Some(summary.seconds);
    verdict.kept = arguments.keep.then(|| summary.run.path().to_owned());
    drop(temporary);
    verdict.told(arguments.json)
}
