//! Training in memory.

use std::sync::Arc;

use mlp_core::config::Config;
use mlp_core::kernels::ThreadPool;
use mlp_core::model::{Model, fill_values};
use mlp_core::run::MetricsRecord;
use mlp_core::task::Task;
use mlp_data::Dataset;

use crate::backend;
use crate::callback::{Callback, Callbacks, Cancel};
use crate::engine::{self, Assembly, Ending, StartingPoint, assemble};
use crate::error::{Error, TrainingError};
use crate::training::Prepared;

/// Trains models in memory: no folder is read or written.
///
/// Any number of trainings may run side by side in one process, each on a thread of its own; what one comes to does not
/// depend on the others.
pub struct Trainer {
    config: Config,
    callbacks: Callbacks,
    cancel: Cancel,
    pool: Option<ThreadPool>,
}

/// What a training in memory came to.
#[derive(Debug)]
pub struct Fitted {
    /// With the weights that were best on the held-out rows; without those, with the last ones.
    pub model: Model,
    /// Metrics of each epoch, and of what the config's cadences ask for.
    pub history: Vec<MetricsRecord>,
    /// How it ended.
    pub ending: Ending,
    /// Updates made.
    pub steps: u64,
}

impl Trainer {
    /// A trainer of this config; what it says of files, checkpoints on the disk and reports is not used.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            callbacks: Callbacks::default(),
            cancel: Cancel::default(),
            pool: None,
        }
    }

    /// Adds a callback behind those there are.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(callback);
        self
    }

    /// Lets the training be stopped.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Computes on the threads of a pool, at most as many as the config says. Trainings that run side by side should share
    /// one: with a pool each, their threads take the cores from each other.
    #[must_use]
    pub fn threads(mut self, pool: ThreadPool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Trains on labelled rows. Without `validation`, the config's share of them is held out.
    ///
    /// # Errors
    /// If rows and config do not fit each other, the backend is not available, the training diverges, or a callback fails.
    pub fn fit(
        self,
        train: impl Into<Arc<Dataset>>,
        validation: Option<Arc<Dataset>>,
    ) -> Result<Fitted, Error> {
        let prepared = Prepared::in_memory(self.config, train.into(), validation)?;
        let config = &prepared.config;
        let device = backend::device(config.backend, &config.device)?;
        let assembly = Assembly {
            start: StartingPoint::FromScratch,
            callbacks: self.callbacks,
            cancel: self.cancel,
            dashboard: false,
            pool: self.pool,
        };
        let (session, learner) = assemble(&prepared, &device, assembly)?;
        let (ending, session) = engine::train(session, learner)?;
        let chosen = session.best.or(session.last).ok_or_else(|| {
            TrainingError::Engine("the training ended without a checkpoint".to_owned())
        })?;
        let columns = prepared.rows.columns();
        let model = Model::new(
            Arc::clone(prepared.schema()),
            (*prepared.preprocessor).clone(),
            fill_values(config.data.missing, &prepared.preprocessor, columns),
            chosen.network.clone(),
            Task::Multiclass,
        );
        Ok(Fitted {
            model,
            history: session.history,
            ending,
            steps: session.state.step,
        })
    }
}
