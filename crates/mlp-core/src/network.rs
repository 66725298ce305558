//! A multilayer perceptron as float32 weights and biases, independent of Burn.

mod initial;

use crate::config::Activation;

/// Weights and biases of one layer, or values associated with them, such as their gradients.
///
/// `V` is the storage: a vector, a slice or the memory of a tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Layer<V = Vec<f32>> {
    /// `[inputs, outputs]`, row-major.
    pub weight: V,
    /// `[outputs]`.
    pub bias: V,
}

/// A multilayer perceptron: the activation follows each layer except the last, whose outputs are logits, or a standardised target.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<V = Vec<f32>> {
    /// Layers from the inputs to the outputs; at least one.
    pub layers: Vec<Layer<V>>,
    /// Function after each layer except the last.
    pub activation: Activation,
}

impl<V: AsRef<[f32]>> Layer<V> {
    /// Returns the number of inputs.
    #[must_use]
    #[inline]
    pub fn inputs(&self) -> usize {
        self.weight.as_ref().len() / self.outputs().max(1)
    }

    /// Returns the number of outputs.
    #[must_use]
    #[inline]
    pub fn outputs(&self) -> usize {
        self.bias.as_ref().len()
    }

    /// Returns an iterator over the weights, then the biases.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        let (weight, bias) = (self.weight.as_ref(), self.bias.as_ref());
        weight.iter().chain(bias).copied()
    }
}

impl<V: AsRef<[f32]>> Network<V> {
    /// Borrows the network's values, as the kernels require.
    #[must_use]
    pub fn view(&self) -> Network<&[f32]> {
        let layers = self.layers.iter().map(|layer| Layer {
            weight: layer.weight.as_ref(),
            bias: layer.bias.as_ref(),
        });
        Network {
            layers: layers.collect(),
            activation: self.activation,
        }
    }

    /// Returns the units of each layer: features, hidden layers, outputs.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(Layer::inputs);
        let outputs = self.layers.iter().map(Layer::outputs);
        inputs.into_iter().chain(outputs).collect()
    }

    /// Returns whether every weight and bias is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let mut values = self.layers.iter().flat_map(Layer::values);
        values.all(f32::is_finite)
    }
}

/// Returns the units of each layer: features, hidden layers, outputs.
#[must_use]
pub fn layer_sizes(features: usize, hidden: &[usize], outputs: usize) -> Vec<usize> {
    let mut sizes = vec![features];
    sizes.extend(hidden);
    sizes.push(outputs);
    sizes
}

/// Returns the number of weights and biases of each layer of a network with these layer sizes; saturates on overflow.
#[must_use]
pub fn parameter_counts(sizes: &[usize]) -> Vec<usize> {
    sizes
        .windows(2)
        .map(|pair| pair[0].saturating_add(1).saturating_mul(pair[1]))
        .collect()
}
