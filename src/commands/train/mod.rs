//! `mlp train`

mod settle;
mod summary;

pub use summary::{describe, figures};

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::backend;
use crate::data::Source;
use crate::panics::device_failures;
use crate::report;
use crate::run::Manifest;
use crate::training::{
    Callback as _, Callbacks, Ending, Followers, Level, Prepared, Start, Summary, device_advice,
    launch,
};
use clap::Args;

use super::progress::{ProgressMode, Reporter};
use super::settings::Settings;
use super::signals::Interrupt;
use super::terminal::{note, print, tell};
use super::{Failure, Outcome, data};
use crate::commands::Verbosity;

/// Arguments of `mlp train`, which are also those of `mlp` alone.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Config file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Folder for this run instead of artifacts/<name>/<time>
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// Continue a run; without RUN, the newest unfinished one of this config's name
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with_all = ["run_dir", "init_from"])]
    #[allow(clippy::option_option)] // not given, given alone, given with a run
    resume: Option<Option<PathBuf>>,
    /// Begin with the weights of another run
    #[arg(long, value_name = "RUN")]
    init_from: Option<PathBuf>,
    /// Show what would be trained, and stop
    #[arg(long)]
    dry_run: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressMode,
}

/// Writes the report, if the config wants one; the path of its page. The training is done whatever becomes of it.
fn write_report(prepared: &Prepared, summary: &Summary, verbosity: Verbosity) -> Option<PathBuf> {
    if !prepared.config.training.report {
        return None;
    }
    let started = Instant::now();
    match report::write(&summary.run) {
        Ok(path) => {
            if verbosity.verbose > 0 {
                let seconds = started.elapsed().as_secs_f64();
                tell(&format!("report written in {seconds:.2} s\n"));
            }
            Some(path)
        }
        Err(error) => {
            note(&format!("the report was not written: {error}"));
            None
        }
    }
}

/// Trains.
pub fn run(arguments: TrainArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let mode = arguments.progress.settled(verbosity.quiet)?;
    let (config, resumed) = settle::config(&arguments)?;
    if let Some(run) = &resumed
        && let Some(done) = settle::nothing_left(run, &config)?
    {
        print(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    super::environment::configure(&config);
    backend::device(config.backend, &config.device)?; // before any data is touched

    let mut reporter = Reporter::new(mode, verbosity);
    let source = match &resumed {
        Some(run) => {
            let record = Manifest::read(run)?.data;
            Source::reload(&config.data, config.seed, record.origin, record.fallback)?
        }
        None => Source::load(
            &config.data,
            config.seed,
            &data::mirrors(),
            &mut data::watch(&mut reporter),
        )?,
    };
    let prepared = Prepared::new(config, source, started)?;
    reporter.on_message(
        Level::Detail,
        &format!("data read in {:.2} s", prepared.seconds),
    );
    let plan = summary::describe(&prepared);
    if arguments.dry_run {
        print(&plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !verbosity.quiet {
        tell(&plan);
        if let Some(advice) = device_advice(&prepared) {
            note(&advice);
        }
    }

    let start = match resumed {
        Some(run) => Start::Resume(run),
        None => Start::New {
            run_dir: arguments.run_dir,
            init_from: arguments.init_from,
        },
    };
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let summary = train(&prepared, start, mode, reporter, &interrupt)?;
    let report = match summary.ending {
        Ending::Cancelled => None, // whoever stops a training wants it to end now
        Ending::Completed | Ending::Stopped(_) => write_report(&prepared, &summary, verbosity),
    };
    print(&summary::conclude(&summary, report.as_deref()))?;
    Ok(match summary.ending {
        Ending::Cancelled => interrupt.exit_code(),
        Ending::Completed | Ending::Stopped(_) => ExitCode::SUCCESS,
    })
}

/// Trains, listening for Ctrl-C and SIGTERM.
pub fn train(
    prepared: &Prepared,
    start: Start,
    mode: ProgressMode,
    reporter: Reporter,
    interrupt: &Interrupt,
) -> Result<Summary, Failure> {
    let followers = Followers {
        callbacks: Callbacks::of(reporter),
        cancel: interrupt.cancel(),
        dashboard: mode == ProgressMode::Tui,
        threads: None,
        device_failures: device_failures(),
    };
    Ok(launch(prepared, start, followers)?)
}
