//! SGD with momentum, Adam and `AdamW` by the kernels, one pass over the memory instead of one an operation.
//!
//! To Burn's `ModuleOptimizer` they are optimizers like its own, and their state is recorded under the names
//! that Burn's have: a run may go on with either.

use burn::optim::{
    AdamState, AdaptiveMomentumState, ModuleOptimizer, Optimizer, RecordState, StateSink,
    StateSource,
};
use burn::tensor::{Device, Tensor};

use crate::model::Fused;
use mlp_core::config::{self, OptimizerSection};
use mlp_core::kernels::{Adam, Momentum};

/// Makes the optimizer of a validated section, if the kernels have its step.
pub(super) fn optimizer(section: &OptimizerSection, kernels: &Fused) -> Option<ModuleOptimizer> {
    let kernels = kernels.clone();
    let decay = section.weight_decay as f32;
    let adam = |beta1: f64, beta2: f64, epsilon: f64, is_decoupled| FusedAdam {
        betas: [beta1 as f32, beta2 as f32],
        epsilon: epsilon as f32,
        decay,
        is_decoupled,
        kernels: kernels.clone(),
    };
    match section.kind {
        config::Optimizer::Sgd { momentum, nesterov } if momentum > 0.0 => {
            let momentum = momentum as f32;
            Some(
                FusedMomentum {
                    momentum,
                    nesterov,
                    decay,
                    kernels,
                }
                .into(),
            )
        }
        config::Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
        } => Some(adam(beta1, beta2, epsilon, false).into()),
        config::Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
        } => Some(adam(beta1, beta2, epsilon, true).into()),
        config::Optimizer::Sgd { .. }
        | config::Optimizer::RmsProp { .. }
        | config::Optimizer::AdaGrad { .. }
        | config::Optimizer::Lion { .. } => None,
    }
}

#[derive(Clone)]
struct FusedMomentum {
    momentum: f32,
    nesterov: bool,
    decay: f32,
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

    fn step<const D: usize>(
        &self,
        rate: f64,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        state: Option<MomentumState<D>>,
    ) -> (Tensor<D>, Option<MomentumState<D>>) {
        let step = Momentum {
            rate: rate as f32,
            momentum: self.momentum,
            decay: self.decay,
            nesterov: self.nesterov,
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
    betas: [f32; 2],
    epsilon: f32,
    decay: f32,
    /// Whether the decay is taken off the weights, as `AdamW` does, rather than added to the gradients.
    is_decoupled: bool,
    kernels: Fused,
}

impl FusedAdam {
    /// Returns the step of the update number `time`, counted from 1.
    fn kernel_step(&self, rate: f64, time: usize) -> Adam {
        let [beta1, beta2] = self.betas;
        let time = i32::try_from(time).unwrap_or(i32::MAX); // the powers are 0 by then
        let root = (1.0 - beta2.powi(time)).sqrt();
        let (coupled_decay, kept) = if self.is_decoupled {
            (0.0, (1.0 - rate * f64::from(self.decay)) as f32)
        } else {
            (self.decay, 1.0)
        };
        Adam {
            rate: rate as f32,
            betas: self.betas,
            correction: root / (1.0 - beta1.powi(time)),
            epsilon: self.epsilon * root,
            coupled_decay,
            kept,
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
