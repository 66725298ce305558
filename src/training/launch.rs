//! Starts or continues a run inside Burn's `SupervisedTraining`.

use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, Device};
use burn::train::metric::{AccuracyMetric, LearningRateMetric, LossMetric};
use burn::train::{
    Learner, SupervisedLearningStrategy, SupervisedTraining, SupervisedTrainingEventProcessor,
    TrainLoader, TrainingComponents, TrainingStrategy, ValidLoader,
};

use super::finish::{Summary, finish};
use super::observer::Observer;
use super::records::{Always, Ignore, Records};
use super::schedule::{LearningRateSchedule, ScheduleClock};
use super::session::{Ending, Session};
use super::silent::Silent;
use super::{Prepared, optimizer};
use crate::backend;
use crate::config::to_toml;
use crate::error::{Error, RunError, TrainingError};
use crate::inference::load_weights;
use crate::model::{Mlp, Objective, RowLoader, parameter_counts};
use crate::run::{
    Checkpoint, Found, Manifest, MetricsLog, RunDirectory, Status, TrainingState, Which, now,
    replace_file,
};

/// Where a training begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// In a new run folder, with initial weights of its own or those of another run.
    New {
        /// The folder; `None` for one by name and time.
        run_dir: Option<PathBuf>,
        /// Run whose weights it begins with.
        init_from: Option<PathBuf>,
    },
    /// At the newest whole checkpoint of a run, or at step 0 if it has none.
    Resume(RunDirectory),
}

/// Trains, scores all splits, and leaves a complete run folder.
///
/// `interrupt` holds the number of a signal once one asks for an end. `dashboard` shows Burn's
/// full-screen one, where it is compiled in.
///
/// # Errors
/// If the run cannot be written or continued, the backend is not there, or the training diverges; the
/// run's status says so then, and its last checkpoint is whole.
pub fn launch(
    prepared: &Prepared,
    start: Start,
    dashboard: bool,
    mut observer: Box<dyn Observer>,
    interrupt: Arc<AtomicUsize>,
) -> Result<Summary, Error> {
    let device = backend::device(prepared.config.backend, &prepared.config.device)?;
    let (run, mut manifest, found) = open_run(prepared, &start, observer.as_mut())?;
    observer.started(&run);
    let outcome = (|| {
        let (session, learner) =
            session(prepared, &start, &run, found, &device, observer, interrupt)?;
        train(prepared, session, learner, dashboard, &device)
    })();
    let status = match &outcome {
        Ok((Ending::Completed | Ending::Stopped(_), _)) => Status::Running, // until all is scored
        Ok((Ending::Interrupted(_), _)) => Status::Interrupted,
        Err(Error::Training(TrainingError::Diverged { .. })) => Status::Diverged,
        Err(_) => Status::Failed,
    };
    manifest.status = status;
    let written = manifest.write(&run);
    let (ending, session) = outcome?; // of two errors, the first is the cause
    written?;
    finish(prepared, &run, manifest, ending, session)
}

/// Makes the run folder, or opens the one to be continued with its newest whole checkpoint.
fn open_run(
    prepared: &Prepared,
    start: &Start,
    observer: &mut dyn Observer,
) -> Result<(RunDirectory, Manifest, Option<Found>), Error> {
    let config = &prepared.config;
    match start {
        Start::New { run_dir, init_from } => {
            let run = RunDirectory::create(&config.name, run_dir.as_deref())?;
            let mut manifest = new_manifest(prepared, &run, init_from.clone());
            replace_file(&run.config(), to_toml(config)?.as_bytes())
                .map_err(RunError::writing(run.config()))?;
            manifest.write(&run)?;
            Ok((run, manifest, None))
        }
        Start::Resume(run) => {
            let mut manifest = Manifest::read(run)?;
            if manifest.data.fingerprint != prepared.record.fingerprint {
                let reason = format!(
                    "the training rows are not those it was trained on (SHA-256 of their content is {}, was {})",
                    prepared.record.fingerprint, manifest.data.fingerprint
                );
                return Err(RunError::ResumeRefused {
                    path: run.path().to_owned(),
                    reasons: vec![reason],
                }
                .into());
            }
            let found = match Checkpoint::find(run, Which::Last) {
                Ok(found) => Some(found),
                Err(RunError::NoCheckpoint { .. } | RunError::Damaged { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            let step = found
                .as_ref()
                .map_or(0, |found| found.checkpoint.state.step);
            for skipped in found.iter().flat_map(|found| &found.skipped) {
                observer.note(&format!("a damaged checkpoint was passed over: {skipped}"));
            }
            observer.note(&match &found {
                Some(_) => format!("continuing {} at step {step}", run.path().display()),
                None => format!(
                    "{} has no whole checkpoint: starting at step 0 in the same folder",
                    run.path().display()
                ),
            });
            if manifest.backend != config.backend {
                observer.note(&format!(
                    "the run was begun on {} and goes on on {}: no longer bit for bit what it would have been",
                    manifest.backend.name(),
                    config.backend.name()
                ));
            }
            manifest.status = Status::Running;
            manifest.backend = config.backend;
            manifest.threads = rayon::current_num_threads();
            manifest.resumed_at_steps.push(step);
            manifest.write(run)?;
            replace_file(&run.config(), to_toml(config)?.as_bytes())
                .map_err(RunError::writing(run.config()))?;
            Ok((run.clone(), manifest, found))
        }
    }
}

fn new_manifest(prepared: &Prepared, run: &RunDirectory, init_from: Option<PathBuf>) -> Manifest {
    let config = &prepared.config;
    Manifest {
        format: Manifest::FORMAT,
        id: run.id(),
        name: config.name.clone(),
        status: Status::Running,
        created: now(),
        updated: now(),
        mlp_version: env!("CARGO_PKG_VERSION").to_owned(),
        burn_version: crate::BURN_VERSION.to_owned(),
        backend: config.backend,
        device: config.device.clone(),
        threads: rayon::current_num_threads(),
        seed: config.seed,
        layer_sizes: prepared.layer_sizes.clone(),
        parameters: parameter_counts(&prepared.layer_sizes).iter().sum(),
        class_names: prepared.rows.class_names.clone(),
        feature_names: prepared.rows.feature_names.clone(),
        scaling: (*prepared.scaling).clone(),
        data: prepared.record.clone(),
        init_from,
        resumed_at_steps: Vec::new(),
        timings: None,
    }
}

/// Puts together network, optimizer and schedule at the position where the training begins.
fn session(
    prepared: &Prepared,
    start: &Start,
    run: &RunDirectory,
    found: Option<Found>,
    device: &Device,
    observer: Box<dyn Observer>,
    interrupt: Arc<AtomicUsize>,
) -> Result<(Session, Learner<Mlp>), Error> {
    let config = &prepared.config;
    let training_device = device.clone().autodiff();
    let loader = |rows: &[u32], device: &Device| {
        RowLoader::new(
            Arc::clone(&prepared.rows),
            Arc::clone(&prepared.scaling),
            rows.into(),
            prepared.batches,
            config.seed,
            Arc::clone(&prepared.targets),
            device.clone(),
        )
    };
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
    let mut optimizer = optimizer(&config.optimizer);
    #[allow(clippy::cast_precision_loss)] // an epoch count
    let horizon = config
        .schedule
        .epochs
        .unwrap_or(config.training.epochs as f64);
    let mut state = TrainingState {
        schedule_epochs: horizon,
        ..TrainingState::default()
    };
    if let Some(Found { checkpoint, .. }) = found {
        model = load_weights(model, &checkpoint, run)?;
        optimizer = load_optimizer(optimizer, &checkpoint, run)?;
        state = checkpoint.state;
    } else if let Start::New {
        init_from: Some(path),
        ..
    } = start
    {
        let other = RunDirectory::find(path)?;
        let weights = Checkpoint::find(&other, Which::Chosen)?.checkpoint;
        model = load_weights(model, &weights, &other)?;
    }
    let steps_per_epoch = prepared.batches.steps_per_epoch();
    let schedule = LearningRateSchedule::new(
        &config.schedule,
        config.optimizer.learning_rate,
        steps_per_epoch,
        state.schedule_epochs,
    );
    let clock = ScheduleClock {
        schedule: schedule.clone(),
        next_step: state.step,
    };
    let learner = Learner::new(model, optimizer, clock);
    let held_out = &prepared.split.validation;
    let session = Session {
        config: Arc::clone(config),
        run: run.clone(),
        train: loader(&prepared.split.train, &training_device),
        validation: (!held_out.is_empty()).then(|| (loader(held_out, device), held_out.clone())),
        schedule,
        metrics: MetricsLog::open(&run.metrics(), state.metrics_lines)?,
        records: None,
        observer,
        interrupt,
        started: Instant::now(),
        seconds_before: state.seconds,
        step_at_start: state.step,
        state,
    };
    Ok((session, learner))
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

/// Our training loop as Burn's harness runs it. It is taken out to run, and put back with its outcome.
struct SessionStrategy {
    session: Arc<Mutex<Option<Session>>>,
    outcome: Arc<Mutex<Option<Result<Ending, Error>>>>,
}

impl SupervisedLearningStrategy<Mlp> for SessionStrategy {
    fn fit(
        &self,
        mut components: TrainingComponents<Mlp>,
        mut learner: Learner<Mlp>,
        _: TrainLoader<Mlp>,
        _: ValidLoader<Mlp>,
        _: usize,
    ) -> (Mlp, SupervisedTrainingEventProcessor<Mlp>) {
        if let Some(session) = lock(&self.session).as_mut() {
            let outcome = session.train(&mut learner, &mut components);
            session.observer.ended();
            *lock(&self.outcome) = Some(outcome);
        }
        (learner.model(), components.event_processor)
    }
}

/// A panic while the lock was held leaves nothing half-done here that anyone would read.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn train(
    prepared: &Prepared,
    mut session: Session,
    learner: Learner<Mlp>,
    dashboard: bool,
    device: &Device,
) -> Result<(Ending, Session), Error> {
    let (model_records, optimizer_records, records) = Records::channel();
    session.records = Some(records);
    let train_loader: TrainLoader<Mlp> = Arc::new(session.train.clone());
    let valid_loader: ValidLoader<Mlp> = match &session.validation {
        Some((loader, _)) => Arc::new(loader.clone()),
        None => Arc::new(session.train.clone()), // never read: the loop knows that there is none
    };
    let _ = device;
    let session = Arc::new(Mutex::new(Some(session)));
    let outcome = Arc::new(Mutex::new(None));
    let strategy = SessionStrategy {
        session: Arc::clone(&session),
        outcome: Arc::clone(&outcome),
    };

    let mut training = SupervisedTraining::new(
        lock(&session)
            .as_ref()
            .map_or_else(PathBuf::new, |s| s.run.path().to_owned()),
        train_loader,
        valid_loader,
    )
    .metrics((LossMetric::new(), AccuracyMetric::new()))
    .metric_train_numeric(LearningRateMetric::new())
    .num_epochs(prepared.config.training.epochs)
    .with_application_logger(None)
    .with_metric_logger(Silent)
    .with_custom_checkpointers(model_records, optimizer_records, Ignore)
    .with_checkpointing_strategy(Always)
    .with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)));
    if !dashboard {
        training = training.renderer(Box::new(Silent));
    }
    let result = training.launch(learner);
    let ending = lock(&outcome).take();
    let session = lock(&session).take();
    match (ending, session, result.error) {
        (Some(Err(error)), ..) => Err(error),
        (_, _, Some(error)) => Err(TrainingError::Engine(error.to_string()).into()),
        (Some(Ok(ending)), Some(session), None) => Ok((ending, session)),
        _ => Err(TrainingError::Engine("the training loop was never entered".to_owned()).into()),
    }
}
