//! Puts together network, optimizer and schedule at the position where a training begins.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, Device};
use burn::train::Learner;
use mlp_core::config::EarlyStoppingSection;
use mlp_core::error::RunError;
use mlp_core::kernels::ThreadPool;
use mlp_core::metrics::MetricAccumulator;
use mlp_core::network::Network;
use mlp_core::run::{Checkpoint, Split, TrainingState};
use mlp_core::task::Metric;

use super::pending::DeviceTimes;
use super::session::Session;
use crate::backend;
use crate::callback::{Callback as _, Callbacks, Cancel, Level};
use crate::error::Error;
use crate::model::{BatchLoader, DeviceDataset, Fused, HostDataset, Mlp, Objective, device_bytes};
use crate::training::{
    LearningRateSchedule, Prepared, RecordedDrops, ScheduleClock, is_plain_descent, optimizer,
};

/// The weights and the state that a training starts from.
pub(crate) enum StartingPoint {
    /// Initial weights of the config.
    Initial,
    /// Weights of another training.
    Weights(Network),
    /// A checkpoint of this training, and its folder.
    Checkpoint(Box<Checkpoint>, PathBuf),
}

/// Inputs of a training apart from its rows and its config.
pub(crate) struct Assembly {
    pub start: StartingPoint,
    pub callbacks: Callbacks,
    pub cancel: Cancel,
    /// Threads of the kernels, which trainings may share; `None` makes this training's own.
    pub pool: Option<ThreadPool>,
}

pub(crate) fn assemble(
    prepared: &Prepared,
    device: &Device,
    assembly: Assembly,
) -> Result<(Session, Learner<Mlp>), Error> {
    let Assembly {
        start,
        mut callbacks,
        cancel,
        pool,
    } = assembly;
    let config = &prepared.config;
    let training_device = device.clone().autodiff();
    let objective = objective(prepared);
    let horizon = config
        .schedule
        .kind
        .epochs()
        .unwrap_or(config.training.epochs as f64);
    let mut state = TrainingState {
        schedule_epochs: horizon,
        ..TrainingState::default()
    };
    let (network, left) = match start {
        StartingPoint::Initial => {
            let initial = Network::initial(&config.model, &prepared.layer_sizes, config.seed);
            (initial, None)
        }
        StartingPoint::Weights(network) => (network, None),
        StartingPoint::Checkpoint(checkpoint, folder) => {
            state = checkpoint.state.clone();
            (checkpoint.network.clone(), Some((checkpoint, folder)))
        }
    };
    if let Some((_, folder)) = &left
        && network.sizes() != prepared.layer_sizes
    {
        return Err(RunError::Damaged {
            path: folder.clone(),
            cause: format!("its network has layers of {:?} units", network.sizes()),
        }
        .into());
    }
    let network = Network {
        activation: config.model.activation,
        ..network
    };
    let mut model = Mlp::from_network(network, objective, &training_device);
    let threads = backend::threads(config.training.threads);
    let pool = pool.unwrap_or_else(|| ThreadPool::new(threads));
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
    if let Some((checkpoint, folder)) = left {
        optimizer = load_optimizer(optimizer, &checkpoint).map_err(|cause| RunError::Damaged {
            path: folder,
            cause,
        })?;
    }
    let schedule = LearningRateSchedule::new(
        &config.schedule,
        config.optimizer.learning_rate,
        prepared.batches.steps_per_epoch(),
        state.schedule_epochs,
    );
    let drops = RecordedDrops::new(state.plateau.drops.clone());
    let clock = ScheduleClock {
        schedule: schedule.clone(),
        next_step: state.step,
        drops: drops.clone(),
    };
    let (train, validation) = loaders(prepared, device, &mut callbacks);
    let session = Session {
        config: Arc::clone(config),
        loss: prepared.loss(),
        train,
        validation,
        schedule,
        drops,
        measured: measured(&config.early_stopping),
        decision: prepared.decision(),
        records: None,
        times: DeviceTimes::default(),
        callbacks,
        cancel,
        started: Instant::now(),
        seconds_before: state.seconds,
        step_at_start: state.step,
        state,
    };
    Ok((session, Learner::new(model, optimizer, clock)))
}

/// Returns what a training minimises, and how.
fn objective(prepared: &Prepared) -> Objective {
    let config = &prepared.config;
    Objective {
        loss: prepared.loss(),
        reduction: config.optimizer.gradient_reduction,
        clip_norm: config.optimizer.clip_norm,
        dropout: config.model.dropout,
        seed: config.seed,
    }
}

/// Returns the watched validation metrics that are not measured anyway.
fn measured(section: &EarlyStoppingSection) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for watched in section.watched() {
        let metric = watched.metric();
        let is_extra = watched.split() == Split::Validation && !MetricAccumulator::measures(metric);
        if is_extra && !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    metrics
}

/// Loaders of the training rows and of the held-out ones, with the numbers of those.
fn loaders(
    prepared: &Prepared,
    device: &Device,
    callbacks: &mut Callbacks,
) -> (BatchLoader, Option<(BatchLoader, Vec<u32>)>) {
    let resident = device_dataset(prepared, &prepared.stored, device, callbacks);
    let held_out = &prepared.split.validation;
    let validation = (!held_out.is_empty()).then(|| {
        let resident = if Arc::ptr_eq(&prepared.held_out, &prepared.stored) {
            resident.clone()
        } else {
            device_dataset(prepared, &prepared.held_out, device, callbacks)
        };
        let loader = prepared.loader_of(&prepared.held_out, held_out);
        (loader.with_device_dataset(resident), held_out.clone())
    });
    let train = prepared
        .loader(&prepared.split.train)
        .with_device_dataset(resident)
        .with_augmentation(prepared.augmentation.clone());
    (train, validation)
}

/// All rows on the GPU that trains, if they fit there: a batch is then gathered without the CPU.
fn device_dataset(
    prepared: &Prepared,
    rows: &HostDataset,
    device: &Device,
    callbacks: &mut Callbacks,
) -> Option<Arc<DeviceDataset>> {
    let adapter = backend::adapter(prepared.config.backend, &prepared.config.device)?;
    let (needed, largest) = (device_bytes(rows), adapter.largest_buffer);
    if needed > largest {
        let text = format!(
            "the rows take {needed} bytes, and a buffer of {} holds {largest}: batches are sent one by one",
            adapter.name
        );
        callbacks.on_message(Level::Note, &text);
        return None;
    }
    let rows = DeviceDataset::new(rows, &prepared.targets, device);
    Some(Arc::new(rows))
}

/// Loads an optimizer's state and makes sure that no parameter lost its own: Burn leaves out what it
/// cannot rebuild, and the training would silently go on without. An error is what is wrong.
fn load_optimizer(
    optimizer: ModuleOptimizer,
    checkpoint: &Checkpoint,
) -> Result<ModuleOptimizer, String> {
    let bytes = Bytes::from_bytes_vec(checkpoint.optimizer.clone());
    let record = OptimizerRecord::from_bytes(bytes).map_err(|error| error.to_string())?;
    let optimizer = optimizer.load_record(record);
    let loaded = optimizer.to_record().len();
    if loaded == checkpoint.optimizer_tensors {
        Ok(optimizer)
    } else {
        let saved = checkpoint.optimizer_tensors;
        Err(format!(
            "{loaded} of {saved} tensors of the optimizer's state could be restored"
        ))
    }
}
