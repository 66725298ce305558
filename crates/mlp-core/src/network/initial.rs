//! Initial weights and biases: pure functions of seed, parameter and index.

use mlp_data::random::{Purpose, Stream};

use super::{Layer, Network};
use crate::config::{InitialDistribution, ModelSection};
use crate::error::ConfigError;

impl Network {
    /// Draws the initial network that `section` and `seed` decide; `sizes` are the units of each layer, inputs first.
    ///
    /// # Errors
    /// If a distribution lacks a parameter, which a loaded config never does.
    pub fn initial(
        section: &ModelSection,
        sizes: &[usize],
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let (weights, biases) = (
            section.weight_init.distribution()?,
            section.bias_init.distribution()?,
        );
        let draw = |parameter: usize, distribution, inputs, outputs, count: usize| {
            let stream = Stream::new(seed, Purpose::Initialization, parameter as u64);
            (0..count as u64)
                .map(|index| sample(distribution, stream, index, inputs, outputs))
                .collect()
        };
        let layers = sizes.windows(2).enumerate().map(|(layer, size)| {
            let (inputs, outputs) = (size[0], size[1]);
            Layer {
                weight: draw(2 * layer, weights, inputs, outputs, inputs * outputs),
                bias: draw(2 * layer + 1, biases, inputs, outputs, outputs),
            }
        });
        Ok(Self {
            layers: layers.collect(),
            activation: section.activation,
        })
    }
}

/// One value. He: He et al. 2015, "Delving deep into rectifiers"; Xavier: Glorot and Bengio 2010,
/// "Understanding the difficulty of training deep feedforward neural networks".
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // sizes are small; f32 is the network's type
fn sample(
    distribution: InitialDistribution,
    stream: Stream,
    index: u64,
    inputs: usize,
    outputs: usize,
) -> f32 {
    let (inputs, outputs) = (inputs as f64, outputs as f64);
    let normal = |std: f64| std * stream.normal(index);
    let uniform = |bound: f64| bound * (2.0 * stream.uniform(index) - 1.0);
    let value = match distribution {
        InitialDistribution::Zeros => 0.0,
        InitialDistribution::Normal { mean, std } => mean + normal(std),
        InitialDistribution::Uniform { bound } => {
            uniform(bound.unwrap_or_else(|| inputs.sqrt().recip()))
        }
        InitialDistribution::HeNormal => normal((2.0 / inputs).sqrt()),
        InitialDistribution::HeUniform => uniform((6.0 / inputs).sqrt()),
        InitialDistribution::XavierNormal => normal((2.0 / (inputs + outputs)).sqrt()),
        InitialDistribution::XavierUniform => uniform((6.0 / (inputs + outputs)).sqrt()),
    };
    value as f32
}
