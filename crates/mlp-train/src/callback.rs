//! What a training reports while it runs, and who listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mlp_core::run::{Checkpoint, MetricsRecord, RunDirectory};

use crate::error::Error;

/// Where a training stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Updates in all, if no rule ends the training before.
    pub steps: u64,
    /// Counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Mean loss of the epoch so far.
    pub loss: f64,
    /// Accuracy of the epoch so far.
    pub accuracy: f64,
    /// Rate of the last update.
    pub learning_rate: f64,
    /// Training rows a second since the start or the resume.
    pub rows_per_second: f64,
    /// Seconds that are left at this speed.
    pub remaining_seconds: f64,
}

/// Whether a training goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Continue,
    /// The training ends here, after a checkpoint from which it can be resumed.
    Stop,
}

impl Flow {
    /// Stops if either does.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Stop { self } else { other }
    }
}

/// Who a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A user should know.
    Note,
    /// Only a user who wants to know everything cares.
    Detail,
}

/// Receives training events. All methods are optional.
///
/// An error ends the training; the first one is returned.
pub trait Callback: Send {
    /// The run folder exists; a training in memory has none.
    fn on_run(&mut self, run: &RunDirectory) {
        let _ = run;
    }

    /// An update was made; `step` is how many there were. Called after each: it must be cheap.
    ///
    /// # Errors
    /// Whatever should end the training.
    fn on_step(&mut self, step: u64) -> Result<Flow, Error> {
        let _ = step;
        Ok(Flow::Continue)
    }

    /// The metrics of the last updates were read back: every few steps.
    fn on_progress(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// A line of the training's history.
    ///
    /// # Errors
    /// Whatever should end the training.
    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        let _ = record;
        Ok(())
    }

    /// An epoch has ended; `validation` if it was validated.
    ///
    /// # Errors
    /// Whatever should end the training.
    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, Error> {
        let _ = (progress, validation);
        Ok(Flow::Continue)
    }

    /// The state was taken: it can be resumed from.
    ///
    /// # Errors
    /// Whatever should end the training.
    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, Error> {
        let _ = checkpoint;
        Ok(Flow::Continue)
    }

    /// Called with a message about the training.
    fn on_message(&mut self, level: Level, text: &str) {
        let _ = (level, text);
    }

    /// The training loop has ended, for whatever reason.
    ///
    /// # Errors
    /// If what was begun could not be finished.
    fn on_end(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// Several callbacks, called in order.
#[derive(Default)]
pub struct Callbacks(Vec<Box<dyn Callback>>);

impl Callbacks {
    /// A single one.
    #[must_use]
    pub fn of(callback: impl Callback + 'static) -> Self {
        Self(vec![Box::new(callback)])
    }

    /// Adds one behind the others.
    pub fn push(&mut self, callback: impl Callback + 'static) {
        self.0.push(Box::new(callback));
    }

    /// Passes an event to all, also after one asked for an end.
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
            let ended = callback.on_end(); // each is called, even if one fails
            outcome = outcome.and(ended);
        }
        outcome
    }
}

/// Asks trainings to end, from any thread or signal handler.
///
/// A training that is asked finishes its step, takes a checkpoint and returns.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for a signal handler that can only set one.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
