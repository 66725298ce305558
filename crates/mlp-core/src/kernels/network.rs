//! A network and the rows that go through it, as slices.

use super::compressed::CompressedBatch;
use crate::config::Activation;
use mlp_data::{Features, Scaling};

/// One layer.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// `[inputs, outputs]`, row-major.
    pub weights: &'a [f32],
    /// `[outputs]`
    pub bias: &'a [f32],
}

impl Layer<'_> {
    pub(super) fn inputs(&self) -> usize {
        self.weights.len() / self.bias.len()
    }

    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }
}

/// A multilayer perceptron: the activation follows each layer but the last.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a> {
    /// In order, at least one.
    pub layers: &'a [Layer<'a>],
    /// After each layer but the last.
    pub activation: Activation,
}

impl Network<'_> {
    /// Does something with the network of these layers.
    pub fn with<'a, T>(
        layers: impl Iterator<Item = Layer<'a>>,
        activation: Activation,
        work: impl FnOnce(&Network<'_>) -> T,
    ) -> T {
        let layers: Vec<_> = layers.collect();
        work(&Network {
            layers: &layers,
            activation,
        })
    }
}

/// The rows that go through the network.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Without their zeros.
    Compressed(CompressedBatch<'a>),
    /// As they are stored.
    Stored {
        /// All rows.
        features: &'a Features,
        /// From stored values to inputs.
        scaling: &'a Scaling,
        /// Numbers of the rows.
        numbers: &'a [u32],
    },
    /// `[rows, features]`, scaled.
    Scaled(&'a [f32]),
}

impl<'a> Inputs<'a> {
    /// The rows without their zeros, if they are given so.
    pub(super) fn compressed(&self) -> Option<CompressedBatch<'a>> {
        match self {
            Self::Compressed(batch) => Some(*batch),
            _ => None,
        }
    }
}
