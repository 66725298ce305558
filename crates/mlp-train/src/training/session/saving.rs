//! From a learner to a checkpoint.

use std::time::Instant;

use burn::train::Learner;

use super::{Components, Session};
use crate::backend::failure;
use crate::error::{Error, TrainingError};
use crate::model::Mlp;
use crate::training::records::{Records, pack};
use mlp_core::run::Written;

impl Session {
    /// Saves a checkpoint of the learner; never one with weights that are not finite.
    pub(super) fn save(
        &mut self,
        learner: &Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<(), Error> {
        let started = Instant::now();
        let device = learner.model().device();
        device
            .sync()
            .map_err(|error| failure::reported(&error.to_string()))?;
        self.times.waiting += started.elapsed().as_secs_f64();
        let network = learner.model().to_network();
        if !network.is_finite() {
            return Err(self.diverged("weights").into());
        }
        let engine = |cause: &str| Error::from(TrainingError::Engine(cause.to_owned()));
        let checkpointer = burn
            .checkpointer
            .as_mut()
            .ok_or_else(|| engine("no checkpointers"))?;
        checkpointer.checkpoint(learner, self.state.epoch, &burn.event_store);
        let optimizer = self
            .records
            .as_ref()
            .and_then(Records::take)
            .ok_or_else(|| engine("no records to save"))?;
        self.state.metrics_lines = self.metrics.lines();
        self.state.seconds = self.seconds();
        let checkpoint = pack(network, optimizer, self.state.clone())
            .map_err(|error| engine(&error.to_string()))?;
        let before = self
            .checkpoints
            .write(checkpoint, self.metrics.unsynced()?)?;
        self.tell_written(before);
        Ok(())
    }

    /// Hears of the checkpoint that is being written: if it could not be, the training ends here.
    pub(super) fn check_saving(&mut self) -> Result<(), Error> {
        let written = self.checkpoints.poll()?;
        self.tell_written(written);
        Ok(())
    }

    /// Waits until the last checkpoint is on the disk.
    pub(super) fn finish_saving(&mut self) -> Result<(), Error> {
        let last = self.checkpoints.finish()?;
        self.tell_written(last);
        Ok(())
    }

    fn tell_written(&mut self, written: Option<Written>) {
        if let Some(Written { step, seconds }) = written {
            self.observer.detail(&format!(
                "checkpoint of step {step} written in {:.1} ms, beside the training",
                1e3 * seconds
            ));
        }
    }
}
