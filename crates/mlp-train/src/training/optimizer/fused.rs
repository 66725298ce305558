//! SGD with momentum, Adam and `AdamW` by the kernels, one pass over the memory instead of one an operation.
//!
//! To Burn's `ModuleOptimizer` they are optimizers like its own, and their state is recorded under the names
//! that Burn's have: a run may go on with either.

use burn::optim::{
    AdamState, AdaptiveMomentumState, ModuleOptimizer, Optimizer, RecordState, StateSink,
    StateSource,
};
use burn::tensor::{Device, Tensor};

use super::Coefficients;
use crate::model::Fused;
use mlp_core::config::{OptimizerKind, OptimizerSection};
use mlp_core::kernels::{Adam, Momentum};

/// The optimizer of a validated section, if the kernels have its step.
pub(super) fn optimizer(section: &OptimizerSection, kernels: &Fused) -> Option<ModuleOptimizer> {
    let (section, kernels) = (section.clone(), kernels.clone());
    match section.kind {
        OptimizerKind::Sgd if section.momentum.is_some_and(|momentum| momentum > 0.0) => {
            Some(FusedMomentum { section, kernels }.into())
        }
        OptimizerKind::Adam | OptimizerKind::AdamW => Some(FusedAdam { section, kernels }.into()),
        _ => None,
    }
}

#[derive(Clone)]
struct FusedMomentum {
    section: OptimizerSection,
    kernels: Fused,
}

/// As Burn's `SgdState`, whose velocity cannot be read.
#[derive(Clone)]
struct MomentumState<const D: usize> {
    velocity: Tensor<D>,
}

/// Its place in Burn's record.
const VELOCITY: &str = "momentum.velocity";

impl<const D: usize> RecordState for MomentumState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, VELOCITY, self.velocity.to_data());
    }

    fn state_unflatten(prefix: &str, record: &mut StateSource, device: &Device) -> Option<Self> {
        let velocity = record.take_tensor(prefix, VELOCITY)?;
        let velocity = Tensor::from_data(velocity, device);
        Some(Self { velocity })
    }
}

impl Optimizer for FusedMomentum {
    type State<const D: usize> = MomentumState<D>;

    #[allow(clippy::cast_possible_truncation)] // f32 is the network's type
    fn step<const D: usize>(
        &self,
        rate: f64,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        state: Option<MomentumState<D>>,
    ) -> (Tensor<D>, Option<MomentumState<D>>) {
        let step = Momentum {
            rate: rate as f32,
            momentum: self.section.momentum.unwrap_or(0.0) as f32,
            decay: self.section.weight_decay as f32,
            nesterov: self.section.nesterov.unwrap_or(false),
        };
        let velocity = state.map(|state| state.velocity);
        let (weights, [velocity]) = self.kernels.update(step, weights, gradients, [velocity]);
        (weights, Some(MomentumState { velocity }))
    }

    fn to_device<const D: usize>(state: MomentumState<D>, device: &Device) -> MomentumState<D> {
        let velocity = state.velocity.to_device(device);
        MomentumState { velocity }
    }
}

#[derive(Clone)]
struct FusedAdam {
    section: OptimizerSection,
    kernels: Fused,
}

impl FusedAdam {
    /// The step of the update number `time`, counted from 1.
    #[allow(clippy::cast_possible_truncation)] // f32 is the network's type
    fn kernel_step(&self, rate: f64, time: usize) -> Adam {
        let section = &self.section;
        let Coefficients {
            beta1,
            beta2,
            epsilon,
            ..
        } = Coefficients::of(section);
        let time = i32::try_from(time).unwrap_or(i32::MAX); // the powers are 0 by then
        let root = (1.0 - beta2.powi(time)).sqrt();
        let decay = section.weight_decay;
        let is_decoupled = section.kind == OptimizerKind::AdamW;
        Adam {
            rate: rate as f32,
            betas: [beta1, beta2],
            correction: root / (1.0 - beta1.powi(time)),
            epsilon: epsilon * root,
            coupled_decay: if is_decoupled { 0.0 } else { decay as f32 },
            kept: if is_decoupled {
                (1.0 - rate * f64::from(decay as f32)) as f32
            } else {
                1.0
            },
        }
    }
}

impl Optimizer for FusedAdam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let (time, moments) = match state.map(|state| state.momentum) {
            Some(old) => (old.time + 1, [Some(old.moment_1), Some(old.moment_2)]),
            None => (1, [None, None]),
        };
        let step = self.kernel_step(rate, time);
        let (weights, [moment_1, moment_2]) =
            self.kernels.update(step, weights, gradients, moments);
        let state = AdamState::new(AdaptiveMomentumState::new(time, moment_1, moment_2));
        (weights, Some(state))
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        AdamState::new(state.momentum.to_device(device))
    }
}
