//! The way of the rows through the network: forward, and with a loss back again.
//!
//! A row needs no other row, so that each thread takes some of them all the way.

use pulp::{Simd, WithSimd};

use super::activation::{activate, activate_with_slope};
use super::inputs::Inputs;
use super::laid_out::{LaidOut, LayerPanels, lay_out};
use super::loss::cross_entropy;
use super::product::{AddBias, Left, MultiplyInPlace, product};
use super::simd::dispatch;
use super::skipping;
use super::team::Team;
use super::workspace::{RowsPart, Workspace};
use crate::network::Network;

/// What is minimised.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// The distribution over the classes that each row should have given, `[rows, classes]`.
    pub targets: &'a [f32],
    /// Factor of the summed cross-entropy of the rows.
    pub scale: f32,
    /// For each hidden layer, what each of its units is multiplied by, `[rows, units]`; empty without dropout.
    pub masks: &'a [Vec<f32>],
}

/// Rows of a part, at most, where nothing is handed on from row to row: what they leave stays in the cache.
const ROWS_AT_ONCE: usize = 128;

/// Logits of the rows, in the workspace.
pub fn forward(
    team: &mut Team,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    rows: usize,
    workspace: &mut Workspace,
) {
    workspace.reshape(network, inputs, rows);
    lay_out(team, network, inputs, false, &mut workspace.panels);
    pass(team, network, inputs, None, None, workspace);
}

/// The same with weights that were laid out before; they must be those of the network.
pub fn forward_laid_out(
    team: &mut Team,
    network: &Network<&[f32]>,
    weights: &LaidOut,
    inputs: &Inputs<'_>,
    rows: usize,
    workspace: &mut Workspace,
) {
    workspace.reshape(network, inputs, rows);
    pass(team, network, inputs, None, Some(weights), workspace);
}

/// Forward, loss and backward: leaves logits, losses and the errors of all layers in the workspace.
pub fn forward_backward(
    team: &mut Team,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    loss: &Loss<'_>,
    workspace: &mut Workspace,
) {
    let classes = network.layers[network.layers.len() - 1].outputs();
    let rows = loss.targets.len() / classes;
    workspace.reshape(network, inputs, rows);
    lay_out(team, network, inputs, true, &mut workspace.panels);
    pass(team, network, inputs, Some(loss), None, workspace);
}

/// The way of all rows; `weights` are those in the workspace if none are given.
fn pass(
    team: &mut Team,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    loss: Option<&Loss<'_>>,
    weights: Option<&LaidOut>,
    workspace: &mut Workspace,
) {
    let most = workspace.rows.div_ceil(team.members());
    let (parts, own) = workspace.parts(most.clamp(1, ROWS_AT_ONCE));
    let panels = weights.map_or(own, LaidOut::panels);
    team.each(parts, |part| {
        dispatch(PassOfPart {
            network,
            inputs,
            loss,
            panels,
            part,
        });
    });
}

/// The way of some rows through the network, and back.
struct PassOfPart<'a> {
    network: &'a Network<&'a [f32]>,
    inputs: &'a Inputs<'a>,
    loss: Option<&'a Loss<'a>>,
    panels: &'a [LayerPanels],
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
            inputs: gathered,
            gathered: compressed,
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
                (None, Inputs::Compressed(batch)) => {
                    let weights = self.network.layers[0].weight;
                    compressed.gather(*batch, range.clone());
                    skipping::forward(simd, compressed, weights, bias, place.values);
                    &[]
                }
                (
                    None,
                    Inputs::Stored {
                        features,
                        scaling,
                        numbers,
                    },
                ) => {
                    let columns = gathered.len() / *rows;
                    let places = gathered.chunks_exact_mut(columns);
                    for (number, out) in numbers[range.clone()].iter().zip(places) {
                        scaling.apply_row(features, *number as usize, out);
                    }
                    gathered
                }
                (None, Inputs::Scaled(values)) => {
                    let columns = self.network.layers[0].inputs();
                    &values[range.start * columns..range.end * columns]
                }
            };
            if index > 0 || self.inputs.compressed().is_none() {
                let mut add_bias = AddBias {
                    bias,
                    out: place.values,
                };
                let panels = &self.panels[index].weights;
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
        let classes = output.values.len() / *rows;
        cross_entropy(
            simd,
            output.values,
            &loss.targets[*first_row * classes..(*first_row + *rows) * classes],
            classes,
            loss.scale,
            output.errors,
            losses,
        );
        for index in (1..=last).rev() {
            let (before, after) = layers.split_at_mut(index);
            let mut times_slope = MultiplyInPlace {
                out: before[index - 1].errors,
                columns: self.network.layers[index].inputs(),
            };
            let panels = &self.panels[index].transposed;
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
