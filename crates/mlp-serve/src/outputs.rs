//! Rows to probabilities, on one thread.

use mlp_core::kernels::Workspace;
use mlp_core::model::{Model, Prediction, Scratch};
use mlp_data::Features;

/// What the network says of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub prediction: Prediction,
    /// Activations of each hidden layer, `[units]`; empty unless asked for.
    pub hidden: Vec<Vec<f32>>,
}

/// A thread that computes answers.
#[derive(Debug)]
pub(super) struct Engine {
    scratch: Scratch,
    rows: Vec<u32>,
}

impl Engine {
    pub fn new() -> Self {
        Self {
            scratch: Scratch::new(1),
            rows: Vec::new(),
        }
    }

    /// Predicts `rows` rows of raw values, `[rows, features]`; `details` says for each whether its activations are
    /// wanted.
    pub fn outputs(
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
        let logits = forward.logits();
        logits
            .chunks_exact(logits.len() / rows)
            .enumerate()
            .map(|(row, logits)| Output {
                prediction: Prediction::of(logits),
                hidden: if details(row) {
                    hidden(forward, row, rows)
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
