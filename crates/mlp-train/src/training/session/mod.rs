//! The training loop: from a state to the next, one update at a time.
//!
//! It runs inside Burn's `SupervisedTraining` as a custom learning strategy, because Burn's own loop
//! cannot stop within an epoch, shuffles anew after a resume, and wakes its metrics thread on every batch.

mod events;
mod figures;
mod saving;
mod validation;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use burn::train::{
    ClassificationOutput, Learner, LearnerEvent, SupervisedTrainingEventProcessor,
    TrainingComponents,
};

pub(super) use self::figures::DeviceTimes;
use self::figures::Pending;
use super::early_stopping::{EpochFigures, reason_to_stop};
use super::observer::Observer;
use super::records::Records;
use super::schedule::LearningRateSchedule;
use crate::error::{Error, TrainingError};
use crate::model::{Batch, Mlp, RowLoader};
use mlp_core::config::Config;
use mlp_core::error::RunError;
use mlp_core::fault;
use mlp_core::metrics::RunningMean;
use mlp_core::run::{
    Best, CheckpointWriter, MetricsLog, RunDirectory, Scope, Split, TrainingState,
};

/// Most updates whose losses wait on the device before they are read back together.
const MOST_PENDING: usize = 50;

/// How a training loop ended without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs done.
    Completed,
    /// By its own rule, which is named.
    Stopped(String),
    /// By this signal; a checkpoint is saved.
    Interrupted(usize),
}

/// A training in progress.
pub(super) struct Session {
    pub config: Arc<Config>,
    pub run: RunDirectory,
    pub state: TrainingState,
    pub train: RowLoader,
    /// The held-out rows, on the device without automatic differentiation.
    pub validation: Option<(RowLoader, Vec<u32>)>,
    pub schedule: LearningRateSchedule,
    pub metrics: MetricsLog,
    pub checkpoints: CheckpointWriter,
    /// The other end of Burn's checkpointers, once they are made.
    pub records: Option<Records>,
    pub times: DeviceTimes,
    pub observer: Box<dyn Observer>,
    /// Whether Burn's own shows its metrics.
    pub dashboard: bool,
    /// Number of the signal that asks for an end; 0 is none.
    pub interrupt: Arc<AtomicUsize>,
    pub started: Instant,
    pub seconds_before: f64,
    pub step_at_start: u64,
}

type Processor = SupervisedTrainingEventProcessor<Mlp>;
type Components = TrainingComponents<Mlp>;

impl Session {
    /// Trains to the end, or until interrupted. The state is saved whenever this returns `Ok`.
    pub fn train(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Ending, Error> {
        let ending = self.train_epochs(learner, burn);
        let saved = self.finish_saving();
        let ending = ending?; // of two errors, the first is the cause
        saved?;
        Ok(ending)
    }

    fn train_epochs(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Ending, Error> {
        while !self.is_over() {
            if let Some(signal) = self.train_epoch(learner, burn)? {
                return Ok(Ending::Interrupted(signal));
            }
        }
        Ok(self
            .state
            .stopped
            .clone()
            .map_or(Ending::Completed, Ending::Stopped))
    }

    fn is_over(&self) -> bool {
        self.state.epoch >= self.config.training.epochs || self.state.stopped.is_some()
    }

    /// Goes on to the end of the epoch; the answer is the signal that ended it before, if one did.
    fn train_epoch(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Option<usize>, Error> {
        let plan = self.train.plan();
        let order = self.train.order(self.state.epoch as u64);
        let start = LearnerEvent::StartSplit {
            epoch_number: self.state.epoch + 1,
            total_items: plan.rows_per_epoch(),
        };
        self.tell(burn, start);
        let mut pending = Vec::with_capacity(MOST_PENDING);
        while self.state.batch < plan.steps_per_epoch() {
            let rows = &order[plan.range(self.state.batch)];
            let item = update(learner, self.train.batch(rows, self.state.step));
            let labels = self.train.labels(rows);
            pending.push(Pending::new(&item, labels, self.train.is_resident()));
            let first = self.state.step == self.step_at_start;
            self.state.step += 1;
            self.state.batch += 1;
            fault::point("step").map_err(RunError::writing(self.run.path()))?;
            self.check_saving()?;

            let epoch_ends = self.state.batch == plan.steps_per_epoch();
            let log = self.is_due(self.config.training.log_every_steps);
            let validate = epoch_ends || self.is_due(self.config.training.evaluate_every_steps);
            let checkpoint = self.is_due(self.config.checkpoint.every_steps);
            let interrupted = self.interrupted(burn);
            let read_back = pending.len() == MOST_PENDING || first || log || validate || checkpoint;
            if read_back || interrupted.is_some() {
                let last = self.settle(&mut pending)?;
                self.observer.progress(&self.progress());
                if log {
                    self.record(Split::Train, Scope::Batch, last)?;
                    self.tell(burn, self.burn_item(item, learner));
                }
            }
            let validated = if validate {
                self.validate(learner, &mut burn.event_processor)?
            } else {
                None
            };
            let is_best = self.config.checkpoint.keep_best && self.note_best(validated);
            if epoch_ends {
                self.end_epoch(validated, burn)?;
            }
            let by_epoch = epoch_ends
                && is_multiple(self.state.epoch as u64, self.config.checkpoint.every_epochs);
            let is_over = self.is_over();
            if checkpoint || by_epoch || is_best || is_over || interrupted.is_some() {
                self.save(learner, burn)?;
            }
            if is_over {
                return Ok(None); // a signal that comes with the last update has nothing left to end
            }
            if epoch_ends || interrupted.is_some() {
                return Ok(interrupted);
            }
        }
        Ok(None)
    }

    fn is_due(&self, every: usize) -> bool {
        is_multiple(self.state.step, every)
    }

    fn interrupted(&self, burn: &Components) -> Option<usize> {
        match self.interrupt.load(Ordering::Relaxed) {
            0 if burn.interrupter.should_stop() => Some(signal_hook::consts::SIGINT as usize),
            0 => None,
            signal => Some(signal),
        }
    }

    /// Remembers these figures if they are the best of the training so far; the answer is whether.
    fn note_best(&mut self, validated: Option<RunningMean>) -> bool {
        let Some(figures) = validated else {
            return false;
        };
        let better = self
            .state
            .best
            .is_none_or(|best| figures.loss() < best.loss);
        if better {
            self.state.best = Some(Best {
                step: self.state.step,
                loss: figures.loss(),
                accuracy: figures.accuracy(),
            });
        }
        better
    }

    fn end_epoch(
        &mut self,
        validated: Option<RunningMean>,
        burn: &mut Components,
    ) -> Result<(), Error> {
        let figures = EpochFigures {
            train: self.state.epoch_metrics,
            validation: validated,
        };
        self.record(Split::Train, Scope::Epoch, figures.train)?;
        let validation =
            validated.map(|figures| self.figures(Split::Validation, Scope::Split, figures));
        self.observer.epoch(&self.progress(), validation.as_ref());
        let number = self.state.epoch + 1;
        self.tell(burn, LearnerEvent::EndSplit(number));
        self.tell(burn, LearnerEvent::EndEpoch(number));
        self.state.stopped = reason_to_stop(&self.config.early_stopping, &figures, &mut self.state);
        self.state.epoch += 1;
        self.state.batch = 0;
        self.state.epoch_metrics = RunningMean::default();
        Ok(())
    }

    fn diverged(&self, what: &'static str) -> TrainingError {
        TrainingError::Diverged {
            step: self.state.step,
            epoch: self.state.epoch + 1,
            what,
            learning_rate: self.learning_rate(),
            run: self.run.path().to_owned(),
        }
    }
}

/// One update of the weights: the only place where they change.
fn update(learner: &mut Learner<Mlp>, batch: Batch) -> ClassificationOutput {
    learner.lr_step();
    let output = learner.train_step(batch);
    learner.optimizer_step(output.grads);
    output.item
}

fn is_multiple(count: u64, every: usize) -> bool {
    every > 0 && count.is_multiple_of(every as u64)
}
