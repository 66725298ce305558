//! From a learner to a checkpoint.

use std::time::Instant;

use burn::store::RecordError;
use burn::tensor::Bytes;
use burn::train::Learner;

use super::{Components, Session};
use crate::error::{Error, TrainingError};
use crate::model::Mlp;
use crate::run::Checkpoint;
use crate::training::records::Records;

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
            .map_err(|error| self.device_failed(&error.to_string()))?;
        self.times.waiting += started.elapsed().as_secs_f64();
        if !learner.model().is_finite() {
            return Err(self.diverged("weights").into());
        }
        let engine = |cause: &str| Error::from(TrainingError::Engine(cause.to_owned()));
        let checkpointer = burn
            .checkpointer
            .as_mut()
            .ok_or_else(|| engine("no checkpointers"))?;
        checkpointer.checkpoint(learner, self.state.epoch, &burn.event_store);
        let (model, optimizer) = self
            .records
            .as_ref()
            .and_then(Records::take)
            .ok_or_else(|| engine("no records to save"))?;
        self.state.metrics_lines = self.metrics.sync()?;
        self.state.seconds = self.seconds();
        let optimizer_tensors = optimizer.len();
        let packed = |bytes: Result<Bytes, RecordError>| {
            bytes
                .map(|bytes| bytes.to_vec())
                .map_err(|error| engine(&error.to_string()))
        };
        let checkpoint = Checkpoint {
            model: packed(model.into_bytes())?,
            optimizer: packed(optimizer.into_bytes())?,
            optimizer_tensors,
            state: self.state.clone(),
        };
        checkpoint.save(&self.run)?;
        checkpoint.prune_others(&self.run, self.config.checkpoint.keep_last)?;
        self.observer.detail(&format!(
            "checkpoint of step {} saved in {:.1} ms",
            self.state.step,
            1e3 * started.elapsed().as_secs_f64()
        ));
        Ok(())
    }
}
