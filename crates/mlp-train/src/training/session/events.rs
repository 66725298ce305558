//! What Burn's metrics and its dashboard are told.

use burn::data::dataloader::Progress as BurnProgress;
use burn::train::{
    ClassificationOutput, EventProcessorTraining, Learner, LearnerEvent, TrainingItem,
};

use super::{Components, Session};
use crate::model::Mlp;

impl Session {
    /// The update just made, for Burn's metrics.
    pub(super) fn burn_item(
        &self,
        item: ClassificationOutput,
        learner: &Learner<Mlp>,
    ) -> LearnerEvent<ClassificationOutput> {
        let plan = self.train.plan();
        let done = plan.range(self.state.batch - 1).end;
        LearnerEvent::ProcessedItem(TrainingItem::new(
            item,
            BurnProgress::new(done, plan.rows_per_epoch(), None),
            usize::try_from(self.state.step).ok(),
            Some(learner.lr_current()),
        ))
    }

    /// Passes an event to Burn's metrics, if anybody sees them: each wakes a thread, which takes the processor from
    /// those that train. If the metrics fail, the training is interrupted.
    pub(super) fn tell(&self, burn: &mut Components, event: LearnerEvent<ClassificationOutput>) {
        if self.dashboard {
            let told = burn.event_processor.process_train(event);
            burn.interrupter.fail_on_error(told);
        }
    }
}
