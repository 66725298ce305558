//! How exact a gradient can be expected to be.

use serde::Serialize;

use super::compare::FLOOR;
use mlp_core::config::{Activation, BackendKind};

/// What two gradients are held to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// Largest error `|a − b| / max(|a| + |b|, floor)` that is still right.
    pub bar: f64,
    /// The floor, as a share of the tensor's largest gradient; 1e-8 at least.
    pub floor_share: f64,
}

impl Bar {
    /// For computations in float64.
    pub const FLOAT64: Self = Self {
        bar: 1e-6,
        floor_share: 0.0,
    };
    /// For computations in float32. A gradient is a sum over the rows whose terms may cancel, or comes
    /// through a saturated unit: float32 rounds on the scale of the large gradients of a tensor, and a
    /// small one may have no correct digit. Those below a hundredth of the largest are judged as if
    /// they were that large.
    pub const FLOAT32: Self = Self {
        bar: 1e-3,
        floor_share: 0.01,
    };

    /// The floor for a tensor of these gradients.
    pub(super) fn floor(self, gradients: &[f64]) -> f64 {
        let largest = |largest: f64, slope: &f64| largest.max(slope.abs());
        FLOOR.max(self.floor_share * gradients.iter().fold(0.0, largest))
    }
}

/// What a backend makes of float64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float64 {
    /// It computes in it.
    Exact,
    /// It takes it, but rounds the activation to float32 on the way.
    RoundedInActivation,
    /// It does not have it.
    Missing,
}

impl Float64 {
    /// As measured, backend by backend: ndarray's sigmoid, and with it silu, rounds to float32.
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
