//! The parameters of a network as the kernels take them, and back.

use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::backend::HostValues;
use crate::model::{LayerValues, Mlp};
use mlp_core::config::Activation;
use mlp_core::kernels::{Layer, LayerOut, Network};

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
        let layers = self.0.iter().map(|(weights, bias)| Layer { weights, bias });
        Network::with(layers, activation, work)
    }

    /// Units of each hidden layer.
    pub fn hidden_units(&self) -> impl Iterator<Item = usize> {
        let hidden = self.0.len() - 1; // a network has at least its output layer
        self.0.iter().take(hidden).map(|(_, bias)| bias.len())
    }

    fn zeros(&self) -> Places {
        let layers = self.0.iter().map(|(weights, bias)| LayerValues {
            weight: vec![0.0; weights.len()],
            bias: vec![0.0; bias.len()],
        });
        Places(layers.collect())
    }

    /// Room for others of the same network, in this memory if it was that of such; what it holds is of no meaning.
    pub fn room(&self, memory: Vec<HostValues>) -> Places {
        let sizes = self
            .0
            .iter()
            .flat_map(|(weights, bias)| [weights.len(), bias.len()]);
        if !memory.iter().map(|values| values.len()).eq(sizes) {
            return self.zeros();
        }
        let mut values = memory.into_iter().map(HostValues::into_vec);
        let mut layers = Vec::with_capacity(self.0.len());
        while let (Some(weight), Some(bias)) = (values.next(), values.next()) {
            layers.push(LayerValues { weight, bias });
        }
        Places(layers)
    }

    /// One after the other, as [`Self::room`] takes them.
    pub fn into_memory(self) -> Vec<HostValues> {
        let pairs = self.0.into_iter();
        pairs.flat_map(|(weights, bias)| [weights, bias]).collect()
    }

    /// Number of weight matrices and bias vectors.
    pub fn count(&self) -> usize {
        2 * self.0.len()
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
