//! The server: its limits, its state, its life from binding to the last answer.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use super::access::Access;
use super::connection::{Connections, max_connections};
use super::model::{ModelSource, ServedModel};
use super::queue::Queue;
use super::request::BodyPool;
use super::telemetry::Telemetry;
use crate::error::{Error, ServeError};

/// Delay after an accept that failed, most likely because too many files are open.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// Maximum number of long computations, such as decoding a large image, at the same time.
const MAX_HEAVY: usize = 2;

/// Limits on what clients may request, so that the server stays responsive whatever they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum bytes of a request's body.
    pub body_bytes: usize,
    /// Maximum rows of a request, as far as they fit into its body; see [`Self::rows_of`].
    pub rows: usize,
    /// Maximum pixels of an image.
    pub pixels: u64,
    /// Time for the head of a request, and for an idle connection to send its next request.
    pub header_timeout: Duration,
    /// Time for the body of a request, and for a client to accept each part of an answer.
    pub body_timeout: Duration,
    /// Maximum requests that wait for the network.
    pub queue: usize,
    /// Maximum connections open at the same time.
    pub connections: usize,
    /// Time to answer what has been accepted when the server stops.
    pub grace: Duration,
}

impl Limits {
    /// Returns the maximum rows of a request for this number of features: as many as fit into its body where numbers are
    /// short, as those of pixels are.
    #[must_use]
    pub fn rows_of(&self, features: usize) -> usize {
        // Three digits, a point or a sign, a comma and a space; and the brackets around a row.
        const BYTES_OF_A_NUMBER: usize = 6;
        const BRACKETS: usize = 4;
        let row = features
            .saturating_mul(BYTES_OF_A_NUMBER)
            .saturating_add(BRACKETS);
        (self.body_bytes / row).clamp(1, self.rows.max(1))
    }

    /// Returns the maximum bytes of all bodies, and the rows in them, that are in memory at the same time.
    #[must_use]
    pub const fn all_body_bytes(&self) -> usize {
        const BODIES: usize = 16;
        self.body_bytes.saturating_mul(BODIES)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            rows: 10_000,
            pixels: 25_000_000,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            queue: 1024,
            connections: 4096,
            grace: Duration::from_secs(10),
        }
    }
}

/// A server of one trained network.
#[derive(Clone, Debug)]
pub struct Server {
    shared: Arc<Shared>,
}

/// Listens on an address such as `127.0.0.1:8080`; port 0 selects a free port.
///
/// # Errors
/// If the address is invalid or not available.
pub async fn bind(address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen {
            address: address.to_owned(),
            source,
        })
}

impl Server {
    /// Loads the network, which `threads` threads will compute.
    ///
    /// # Errors
    /// If there is no network, the run is damaged, or the system cannot create threads.
    pub fn new(
        source: ModelSource,
        access: Access,
        limits: Limits,
        threads: usize,
    ) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::new(Shared::new(source, access, limits, threads)?),
        })
    }

    /// Returns the network that is served now.
    #[must_use]
    pub fn model(&self) -> Arc<ServedModel> {
        self.shared.model()
    }

    /// Returns the maximum connections open at the same time: fewer than the limit if the process may not open as many
    /// files.
    #[must_use]
    pub fn connections(&self) -> usize {
        max_connections(&self.shared.limits)
    }

    /// Reloads the network from the newest run and checkpoint of its source. Requests that have begun are answered by
    /// the previous one.
    ///
    /// # Errors
    /// If it cannot be loaded; then the previous one stays.
    pub fn reload(&self) -> Result<Arc<ServedModel>, Error> {
        self.shared.reload()
    }

    /// Serves until `stop` completes, then answers what has been accepted. Needs a runtime of several threads.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let connections = Connections::new(&self.shared);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => connections.open(stream),
                    Err(_) => sleep(ACCEPT_RETRY).await,
                },
            }
        }
        self.shared.drain();
        connections.open_waiting(listener);
        let grace = self.shared.limits.grace;
        // What is not answered within the grace period is aborted.
        let _ = timeout(grace, connections.close()).await;
    }
}

/// State that all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub access: Access,
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
    pub fn new(
        source: ModelSource,
        access: Access,
        limits: Limits,
        threads: usize,
    ) -> Result<Self, Error> {
        let telemetry = Telemetry::new();
        let model = ServedModel::load(&source, &limits)?;
        telemetry.set_model(&model.run_id, model.trained.step);
        Ok(Self {
            access,
            limits,
            bodies: BodyPool::new(&limits),
            queue: Queue::new(limits.queue, threads, &telemetry)?,
            telemetry,
            source,
            model: RwLock::new(Arc::new(model)),
            heavy: Semaphore::new(MAX_HEAVY),
            draining: AtomicBool::new(false),
        })
    }

    /// Returns the network that is served now.
    pub fn model(&self) -> Arc<ServedModel> {
        // The value under this lock is replaced in one step, so a panic cannot leave it half changed.
        Arc::clone(&self.model.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reloads the network. Requests that have begun are answered by the previous one, and all are if this fails.
    pub fn reload(&self) -> Result<Arc<ServedModel>, Error> {
        let loaded = ServedModel::load(&self.source, &self.limits).map(Arc::new);
        self.telemetry.reloaded(loaded.is_ok());
        let model = loaded?;
        *self.model.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&model);
        self.telemetry.set_model(&model.run_id, model.trained.step);
        Ok(model)
    }

    /// Runs a long computation without blocking other requests. Needs a runtime of several threads.
    pub async fn heavy<T>(&self, work: impl FnOnce() -> T) -> T {
        let _permit = self.heavy.acquire().await.ok(); // the semaphore is never closed
        block_in_place(work)
    }

    /// Closes each connection after its next answer from now on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
