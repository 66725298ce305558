//! A callback that writes the metrics and the checkpoints of a training to its run folder.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mlp_core::error::RunError;
use mlp_core::fault;
use mlp_core::run::{
    Checkpoint, CheckpointWriter, MetricsLog, MetricsRecord, RunDirectory, Written,
};

use crate::callback::{Callback, Callbacks, Flow, Level, Progress};
use crate::error::Error;

/// Writes a training to its run folder, and forwards all events to other callbacks.
pub(super) struct RunFolder {
    run: RunDirectory,
    metrics: SharedLog,
    checkpoints: CheckpointWriter,
    followers: Callbacks,
}

/// The open log, shared with the end of the training, which appends to it.
#[derive(Clone)]
pub(super) struct SharedLog(Arc<Mutex<MetricsLog>>);

impl SharedLog {
    pub fn new(log: MetricsLog) -> Self {
        Self(Arc::new(Mutex::new(log)))
    }

    pub fn lock(&self) -> MutexGuard<'_, MetricsLog> {
        // A line that a panic cut off is not counted, and is cut off on resume.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunFolder {
    /// Keeps the `keep_last` newest checkpoints in addition to the best.
    pub fn new(
        run: &RunDirectory,
        metrics: SharedLog,
        keep_last: usize,
        followers: Callbacks,
    ) -> Self {
        Self {
            run: run.clone(),
            metrics,
            checkpoints: CheckpointWriter::new(run, keep_last),
            followers,
        }
    }

    fn report(&mut self, written: Option<Written>) {
        if let Some(Written { step, seconds }) = written {
            let text = format!(
                "checkpoint of step {step} written in {:.1} ms, in the background",
                1e3 * seconds
            );
            self.followers.on_message(Level::Detail, &text);
        }
    }
}

impl Callback for RunFolder {
    fn on_run(&mut self, run: &RunDirectory) {
        self.followers.on_run(run);
    }

    /// Fails if a checkpoint could not be written, which ends the training.
    fn on_step(&mut self, step: u64) -> Result<Flow, Error> {
        fault::point("step").map_err(RunError::writing(self.run.path()))?;
        let written = self.checkpoints.poll()?;
        self.report(written);
        self.followers.on_step(step)
    }

    fn on_progress(&mut self, progress: &Progress) {
        self.followers.on_progress(progress);
    }

    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        self.metrics.lock().append(record)?;
        self.followers.on_metrics(record)
    }

    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, Error> {
        self.followers.on_epoch(progress, validation)
    }

    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, Error> {
        let unsynced = self.metrics.lock().unsynced()?;
        let before = self.checkpoints.write(Arc::clone(checkpoint), unsynced)?;
        self.report(before);
        self.followers.on_checkpoint(checkpoint)
    }

    fn on_message(&mut self, level: Level, text: &str) {
        self.followers.on_message(level, text);
    }

    /// Waits until the last checkpoint is written.
    fn on_end(&mut self) -> Result<(), Error> {
        let written = self.checkpoints.finish();
        let last = written.map(|written| self.report(written));
        let ended = self.followers.on_end();
        last?; // of two errors, the first is the cause
        ended
    }
}
