//! Training in memory.

use std::sync::{Arc, Mutex};

use mlp_core::config::Config;
use mlp_core::kernels::ThreadPool;
use mlp_core::model::{KernelPredictor, Model};
use mlp_core::run::{Checkpoint, MetricsRecord};
use mlp_data::Dataset;

use crate::backend;
use crate::callback::{Callback, Callbacks, Cancel, Flow};
use crate::engine::{self, Assembly, Ending, StartingPoint, assemble, lock};
use crate::error::{Error, TrainingError};
use crate::training::Prepared;
use crate::training::decide::decision;

/// Trains models in memory, without reading or writing a run folder.
///
/// Several trainings may run concurrently in one process, each on its own thread; their results are independent of each
/// other.
pub struct Trainer {
    config: Config,
    callbacks: Callbacks,
    cancel: Cancel,
    pool: Option<ThreadPool>,
}

/// Result of a training in memory.
#[derive(Debug)]
pub struct Fitted {
    /// Model with the weights of the best validation by the metric that chooses them, or the last weights without
    /// validation rows.
    pub model: Model,
    /// Metrics of each epoch, and of the steps at which the config requests logging or validation.
    pub history: Vec<MetricsRecord>,
    /// How the training ended.
    pub ending: Ending,
    /// Updates made.
    pub steps: u64,
}

impl Trainer {
    /// Creates a trainer. Settings for data files, checkpoint files and reports are ignored.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            callbacks: Callbacks::default(),
            cancel: Cancel::default(),
            pool: None,
        }
    }

    /// Appends a callback.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(callback);
        self
    }

    /// Sets the handle that can stop the training.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets the thread pool, of which at most as many threads are used as the config allows. Concurrent trainings should
    /// share one pool; separate pools compete for the cores.
    #[must_use]
    pub fn threads(mut self, pool: ThreadPool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Trains on labelled rows. Without `validation`, the share of them that the config specifies is held out.
    ///
    /// # Errors
    /// If the rows do not fit the config, the backend is not available, the training diverges or a callback fails.
    pub fn fit(
        self,
        train: impl Into<Arc<Dataset>>,
        validation: Option<Arc<Dataset>>,
    ) -> Result<Fitted, Error> {
        let prepared = Prepared::in_memory(self.config, train.into(), validation)?;
        let config = &prepared.config;
        let device = backend::device(config.backend, &config.device)?;
        let collected = Arc::new(Mutex::new(Collected::default()));
        let mut callbacks = Callbacks::of(Collector(Arc::clone(&collected)));
        callbacks.push(self.callbacks);
        let assembly = Assembly {
            start: StartingPoint::Initial,
            callbacks,
            cancel: self.cancel,
            pool: self.pool,
        };
        let (session, learner) = assemble(&prepared, &device, assembly)?;
        let (ending, session) = engine::train(session, learner)?;
        let Collected {
            history,
            last,
            best,
        } = std::mem::take(&mut *lock(&collected));
        let chosen = best.or(last).ok_or_else(|| {
            TrainingError::Engine("the training ended without a checkpoint".to_owned())
        })?;
        let model = Model::new(
            Arc::clone(prepared.schema()),
            (*prepared.preprocessor).clone(),
            chosen.network.clone(),
            prepared.loss(),
        );
        let threads = backend::threads(config.training.threads);
        let decision = decision(&prepared, &mut KernelPredictor::new(&model, threads));
        Ok(Fitted {
            model: model.with_decision(decision),
            history,
            ending,
            steps: session.state.step,
        })
    }
}

/// What a training in memory leaves behind.
#[derive(Default)]
struct Collected {
    history: Vec<MetricsRecord>,
    /// The newest checkpoint.
    last: Option<Arc<Checkpoint>>,
    /// The best checkpoint, if the training keeps track of it.
    best: Option<Arc<Checkpoint>>,
}

/// Keeps in memory what other trainings write to their run folder.
struct Collector(Arc<Mutex<Collected>>);

impl Callback for Collector {
    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        lock(&self.0).history.push(record.clone());
        Ok(())
    }

    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, Error> {
        let mut collected = lock(&self.0);
        let state = &checkpoint.state;
        if state
            .best
            .as_ref()
            .is_some_and(|best| best.step == state.step)
        {
            collected.best = Some(Arc::clone(checkpoint));
        }
        collected.last = Some(Arc::clone(checkpoint));
        Ok(Flow::Continue)
    }
}
