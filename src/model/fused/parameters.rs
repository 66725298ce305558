//! The parameters of a network as the kernels take them, and back.

use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::backend::HostValues;
use crate::config::Activation;
use crate::kernels::{Layer, LayerOut, Network};
use crate::model::{LayerValues, Mlp};

/// Weights and biases of each layer, as the network's tensors hold them.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(HostValues, HostValues)>);

/// Room for a number beside each parameter.
pub(super) struct Places(Vec<LayerValues>);

impl Parameters {
    pub fn of(model: &Mlp) -> Self {
        let layers = model.layers.iter().map(|layer| {
            let outputs = layer.weight.dims()[1];
            let bias = match &layer.bias {
                Some(bias) => bias.val(),
                None => Tensor::zeros([outputs], &layer.weight.device()),
            };
            (HostValues::of(layer.weight.val()), HostValues::of(bias))
        });
        Self(layers.collect())
    }

    pub fn with_network<T>(
        &self,
        activation: Activation,
        work: impl FnOnce(&Network<'_>) -> T,
    ) -> T {
        let layers: Vec<_> = self
            .0
            .iter()
            .map(|(weights, bias)| Layer { weights, bias })
            .collect();
        work(&Network {
            layers: &layers,
            activation,
        })
    }

    /// Units of each hidden layer.
    pub fn hidden_units(&self) -> impl Iterator<Item = usize> {
        let hidden = self.0.len() - 1; // a network has at least its output layer
        self.0.iter().take(hidden).map(|(_, bias)| bias.len())
    }

    pub fn zeros(&self) -> Places {
        let layers = self.0.iter().map(|(weights, bias)| LayerValues {
            weight: vec![0.0; weights.len()],
            bias: vec![0.0; bias.len()],
        });
        Places(layers.collect())
    }

    /// The memory of these parameters as room for others of the same network.
    pub fn into_places(self, others: &Self) -> Places {
        let fits = self.0.len() == others.0.len();
        let places: Vec<_> = self
            .0
            .into_iter()
            .map(|(weights, bias)| LayerValues {
                weight: weights.into_vec(),
                bias: bias.into_vec(),
            })
            .collect();
        let same = |(place, (weights, bias)): (&LayerValues, &(HostValues, HostValues))| {
            place.weight.len() == weights.len() && place.bias.len() == bias.len()
        };
        if fits && places.iter().zip(&others.0).all(same) {
            Places(places)
        } else {
            others.zeros()
        }
    }
}

impl Places {
    pub fn places(&mut self) -> Vec<LayerOut<'_>> {
        let layers = self.0.iter_mut().map(|layer| LayerOut {
            weights: &mut layer.weight,
            bias: &mut layer.bias,
        });
        layers.collect()
    }

    pub fn into_gradients(self, model: &Mlp) -> GradientsParams {
        let device = model.device().inner();
        let mut gradients = GradientsParams::new();
        for (layer, found) in model.layers.iter().zip(self.0) {
            let (weight, bias) = found.into_tensors(&device);
            gradients.register(layer.weight.id, weight);
            if let Some(own) = &layer.bias {
                gradients.register(own.id, bias);
            }
        }
        gradients
    }

    /// The network with these parameters.
    pub fn into_model(self, mut model: Mlp) -> Mlp {
        let device = model.device();
        for (layer, updated) in model.layers.iter_mut().zip(self.0) {
            let (weight, bias) = updated.into_tensors(&device);
            layer.weight = Param::initialized(layer.weight.id, weight);
            layer.bias = layer
                .bias
                .take()
                .map(|old| Param::initialized(old.id, bias));
        }
        model
    }
}
