//! The pass over the weights: from the errors that the rows left to the gradient of each weight, and a step along it.
//!
//! A weight needs all rows but no other weight, so that each thread takes some weights.

use pulp::{Simd, WithSimd};

use super::dense::{Left, Panels, pack_panels, product};
use super::optimizer_step::{Update, UpdateRows};
use super::pass::Inputs;
use super::simd::dispatch;
use super::sparse::{self, BLOCK, GatheredRows};
use super::thread_pool::ThreadPool;
use super::workspace::Workspace;
use crate::network::{Layer, Network};

/// Computes the gradients from the errors that [`forward_backward`](super::forward_backward) left in the workspace for
/// the same network and inputs.
///
/// Writes them to `out`, or with a `rate` the parameters after a step `−rate·gradient`.
pub fn gradients(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    workspace: &mut Workspace,
    rate: Option<f32>,
    out: Vec<Layer<&mut [f32]>>,
) {
    pack_errors(pool, inputs, workspace);
    let threads = pool.threads();
    let mut parts = Vec::new();
    for (index, (layer, out)) in network.layers.iter().zip(out).enumerate() {
        let space = &workspace.layers[index];
        bias_step(layer.bias, &space.errors, rate, out.bias);

        let update = rate.map_or(Update::Gradient, |rate| Update::Descent {
            weights: layer.weight,
            rate,
        });
        let outputs = layer.outputs();
        let left = match (index.checked_sub(1), inputs) {
            (Some(before), _) => &workspace.layers[before].values,
            (None, Inputs::Scaled(values)) => *values,
            (None, _) => workspace.inputs.as_slice(),
        };
        let is_sparse = index == 0 && inputs.sparse().is_some();
        let inputs_of_part = if is_sparse {
            BLOCK
        } else {
            layer.inputs().div_ceil(threads).max(1)
        };
        for (number, out) in out.weight.chunks_mut(inputs_of_part * outputs).enumerate() {
            parts.push(UpdateOfPart {
                update,
                errors: &space.errors,
                panels: &workspace.packed[index].errors,
                left: if is_sparse {
                    LeftOfUpdate::Sparse(&workspace.gathered, number)
                } else {
                    LeftOfUpdate::Dense(left, layer.inputs())
                },
                first_row: number * inputs_of_part,
                outputs,
                out,
            });
        }
    }
    pool.for_each(parts, dispatch);
}

/// Packs the errors for the products; where the inputs are sparse, those of the first layer are not.
fn pack_errors(pool: &ThreadPool, inputs: &Inputs<'_>, workspace: &mut Workspace) {
    let Workspace {
        rows,
        layers,
        packed,
        ..
    } = workspace;
    let mut panels = Vec::new();
    let sparse = usize::from(inputs.sparse().is_some());
    for (space, packed) in layers.iter().zip(packed).skip(sparse) {
        let errors = &mut packed.errors;
        errors.reshape(*rows, space.outputs);
        panels.extend(errors.packing(&space.errors, space.outputs, false));
    }
    pack_panels(pool, panels);
}

/// Computes the gradient of the biases, the sum of the errors over the rows in their order, or the biases after a step.
fn bias_step(bias: &[f32], errors: &[f32], rate: Option<f32>, out: &mut [f32]) {
    out.fill(0.0);
    for errors in errors.chunks_exact(out.len()) {
        for (sum, error) in out.iter_mut().zip(errors) {
            *sum += error;
        }
    }
    if let Some(rate) = rate {
        for (out, bias) in out.iter_mut().zip(bias) {
            *out = bias - rate * *out;
        }
    }
}

/// The left factor of a gradient, `inputsᵀ·errors`.
enum LeftOfUpdate<'a> {
    /// Inputs of the layer, `[rows, inputs]`, and their number.
    Dense(&'a [f32], usize),
    /// The inputs that are not zero, part by part, and the number of a block of columns.
    Sparse(&'a [GatheredRows], usize),
}

/// Updates some rows of a weight matrix.
struct UpdateOfPart<'a> {
    update: Update<'a>,
    errors: &'a [f32],
    panels: &'a Panels,
    left: LeftOfUpdate<'a>,
    first_row: usize,
    outputs: usize,
    out: &'a mut [f32],
}

impl WithSimd for UpdateOfPart<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.left {
            LeftOfUpdate::Sparse(gathered, block) => {
                let Self {
                    outputs,
                    errors,
                    update,
                    out,
                    ..
                } = self;
                sparse::update_weights(simd, gathered, block, outputs, errors, update, out);
            }
            LeftOfUpdate::Dense(values, inputs) => {
                let rows = self.first_row..self.first_row + self.out.len() / self.outputs;
                let mut update = UpdateRows {
                    update: self.update,
                    out: self.out,
                    columns: self.outputs,
                    first_row: self.first_row,
                };
                product(
                    simd,
                    Left::Columns(values, inputs),
                    rows,
                    self.panels,
                    &mut update,
                );
            }
        }
    }
}
