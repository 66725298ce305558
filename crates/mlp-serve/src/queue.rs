//! The queue of requests for predictions, and the threads that compute them.
//!
//! A thread takes the requests that wait and sends them through the network as one batch; it never waits for more. So
//! there is no delay under low load, and batches grow as requests arrive faster.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;

use tokio::sync::mpsc::{self, OwnedPermit, Receiver, Sender};
use tokio::sync::{Semaphore, oneshot};

use super::model::ServedModel;
use super::problem::Problem;
use super::request::Rows;
use super::response::MAX_DETAILED_ROWS;
use super::telemetry::Telemetry;
use crate::error::ServeError;
use mlp_core::kernels::Workspace;
use mlp_core::model::{ClassPrediction, Model, Predictions, Scratch};
use mlp_data::Features;

/// Maximum number of rows of a batch: larger batches are hardly faster, and all requests in them wait longer.
const MAX_BATCH_ROWS: usize = 256;

/// Rows of one request.
struct Job {
    /// The network that the rows were parsed for; it predicts them even if another is loaded meanwhile.
    model: Arc<ServedModel>,
    rows: Rows,
    details: bool,
    answer: oneshot::Sender<Vec<Output>>,
}

/// The queue of requests that wait for the network.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    sender: Sender<Job>,
}

/// A reserved place in the queue.
pub(super) struct Place(OwnedPermit<Job>);

impl Queue {
    /// Creates a queue of `places` requests and starts its threads, which end when the queue is dropped.
    ///
    /// # Errors
    /// If the system cannot create threads.
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

    /// Reserves a place in the queue.
    pub fn place(&self) -> Result<Place, Problem> {
        let full =
            |_| Problem::busy("as many requests as may are waiting for the network; try again");
        let permit = self.sender.clone().try_reserve_owned().map_err(full)?;
        Ok(Place(permit))
    }

    /// Returns the number of waiting requests.
    pub fn depth(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Predicts rows. Many rows are split into several jobs, so that other requests need not wait for all of them.
    pub async fn predict(
        &self,
        place: Place,
        model: &Arc<ServedModel>,
        rows: Rows,
        details: bool,
    ) -> Result<Vec<Output>, Problem> {
        let mut outputs = Vec::with_capacity(rows.count);
        let mut place = Some(place);
        for rows in rows.chunks(MAX_BATCH_ROWS) {
            let (answer, answered) = oneshot::channel();
            let job = Job {
                model: Arc::clone(model),
                rows,
                details: details && outputs.len() < MAX_DETAILED_ROWS,
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

/// Computes batches until the queue is dropped.
fn serve(receiver: &Mutex<Receiver<Job>>, telemetry: &Telemetry) {
    let mut engine = Engine::new();
    let mut leftover = None;
    loop {
        let Some(batch) = next_batch(receiver, &mut leftover) else {
            return;
        };
        // A panic drops the batch with its channels, so its requests are answered with an error.
        let done = catch_unwind(AssertUnwindSafe(|| answer(&mut engine, batch, telemetry)));
        if done.is_err() {
            engine = Engine::new();
        }
    }
}

/// Returns waiting jobs for the same network, at most one batch; `None` if the queue was dropped. `leftover` is the job
/// that did not fit into the batch before.
fn next_batch(receiver: &Mutex<Receiver<Job>>, leftover: &mut Option<Job>) -> Option<Vec<Job>> {
    let (mut receiver, first) = match leftover.take() {
        None => {
            let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            let first = receiver.blocking_recv()?;
            (receiver, first)
        }
        // Another thread may hold the lock until the next request comes: this job must not wait for it.
        Some(job) => match receiver.try_lock() {
            Ok(receiver) => (receiver, job),
            Err(TryLockError::Poisoned(error)) => (error.into_inner(), job),
            Err(TryLockError::WouldBlock) => return Some(vec![job]),
        },
    };
    let mut rows = first.rows.count;
    let mut batch = vec![first];
    while rows < MAX_BATCH_ROWS
        && let Ok(job) = receiver.try_recv()
    {
        if rows + job.rows.count > MAX_BATCH_ROWS || !Arc::ptr_eq(&job.model, &batch[0].model) {
            *leftover = Some(job);
            break;
        }
        rows += job.rows.count;
        batch.push(job);
    }
    Some(batch)
}

/// Predicts a batch and sends each job its outputs.
fn answer(engine: &mut Engine, batch: Vec<Job>, telemetry: &Telemetry) {
    let model = Arc::clone(&batch[0].model); // a batch has at least one job
    let rows = batch.iter().map(|job| job.rows.count).sum();
    let mut values = Vec::with_capacity(rows * model.served.features());
    let mut details = Vec::with_capacity(rows);
    for job in &batch {
        values.extend_from_slice(&job.rows.values);
        details.resize(details.len() + job.rows.count, job.details);
    }
    let outputs = engine.outputs(&model.served, values, rows, |row| details[row]);
    telemetry.batch(rows);
    let mut outputs = outputs.into_iter();
    for job in batch {
        // Sending fails only if the client has gone.
        let _ = job
            .answer
            .send(outputs.by_ref().take(job.rows.count).collect());
    }
}

/// What the network says of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RowPrediction {
    Class(ClassPrediction),
    Value(f64),
}

/// The outputs of the network for a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub prediction: RowPrediction,
    /// Activations of each hidden layer, `[units]`; empty unless requested.
    pub hidden: Vec<Vec<f32>>,
}

/// Memory of a thread that computes outputs.
#[derive(Debug)]
struct Engine {
    scratch: Scratch,
    rows: Vec<u32>,
}

impl Engine {
    fn new() -> Self {
        Self {
            scratch: Scratch::new(1),
            rows: Vec::new(),
        }
    }

    /// Predicts `rows` rows of raw values, `[rows, features]`; `details` returns whether a row's activations are
    /// requested.
    fn outputs(
        &mut self,
        model: &Model,
        values: Vec<f32>,
        rows: usize,
        details: impl Fn(usize) -> bool,
    ) -> Vec<Output> {
        if rows == 0 {
            return Vec::new();
        }
        self.rows.clear();
        self.rows.extend((0_u32..).take(rows));
        let values = Features::Floats(values);
        let forward = self.scratch.forward(model, &values, &self.rows);
        let predictions: Vec<RowPrediction> =
            match Predictions::of(forward.outputs(), &model.schema.target, &model.decision) {
                Predictions::Classes(all) => all.into_iter().map(RowPrediction::Class).collect(),
                Predictions::Values(all) => all.into_iter().map(RowPrediction::Value).collect(),
            };
        let numbered = predictions.into_iter().enumerate();
        numbered
            .map(|(row, prediction)| Output {
                prediction,
                hidden: if details(row) {
                    hidden(forward, row, rows)
                } else {
                    Vec::new()
                },
            })
            .collect()
    }
}

/// Returns the activations of a row in each hidden layer.
fn hidden(workspace: &Workspace, row: usize, rows: usize) -> Vec<Vec<f32>> {
    let of_row = |values: &[f32]| {
        let units = values.len() / rows;
        values[row * units..][..units].to_vec()
    };
    workspace.hidden().map(of_row).collect()
}
