//! Scoring the held-out rows while training.

use burn::data::dataloader::Progress as BurnProgress;
use burn::module::Module;
use burn::train::{EventProcessorTraining, InferenceStep, Learner, LearnerEvent, TrainingItem};

use super::figures::read;
use super::{Processor, Session};
use crate::error::{Error, TrainingError};
use crate::model::Mlp;
use mlp_core::metrics::RunningMean;
use mlp_core::model::PREDICTION_BATCH;
use mlp_core::run::{Scope, Split};

impl Session {
    /// Scores the held-out rows, if there are any, with the weights as they are.
    pub(super) fn validate(
        &mut self,
        learner: &Learner<Mlp>,
        processor: &mut Processor,
    ) -> Result<Option<RunningMean>, Error> {
        let Some((loader, rows)) = &self.validation else {
            return Ok(None);
        };
        let model = learner.model().valid();
        let mut figures = RunningMean::default();
        let epoch_number = self.state.epoch + 1;
        let mut tell = |event| {
            if !self.dashboard {
                return Ok(());
            }
            processor
                .process_valid(event)
                .map_err(|error| TrainingError::Engine(error.to_string()))
        };
        tell(LearnerEvent::StartSplit {
            epoch_number,
            total_items: rows.len(),
        })?;
        let mut done = 0;
        for rows_of_chunk in rows.chunks(PREDICTION_BATCH) {
            let item = InferenceStep::step(&model, loader.batch(rows_of_chunk, self.state.step));
            let logits = read(item.output.clone())?;
            figures.merge(&RunningMean::of_logits(
                &logits,
                &loader.labels(rows_of_chunk),
            ));
            done += rows_of_chunk.len();
            let progress = BurnProgress::new(done, rows.len(), None);
            let step = usize::try_from(self.state.step).ok();
            tell(LearnerEvent::ProcessedItem(TrainingItem::new(
                item, progress, step, None,
            )))?;
        }
        tell(LearnerEvent::EndSplit(epoch_number))?;
        if !figures.loss().is_finite() {
            return Err(self.diverged("validation loss").into());
        }
        self.record(Split::Validation, Scope::Split, figures)?;
        Ok(Some(figures))
    }
}
