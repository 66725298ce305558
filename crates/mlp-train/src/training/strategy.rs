//! Runs a training session inside Burn's `SupervisedTraining`, as a learning strategy of our own.

use std::sync::{Arc, Mutex};

use burn::train::metric::{AccuracyMetric, LearningRateMetric, LossMetric};
use burn::train::{
    Learner, SupervisedLearningStrategy, SupervisedTraining, SupervisedTrainingEventProcessor,
    TrainLoader, TrainingComponents, TrainingStrategy, ValidLoader,
};

use super::records::{Always, Ignore, Records};
use super::session::{Ending, Session};
use super::silent::Silent;
use crate::error::{Error, TrainingError};
use crate::model::Mlp;

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

/// Trains until the session ends, and hands it back with how it ended.
pub(super) fn train(
    mut session: Session,
    learner: Learner<Mlp>,
    dashboard: bool,
) -> Result<(Ending, Session), Error> {
    let (optimizer_records, records) = Records::channel();
    session.records = Some(records);
    session.dashboard = dashboard;
    let folder = session.run.path().to_owned();
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
    let mut training = SupervisedTraining::new(folder, train_loader, valid_loader)
        .metrics((LossMetric::new(), AccuracyMetric::new()))
        .metric_train_numeric(LearningRateMetric::new())
        .num_epochs(epochs)
        .with_application_logger(None)
        .with_metric_logger(Silent)
        .with_custom_checkpointers(Ignore, optimizer_records, Ignore)
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
