//! Requests that wait for the network, and the threads that take them.
//!
//! A thread takes what waits and sends it through the network as one batch; it never waits for more to come. So
//! there is no delay while little is asked, and batches grow by themselves as requests come faster.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;

use tokio::sync::mpsc::{self, OwnedPermit, Receiver, Sender};
use tokio::sync::{Semaphore, oneshot};

use super::answer::MOST_DETAILED;
use super::input::Rows;
use super::model::ServedModel;
use super::outputs::{Engine, Output};
use super::problem::Problem;
use super::telemetry::Telemetry;
use crate::error::ServeError;

/// Most rows that go through the network at once: past this, larger batches are hardly faster, and all in them
/// wait longer.
const MOST_ROWS: usize = 256;

/// Rows that belong together.
struct Job {
    /// Those that were parsed for a network are answered by it, even if another is loaded meanwhile.
    model: Arc<ServedModel>,
    rows: Rows,
    details: bool,
    answer: oneshot::Sender<Vec<Output>>,
}

/// Where requests wait.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    sender: Sender<Job>,
}

/// A place in the queue.
pub(super) struct Place(OwnedPermit<Job>);

impl Queue {
    /// A queue of so many requests and the threads that serve it, which end with the queue.
    ///
    /// # Errors
    /// If the system has no threads left.
    pub fn new(places: usize, threads: usize, telemetry: &Telemetry) -> Result<Self, ServeError> {
        let (sender, receiver) = mpsc::channel(places.clamp(1, Semaphore::MAX_PERMITS));
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads.max(1) {
            let (receiver, telemetry) = (Arc::clone(&receiver), telemetry.clone());
            thread::Builder::new()
                .name(format!("network-{number}"))
                .spawn(move || serve(&receiver, &telemetry))
                .map_err(ServeError::Threads)?;
        }
        Ok(Self { sender })
    }

    /// A place in the queue, if there is one.
    pub fn place(&self) -> Result<Place, Problem> {
        let full =
            |_| Problem::busy("as many requests as may are waiting for the network; try again");
        let permit = self.sender.clone().try_reserve_owned().map_err(full)?;
        Ok(Place(permit))
    }

    /// Requests that wait.
    pub fn depth(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// What the network says of these rows. Many rows go through it bit by bit, so that others need not wait for
    /// all of them.
    pub async fn ask(
        &self,
        place: Place,
        model: &Arc<ServedModel>,
        rows: Rows,
        details: bool,
    ) -> Result<Vec<Output>, Problem> {
        let mut outputs = Vec::with_capacity(rows.count);
        let mut place = Some(place);
        for rows in rows.chunks(MOST_ROWS) {
            let (answer, answered) = oneshot::channel();
            let job = Job {
                model: Arc::clone(model),
                rows,
                details: details && outputs.len() < MOST_DETAILED,
                answer,
            };
            match place.take() {
                Some(Place(permit)) => drop(permit.send(job)),
                None => self.sender.send(job).await.map_err(|_| Problem::defect())?,
            }
            outputs.extend(answered.await.map_err(|_| Problem::defect())?);
        }
        Ok(outputs)
    }
}

/// Takes what waits, again and again.
fn serve(receiver: &Mutex<Receiver<Job>>, telemetry: &Telemetry) {
    let mut engine = Engine::new();
    let mut left = None;
    loop {
        let Some(batch) = next_batch(receiver, &mut left) else {
            return;
        };
        // Whoever waits for a batch that failed is told so, for its end of the channel is dropped.
        let done = catch_unwind(AssertUnwindSafe(|| answer(&mut engine, batch, telemetry)));
        if done.is_err() {
            engine = Engine::new();
        }
    }
}

/// The jobs that wait, for one network and not too many; `left` is the one that did not fit any more.
fn next_batch(receiver: &Mutex<Receiver<Job>>, left: &mut Option<Job>) -> Option<Vec<Job>> {
    let (mut receiver, first) = match left.take() {
        None => {
            let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            let first = receiver.blocking_recv()?;
            (receiver, first)
        }
        // Another thread may hold the queue for as long as nobody asks anything: this job does not wait for it.
        Some(job) => match receiver.try_lock() {
            Ok(receiver) => (receiver, job),
            Err(TryLockError::Poisoned(error)) => (error.into_inner(), job),
            Err(TryLockError::WouldBlock) => return Some(vec![job]),
        },
    };
    let mut rows = first.rows.count;
    let mut batch = vec![first];
    while rows < MOST_ROWS
        && let Ok(job) = receiver.try_recv()
    {
        if rows + job.rows.count > MOST_ROWS || !Arc::ptr_eq(&job.model, &batch[0].model) {
            *left = Some(job);
            break;
        }
        rows += job.rows.count;
        batch.push(job);
    }
    Some(batch)
}

fn answer(engine: &mut Engine, batch: Vec<Job>, telemetry: &Telemetry) {
    let model = Arc::clone(&batch[0].model); // a batch has a job
    let rows = batch.iter().map(|job| job.rows.count).sum();
    let mut values = Vec::with_capacity(rows * model.features());
    let mut details = Vec::with_capacity(rows);
    for job in &batch {
        values.extend_from_slice(&job.rows.values);
        details.resize(details.len() + job.rows.count, job.details);
    }
    let outputs = engine.outputs(&model.trained.model, values, rows, |row| details[row]);
    telemetry.batch(rows);
    let mut outputs = outputs.into_iter();
    for job in batch {
        // A client that has gone needs no answer.
        let _ = job
            .answer
            .send(outputs.by_ref().take(job.rows.count).collect());
    }
}
