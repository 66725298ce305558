//! From the errors that the rows left to the gradient of each weight, and a step along it.
//!
//! A weight needs all rows but no other weight, so that each thread takes some weights.

use pulp::{Simd, WithSimd};

use super::compressed::{BLOCK, Gathered};
use super::inputs::Inputs;
use super::panels::{Packing, Panels, pack};
use super::product::{Left, product};
use super::simd::dispatch;
use super::skipping;
use super::team::Team;
use super::update::{Update, UpdateRows};
use super::workspace::Workspace;
use crate::network::{Layer, Network};

/// From the errors that [`forward_backward`](super::forward_backward) left, with the same network and inputs: the gradients, or with a
/// `rate` the parameters after a step so far along them, into `out`.
pub fn gradients(
    team: &mut Team,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    workspace: &mut Workspace,
    rate: Option<f32>,
    out: Vec<Layer<&mut [f32]>>,
) {
    pack_errors(team, inputs, workspace);
    let members = team.members();
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
        let compressed = inputs.compressed().filter(|_| index == 0);
        let inputs_of_part = if compressed.is_some() {
            BLOCK
        } else {
            layer.inputs().div_ceil(members).max(1)
        };
        for (number, out) in out.weight.chunks_mut(inputs_of_part * outputs).enumerate() {
            parts.push(UpdateOfPart {
                update,
                errors: &space.errors,
                panels: &workspace.panels[index].errors,
                left: match compressed {
                    Some(_) => LeftOfUpdate::Compressed(&workspace.gathered, number),
                    None => LeftOfUpdate::Dense(left, layer.inputs()),
                },
                first_row: number * inputs_of_part,
                outputs,
                out,
            });
        }
    }
    team.each(parts, dispatch);
}

fn pack_errors(team: &mut Team, inputs: &Inputs<'_>, workspace: &mut Workspace) {
    let Workspace {
        rows,
        layers,
        panels,
        ..
    } = workspace;
    let mut packings = Vec::new();
    let skipped = usize::from(inputs.compressed().is_some());
    for (space, panels) in layers.iter().zip(panels).skip(skipped) {
        panels.errors.reshape(*rows, space.outputs);
        packings.extend(panels.errors.parts().map(|(first, place)| Packing {
            place,
            first,
            matrix: &space.errors,
            stored: space.outputs,
            transposed: false,
        }));
    }
    pack(team, packings);
}

/// The sum of the errors over the rows, in their order, or the biases after a step along it.
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

enum LeftOfUpdate<'a> {
    /// Inputs of the layer, `[rows, inputs]`, and their number.
    Dense(&'a [f32], usize),
    /// The inputs that are not zero, part by part, and the block of them.
    Compressed(&'a [Gathered], usize),
}

/// The gradient of some rows of a matrix of weights.
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
            LeftOfUpdate::Compressed(gathered, block) => {
                let Self {
                    outputs,
                    errors,
                    update,
                    out,
                    ..
                } = self;
                skipping::update(simd, gathered, block, outputs, errors, update, out);
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
