//! Writes checkpoints in the background, because syncing one to the disk takes as long as about a thousand updates.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::Checkpoint;
use crate::error::RunError;
use crate::run::{RunDirectory, UnsyncedMetrics};

/// Background writer of checkpoints, one at a time. Dropping it waits for the last one.
#[derive(Debug)]
pub struct CheckpointWriter {
    run: RunDirectory,
    keep_last: usize,
    writing: Option<JoinHandle<Result<Written, RunError>>>,
}

/// A checkpoint that has been written to the disk.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Step.
    pub step: u64,
    /// Time that writing took, in seconds.
    pub seconds: f64,
}

impl CheckpointWriter {
    /// Creates a writer for a run that keeps the `keep_last` newest checkpoints and the best one.
    #[must_use]
    pub fn new(run: &RunDirectory, keep_last: usize) -> Self {
        Self {
            run: run.clone(),
            keep_last,
            writing: None,
        }
    }

    /// Waits for the previous checkpoint, then starts to write this one after syncing its metrics.
    ///
    /// Returns the previous checkpoint unless [`Self::poll`] already returned it.
    ///
    /// # Errors
    /// If the previous checkpoint could not be written, or no thread can be spawned.
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

    /// Returns the checkpoint that was being written, if it is done. Does not block.
    ///
    /// # Errors
    /// If the checkpoint could not be written.
    pub fn poll(&mut self) -> Result<Option<Written>, RunError> {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            self.finish()
        } else {
            Ok(None)
        }
    }

    /// Waits for the checkpoint that is being written, if any.
    ///
    /// # Errors
    /// If the checkpoint could not be written.
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
        // The writer is dropped before `finish` only if another error occurred, which takes precedence.
        if let Some(writing) = self.writing.take() {
            let _ = writing.join();
        }
    }
}
