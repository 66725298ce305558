//! Connections: accepted, bounded, and at the end drained.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::limits::Limits;
use super::model::{ModelSource, ServedModel};
use super::problem::{PROBLEM_JSON, Problem};
use super::routes::router;
use super::state::Shared;
use super::stream::Stream;
use crate::error::{Error, ServeError};

/// Bytes that are read of a connection before they are looked at, and the most that a head may have.
const BUFFER: usize = 1 << 16;
/// After an accept that failed, most likely because too many files are open.
const PAUSE: Duration = Duration::from_millis(50);
/// How long connections that are idle when the server is to stop are still listened to: what their clients sent
/// before they could know is answered.
const FAREWELL: Duration = Duration::from_millis(300);
/// Files that are kept for other things than connections, at most and as a share of all.
const OTHER_FILES: usize = 64;
const SHARE_OF_OTHER_FILES: usize = 4;

/// A trained network behind HTTP.
#[derive(Clone, Debug)]
pub struct Server {
    shared: Arc<Shared>,
}

/// Listens on an address such as `127.0.0.1:8080`; port 0 is any that is free.
///
/// # Errors
/// If the address is none, or not to be had.
pub async fn bind(address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen {
            address: address.to_owned(),
            source,
        })
}

impl Server {
    /// Loads the network, which so many threads will compute.
    ///
    /// # Errors
    /// If there is no network, the run is damaged, or the system has no threads left.
    pub fn new(source: ModelSource, limits: Limits, threads: usize) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::new(Shared::new(source, limits, threads)?),
        })
    }

    /// The network that is served now.
    #[must_use]
    pub fn model(&self) -> Arc<ServedModel> {
        self.shared.model()
    }

    /// Connections that can be open at once: fewer than asked for where the process may not have as many files.
    #[must_use]
    pub fn connections(&self) -> usize {
        most_connections(&self.shared.limits)
    }

    /// Loads the network anew, from the newest run and checkpoint that its source leads to. Requests that have
    /// begun are answered by the old one.
    ///
    /// # Errors
    /// If it cannot be loaded; then the old one stays.
    pub fn reload(&self) -> Result<Arc<ServedModel>, Error> {
        self.shared.reload()
    }

    /// Serves until `stop` is done, then answers what has been accepted. Needs a runtime of several threads.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let connections = Connections {
            shared: Arc::clone(&self.shared),
            app: router(Arc::clone(&self.shared)),
            slots: Arc::new(Semaphore::new(most_connections(&self.shared.limits))),
            graceful: GracefulShutdown::new(),
            too_many: too_many(),
        };
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => connections.open(stream),
                    Err(_) => sleep(PAUSE).await,
                },
            }
        }
        self.shared.drain();
        connections.open_waiting(listener);
        let grace = self.shared.limits.grace;
        // What is not done by then is given up.
        let _ = timeout(grace, connections.close()).await;
    }
}

struct Connections {
    shared: Arc<Shared>,
    app: Router,
    slots: Arc<Semaphore>,
    graceful: GracefulShutdown,
    /// What a connection too many is told.
    too_many: String,
}

impl Connections {
    fn open(&self, stream: TcpStream) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.shared.telemetry.connection_refused();
            // It fits into the buffer of a new connection; a client that has gone needs no answer.
            let _ = stream.try_write(self.too_many.as_bytes());
            return;
        };
        let limits = &self.shared.limits;
        let _ = stream.set_nodelay(true); // slower without, and right
        let io = TokioIo::new(Stream::new(stream, limits.body_timeout));
        let connection = http1::Builder::new()
            .half_close(true)
            .max_buf_size(BUFFER)
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .serve_connection(io, TowerToHyperService::new(self.app.clone()));
        let watched = self.graceful.watch(connection);
        let open = self.shared.telemetry.connection();
        tokio::spawn(async move {
            let _ = watched.await; // how a client breaks off is its own business
            drop((slot, open));
        });
    }

    /// Opens what has connected and not been accepted yet.
    fn open_waiting(&self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return; // it is closed, and what waited with it
        };
        while let Ok((stream, _)) = listener.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.open(stream);
            }
        }
    }

    /// Closes connections as they become idle, and waits for all.
    async fn close(self) {
        let farewell = async {
            while self.graceful.count() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = timeout(FAREWELL, farewell).await; // busy ones are waited for below
        self.graceful.shutdown().await;
    }
}

/// An answer to a request that was not read.
fn too_many() -> String {
    let problem = Problem::busy("too many connections are open; try again");
    let body = serde_json::to_string(&problem).unwrap_or_default(); // plain strings and a number
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
         content-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Connections that can be open at once: as many as may, or as the process may have files.
fn most_connections(limits: &Limits) -> usize {
    let spare = |files: usize| OTHER_FILES.min(files / SHARE_OF_OTHER_FILES);
    let files = file_limit().map_or(usize::MAX, |files| files - spare(files));
    limits
        .connections
        .clamp(1, Semaphore::MAX_PERMITS)
        .min(files)
}

/// Files that this process may have open, where the system tells.
fn file_limit() -> Option<usize> {
    let limits: io::Result<String> = std::fs::read_to_string("/proc/self/limits");
    let limits = limits.ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line["Max open files".len()..]
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
