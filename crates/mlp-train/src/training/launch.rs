//! Starts or continues a run, and leaves its folder complete.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::assemble::assemble;
use super::finish::{Summary, finish};
use super::observer::Observer;
use super::open::{Opened, open};
use super::session::Ending;
use super::{Prepared, device_failure, strategy};
use crate::backend;
use crate::error::{Error, TrainingError};
use mlp_core::run::{RunDirectory, Status};

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

/// Trains, scores all splits, and leaves a complete run folder.
///
/// `interrupt` holds the number of a signal once one asks for an end. `dashboard` shows Burn's
/// full-screen one, where it is compiled in.
///
/// # Errors
/// If the run cannot be written or continued, the backend is not there, or the training diverges; the
/// run's status says so then, and its last checkpoint is whole.
pub fn launch(
    prepared: &Prepared,
    start: Start,
    dashboard: bool,
    mut observer: Box<dyn Observer>,
    interrupt: Arc<AtomicUsize>,
) -> Result<Summary, Error> {
    let device = backend::device(prepared.config.backend, &prepared.config.device)?;
    let Opened {
        run,
        mut manifest,
        metrics,
        begin,
    } = open(prepared, start, observer.as_mut())?;
    observer.started(&run);
    let outcome = device_failure::watch(prepared.config.backend, &run, || {
        assemble(prepared, &run, metrics, begin, &device, observer, interrupt)
            .and_then(|(session, learner)| strategy::train(session, learner, dashboard))
            .and_then(|(ending, session)| finish(prepared, &run, ending, session))
    });

    manifest.status = match &outcome {
        Ok(summary) if matches!(summary.ending, Ending::Interrupted(_)) => Status::Interrupted,
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
