//! What a training tells while it runs.

use mlp_core::run::{MetricsRecord, RunDirectory};

/// Where a training stands, told every few steps.
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

/// Somebody who is told; every method may do nothing.
pub trait Observer: Send {
    /// The run folder is there.
    fn started(&mut self, run: &RunDirectory) {
        let _ = run;
    }

    /// The training stands here.
    fn progress(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// An epoch has ended; `validation` if it was validated.
    fn epoch(&mut self, progress: &Progress, validation: Option<&MetricsRecord>) {
        let _ = (progress, validation);
    }

    /// Something a user must know.
    fn note(&mut self, text: &str) {
        let _ = text;
    }

    /// Something that only a user who wants to know everything cares for.
    fn detail(&mut self, text: &str) {
        let _ = text;
    }

    /// The training loop has ended, for whatever reason.
    fn ended(&mut self) {}
}

/// Tells nobody.
pub struct NoObserver;

impl Observer for NoObserver {}
