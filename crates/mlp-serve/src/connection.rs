//! Connections: opened, limited in number and time, and drained at the end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep, timeout};

use super::problem::{PROBLEM_JSON, Problem};
use super::routes::router;
use super::server::{Limits, Shared};

/// Bytes of a connection's read buffer, and the maximum size of a request's head.
const BUFFER: usize = 1 << 16;
/// How long idle connections are still served when the server stops, for requests that clients sent before they could
/// know.
const IDLE_GRACE: Duration = Duration::from_millis(300);
/// Files reserved for other purposes than connections: at most this many, and at most one in `RESERVED_SHARE`.
const MAX_RESERVED_FILES: usize = 64;
const RESERVED_SHARE: usize = 4;
/// How long bytes that the client still sends are read after the last answer: closing a connection with unread bytes
/// resets it, and the client could not read that answer.
const LINGER: Duration = Duration::from_secs(1);
/// Maximum number of these bytes.
const MAX_LINGERING: usize = 64 << 20;

/// The open connections.
pub(super) struct Connections {
    shared: Arc<Shared>,
    app: Router,
    slots: Arc<Semaphore>,
    graceful: GracefulShutdown,
    /// Response to a connection beyond the limit.
    too_many: String,
}

impl Connections {
    pub fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            app: router(Arc::clone(shared)),
            slots: Arc::new(Semaphore::new(max_connections(&shared.limits))),
            graceful: GracefulShutdown::new(),
            too_many: too_many(),
        }
    }

    /// Serves a connection in a task of its own, or refuses it if too many are open.
    pub fn open(&self, stream: TcpStream) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.shared.telemetry.connection_refused();
            // The response fits into the send buffer of a new connection; if it cannot be sent, the client has gone.
            let _ = stream.try_write(self.too_many.as_bytes());
            return;
        };
        let limits = &self.shared.limits;
        let _ = stream.set_nodelay(true); // only for speed
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
            let _ = watched.await; // an error means that the client disconnected
            drop((slot, open));
        });
    }

    /// Opens the connections that wait to be accepted.
    pub fn open_waiting(&self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return; // closed, together with the waiting connections
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
    pub async fn close(self) {
        let all_closed = async {
            while self.graceful.count() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = timeout(IDLE_GRACE, all_closed).await; // busy connections are waited for below
        self.graceful.shutdown().await;
    }
}

/// Returns the response to a connection beyond the limit, whose request is not read.
fn too_many() -> String {
    let problem = Problem::busy("too many connections are open; try again");
    let body = serde_json::to_string(&problem).unwrap_or_default(); // plain strings and a number
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
         content-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Returns the maximum connections open at the same time: the limit, or fewer if the process may not open as many files.
pub(super) fn max_connections(limits: &Limits) -> usize {
    let reserved = |files: usize| MAX_RESERVED_FILES.min(files / RESERVED_SHARE);
    let files = file_limit().map_or(usize::MAX, |files| files - reserved(files));
    limits
        .connections
        .clamp(1, Semaphore::MAX_PERMITS)
        .min(files)
}

/// Returns the maximum number of files that this process may have open; `None` if the system does not report it.
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

/// A TCP stream whose writes fail if the client does not accept them in time.
#[derive(Debug)]
struct Stream {
    inner: TcpStream,
    write_timeout: Duration,
    /// Timer that runs while a write waits for the client.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Timer that runs once nothing more is written.
    lingering: Option<Pin<Box<Sleep>>>,
    /// Bytes read and discarded since then.
    discarded: usize,
}

impl Stream {
    /// `write_timeout` is the time for the client to accept each piece of an answer.
    fn new(inner: TcpStream, write_timeout: Duration) -> Self {
        Self {
            inner,
            write_timeout,
            stalled: None,
            lingering: None,
            discarded: 0,
        }
    }

    /// Fails a write that waits for longer than the timeout.
    fn within_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let write_timeout = self.write_timeout;
        let timer = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(write_timeout)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.within_timeout(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.within_timeout(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
        }
        let timer = this
            .lingering
            .get_or_insert_with(|| Box::pin(sleep(LINGER)));
        loop {
            if this.discarded > MAX_LINGERING || timer.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut scratch = [0; 8192];
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut this.inner).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => this.discarded += buffer.filled().len(),
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}
