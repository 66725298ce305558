//! The rows that go through a network, as slices.

use super::compressed::CompressedBatch;
use mlp_data::{Features, Scaling};

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
