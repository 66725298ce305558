//! The pass over the rows: forward, and with a loss back again.
//!
//! A row needs no other row, so that each thread takes some of them all the way.

use pulp::{Simd, WithSimd};

use super::activation::{activate, activate_with_slope};
use super::dense::{
    AddBias, Left, MultiplyInPlace, PackedLayer, PackedWeights, pack_weights, product,
};
use super::loss::{Loss, cross_entropy, of_errors};
use super::simd::dispatch;
use super::sparse::{self, SparseBatch};
use super::thread_pool::ThreadPool;
use super::workspace::{RowsPart, Workspace};
use crate::network::Network;
use crate::task;
use mlp_data::{Features, Preprocessor};

/// Rows of a part, at most, where nothing is handed on from row to row: what they leave stays in the cache.
const MAX_ROWS_OF_PART: usize = 128;

/// The rows that go through a network.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Without their zeros.
    Sparse(SparseBatch<'a>),
    /// Rows of a data set.
    Rows {
        /// All rows.
        features: &'a Features,
        /// Makes inputs of the stored values.
        preprocessor: &'a Preprocessor,
        /// Numbers of the rows of the batch.
        numbers: &'a [u32],
    },
    /// `[rows, features]`, scaled.
    Scaled(&'a [f32]),
}

impl<'a> Inputs<'a> {
    /// Returns the rows without their zeros, if they are given so.
    pub(super) fn sparse(&self) -> Option<SparseBatch<'a>> {
        match self {
            Self::Sparse(batch) => Some(*batch),
            _ => None,
        }
    }
}

/// Computes the outputs of `rows` rows, which it leaves in the workspace with the activations of all layers.
pub fn forward(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    rows: usize,
    workspace: &mut Workspace,
) {
    workspace.reshape(network, inputs, rows);
    pack_weights(pool, network, inputs, false, &mut workspace.packed);
    pass(pool, network, inputs, None, None, workspace);
}

/// Does the same as [`forward`] with weights packed before, which must be those of the network.
pub fn forward_packed(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    weights: &PackedWeights,
    inputs: &Inputs<'_>,
    rows: usize,
    workspace: &mut Workspace,
) {
    workspace.reshape(network, inputs, rows);
    pass(pool, network, inputs, None, Some(weights), workspace);
}

/// Runs forward, loss and backward: leaves outputs, losses and the errors of all layers in the workspace.
pub fn forward_backward(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    loss: &Loss<'_>,
    workspace: &mut Workspace,
) {
    let outputs = network.layers[network.layers.len() - 1].outputs();
    let rows = loss.targets.len() / outputs;
    workspace.reshape(network, inputs, rows);
    pack_weights(pool, network, inputs, true, &mut workspace.packed);
    pass(pool, network, inputs, Some(loss), None, workspace);
}

/// Passes all rows through the network; the weights are those packed in the workspace if none are given.
fn pass(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    loss: Option<&Loss<'_>>,
    weights: Option<&PackedWeights>,
    workspace: &mut Workspace,
) {
    let rows_of_part = workspace.rows.div_ceil(pool.threads());
    let (parts, own) = workspace.parts(rows_of_part.clamp(1, MAX_ROWS_OF_PART));
    let packed = weights.map_or(own, PackedWeights::layers);
    pool.for_each(parts, |part| {
        dispatch(PassOfPart {
            network,
            inputs,
            loss,
            packed,
            part,
        });
    });
}

/// Passes some rows through the network, and back.
struct PassOfPart<'a> {
    network: &'a Network<&'a [f32]>,
    inputs: &'a Inputs<'a>,
    loss: Option<&'a Loss<'a>>,
    packed: &'a [PackedLayer],
    part: RowsPart<'a>,
}

impl WithSimd for PassOfPart<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.forward(simd);
        if let Some(loss) = self.loss {
            self.backward(simd, loss);
        }
    }
}

impl PassOfPart<'_> {
    #[inline(always)]
    fn forward<S: Simd>(&mut self, simd: S) {
        let RowsPart {
            first_row,
            rows,
            inputs: scaled,
            gathered,
            layers,
            ..
        } = &mut self.part;
        let range = *first_row..*first_row + *rows;
        let last = layers.len() - 1;
        for index in 0..=last {
            let (before, after) = layers.split_at_mut(index);
            let place = &mut after[0];
            let bias = self.network.layers[index].bias;
            let input: &[f32] = match (before.last(), self.inputs) {
                (Some(hidden), _) => hidden.values,
                (None, Inputs::Sparse(batch)) => {
                    let weights = self.network.layers[0].weight;
                    gathered.gather(*batch, range.clone());
                    sparse::forward(simd, gathered, weights, bias, place.values);
                    &[]
                }
                (
                    None,
                    Inputs::Rows {
                        features,
                        preprocessor,
                        numbers,
                    },
                ) => {
                    let columns = scaled.len() / *rows;
                    let places = scaled.chunks_exact_mut(columns);
                    for (number, out) in numbers[range.clone()].iter().zip(places) {
                        preprocessor.apply_row(features, *number as usize, out);
                    }
                    scaled
                }
                (None, Inputs::Scaled(values)) => {
                    let columns = self.network.layers[0].inputs();
                    &values[range.start * columns..range.end * columns]
                }
            };
            if index > 0 || self.inputs.sparse().is_none() {
                let mut add_bias = AddBias {
                    bias,
                    out: place.values,
                };
                let panels = &self.packed[index].weights;
                product(simd, Left::Rows(input), 0..*rows, panels, &mut add_bias);
            }
            if index == last {
                return;
            }
            let activation = self.network.activation;
            let Some(loss) = self.loss else {
                activate(simd, activation, place.values);
                continue;
            };
            activate_with_slope(simd, activation, place.values, place.errors);
            if let Some(mask) = loss.masks.get(index) {
                let units = bias.len();
                let mask = &mask[range.start * units..range.end * units];
                multiply(place.values, mask);
                multiply(place.errors, mask);
            }
        }
    }

    #[inline(always)]
    fn backward<S: Simd>(&mut self, simd: S, loss: &Loss<'_>) {
        let RowsPart {
            first_row,
            rows,
            layers,
            losses,
            ..
        } = &mut self.part;
        let last = layers.len() - 1;
        let output = &mut layers[last];
        let outputs = output.values.len() / *rows;
        let targets = &loss.targets[*first_row * outputs..(*first_row + *rows) * outputs];
        let weights = match loss.weights {
            [] => &[],
            weights => &weights[*first_row..*first_row + *rows],
        };
        let (values, errors) = (&*output.values, &mut *output.errors);
        match loss.kind {
            task::Loss::CrossEntropy => {
                cross_entropy(simd, values, targets, outputs, loss.scale, errors, losses);
            }
            kind @ (task::Loss::Mse | task::Loss::Mae | task::Loss::Huber) => {
                of_errors(kind, values, targets, weights, loss.scale, errors, losses);
            }
        }
        for index in (1..=last).rev() {
            let (before, after) = layers.split_at_mut(index);
            let mut times_slope = MultiplyInPlace {
                out: before[index - 1].errors,
                columns: self.network.layers[index].inputs(),
            };
            let panels = &self.packed[index].transposed;
            let errors = Left::Rows(after[0].errors);
            product(simd, errors, 0..*rows, panels, &mut times_slope);
        }
    }
}

#[inline(always)]
fn multiply(values: &mut [f32], factors: &[f32]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}
