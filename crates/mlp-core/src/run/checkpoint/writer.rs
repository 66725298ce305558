//! Writes checkpoints while the training goes on: a disk takes as long to be sure of one as a thousand updates.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::Checkpoint;
use crate::error::RunError;
use crate::run::{RunDirectory, UnsyncedMetrics};

/// Writes one checkpoint at a time. Dropping it waits for the last one.
#[derive(Debug)]
pub struct CheckpointWriter {
    run: RunDirectory,
    keep_last: usize,
    writing: Option<JoinHandle<Result<Written, RunError>>>,
}

/// A checkpoint that is on the disk.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Its step.
    pub step: u64,
    /// What it took.
    pub seconds: f64,
}

impl CheckpointWriter {
    /// A writer into a run, in which besides the best so many of the newest checkpoints stay.
    #[must_use]
    pub fn new(run: &RunDirectory, keep_last: usize) -> Self {
        Self {
            run: run.clone(),
            keep_last,
            writing: None,
        }
    }

    /// Begins to write a checkpoint, after the metrics it knows of; answers with the one before, if it is done
    /// with that only now.
    ///
    /// # Errors
    /// If the one before could not be written, or the system has no thread left.
    pub fn write(
        &mut self,
        checkpoint: Arc<Checkpoint>,
        metrics: UnsyncedMetrics,
    ) -> Result<Option<Written>, RunError> {
        let before = self.finish()?;
        let (run, keep_last) = (self.run.clone(), self.keep_last);
        let work = move || {
            let started = Instant::now();
            metrics.sync()?;
            checkpoint.save(&run)?;
            checkpoint.prune_others(&run, keep_last)?;
            Ok(Written {
                step: checkpoint.state.step,
                seconds: started.elapsed().as_secs_f64(),
            })
        };
        let thread = thread::Builder::new().name("checkpoints".to_owned());
        let writing = thread
            .spawn(work)
            .map_err(RunError::writing(self.run.checkpoints()))?;
        self.writing = Some(writing);
        Ok(before)
    }

    /// The checkpoint that was being written, if that is done; waits for nothing.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn poll(&mut self) -> Result<Option<Written>, RunError> {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            self.finish()
        } else {
            Ok(None)
        }
    }

    /// Waits for the checkpoint that is being written, if one is.
    ///
    /// # Errors
    /// If it could not be.
    pub fn finish(&mut self) -> Result<Option<Written>, RunError> {
        let Some(writing) = self.writing.take() else {
            return Ok(None);
        };
        match writing.join() {
            Ok(written) => written.map(Some),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for CheckpointWriter {
    fn drop(&mut self) {
        // Whoever drops it unfinished has an error of its own to tell.
        if let Some(writing) = self.writing.take() {
            let _ = writing.join();
        }
    }
}
