//! A multilayer perceptron in plain numbers.

mod initial;

use crate::config::Activation;

/// Weights and biases of one layer, or what belongs to each of them, such as their gradients.
///
/// `V` is what holds the numbers: a vector, a slice, or the memory of a tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Layer<V = Vec<f32>> {
    /// `[inputs, outputs]`, row-major.
    pub weight: V,
    /// `[outputs]`
    pub bias: V,
}

/// Linear–activation–…–Linear: the activation follows each layer but the last, whose outputs are logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<V = Vec<f32>> {
    /// From the inputs on; at least one.
    pub layers: Vec<Layer<V>>,
    /// Function after each layer but the last.
    pub activation: Activation,
}

impl<V: AsRef<[f32]>> Layer<V> {
    /// Number of inputs.
    #[must_use]
    #[inline]
    pub fn inputs(&self) -> usize {
        self.weight.as_ref().len() / self.outputs().max(1)
    }

    /// Number of outputs.
    #[must_use]
    #[inline]
    pub fn outputs(&self) -> usize {
        self.bias.as_ref().len()
    }

    /// The numbers, in the order weights, biases.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        let (weight, bias) = (self.weight.as_ref(), self.bias.as_ref());
        weight.iter().chain(bias).copied()
    }
}

impl<V: AsRef<[f32]>> Network<V> {
    /// The same network, its numbers borrowed: what the kernels take.
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

    /// Units of each layer: features, hidden layers, outputs.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(Layer::inputs);
        let outputs = self.layers.iter().map(Layer::outputs);
        inputs.into_iter().chain(outputs).collect()
    }

    /// Whether every weight and bias is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let mut values = self.layers.iter().flat_map(Layer::values);
        values.all(f32::is_finite)
    }
}

/// Units of each layer: features, hidden layers, outputs.
#[must_use]
pub fn layer_sizes(features: usize, hidden: &[usize], outputs: usize) -> Vec<usize> {
    let mut sizes = vec![features];
    sizes.extend(hidden);
    sizes.push(outputs);
    sizes
}

/// Number of weights and biases of each layer of a network of these sizes; saturating.
#[must_use]
pub fn parameter_counts(sizes: &[usize]) -> Vec<usize> {
    sizes
        .windows(2)
        .map(|pair| pair[0].saturating_add(1).saturating_mul(pair[1]))
        .collect()
}
