//! The training loop on Burn's Learner: `SupervisedTraining` runs it as a learning strategy.

mod assemble;
mod checkpoint_bridge;
mod early_stopping;
mod noop_renderer;
mod pending;
mod plateau;
mod session;

use std::sync::{Arc, Mutex};

use burn::train::{
    Learner, SupervisedLearningStrategy, SupervisedTraining, SupervisedTrainingEventProcessor,
    TrainLoader, TrainingComponents, TrainingStrategy, ValidLoader,
};

pub(crate) use self::assemble::{Assembly, StartingPoint, assemble};
pub(crate) use self::checkpoint_bridge::pack;
use self::checkpoint_bridge::{Always, Ignore, OptimizerRecords};
use self::noop_renderer::NoopRenderer;
pub(crate) use self::session::Session;
use crate::error::{Error, TrainingError};
use crate::model::Mlp;

/// How a training loop ended without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs done.
    Completed,
    /// By its own rule, which is named.
    Stopped(String),
    /// It was asked to stop; it can be resumed from its last checkpoint.
    Cancelled,
}

/// Our training loop as Burn's harness runs it: the session is lent to it, the outcome comes back.
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
            *lock(&self.outcome) = Some(outcome);
        }
        (learner.model(), components.event_processor)
    }
}

/// After a panic nothing reads what it may have left half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Burn would write into this folder: nothing does, for its loggers and checkpointers are replaced.
const NO_FOLDER: &str = "";

/// Trains until the session ends, and hands it back with how it ended.
pub(crate) fn train(
    mut session: Session,
    learner: Learner<Mlp>,
) -> Result<(Ending, Session), Error> {
    let (optimizer_records, records) = OptimizerRecords::channel();
    session.records = Some(records);
    let epochs = session.config.training.epochs;
    let train_loader: TrainLoader<Mlp> = Arc::new(session.train.clone());
    let valid_loader: ValidLoader<Mlp> = match &session.validation {
        Some((loader, _)) => Arc::new(loader.clone()),
        None => Arc::new(session.train.clone()), // never read: the loop knows that there is none
    };
    let session = Arc::new(Mutex::new(Some(session)));
    let outcome = Arc::new(Mutex::new(None));
    let strategy = SessionStrategy {
        session: Arc::clone(&session),
        outcome: Arc::clone(&outcome),
    };
    let training = SupervisedTraining::new(NO_FOLDER, train_loader, valid_loader)
        .num_epochs(epochs)
        .with_application_logger(None)
        .with_metric_logger(NoopRenderer)
        .renderer(Box::new(NoopRenderer))
        .with_custom_checkpointers(Ignore, optimizer_records, Ignore)
        .with_checkpointing_strategy(Always)
        .with_training_strategy(TrainingStrategy::Custom(Arc::new(strategy)));
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
