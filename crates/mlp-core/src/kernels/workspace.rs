//! The memory that a step needs, kept from one step to the next.

use super::dense::PackedLayer;
use super::pass::Inputs;
use super::sparse::GatheredRows;
use crate::network::Network;

/// Everything between the inputs of a batch and the gradients. Serves networks and batches of any size, one after the
/// other.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(super) rows: usize,
    /// `[rows, features]`, where rows are gathered with every value.
    pub(super) inputs: Vec<f32>,
    /// The inputs of each part of the rows, where they are gathered without zeros.
    pub(super) gathered: Vec<GatheredRows>,
    pub(super) layers: Vec<LayerSpace>,
    pub(super) packed: Vec<PackedLayer>,
    /// `[rows]`: the loss of each.
    pub(super) losses: Vec<f64>,
}

/// What a batch leaves in a layer.
#[derive(Debug, Default)]
pub(super) struct LayerSpace {
    pub outputs: usize,
    /// `[rows, outputs]`: activations, or in the last layer the outputs.
    pub values: Vec<f32>,
    /// `[rows, outputs]`: slopes of the activations in the forward pass. In the backward pass each is replaced by the
    /// error, the gradient of the loss with respect to the unit's sum.
    pub errors: Vec<f32>,
}

/// The rows of one part, from `first_row` of the batch on.
pub(super) struct RowsPart<'a> {
    pub first_row: usize,
    pub rows: usize,
    pub inputs: &'a mut [f32],
    pub gathered: &'a mut GatheredRows,
    pub layers: Vec<RowsOfLayer<'a>>,
    pub losses: &'a mut [f64],
}

/// Those rows of a [`LayerSpace`].
pub(super) struct RowsOfLayer<'a> {
    pub values: &'a mut [f32],
    pub errors: &'a mut [f32],
}

impl Workspace {
    /// Returns the outputs of the network for the rows, `[rows, outputs]`.
    #[must_use]
    pub fn outputs(&self) -> &[f32] {
        self.layers.last().map_or(&[], |layer| &layer.values)
    }

    /// Returns the activations of each hidden layer in order, `[rows, units]`; those of dropped units are 0.
    pub fn hidden(&self) -> impl Iterator<Item = &[f32]> {
        let hidden = self.layers.len().saturating_sub(1);
        self.layers
            .iter()
            .take(hidden)
            .map(|layer| &layer.values[..])
    }

    /// Returns the loss of each row, if [`forward_backward`](super::forward_backward) left it.
    #[must_use]
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Makes room for `rows` rows. What every step overwrites is not cleared.
    pub(super) fn reshape(&mut self, network: &Network<&[f32]>, inputs: &Inputs<'_>, rows: usize) {
        self.rows = rows;
        let features = network.layers[0].inputs();
        let gathered = matches!(inputs, Inputs::Rows { .. });
        self.inputs
            .resize(if gathered { rows * features } else { 0 }, 0.0);
        self.losses.resize(rows, 0.0);
        self.layers
            .resize_with(network.layers.len(), LayerSpace::default);
        for (space, layer) in self.layers.iter_mut().zip(&network.layers) {
            space.outputs = layer.outputs();
            space.values.resize(rows * space.outputs, 0.0);
            space.errors.resize(rows * space.outputs, 0.0);
        }
    }

    /// Cuts the rows into parts of at most `max_rows` rows each, and returns them next to the packed weights.
    pub(super) fn parts(&mut self, max_rows: usize) -> (Vec<RowsPart<'_>>, &[PackedLayer]) {
        let count = self.rows.div_ceil(max_rows);
        let features = self.inputs.len() / self.rows.max(1);
        let mut inputs = self.inputs.as_mut_slice();
        let mut losses = self.losses.as_mut_slice();
        let mut layers: Vec<_> = self
            .layers
            .iter_mut()
            .map(|layer| {
                (
                    layer.outputs,
                    layer.values.as_mut_slice(),
                    layer.errors.as_mut_slice(),
                )
            })
            .collect();
        self.gathered.resize_with(count, GatheredRows::default);
        let parts = self
            .gathered
            .iter_mut()
            .enumerate()
            .map(|(part, gathered)| {
                let first_row = self.rows * part / count;
                let rows = self.rows * (part + 1) / count - first_row;
                RowsPart {
                    first_row,
                    rows,
                    inputs: take(&mut inputs, rows * features),
                    gathered,
                    losses: take(&mut losses, rows),
                    layers: layers
                        .iter_mut()
                        .map(|(outputs, values, errors)| RowsOfLayer {
                            values: take(values, rows * *outputs),
                            errors: take(errors, rows * *outputs),
                        })
                        .collect(),
                }
            });
        (parts.collect(), &self.packed)
    }
}

/// Splits the first `count` values off the rest.
#[allow(clippy::mut_mut)] // the slice itself is replaced
fn take<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (taken, left) = std::mem::take(rest).split_at_mut(count);
    *rest = left;
    taken
}
