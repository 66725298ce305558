//! Initial weights and biases: pure functions of seed, parameter and index.

use mlp_data::random::{Purpose, Stream};

use super::{Layer, Network};
use crate::config::{Initializer, ModelSection};

impl Network {
    /// Creates a network with initial weights and biases, drawn according to `section` and `seed`. `sizes` holds the
    /// units of each layer, inputs first.
    #[must_use]
    pub fn initial(section: &ModelSection, sizes: &[usize], seed: u64) -> Self {
        let draw = |parameter: usize, initializer, inputs, outputs, count: usize| {
            let stream = Stream::new(seed, Purpose::Initialization, parameter as u64);
            (0..count as u64)
                .map(|index| sample(initializer, stream, index, inputs, outputs))
                .collect()
        };
        let weight_init = section.weight_init_for(sizes.first().copied().unwrap_or(0));
        let layers = sizes.windows(2).enumerate().map(|(layer, size)| {
            let (inputs, outputs) = (size[0], size[1]);
            Layer {
                weight: draw(2 * layer, weight_init, inputs, outputs, inputs * outputs),
                bias: draw(2 * layer + 1, section.bias_init, inputs, outputs, outputs),
            }
        });
        Self {
            layers: layers.collect(),
            activation: section.activation,
        }
    }
}

/// Draws one value. He: He et al. 2015, "Delving deep into rectifiers". Xavier: Glorot and Bengio 2010,
/// "Understanding the difficulty of training deep feedforward neural networks".
fn sample(
    initializer: Initializer,
    stream: Stream,
    index: u64,
    inputs: usize,
    outputs: usize,
) -> f32 {
    let (inputs, outputs) = (inputs as f64, outputs as f64);
    let normal = |std: f64| std * stream.normal(index);
    let uniform = |bound: f64| bound * (2.0 * stream.uniform(index) - 1.0);
    let value = match initializer {
        Initializer::Zeros => 0.0,
        Initializer::Normal { mean, std } => mean + normal(std),
        Initializer::Uniform { bound } => uniform(bound.unwrap_or_else(|| inputs.sqrt().recip())),
        Initializer::HeNormal => normal((2.0 / inputs).sqrt()),
        Initializer::HeUniform => uniform((6.0 / inputs).sqrt()),
        Initializer::XavierNormal => normal((2.0 / (inputs + outputs)).sqrt()),
        Initializer::XavierUniform => uniform((6.0 / (inputs + outputs)).sqrt()),
    };
    value as f32
}
