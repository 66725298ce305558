//! Predictions of rows, by the fused kernels or another implementation of [`Predictor`].

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use mlp_data::{Dataset, Features};

use super::{Model, Predictions};
use crate::kernels::{Inputs, SparseBatch, SparseRows, ThreadPool, Workspace, forward_packed};
use crate::network::parameter_counts;

/// Maximum number of rows in a batch of predictions.
pub const PREDICTION_BATCH: usize = 1024;
/// Number of multiply-adds in a batch that justifies one more thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// Predicts rows with a model.
pub trait Predictor: Debug + Send {
    /// Returns the model.
    fn model(&self) -> &Model;

    /// Returns the network's outputs `[rows, outputs]`, row-major, of these rows, at most [`PREDICTION_BATCH`] of them.
    fn outputs(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<f32>;

    /// Predicts rows of raw, unscaled values. The columns must be the model's.
    fn predict(&mut self, dataset: &Dataset, rows: &[u32]) -> Predictions {
        let mut outputs = Vec::new();
        for rows in rows.chunks(PREDICTION_BATCH) {
            outputs.extend(self.outputs(dataset, rows));
        }
        let model = self.model();
        Predictions::of(&outputs, &model.schema.target, &model.decision)
    }
}

/// Predicts with the fused kernels, by a model that is shared or borrowed.
#[derive(Debug)]
pub struct KernelPredictor<M = Arc<Model>> {
    model: M,
    scratch: Scratch,
}

impl<M: Deref<Target = Model>> KernelPredictor<M> {
    /// Creates a predictor with at most `threads` threads, fewer for small networks. The results do not depend on the
    /// number of threads.
    #[must_use]
    pub fn new(model: M, threads: usize) -> Self {
        let parameters: usize = parameter_counts(&model.network.sizes()).iter().sum();
        let work = PREDICTION_BATCH.saturating_mul(parameters);
        let threads = threads.min(work.div_ceil(WORK_PER_THREAD)).max(1);
        Self {
            scratch: Scratch::new(threads),
            model,
        }
    }
}

impl<M: Deref<Target = Model> + Debug + Send> Predictor for KernelPredictor<M> {
    fn model(&self) -> &Model {
        &self.model
    }

    fn outputs(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<f32> {
        let forward = self.scratch.forward(&self.model, &dataset.features, rows);
        forward.outputs().to_vec()
    }
}

/// Threads and buffers for predictions with a [`Model`], reused between calls.
#[derive(Debug)]
pub struct Scratch {
    threads: ThreadPool,
    workspace: Workspace,
}

impl Scratch {
    /// Creates a scratch space with `threads` threads, at least one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self {
            threads: ThreadPool::new(threads),
            workspace: Workspace::default(),
        }
    }

    /// Computes the forward pass of rows of raw values and returns the workspace with the outputs.
    ///
    /// The order of summation does not depend on the number of rows or threads, so the result of a row is independent
    /// of the other rows in its batch.
    pub fn forward(&mut self, model: &Model, features: &Features, rows: &[u32]) -> &Workspace {
        let sparse = match features {
            Features::Columns(_) => without_zeros(model, features, rows),
            Features::Bytes(_) | Features::Floats(_) => None,
        };
        let inputs = match &sparse {
            Some((rows, numbers)) => Inputs::Sparse(SparseBatch { rows, numbers }),
            None => Inputs::Rows {
                features,
                preprocessor: &model.preprocessor,
                numbers: rows,
            },
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

/// Returns the inputs of these rows without their zeros, and the number of each there; `None` where there are too few
/// zeros for that to be faster. Categories make nearly nothing but zeros.
fn without_zeros(
    model: &Model,
    features: &Features,
    rows: &[u32],
) -> Option<(SparseRows, Vec<u32>)> {
    let width = model.preprocessor.width(model.features());
    let write = |number: usize, out: &mut [f32]| {
        model
            .preprocessor
            .apply_row(features, rows[number] as usize, out);
    };
    let sparse = SparseRows::from_inputs(rows.len(), width, write)?;
    Some((sparse, (0..).take(rows.len()).collect()))
}
