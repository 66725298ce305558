//! Rows to probabilities, on one thread.

use mlp_core::kernels::{Inputs, PackedWeights, ThreadPool, Workspace, forward_packed};
use mlp_core::network::Network;
use mlp_data::{Features, Scaling};
use mlp_train::inference::{Prediction, Predictor};

/// What the network says of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub prediction: Prediction,
    /// Activations of each hidden layer, `[units]`; empty unless asked for.
    pub hidden: Vec<Vec<f32>>,
}

/// The weights, for all threads.
#[derive(Debug)]
pub(super) struct Weights {
    network: Network,
    packed: PackedWeights,
    scaling: Scaling,
}

impl Weights {
    pub fn of(predictor: &Predictor) -> Self {
        let layers = predictor.layer_values();
        let network = Network {
            layers,
            activation: predictor.config.model.activation,
        };
        Self {
            packed: PackedWeights::pack(&network.view()),
            network,
            scaling: predictor.manifest.scaling.clone(),
        }
    }

    /// The network's inputs that a row of raw values becomes, `[features]`.
    pub fn scaled(&self, features: &Features, row: usize, columns: usize) -> Vec<f32> {
        let mut inputs = vec![0.0; columns];
        self.scaling.apply_row(features, row, &mut inputs);
        inputs
    }
}

/// A thread's room for the kernels.
///
/// The kernels form each sum in one order, whatever the number of rows: what is said of a row does not depend on
/// the rows that it is batched with.
#[derive(Debug)]
pub(super) struct Engine {
    pool: ThreadPool,
    workspace: Workspace,
    numbers: Vec<u32>,
}

impl Engine {
    pub fn new() -> Self {
        Self {
            pool: ThreadPool::new(1),
            workspace: Workspace::default(),
            numbers: Vec::new(),
        }
    }

    /// What the network says of `rows` rows of raw values, `[rows, features]`; `details` tells for each whether its
    /// activations are wanted.
    pub fn outputs(
        &mut self,
        weights: &Weights,
        values: Vec<f32>,
        rows: usize,
        details: impl Fn(usize) -> bool,
    ) -> Vec<Output> {
        if rows == 0 {
            return Vec::new();
        }
        self.numbers.clear();
        self.numbers.extend((0_u32..).take(rows));
        let inputs = Inputs::Rows {
            features: &Features::Floats(values),
            scaling: &weights.scaling,
            numbers: &self.numbers,
        };
        forward_packed(
            &self.pool,
            &weights.network.view(),
            &weights.packed,
            &inputs,
            rows,
            &mut self.workspace,
        );
        let logits = self.workspace.logits();
        logits
            .chunks_exact(logits.len() / rows)
            .enumerate()
            .map(|(row, logits)| Output {
                prediction: Prediction::of(logits),
                hidden: if details(row) {
                    hidden(&self.workspace, row, rows)
                } else {
                    Vec::new()
                },
            })
            .collect()
    }
}

fn hidden(workspace: &Workspace, row: usize, rows: usize) -> Vec<Vec<f32>> {
    let of_row = |values: &[f32]| {
        let units = values.len() / rows;
        values[row * units..][..units].to_vec()
    };
    workspace.hidden().map(of_row).collect()
}
