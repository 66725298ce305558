//! The training loop: from a state to the next, one update at a time.
//!
//! It runs inside Burn's `SupervisedTraining` as a custom learning strategy, because Burn's own loop
//! cannot stop within an epoch, shuffles anew after a resume, and wakes its metrics thread on every batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use burn::data::dataloader::Progress as BurnProgress;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::train::{
    ClassificationOutput, EventProcessorTraining, InferenceStep, Learner, LearnerEvent,
    SupervisedTrainingEventProcessor, TrainingComponents, TrainingItem,
};

use super::early_stopping::{EpochFigures, reason_to_stop};
use super::observer::{Observer, Progress};
use super::records::Records;
use super::schedule::LearningRateSchedule;
use crate::config::Config;
use crate::error::{Error, RunError, TrainingError};
use crate::inference::BATCH;
use crate::metrics::{RunningMean, argmax};
use crate::model::{Batch, Mlp, RowLoader};
use crate::run::{
    Best, Checkpoint, MetricsLog, MetricsRecord, RunDirectory, Scope, Split, TrainingState, fault,
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
    /// The other end of Burn's checkpointers, once they are made.
    pub records: Option<Records>,
    pub observer: Box<dyn Observer>,
    /// Number of the signal that asks for an end; 0 is none.
    pub interrupt: Arc<AtomicUsize>,
    pub started: Instant,
    pub seconds_before: f64,
    pub step_at_start: u64,
}

/// The figures of an update that are still on the device.
struct Pending {
    loss: Tensor<1>,
    logits: Tensor<2>,
    labels: Vec<u32>,
}

type Processor = SupervisedTrainingEventProcessor<Mlp>;

impl Session {
    /// Trains to the end, or until interrupted. The state is saved whenever this returns `Ok`.
    pub fn train(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut TrainingComponents<Mlp>,
    ) -> Result<Ending, Error> {
        let config = Arc::clone(&self.config);
        let plan = self.train.plan();
        let mut saved_at = self.step_at_start;
        while self.state.epoch < config.training.epochs && self.state.stopped.is_none() {
            let epoch = self.state.epoch;
            let order = self.train.order(epoch as u64);
            let start = LearnerEvent::StartSplit {
                epoch_number: epoch + 1,
                total_items: plan.rows_per_epoch(),
            };
            burn.interrupter
                .fail_on_error(burn.event_processor.process_train(start));
            let mut pending = Vec::with_capacity(MOST_PENDING);

            while self.state.batch < plan.steps_per_epoch() {
                let rows = &order[plan.range(self.state.batch)];
                let batch = self.train.batch(rows, self.state.step);
                let labels = self.train.labels(rows);
                let item = update(learner, batch);
                pending.push(Pending {
                    loss: item.loss.clone(),
                    logits: item.output.clone(),
                    labels,
                });
                self.state.step += 1;
                self.state.batch += 1;
                fault::point("step").map_err(RunError::writing(self.run.path()))?;

                let epoch_ends = self.state.batch == plan.steps_per_epoch();
                let log = due(self.state.step, config.training.log_every_steps);
                let validate =
                    due(self.state.step, config.training.evaluate_every_steps) || epoch_ends;
                let checkpoint = due(self.state.step, config.checkpoint.every_steps);
                let interrupted = self.interrupted(burn);
                if pending.len() == MOST_PENDING
                    || log
                    || validate
                    || checkpoint
                    || interrupted.is_some()
                {
                    let last = self.settle(&mut pending)?;
                    self.observer.progress(&self.progress());
                    if log {
                        self.record(Split::Train, Scope::Batch, last)?;
                        let done = BurnProgress::new(
                            plan.range(self.state.batch - 1).end,
                            plan.rows_per_epoch(),
                            None,
                        );
                        let item = TrainingItem::new(
                            item,
                            done,
                            usize::try_from(self.state.step).ok(),
                            Some(learner.lr_current()),
                        );
                        let event = LearnerEvent::ProcessedItem(item);
                        burn.interrupter
                            .fail_on_error(burn.event_processor.process_train(event));
                    }
                }
                let mut is_best = false;
                let mut validation = None;
                if validate && self.validation.is_some() {
                    let figures = self.validate(learner, &mut burn.event_processor)?;
                    is_best = config.checkpoint.keep_best && self.note_best(figures);
                    validation = Some(figures);
                }
                if epoch_ends {
                    self.end_epoch(validation, burn)?;
                }
                let ends =
                    self.state.epoch == config.training.epochs || self.state.stopped.is_some();
                let by_epoch =
                    epoch_ends && due(self.state.epoch as u64, config.checkpoint.every_epochs);
                if checkpoint || by_epoch || is_best || ends || interrupted.is_some() {
                    self.save(learner, burn)?;
                    saved_at = self.state.step;
                }
                if let Some(signal) = interrupted
                    && !ends
                {
                    return Ok(Ending::Interrupted(signal));
                }
                if epoch_ends {
                    break;
                }
            }
        }
        if saved_at != self.state.step || Checkpoint::steps(&self.run).is_empty() {
            self.save(learner, burn)?;
        }
        Ok(self
            .state
            .stopped
            .clone()
            .map_or(Ending::Completed, Ending::Stopped))
    }

    fn interrupted(&self, burn: &TrainingComponents<Mlp>) -> Option<usize> {
        match self.interrupt.load(Ordering::Relaxed) {
            0 if burn.interrupter.should_stop() => Some(signal_hook::consts::SIGINT as usize),
            0 => None,
            signal => Some(signal),
        }
    }

    /// Reads the waiting figures back into the epoch's; the answer are those of the last batch.
    fn settle(&mut self, pending: &mut Vec<Pending>) -> Result<RunningMean, Error> {
        let mut last = RunningMean::default();
        for Pending {
            loss,
            logits,
            labels,
        } in pending.drain(..)
        {
            let loss = f64::from(loss.into_scalar::<f32>());
            let logits = read(logits);
            let classes = logits.len() / labels.len();
            let predictions = logits.chunks_exact(classes).map(argmax);
            let correct = predictions
                .zip(&labels)
                .filter(|(prediction, label)| *prediction == **label as usize);
            last = RunningMean::default();
            last.add(loss, correct.count() as u64, labels.len() as u64);
            self.state.epoch_figures.merge(&last);
        }
        if self.state.epoch_figures.loss().is_finite() {
            Ok(last)
        } else {
            Err(self.diverged("loss").into())
        }
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

    /// Scores the held-out rows with the weights as they are.
    fn validate(
        &mut self,
        learner: &Learner<Mlp>,
        processor: &mut Processor,
    ) -> Result<RunningMean, Error> {
        let Some((loader, rows)) = &self.validation else {
            return Ok(RunningMean::default());
        };
        let model = learner.model().valid();
        let mut figures = RunningMean::default();
        let epoch_number = self.state.epoch + 1;
        let mut tell = |event| {
            processor
                .process_valid(event)
                .map_err(|error| TrainingError::Engine(error.to_string()))
        };
        tell(LearnerEvent::StartSplit {
            epoch_number,
            total_items: rows.len(),
        })?;
        let mut done = 0;
        for rows_of_chunk in rows.chunks(BATCH) {
            let item = InferenceStep::step(&model, loader.batch(rows_of_chunk, self.state.step));
            figures.merge(&RunningMean::of_logits(
                &read(item.output.clone()),
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
        Ok(figures)
    }

    fn note_best(&mut self, figures: RunningMean) -> bool {
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
        validation: Option<RunningMean>,
        burn: &mut TrainingComponents<Mlp>,
    ) -> Result<(), Error> {
        let figures = EpochFigures {
            train: self.state.epoch_figures,
            validation,
        };
        self.record(Split::Train, Scope::Epoch, figures.train)?;
        let validation =
            validation.map(|figures| self.figures(Split::Validation, Scope::Split, figures));
        self.observer.epoch(&self.progress(), validation.as_ref());
        let number = self.state.epoch + 1;
        for event in [
            LearnerEvent::EndSplit(number),
            LearnerEvent::EndEpoch(number),
        ] {
            burn.interrupter
                .fail_on_error(burn.event_processor.process_train(event));
        }
        self.state.stopped = reason_to_stop(&self.config.early_stopping, &figures, &mut self.state);
        self.state.epoch += 1;
        self.state.batch = 0;
        self.state.epoch_figures = RunningMean::default();
        Ok(())
    }

    /// Saves a checkpoint of the learner; never one with weights that are not finite.
    fn save(
        &mut self,
        learner: &Learner<Mlp>,
        burn: &mut TrainingComponents<Mlp>,
    ) -> Result<(), Error> {
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
        let packed = |bytes: Result<burn::tensor::Bytes, burn::store::RecordError>| {
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
        let best = self.state.best.map(|best| best.step);
        Checkpoint::prune(&self.run, self.config.checkpoint.keep_last, best)?;
        Ok(())
    }

    fn record(&mut self, split: Split, scope: Scope, figures: RunningMean) -> Result<(), RunError> {
        let record = self.figures(split, scope, figures);
        self.metrics.append(&record)
    }

    fn figures(&self, split: Split, scope: Scope, figures: RunningMean) -> MetricsRecord {
        MetricsRecord {
            step: self.state.step,
            epoch: self.state.epoch + 1,
            split,
            scope,
            loss: figures.loss(),
            accuracy: figures.accuracy(),
            learning_rate: self.learning_rate(),
            seconds: self.seconds(),
        }
    }

    /// Rate of the last update.
    fn learning_rate(&self) -> f64 {
        self.schedule.rate(self.state.step.saturating_sub(1))
    }

    /// Training time so far, over all resumptions.
    pub fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    #[allow(clippy::cast_precision_loss)] // counts far below 2⁵³
    fn progress(&self) -> Progress {
        let plan = self.train.plan();
        let steps = plan.steps_per_epoch() as u64 * self.config.training.epochs as u64;
        let elapsed = self.started.elapsed().as_secs_f64();
        let done = (self.state.step - self.step_at_start) as f64;
        let steps_per_second = done / elapsed;
        Progress {
            step: self.state.step,
            steps,
            epoch: self.state.epoch + 1,
            epochs: self.config.training.epochs,
            loss: self.state.epoch_figures.loss(),
            accuracy: self.state.epoch_figures.accuracy(),
            learning_rate: self.learning_rate(),
            rows_per_second: steps_per_second * plan.rows_per_epoch() as f64
                / plan.steps_per_epoch() as f64,
            remaining_seconds: steps.saturating_sub(self.state.step) as f64 / steps_per_second,
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

fn due(count: u64, every: usize) -> bool {
    every > 0 && count.is_multiple_of(every as u64)
}

fn read(logits: Tensor<2>) -> Vec<f32> {
    logits
        .into_data()
        .convert::<f32>()
        .try_to_vec()
        .unwrap_or_default() // just converted to this type
}
