//! Reads the body of a request within the limits of time and memory.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::Problem;
use crate::server::Limits;

/// Bytes per permit of the pool.
const UNIT: usize = 1024;
/// Maximum bytes of parsed rows per byte of a body: an empty cell becomes a value of four bytes.
const ROW_BYTES_PER_BYTE: usize = 4;

/// Memory for the bodies of all requests together, and for the rows in them.
#[derive(Clone, Debug)]
pub struct BodyPool {
    memory: Arc<Semaphore>,
    max: usize,
    time: Duration,
}

/// A body, and the memory reserved for it.
#[derive(Debug)]
pub struct HeldBody {
    pub bytes: Bytes,
    memory: Option<OwnedSemaphorePermit>,
}

impl BodyPool {
    pub fn new(limits: &Limits) -> Self {
        let units = (limits.all_body_bytes() / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            memory: Arc::new(Semaphore::new(units)),
            max: limits.body_bytes,
            time: limits.body_timeout,
        }
    }

    /// Reads a body. It is refused as soon as its announced or actual size exceeds the limit.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<HeldBody, Problem> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|bytes| bytes > self.max as u64) {
            return Err(self.too_large());
        }
        let slow = || {
            let seconds = self.time.as_secs_f32();
            let detail = format!("the body did not arrive within {seconds} seconds");
            Problem::new(StatusCode::REQUEST_TIMEOUT, detail).closing()
        };
        timeout(self.time, self.collect(body))
            .await
            .unwrap_or_else(|_| Err(slow()))
    }

    /// Reserves memory for the rows in a body too.
    pub fn hold_rows(&self, body: &mut HeldBody) -> Result<(), Problem> {
        if body.memory.is_some() {
            self.reserve(
                &mut body.memory,
                (1 + ROW_BYTES_PER_BYTE) * body.bytes.len(),
            )?;
        }
        Ok(())
    }

    async fn collect(&self, mut body: Body) -> Result<HeldBody, Problem> {
        let mut first = Bytes::new();
        let mut all = Vec::new();
        let mut memory: Option<OwnedSemaphorePermit> = None;
        let mut length = 0;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let cut_off = |error| Problem::malformed(format!("the body is cut off: {error}"));
            let Ok(data) = frame.map_err(cut_off)?.into_data() else {
                continue; // trailers
            };
            length += data.len();
            if length > self.max {
                return Err(self.too_large());
            }
            if length > UNIT {
                self.reserve(&mut memory, length)?;
            }
            // A small body is one frame, which is not copied.
            if first.is_empty() && all.is_empty() {
                first = data;
            } else {
                if all.is_empty() {
                    all.extend_from_slice(&std::mem::take(&mut first));
                }
                all.extend_from_slice(&data);
            }
        }
        Ok(HeldBody {
            bytes: if all.is_empty() { first } else { all.into() },
            memory,
        })
    }

    /// Extends a reservation to `bytes` bytes in all.
    fn reserve(
        &self,
        memory: &mut Option<OwnedSemaphorePermit>,
        bytes: usize,
    ) -> Result<(), Problem> {
        let held = memory.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let units = bytes.div_ceil(UNIT).saturating_sub(held);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.memory)
            .try_acquire_many_owned(units)
            .map_err(|_| Problem::busy("too many large requests at once; try again"))?;
        match memory {
            Some(memory) => memory.merge(more),
            None => *memory = Some(more),
        }
        Ok(())
    }

    fn too_large(&self) -> Problem {
        let detail = format!("the body has more than {} bytes, the most taken", self.max);
        Problem::too_large(detail).closing()
    }
}
