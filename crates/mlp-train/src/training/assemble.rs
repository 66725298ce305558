//! Puts together network, optimizer and schedule at the position where a training begins.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, Device};
use burn::train::Learner;

use super::observer::Observer;
use super::open::Begin;
use super::optimizer::is_plain_descent;
use super::schedule::{LearningRateSchedule, ScheduleClock};
use super::session::{DeviceTimes, Session};
use super::{Prepared, optimizer};
use crate::backend;
use crate::error::Error;
use crate::inference::load_weights;
use crate::model::{Fused, Mlp, Objective, ResidentRows, resident_bytes};
use mlp_core::error::RunError;
use mlp_core::kernels::ThreadPool;
use mlp_core::run::{Checkpoint, CheckpointWriter, MetricsLog, RunDirectory, TrainingState};

pub(super) fn assemble(
    prepared: &Prepared,
    run: &RunDirectory,
    mut metrics: MetricsLog,
    begin: Begin,
    device: &Device,
    mut observer: Box<dyn Observer>,
    interrupt: Arc<AtomicUsize>,
) -> Result<(Session, Learner<Mlp>), Error> {
    let config = &prepared.config;
    let training_device = device.clone().autodiff();
    let objective = Objective {
        reduction: config.optimizer.gradient_reduction,
        clip_norm: config.optimizer.clip_norm,
        dropout: config.model.dropout,
        seed: config.seed,
    };
    let mut model = Mlp::new(
        &config.model,
        &prepared.layer_sizes,
        config.seed,
        objective,
        &training_device,
    )?;
    let pool = ThreadPool::new(backend::threads(config.training.threads));
    let kernels = Fused::of(
        &pool,
        config,
        config.backend,
        &prepared.layer_sizes,
        prepared.batches.batch_size(),
        is_plain_descent(&config.optimizer),
    );
    if let Some(kernels) = kernels {
        model = model.with_fused(kernels);
    }
    let mut optimizer = optimizer(&config.optimizer, model.fused());
    #[allow(clippy::cast_precision_loss)] // an epoch count
    let horizon = config
        .schedule
        .epochs
        .unwrap_or(config.training.epochs as f64);
    let mut state = TrainingState {
        schedule_epochs: horizon,
        ..TrainingState::default()
    };
    match begin {
        Begin::Afresh => {}
        Begin::WithWeights(other, checkpoint) => model = load_weights(model, &checkpoint, &other)?,
        Begin::At(checkpoint) => {
            model = load_weights(model, &checkpoint, run)?;
            optimizer = load_optimizer(optimizer, &checkpoint, run)?;
            state = checkpoint.state;
        }
    }
    metrics.cut_to(state.metrics_lines)?;
    let schedule = LearningRateSchedule::new(
        &config.schedule,
        config.optimizer.learning_rate,
        prepared.batches.steps_per_epoch(),
        state.schedule_epochs,
    );
    let clock = ScheduleClock {
        schedule: schedule.clone(),
        next_step: state.step,
    };
    let held_out = &prepared.split.validation;
    let resident = resident_rows(prepared, device, observer.as_mut());
    let loader = |rows: &[u32]| prepared.loader(rows).with_resident(resident.clone());
    let session = Session {
        config: Arc::clone(config),
        run: run.clone(),
        train: loader(&prepared.split.train).with_augmentation(prepared.augmentation.clone()),
        validation: (!held_out.is_empty()).then(|| (loader(held_out), held_out.clone())),
        schedule,
        metrics,
        checkpoints: CheckpointWriter::new(run, config.checkpoint.keep_last),
        records: None,
        times: DeviceTimes::default(),
        observer,
        dashboard: false,
        interrupt,
        started: Instant::now(),
        seconds_before: state.seconds,
        step_at_start: state.step,
        state,
    };
    Ok((session, Learner::new(model, optimizer, clock)))
}

/// All rows on the GPU that trains, if they fit there: a batch is then gathered without the CPU.
fn resident_rows(
    prepared: &Prepared,
    device: &Device,
    observer: &mut dyn Observer,
) -> Option<Arc<ResidentRows>> {
    let adapter = backend::adapter(prepared.config.backend, &prepared.config.device)?;
    let (needed, largest) = (resident_bytes(&prepared.stored), adapter.largest_buffer);
    if needed > largest {
        observer.note(&format!(
            "the rows take {needed} bytes, and a buffer of {} holds {largest}: batches are sent one by one",
            adapter.name
        ));
        return None;
    }
    let rows = ResidentRows::new(&prepared.stored, &prepared.targets, device);
    Some(Arc::new(rows))
}

/// Loads an optimizer's state and makes sure that no parameter lost its own: Burn leaves out what it
/// cannot rebuild, and the training would silently go on without.
fn load_optimizer(
    optimizer: ModuleOptimizer,
    checkpoint: &Checkpoint,
    run: &RunDirectory,
) -> Result<ModuleOptimizer, RunError> {
    let damaged = |cause: String| RunError::Damaged {
        path: run.checkpoints(),
        cause,
    };
    let bytes = Bytes::from_bytes_vec(checkpoint.optimizer.clone());
    let record = OptimizerRecord::from_bytes(bytes).map_err(|error| damaged(error.to_string()))?;
    let optimizer = optimizer.load_record(record);
    let loaded = optimizer.to_record().len();
    if loaded == checkpoint.optimizer_tensors {
        Ok(optimizer)
    } else {
        let saved = checkpoint.optimizer_tensors;
        Err(damaged(format!(
            "{loaded} of {saved} tensors of the optimizer's state could be restored"
        )))
    }
}
