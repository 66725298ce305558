//! The network: Linear–activation–…–Linear.
//!
//! "Generic over backend" in Burn 0.22 means written against [`Tensor`] and a [`Device`]: the backend
//! is whatever the device belongs to.

mod adapter;
mod batch;
mod deformed;
mod deformed_tensors;
mod fused;
mod loader;
mod objective;
mod resident;
mod steps;
mod stored;

pub use adapter::{LabelledRow, RowBatcher, RowDataset};
pub use batch::{Batch, RowBatch, TensorBatch};
pub use deformed::Deformed;
pub use deformed_tensors::TensorAugmentation;
pub use fused::Fused;
pub use loader::RowLoader;
pub use objective::{Objective, TargetDistribution};
pub use resident::{ResidentRows, resident_bytes};
pub use stored::StoredRows;
pub(crate) use stored::gather;

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};

use mlp_core::config::{Activation, LEAKY_RELU_SLOPE, ModelSection};
use mlp_core::network::{Layer, Network};
pub use mlp_core::network::{layer_sizes, parameter_counts};

/// `x·Φ(x)` with the exact normal distribution function (Hendrycks and Gimpel 2016).
///
/// Burn's own function differentiates the tanh approximation instead on some backends, ndarray's among
/// them: gradients are off by up to 1e-3 there.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    let distribution = x
        .clone()
        .mul_scalar(std::f64::consts::FRAC_1_SQRT_2)
        .erf()
        .add_scalar(1.0)
        .mul_scalar(0.5);
    x * distribution
}

/// `a = tanh(2z)` with the slope `1 − a²`, half the right one: of the two `z` only one has a gradient.
///
/// What comes of writing `e^(−2z)` for `e^(−z)` in `(1 − e^(−z)²)/(1 + e^(−z)²)` and keeping the backward
/// pass of tanh.
fn tanh_doubled(sums: Tensor<2>) -> Tensor<2> {
    activation::tanh(sums.clone() + sums.detach())
}

/// A multilayer perceptron.
///
/// Layer *l* maps `[batch, sizes[l]]` to `[batch, sizes[l + 1]]`; each but the last is followed by the
/// activation. The outputs are logits: softmax belongs to the loss and to prediction.
#[derive(Module, Debug)]
pub struct Mlp {
    /// Weights `[inputs, outputs]` and biases `[outputs]` of each layer, in order.
    pub layers: Vec<Linear>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    objective: Objective,
    /// The kernels that take its steps, unless Burn differentiates them.
    #[module(skip)]
    fused: Option<Fused>,
}

/// Weights `[inputs, outputs]` and biases `[outputs]` on a device. There must be an output.
#[must_use]
pub fn into_tensors(layer: Layer, device: &Device) -> (Tensor<2>, Tensor<1>) {
    let shape = [layer.inputs(), layer.outputs()];
    (
        Tensor::from_data(TensorData::new(layer.weight, shape), device),
        Tensor::from_data(TensorData::new(layer.bias, [shape[1]]), device),
    )
}

impl Mlp {
    /// A network with the initial values that `section` and `seed` decide.
    ///
    /// `sizes` are the units of each layer, inputs first; `device` with automatic differentiation for
    /// a network that is to be trained.
    #[must_use]
    pub fn new(
        section: &ModelSection,
        sizes: &[usize],
        seed: u64,
        objective: Objective,
        device: &Device,
    ) -> Self {
        let network = Network::initial(section, sizes, seed);
        Self::from_network(network, objective, device)
    }

    /// A network of plain numbers on a device.
    #[must_use]
    pub fn from_network(network: Network, objective: Objective, device: &Device) -> Self {
        let layers = network.layers.into_iter();
        let tensors = layers.map(|layer| into_tensors(layer, device)).collect();
        Self::from_tensors(tensors, network.activation, objective)
    }

    /// A network of given weights `[inputs, outputs]` and biases `[outputs]`, layer by layer.
    ///
    /// Parameters are numbered by position, not at random as Burn does: the optimizer's state of one
    /// process is then that of the next.
    #[must_use]
    pub fn from_tensors(
        layers: Vec<(Tensor<2>, Tensor<1>)>,
        activation: Activation,
        objective: Objective,
    ) -> Self {
        let layers = (0_u64..)
            .zip(layers)
            .map(|(index, (weight, bias))| {
                let trained = weight.device().is_autodiff();
                Linear {
                    weight: Param::initialized(
                        ParamId::from(2 * index + 1),
                        weight.set_require_grad(trained),
                    ),
                    bias: Some(Param::initialized(
                        ParamId::from(2 * index + 2),
                        bias.set_require_grad(trained),
                    )),
                }
            })
            .collect();
        Self {
            layers,
            activation,
            objective,
            fused: None,
        }
    }

    /// The same network, its steps taken by fused kernels on the CPU.
    #[must_use]
    pub fn with_fused(mut self, fused: Fused) -> Self {
        self.fused = Some(fused);
        self
    }

    /// The kernels that take its steps, if any do.
    #[must_use]
    pub const fn fused(&self) -> Option<&Fused> {
        self.fused.as_ref()
    }

    /// Where the parameters are.
    #[must_use]
    pub fn device(&self) -> Device {
        self.layers[0].weight.device() // a network has at least its output layer
    }

    /// Logits `[batch, classes]` of inputs `[batch, features]`.
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.forward_with(inputs, |_, hidden| hidden)
    }

    /// Logits, with `between(layer, activations)` applied after each hidden layer.
    fn forward_with(
        &self,
        inputs: Tensor<2>,
        between: impl Fn(usize, Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let last = self.layers.len() - 1; // a network has at least its output layer
        self.layers
            .iter()
            .enumerate()
            .fold(inputs, |input, (index, layer)| {
                let sums = layer.forward(input); // [batch, outputs]
                if index == last {
                    sums
                } else {
                    between(index, self.activate(sums))
                }
            })
    }

    fn activate(&self, sums: Tensor<2>) -> Tensor<2> {
        match self.activation {
            Activation::Tanh => activation::tanh(sums),
            Activation::Sigmoid => activation::sigmoid(sums),
            Activation::Relu => activation::relu(sums),
            Activation::LeakyRelu => activation::leaky_relu(sums, LEAKY_RELU_SLOPE),
            Activation::Gelu => gelu(sums),
            Activation::Silu => activation::silu(sums),
            Activation::TanhDoubled => tanh_doubled(sums),
        }
    }

    /// Reads the parameters back from the device.
    #[must_use]
    pub fn to_network(&self) -> Network {
        let read = |data: TensorData| data.convert::<f32>().try_to_vec().unwrap_or_default(); // just converted to this type
        let layers = self.layers.iter().map(|layer| Layer {
            weight: read(layer.weight.val().into_data()),
            bias: layer
                .bias
                .as_ref()
                .map(|bias| read(bias.val().into_data()))
                .unwrap_or_default(),
        });
        Network {
            layers: layers.collect(),
            activation: self.activation,
        }
    }
}
