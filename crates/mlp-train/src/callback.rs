//! Callbacks: events that a training reports while it runs, and how to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mlp_core::run::{Checkpoint, MetricsRecord, RunDirectory};
use mlp_core::task::Scores;

use crate::error::Error;

/// Where a training stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Planned number of updates; early stopping may end the training before.
    pub steps: u64,
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Planned number of epochs.
    pub epochs: usize,
    /// Metrics of the epoch so far, each batch before its update.
    pub scores: Scores,
    /// Rate of the last update.
    pub learning_rate: f64,
    /// Training rows per second since the start or the last resume.
    pub rows_per_second: f64,
    /// Estimated remaining time at this speed, in seconds.
    pub remaining_seconds: f64,
}

/// Whether a training continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The training continues.
    Continue,
    /// The training ends after saving a checkpoint from which it can be resumed.
    Stop,
}

impl Flow {
    /// Returns `Stop` if either is `Stop`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Stop { self } else { other }
    }
}

/// Importance of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Shown by default.
    Note,
    /// Shown only in verbose output.
    Detail,
}

/// Receives training events. All methods are optional.
///
/// An error from any method ends the training, which returns the first one.
pub trait Callback: Send {
    /// Called when the run folder has been created or opened. Not called when training in memory.
    fn on_run(&mut self, run: &RunDirectory) {
        let _ = run;
    }

    /// Called after each update, where `step` is the number of updates so far. Must be cheap.
    ///
    /// # Errors
    /// An error ends the training.
    fn on_step(&mut self, step: u64) -> Result<Flow, Error> {
        let _ = step;
        Ok(Flow::Continue)
    }

    /// Called every few steps, when the metrics of the last updates have been read from the device.
    fn on_progress(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// Called for each record of the metrics log.
    ///
    /// # Errors
    /// An error ends the training.
    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        let _ = record;
        Ok(())
    }

    /// Called at the end of each epoch; `validation` holds its validation metrics, if it was validated.
    ///
    /// # Errors
    /// An error ends the training.
    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, Error> {
        let _ = (progress, validation);
        Ok(Flow::Continue)
    }

    /// Called with each checkpoint, from which the training can be resumed.
    ///
    /// # Errors
    /// An error ends the training.
    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, Error> {
        let _ = checkpoint;
        Ok(Flow::Continue)
    }

    /// Called with a message about the training.
    fn on_message(&mut self, level: Level, text: &str) {
        let _ = (level, text);
    }

    /// Called once when the training loop has ended, also after an error.
    ///
    /// # Errors
    /// If pending work of the callback could not be completed.
    fn on_end(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// Several callbacks, called in order.
#[derive(Default)]
pub struct Callbacks(Vec<Box<dyn Callback>>);

impl Callbacks {
    /// Creates a list of one callback.
    #[must_use]
    pub fn of(callback: impl Callback + 'static) -> Self {
        Self(vec![Box::new(callback)])
    }

    /// Appends a callback.
    pub fn push(&mut self, callback: impl Callback + 'static) {
        self.0.push(Box::new(callback));
    }

    /// Passes an event to all callbacks, even after one returned `Stop`.
    fn all(
        &mut self,
        mut event: impl FnMut(&mut dyn Callback) -> Result<Flow, Error>,
    ) -> Result<Flow, Error> {
        let mut flow = Flow::Continue;
        for callback in &mut self.0 {
            flow = flow.and(event(callback.as_mut())?);
        }
        Ok(flow)
    }
}

impl Callback for Callbacks {
    fn on_run(&mut self, run: &RunDirectory) {
        for callback in &mut self.0 {
            callback.on_run(run);
        }
    }

    fn on_step(&mut self, step: u64) -> Result<Flow, Error> {
        self.all(|callback| callback.on_step(step))
    }

    fn on_progress(&mut self, progress: &Progress) {
        for callback in &mut self.0 {
            callback.on_progress(progress);
        }
    }

    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        self.0
            .iter_mut()
            .try_for_each(|callback| callback.on_metrics(record))
    }

    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, Error> {
        self.all(|callback| callback.on_epoch(progress, validation))
    }

    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, Error> {
        self.all(|callback| callback.on_checkpoint(checkpoint))
    }

    fn on_message(&mut self, level: Level, text: &str) {
        for callback in &mut self.0 {
            callback.on_message(level, text);
        }
    }

    fn on_end(&mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        for callback in &mut self.0 {
            let ended = callback.on_end(); // every callback is called, even if one fails
            outcome = outcome.and(ended);
        }
        outcome
    }
}

/// Requests that trainings stop, from any thread or signal handler.
///
/// A training then finishes its step, saves a checkpoint and returns.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Requests a stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether a stop was requested.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns whether the training continues.
    pub(crate) fn flow(&self) -> Flow {
        if self.is_cancelled() {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    /// The flag itself, for a signal handler that can only set one.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
