//! The weights of a network as the products read them.

use super::inputs::Inputs;
use super::panels::{Packing, Panels, pack};
use super::team::Team;
use crate::network::Network;

/// The right factors of a layer's products.
#[derive(Debug, Default)]
pub(super) struct LayerPanels {
    pub weights: Panels,
    pub transposed: Panels,
    pub errors: Panels,
}

/// Weights laid out once for many batches: with a few rows that takes longer than their way through the network.
#[derive(Debug)]
pub struct LaidOut(Vec<LayerPanels>);

impl LaidOut {
    /// Those of this network.
    #[must_use]
    pub fn of(network: &Network<&[f32]>) -> Self {
        let mut panels = Vec::new();
        let inputs = Inputs::Scaled(&[]);
        lay_out(&mut Team::new(1), network, &inputs, false, &mut panels);
        Self(panels)
    }

    pub(super) fn panels(&self) -> &[LayerPanels] {
        &self.0
    }
}

/// Lays the weights out for the products that need them: the first layer's only if its zeros are not skipped,
/// the transposed ones for the way back.
pub(super) fn lay_out(
    team: &mut Team,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    backward: bool,
    panels: &mut Vec<LayerPanels>,
) {
    panels.resize_with(network.layers.len(), LayerPanels::default);
    let mut packings = Vec::new();
    for (index, (layer, panels)) in network.layers.iter().zip(panels).enumerate() {
        let (weights, stored) = (layer.weight, layer.outputs());
        let mut add = |panels, transposed| {
            packings.extend(Panels::parts(panels).map(|(first, place)| Packing {
                place,
                first,
                matrix: weights,
                stored,
                transposed,
            }));
        };
        if index > 0 || inputs.compressed().is_none() {
            panels.weights.reshape(layer.inputs(), layer.outputs());
            add(&mut panels.weights, false);
        }
        if index > 0 && backward {
            panels.transposed.reshape(layer.outputs(), layer.inputs());
            add(&mut panels.transposed, true);
        }
    }
    pack(team, packings);
}
