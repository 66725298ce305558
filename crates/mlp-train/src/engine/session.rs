//! The training loop, one update at a time.
//!
//! It runs inside Burn's `SupervisedTraining` as a custom learning strategy, because Burn's own loop
//! cannot stop within an epoch, reshuffles after a resume, and wakes its metrics thread on every batch.

use std::sync::Arc;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use burn::train::{InferenceStep, Learner, TrainingComponents};
use mlp_core::config::Config;
use mlp_core::decision::Decision;
use mlp_core::evaluation::measure;
use mlp_core::metrics::MetricAccumulator;
use mlp_core::model::PREDICTION_BATCH;
use mlp_core::run::{Best, MetricsRecord, Scope, Split, TrainingState};
use mlp_core::task::{Loss, Metric, Scores};

use super::Ending;
use super::checkpoint_bridge::{OptimizerRecords, pack};
use super::early_stopping::{EpochMetrics, name, reason_to_stop};
use super::pending::{DeviceTimes, Pending, read};
use super::plateau;
use crate::backend::failure;
use crate::callback::{Callback as _, Callbacks, Cancel, Flow, Level, Progress};
use crate::error::{Error, TrainingError};
use crate::model::{Batch, BatchLoader, Mlp, StepOutput};
use crate::training::{LearningRateSchedule, RecordedDrops};

/// Most updates whose losses wait on the device before they are read back together.
const MAX_PENDING: usize = 50;

type Components = TrainingComponents<Mlp>;

/// A training in progress.
pub struct Session {
    pub config: Arc<Config>,
    pub state: TrainingState,
    /// What is minimised.
    pub loss: Loss,
    pub train: BatchLoader,
    /// The held-out rows, on the device without automatic differentiation, and their numbers.
    pub validation: Option<(BatchLoader, Vec<u32>)>,
    pub schedule: LearningRateSchedule,
    pub drops: RecordedDrops,
    /// Validation metrics that are watched beyond those that are measured anyway.
    pub measured: Vec<Metric>,
    /// How held-out rows are classified; a threshold that is chosen by a rule is not known yet.
    pub decision: Decision,
    /// Receives from Burn's checkpointers, once they exist.
    pub(super) records: Option<OptimizerRecords>,
    pub times: DeviceTimes,
    pub callbacks: Callbacks,
    pub cancel: Cancel,
    pub started: Instant,
    pub seconds_before: f64,
    pub step_at_start: u64,
}

impl Session {
    /// Trains to the end, or until a stop is requested. A checkpoint is saved whenever this returns `Ok`.
    pub fn train(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Ending, Error> {
        let ending = self.train_epochs(learner, burn);
        let ended = self.callbacks.on_end();
        let ending = ending?; // of two errors, the first is the cause
        ended?;
        Ok(ending)
    }

    fn train_epochs(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Ending, Error> {
        while !self.is_over() {
            if self.train_epoch(learner, burn)? == Flow::Stop {
                return Ok(Ending::Cancelled);
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

    /// Trains to the end of the epoch, or until a stop is requested.
    fn train_epoch(
        &mut self,
        learner: &mut Learner<Mlp>,
        burn: &mut Components,
    ) -> Result<Flow, Error> {
        let plan = self.train.plan();
        let order = self.train.order(self.state.epoch as u64);
        let mut pending = Vec::with_capacity(MAX_PENDING);
        while self.state.batch < plan.steps_per_epoch() {
            let rows = &order[plan.range(self.state.batch)];
            let item = update(learner, self.train.batch(rows, self.state.step));
            pending.push(Pending::new(
                &item,
                self.train.target(rows),
                self.train.weights(rows),
                self.train.targets().scaling(),
                self.train.is_on_device(),
            ));
            let first = self.state.step == self.step_at_start;
            self.state.step += 1;
            self.state.batch += 1;
            let mut flow = self
                .callbacks
                .on_step(self.state.step)?
                .and(self.cancel.flow());

            let epoch_ends = self.state.batch == plan.steps_per_epoch();
            let log = self.is_due(self.config.training.log_every_steps);
            let validate = epoch_ends || self.is_due(self.config.training.evaluate_every_steps);
            let checkpoint = self.is_due(self.config.checkpoint.every_steps);
            let read_back = pending.len() == MAX_PENDING || first || log || validate || checkpoint;
            if read_back || flow == Flow::Stop {
                let last = self.settle(&mut pending)?;
                self.callbacks.on_progress(&self.progress());
                if log {
                    self.record(Split::Train, Scope::Batch, last.scores())?;
                }
            }
            let validated = if validate {
                self.validate(learner)?
            } else {
                None
            };
            let is_best = self.config.checkpoint.keep_best && self.note_best(validated.as_ref());
            if epoch_ends {
                flow = flow.and(self.end_epoch(validated.as_ref())?);
            }
            let by_epoch = epoch_ends
                && is_multiple(self.state.epoch as u64, self.config.checkpoint.every_epochs);
            let is_over = self.is_over();
            if checkpoint || by_epoch || is_best || is_over || flow == Flow::Stop {
                flow = flow.and(self.save(learner, burn)?);
            }
            if is_over {
                return Ok(Flow::Continue); // after the last update there is nothing left to stop
            }
            if epoch_ends || flow == Flow::Stop {
                return Ok(flow);
            }
        }
        Ok(Flow::Continue)
    }

    fn is_due(&self, every: usize) -> bool {
        is_multiple(self.state.step, every)
    }

    /// Reads pending metrics back into those of the epoch; returns those of the last batch.
    ///
    /// Batches are added one after the other, so that the sum does not depend on when they are read back.
    fn settle(&mut self, pending: &mut Vec<Pending>) -> Result<MetricAccumulator, Error> {
        let started = Instant::now();
        let read = Pending::read(pending)?;
        pending.clear();
        self.times.waiting += started.elapsed().as_secs_f64();
        let elapsed = || self.started.elapsed().as_secs_f64();
        self.times.first_update.get_or_insert_with(elapsed);
        let mut last = MetricAccumulator::default();
        for metrics in read {
            self.state.epoch_metrics.merge(&metrics);
            last = metrics;
        }
        if self.state.epoch_metrics.is_finite() {
            Ok(last)
        } else {
            Err(self.diverged("loss").into())
        }
    }

    /// Evaluates the held-out rows, if any, with the current weights, and records the metrics.
    fn validate(&mut self, learner: &Learner<Mlp>) -> Result<Option<MetricsRecord>, Error> {
        let Some((loader, rows)) = &self.validation else {
            return Ok(None);
        };
        let model = learner.model().valid();
        let mut metrics = MetricAccumulator::default();
        let mut all_outputs = Vec::new();
        for rows_of_chunk in rows.chunks(PREDICTION_BATCH) {
            let item = InferenceStep::step(&model, loader.batch(rows_of_chunk, self.state.step));
            let outputs = read(item.outputs())?;
            metrics.merge(&MetricAccumulator::of_outputs(
                &outputs,
                &loader.target(rows_of_chunk),
                loader.weights(rows_of_chunk).as_deref(),
                self.loss,
                &loader.targets().scaling(),
            ));
            if !self.measured.is_empty() {
                all_outputs.extend_from_slice(&outputs);
            }
        }
        if !metrics.is_finite() {
            return Err(self.diverged("validation loss").into());
        }
        let mut scores = metrics.scores();
        if !self.measured.is_empty() {
            let (target, weights) = (loader.target(rows), loader.weights(rows));
            let scaling = loader.targets().scaling();
            let weights = weights.as_deref();
            let measured = measure(
                &self.measured,
                &all_outputs,
                &target,
                weights,
                &scaling,
                &self.decision,
            );
            scores.extend(measured.iter());
        }
        self.record(Split::Validation, Scope::Split, scores)
            .map(Some)
    }

    /// Keeps these metrics if they are the best so far; returns `true` if they are.
    fn note_best(&mut self, validated: Option<&MetricsRecord>) -> bool {
        let Some(MetricsRecord { scores, .. }) = validated else {
            return false;
        };
        let metric = self.config.early_stopping.choosing().metric();
        let Some(value) = scores.get(metric) else {
            return false;
        };
        let best = self.state.best.as_ref();
        let best = best.and_then(|best| best.scores.get(metric));
        let better = best.is_none_or(|best| metric.is_better(value, best));
        if better {
            self.state.best = Some(Best {
                step: self.state.step,
                scores: scores.clone(),
            });
        }
        better
    }

    fn end_epoch(&mut self, validated: Option<&MetricsRecord>) -> Result<Flow, Error> {
        let train = self.record(
            Split::Train,
            Scope::Epoch,
            self.state.epoch_metrics.scores(),
        )?;
        let progress = self.progress();
        let flow = self.callbacks.on_epoch(&progress, validated)?;
        let metrics = EpochMetrics {
            train: &train.scores,
            validation: validated.map(|record| &record.scores),
        };
        let section = &self.config.early_stopping;
        self.state.stopped = reason_to_stop(section, &metrics, &mut self.state);
        if let Some(value) = metrics.value(section.metric) {
            self.drop_on_plateau(value);
        }
        self.state.epoch += 1;
        self.state.batch = 0;
        self.state.epoch_metrics = MetricAccumulator::default();
        Ok(flow)
    }

    /// Drops the rate if the schedule says so and the watched metric, of this value now, has not improved for long enough.
    fn drop_on_plateau(&mut self, value: f64) {
        let (step, watched) = (self.state.step, self.config.early_stopping.metric);
        if self.schedule.is_warming_up(step) {
            return;
        }
        let plateau = &mut self.state.plateau;
        let before = self.schedule.rate(step, &plateau.drops);
        let schedule = self.config.schedule.kind;
        let stale = plateau::record_epoch(schedule, watched.metric(), value, step, plateau);
        let after = self.schedule.rate(step, &plateau.drops);
        if let Some(stale) = stale
            && after < before
        {
            self.drops.replace(&plateau.drops);
            let text = format!(
                "the learning rate falls to {after} after epoch {}: the {} has not improved for {stale} epochs",
                self.state.epoch + 1,
                name(watched)
            );
            self.callbacks.on_message(Level::Note, &text);
        }
    }

    /// Takes a checkpoint, but never of weights that are not finite.
    fn save(&mut self, learner: &Learner<Mlp>, burn: &mut Components) -> Result<Flow, Error> {
        let started = Instant::now();
        let device: Device = learner.model().device();
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
            .and_then(OptimizerRecords::take)
            .ok_or_else(|| engine("no records to save"))?;
        self.state.seconds = self.seconds();
        let checkpoint = pack(network, optimizer, self.state.clone())
            .map_err(|error| engine(&error.to_string()))?;
        self.callbacks.on_checkpoint(&Arc::new(checkpoint))
    }

    /// Passes metrics to the callbacks, as a record at this step.
    fn record(
        &mut self,
        split: Split,
        scope: Scope,
        scores: Scores,
    ) -> Result<MetricsRecord, Error> {
        let record = MetricsRecord {
            step: self.state.step,
            epoch: self.state.epoch + 1,
            split,
            scope,
            scores,
            learning_rate: self.learning_rate(),
            seconds: self.seconds(),
        };
        self.callbacks.on_metrics(&record)?;
        self.state.metrics_lines += 1;
        Ok(record)
    }

    /// Returns the learning rate of the last update.
    pub fn learning_rate(&self) -> f64 {
        let last = self.state.step.saturating_sub(1);
        self.schedule.rate(last, &self.state.plateau.drops)
    }

    /// Returns the training time so far, over all resumptions.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

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
            scores: self.state.epoch_metrics.scores(),
            learning_rate: self.learning_rate(),
            rows_per_second: steps_per_second * plan.rows_per_epoch() as f64
                / plan.steps_per_epoch() as f64,
            remaining_seconds: steps.saturating_sub(self.state.step) as f64 / steps_per_second,
        }
    }

    fn diverged(&self, what: &'static str) -> TrainingError {
        TrainingError::Diverged {
            step: self.state.step,
            epoch: self.state.epoch + 1,
            what,
            learning_rate: self.learning_rate(),
            run: None,
        }
    }
}

/// Updates the weights; nothing else changes them.
fn update(learner: &mut Learner<Mlp>, batch: Batch) -> StepOutput {
    learner.lr_step();
    let output = learner.train_step(batch);
    learner.optimizer_step(output.grads);
    output.item
}

fn is_multiple(count: u64, every: usize) -> bool {
    every > 0 && count.is_multiple_of(every as u64)
}
