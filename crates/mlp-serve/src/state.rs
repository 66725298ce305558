//! What all requests share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Semaphore;
use tokio::task::block_in_place;

use super::body::BodyPool;
use super::limits::Limits;
use super::model::{ModelSource, ServedModel};
use super::queue::Queue;
use super::telemetry::Telemetry;
use crate::error::Error;

/// Long pieces of work, such as a large image, that are done at the same time.
const HEAVY_AT_ONCE: usize = 2;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub limits: Limits,
    pub bodies: BodyPool,
    pub queue: Queue,
    pub telemetry: Telemetry,
    source: ModelSource,
    model: RwLock<Arc<ServedModel>>,
    heavy: Semaphore,
    draining: AtomicBool,
}

impl Shared {
    pub fn new(source: ModelSource, limits: Limits, threads: usize) -> Result<Self, Error> {
        let telemetry = Telemetry::new();
        let model = ServedModel::load(&source, &limits)?;
        telemetry.serves(&model.run_id, model.trained.step);
        Ok(Self {
            limits,
            bodies: BodyPool::new(&limits),
            queue: Queue::new(limits.queue, threads, &telemetry)?,
            telemetry,
            source,
            model: RwLock::new(Arc::new(model)),
            heavy: Semaphore::new(HEAVY_AT_ONCE),
            draining: AtomicBool::new(false),
        })
    }

    /// The network as it is now.
    pub fn model(&self) -> Arc<ServedModel> {
        // What a panic may leave under this lock is whole: it is replaced in one step.
        Arc::clone(&self.model.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the network anew. Requests that have begun are answered by the old one, and so are all if this fails.
    pub fn reload(&self) -> Result<Arc<ServedModel>, Error> {
        let loaded = ServedModel::load(&self.source, &self.limits).map(Arc::new);
        self.telemetry.reload(loaded.is_ok());
        let model = loaded?;
        *self.model.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&model);
        self.telemetry.serves(&model.run_id, model.trained.step);
        Ok(model)
    }

    /// Does something that takes long, without keeping other requests waiting. Needs a runtime of several threads.
    pub async fn heavy<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.heavy.acquire().await.ok(); // it is never closed
        block_in_place(work)
    }

    /// From now on each answer is the last of its connection.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
