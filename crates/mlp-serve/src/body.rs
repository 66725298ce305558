//! The body of a request, read within its bounds.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::limits::Limits;
use super::problem::Problem;

/// Bytes of one permit of the pool.
const UNIT: usize = 1024;
/// Bytes that the rows in a body take for each of its own, at most: a value of four bytes may be an empty cell.
const ROWS: usize = 4;

/// Room for the bodies of all requests together, and for the rows in them.
#[derive(Clone, Debug)]
pub(super) struct BodyPool {
    room: Arc<Semaphore>,
    most: usize,
    time: Duration,
}

/// A body, and the room that it takes.
#[derive(Debug)]
pub(super) struct HeldBody {
    pub bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
}

impl BodyPool {
    pub fn new(limits: &Limits) -> Self {
        let units = (limits.all_body_bytes() / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            room: Arc::new(Semaphore::new(units)),
            most: limits.body_bytes,
            time: limits.body_timeout,
        }
    }

    /// Reads a body. One that announces or turns out to have too many bytes is refused where that shows.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<HeldBody, Problem> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|bytes| bytes > self.most as u64) {
            return Err(self.too_large());
        }
        let slow = || {
            let seconds = self.time.as_secs_f32();
            let detail = format!("the body did not arrive within {seconds} seconds");
            Problem::new(StatusCode::REQUEST_TIMEOUT, detail).and_close()
        };
        timeout(self.time, self.collect(body))
            .await
            .unwrap_or_else(|_| Err(slow()))
    }

    /// Takes room for the rows in a body too.
    pub fn hold_rows(&self, body: &mut HeldBody) -> Result<(), Problem> {
        if body.room.is_some() {
            self.grow(&mut body.room, (1 + ROWS) * body.bytes.len())?;
        }
        Ok(())
    }

    async fn collect(&self, mut body: Body) -> Result<HeldBody, Problem> {
        let mut first = Bytes::new();
        let mut all = Vec::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        let mut length = 0;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let cut_off = |error| Problem::malformed(format!("the body is cut off: {error}"));
            let Ok(data) = frame.map_err(cut_off)?.into_data() else {
                continue; // trailers
            };
            length += data.len();
            if length > self.most {
                return Err(self.too_large());
            }
            if length > UNIT {
                self.grow(&mut room, length)?;
            }
            // A small body is one frame, and need not be copied.
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
            room,
        })
    }

    /// Takes room for so many bytes in all.
    fn grow(&self, room: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Problem> {
        let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let units = bytes.div_ceil(UNIT).saturating_sub(held);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.room)
            .try_acquire_many_owned(units)
            .map_err(|_| Problem::busy("too many large requests at once; try again"))?;
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
        Ok(())
    }

    fn too_large(&self) -> Problem {
        let detail = format!("the body has more than {} bytes, the most taken", self.most);
        Problem::too_large(detail).and_close()
    }
}
