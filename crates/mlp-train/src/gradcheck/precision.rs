//! Tolerances of the gradient check.

use serde::Serialize;

use super::compare::FLOOR;
use mlp_core::config::{Activation, BackendKind};

/// Tolerance for the difference of two gradients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// Largest accepted error `|a − b| / max(|a| + |b|, floor)`.
    pub bar: f64,
    /// Floor as a share of the tensor's largest gradient; the floor is at least 1e-8.
    pub floor_share: f64,
}

impl Bar {
    /// Tolerance for float64.
    pub const FLOAT64: Self = Self {
        bar: 1e-6,
        floor_share: 0.0,
    };
    /// Tolerance for float32.
    ///
    /// The terms of a gradient may cancel, so its rounding error is relative to the largest gradients of the
    /// tensor, and a small gradient may have no correct digit. The floor is therefore a hundredth of the
    /// largest gradient.
    pub const FLOAT32: Self = Self {
        bar: 1e-3,
        floor_share: 0.01,
    };

    /// Returns the floor for a tensor with these gradients.
    pub(super) fn floor(self, gradients: &[f64]) -> f64 {
        let largest = |largest: f64, slope: &f64| largest.max(slope.abs());
        FLOOR.max(self.floor_share * gradients.iter().fold(0.0, largest))
    }
}

/// Float64 support of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float64 {
    /// The backend computes in float64.
    Exact,
    /// The backend accepts float64 but rounds the activation to float32.
    RoundedInActivation,
    /// The backend does not support float64.
    Missing,
}

impl Float64 {
    /// Returns the measured support of a backend. On ndarray, sigmoid, and therefore silu, rounds to float32.
    #[must_use]
    pub const fn of(backend: BackendKind, activation: Activation) -> Self {
        match (backend, activation) {
            (BackendKind::Wgpu, _) => Self::Missing,
            (BackendKind::Ndarray, Activation::Sigmoid | Activation::Silu) => {
                Self::RoundedInActivation
            }
            (BackendKind::Ndarray | BackendKind::Flex, _) => Self::Exact,
        }
    }
}
