//! Starts or continues a run, and leaves its folder complete.

use std::path::PathBuf;

use mlp_core::kernels::ThreadPool;
use mlp_core::run::{RunDirectory, Status};

use super::Prepared;
use super::device::with_failures;
use super::finish::{Summary, finish};
use super::init_from::with_kept_preprocessing;
use super::open::{Opened, open};
use super::run_folder::{RunFolder, SharedLog};
use crate::backend::{self, failure::DeviceFailures};
use crate::callback::{Callback as _, Callbacks, Cancel};
use crate::engine::{self, Assembly, Ending, StartingPoint, assemble};
use crate::error::{Error, TrainingError};

/// Where a training begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// In a new run folder, with initial weights of its own or those of another run.
    New {
        /// The folder; `None` for one by name and time.
        run_dir: Option<PathBuf>,
        /// Run whose weights it begins with.
        init_from: Option<PathBuf>,
    },
    /// At the newest whole checkpoint of a run, or at step 0 if it has none.
    Resume(RunDirectory),
}

/// Who follows a training, and how it is stopped.
#[derive(Default)]
pub struct Followers {
    /// Receive its events.
    pub callbacks: Callbacks,
    /// Asks it to stop.
    pub cancel: Cancel,
    /// Threads of the kernels, for trainings that run side by side.
    pub threads: Option<ThreadPool>,
    /// Where the program's panic hook records what GPU drivers say.
    pub device_failures: DeviceFailures,
}

/// Trains, scores all splits, and leaves a complete run folder.
///
/// # Errors
/// If the run cannot be written or continued, the backend is not there, or the training diverges; the
/// run's status says so then, and its last checkpoint is whole.
pub fn launch(prepared: &Prepared, start: Start, followers: Followers) -> Result<Summary, Error> {
    let Followers {
        mut callbacks,
        cancel,
        threads,
        device_failures,
    } = followers;
    let adapted = with_kept_preprocessing(prepared, &start)?;
    let prepared = adapted.as_ref().unwrap_or(prepared);
    let config = &prepared.config;
    let device = backend::device(config.backend, &config.device)?;
    let Opened {
        run,
        mut manifest,
        mut metrics,
        start,
    } = open(prepared, start, &mut callbacks)?;
    callbacks.on_run(&run);
    let outcome = with_failures(config.backend, &run, &device_failures, || {
        let lines = match &start {
            StartingPoint::Checkpoint(checkpoint, _) => checkpoint.state.metrics_lines,
            _ => 0,
        };
        metrics.cut_to(lines)?;
        let log = SharedLog::new(metrics);
        let keep_last = config.checkpoint.keep_last;
        let assembly = Assembly {
            start,
            callbacks: Callbacks::of(RunFolder::new(&run, log.clone(), keep_last, callbacks)),
            cancel,
            pool: threads,
        };
        let (session, learner) = assemble(prepared, &device, assembly)?;
        let (ending, session) = engine::train(session, learner)?;
        finish(prepared, &run, ending, &session, &log)
    });
    let outcome = outcome.map_err(|error| error.in_run(&run));

    manifest.status = match &outcome {
        Ok(summary) if summary.ending == Ending::Cancelled => Status::Interrupted,
        Ok(_) => Status::Finished,
        Err(Error::Training(TrainingError::Diverged { .. })) => Status::Diverged,
        Err(_) => Status::Failed,
    };
    manifest.timings = outcome.as_ref().ok().and_then(|summary| summary.timings);
    let written = manifest.write(&run);
    let summary = outcome?; // of two errors, the first is the cause
    written?;
    Ok(summary)
}
