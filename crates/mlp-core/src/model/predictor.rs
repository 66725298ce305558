//! From rows to predictions, by the kernels or by whatever else computes logits.

use std::fmt::Debug;
use std::sync::Arc;

use mlp_data::{Dataset, Features};

use super::Model;
use crate::kernels::{Inputs, ThreadPool, Workspace, forward_packed};
use crate::metrics::{argmax, softmax};
use crate::network::parameter_counts;

/// Rows that go through the network at once.
pub const PREDICTION_BATCH: usize = 1024;
/// Multiply-adds of a batch that are worth a thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// What the network says of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index of the most probable class.
    pub class: u32,
    /// Probability of each class.
    pub probabilities: Vec<f64>,
    /// Logarithm of the softmax's normaliser: `ln p[c] = logit[c] − normaliser`.
    pub log_normaliser: f64,
    /// Outputs of the last layer.
    pub logits: Vec<f32>,
}

impl Prediction {
    /// From the outputs of the last layer, `[classes]`, at least one.
    #[must_use]
    pub fn of(logits: &[f32]) -> Self {
        let (probabilities, log_normaliser) = softmax(logits);
        #[allow(clippy::cast_possible_truncation)] // classes are counted in 32 bits
        let class = argmax(logits) as u32;
        Self {
            class,
            probabilities,
            log_normaliser,
            logits: logits.to_vec(),
        }
    }

    /// Probability of the predicted class.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.class as usize]
    }

    /// Cross-entropy, in nats, if the row is of this class.
    #[must_use]
    pub fn loss(&self, label: u32) -> f64 {
        self.log_normaliser - f64::from(self.logits[label as usize])
    }
}

/// Predicts rows with a model, whatever computes.
pub trait Predictor: Debug + Send {
    /// The model.
    fn model(&self) -> &Model;

    /// Returns logits `[rows, outputs]`, row-major, of these rows, at most [`PREDICTION_BATCH`] of them.
    fn logits(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<f32>;

    /// Predicts rows of raw values, as files hold them. The columns must be the model's.
    fn predict(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<Prediction> {
        let classes = self.model().classes().len();
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREDICTION_BATCH) {
            let logits = self.logits(dataset, rows);
            predictions.extend(logits.chunks_exact(classes).map(Prediction::of));
        }
        predictions
    }
}

/// Predicts with the kernels.
#[derive(Debug)]
pub struct KernelPredictor {
    model: Arc<Model>,
    scratch: Scratch,
}

impl KernelPredictor {
    /// A predictor on at most `threads` threads, on fewer where the network is too small to be worth them; the results do
    /// not depend on it.
    #[must_use]
    pub fn new(model: Arc<Model>, threads: usize) -> Self {
        let parameters: usize = parameter_counts(&model.network.sizes()).iter().sum();
        let work = PREDICTION_BATCH.saturating_mul(parameters);
        let threads = threads.min(work.div_ceil(WORK_PER_THREAD)).max(1);
        Self {
            scratch: Scratch::new(threads),
            model,
        }
    }
}

impl Predictor for KernelPredictor {
    fn model(&self) -> &Model {
        &self.model
    }

    fn logits(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<f32> {
        let forward = self.scratch.forward(&self.model, &dataset.features, rows);
        forward.logits().to_vec()
    }
}

/// Threads and memory of one caller of [`Model`]'s network, kept from call to call.
#[derive(Debug)]
pub struct Scratch {
    threads: ThreadPool,
    workspace: Workspace,
}

impl Scratch {
    /// Threads that compute, at least one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self {
            threads: ThreadPool::new(threads),
            workspace: Workspace::default(),
        }
    }

    /// Predicts rows of raw values.
    pub(super) fn predict(
        &mut self,
        model: &Model,
        dataset: &Dataset,
        rows: &[u32],
    ) -> Vec<Prediction> {
        let classes = model.classes().len();
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREDICTION_BATCH) {
            let logits = self.forward(model, &dataset.features, rows).logits();
            predictions.extend(logits.chunks_exact(classes).map(Prediction::of));
        }
        predictions
    }

    /// Sends rows of raw values through the model's network; what they come to is in the workspace.
    ///
    /// Each sum is formed in one order, whatever the number of rows or threads: what comes of a row does not depend on
    /// the rows it is batched with.
    pub fn forward(&mut self, model: &Model, features: &Features, rows: &[u32]) -> &Workspace {
        let inputs = Inputs::Rows {
            features,
            preprocessor: &model.preprocessor,
            numbers: rows,
        };
        forward_packed(
            &self.threads,
            &model.network.view(),
            &model.packed,
            &inputs,
            rows.len(),
            &mut self.workspace,
        );
        &self.workspace
    }
}
