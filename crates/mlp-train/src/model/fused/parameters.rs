//! The parameters of a network as the kernels take them, and back.

use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use mlp_core::network::{Layer, Network};

use crate::backend::HostValues;
use crate::model::{Mlp, into_tensors};

/// Weights and biases, as the network's tensors hold them.
pub(super) fn parameters(model: &Mlp) -> Network<HostValues> {
    let layers = model.layers.iter().map(|layer| {
        let outputs = layer.weight.dims()[1];
        let bias = match &layer.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([outputs], &layer.weight.device()),
        };
        Layer {
            weight: HostValues::of(layer.weight.val()),
            bias: HostValues::of(bias),
        }
    });
    Network {
        layers: layers.collect(),
        activation: model.activation,
    }
}

/// The memory of parameters one after the other, as [`Buffers::new`] takes it.
pub(super) fn into_memory(parameters: Network<HostValues>) -> Vec<HostValues> {
    let layers = parameters.layers.into_iter();
    layers
        .flat_map(|layer| [layer.weight, layer.bias])
        .collect()
}

/// A number for each parameter: its gradient, or its value after a step.
pub(super) struct Buffers(Vec<Layer>);

impl Buffers {
    /// Buffers for these parameters, in this memory if it was that of such; what it holds is of no meaning.
    pub fn new(parameters: &Network<HostValues>, memory: Vec<HostValues>) -> Self {
        let layers = &parameters.layers;
        let sizes = layers
            .iter()
            .flat_map(|layer| [layer.weight.len(), layer.bias.len()]);
        if !memory.iter().map(|values| values.len()).eq(sizes) {
            let zeros = layers.iter().map(|layer| Layer {
                weight: vec![0.0; layer.weight.len()],
                bias: vec![0.0; layer.bias.len()],
            });
            return Self(zeros.collect());
        }
        let mut values = memory.into_iter().map(HostValues::into_vec);
        let mut layers = Vec::with_capacity(layers.len());
        while let (Some(weight), Some(bias)) = (values.next(), values.next()) {
            layers.push(Layer { weight, bias });
        }
        Self(layers)
    }

    /// Where the kernels write them.
    pub fn slices(&mut self) -> Vec<Layer<&mut [f32]>> {
        let layers = self.0.iter_mut().map(|layer| Layer {
            weight: layer.weight.as_mut_slice(),
            bias: layer.bias.as_mut_slice(),
        });
        layers.collect()
    }

    pub fn into_gradients(self, model: &Mlp) -> GradientsParams {
        let device = model.device().inner();
        let mut gradients = GradientsParams::new();
        for (layer, found) in model.layers.iter().zip(self.0) {
            let (weight, bias) = into_tensors(found, &device);
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
            let (weight, bias) = into_tensors(updated, &device);
            layer.weight = Param::initialized(layer.weight.id, weight);
            layer.bias = layer
                .bias
                .take()
                .map(|old| Param::initialized(old.id, bias));
        }
        model
    }
}
