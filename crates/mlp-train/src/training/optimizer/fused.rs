//! Burn's optimizers by the kernels, one pass over the memory instead of one an operation.
//!
//! To Burn's `ModuleOptimizer` they are optimizers like its own, and their state is recorded under the names
//! that Burn's have: a run may go on with either.

use std::marker::PhantomData;

use burn::optim::{
    AdamState, AdaptiveMomentumState, ModuleOptimizer, Optimizer, RecordState, StateSink,
    StateSource,
};
use burn::tensor::{Device, Tensor};

use crate::model::Fused;
use mlp_core::config::{self, OptimizerSection};
use mlp_core::kernels::{AdaGrad, Adam, Descent, Lion, Momentum, OptimizerStep, RmsProp};

/// Makes the optimizer of a validated section, for the kernels.
pub(super) fn optimizer(section: &OptimizerSection, kernels: &Fused) -> ModuleOptimizer {
    let kernels = kernels.clone();
    let decay = section.weight_decay as f32;
    match section.kind {
        config::Optimizer::Sgd { momentum, .. } if momentum <= 0.0 => {
            of_rule(DescentRule { decay }, kernels)
        }
        config::Optimizer::Sgd { momentum, nesterov } => {
            let momentum = momentum as f32;
            of_rule(
                MomentumRule {
                    momentum,
                    nesterov,
                    decay,
                },
                kernels,
            )
        }
        config::Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
        }
        | config::Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
        } => FusedAdam {
            betas: [beta1 as f32, beta2 as f32],
            epsilon: epsilon as f32,
            decay,
            is_decoupled: matches!(section.kind, config::Optimizer::AdamW { .. }),
            kernels,
        }
        .into(),
        config::Optimizer::RmsProp {
            momentum,
            alpha,
            epsilon,
        } => {
            let rule = RmsPropRule {
                alpha: alpha as f32,
                epsilon: epsilon as f32,
                decay,
                momentum: momentum as f32,
            };
            if momentum > 0.0 {
                of_rule::<_, 2>(rule, kernels)
            } else {
                of_rule::<_, 1>(rule, kernels)
            }
        }
        config::Optimizer::AdaGrad { epsilon } => {
            let epsilon = epsilon as f32;
            of_rule(AdaGradRule { epsilon, decay }, kernels)
        }
        config::Optimizer::Lion { beta1, beta2 } => {
            let betas = [beta1 as f32, beta2 as f32];
            of_rule(LionRule { betas, decay }, kernels)
        }
    }
}

fn of_rule<R: Rule<STATES>, const STATES: usize>(rule: R, kernels: Fused) -> ModuleOptimizer {
    FusedRule::<R, STATES> { rule, kernels }.into()
}

/// An optimizer whose coefficients are the same in every step, with `STATES` tensors for each parameter.
trait Rule<const STATES: usize>: Clone + Send + Sync + 'static {
    /// Where Burn's record has each tensor, under one name or more.
    const NAMES: [&'static [&'static str]; STATES];
    /// Where Burn's record has the number of steps, if it has one.
    const STEPS: Option<&'static str> = None;

    /// Returns the step with a learning rate.
    fn at(&self, rate: f64) -> impl OptimizerStep<STATES>;
}

#[derive(Clone)]
struct DescentRule {
    decay: f32,
}

impl Rule<0> for DescentRule {
    const NAMES: [&'static [&'static str]; 0] = [];

    fn at(&self, rate: f64) -> impl OptimizerStep<0> {
        Descent {
            rate: rate as f32,
            decay: self.decay,
        }
    }
}

#[derive(Clone)]
struct MomentumRule {
    momentum: f32,
    nesterov: bool,
    decay: f32,
}

impl Rule<1> for MomentumRule {
    const NAMES: [&'static [&'static str]; 1] = [&["momentum.velocity"]];

    fn at(&self, rate: f64) -> impl OptimizerStep<1> {
        Momentum {
            rate: rate as f32,
            momentum: self.momentum,
            decay: self.decay,
            nesterov: self.nesterov,
        }
    }
}

#[derive(Clone)]
struct RmsPropRule {
    alpha: f32,
    epsilon: f32,
    decay: f32,
    momentum: f32,
}

/// Burn keeps the mean square once more, less the square of the mean where it is centred; here it never is.
const MEAN_SQUARE: &[&str] = &["square_avg.square_avg", "centered.avg"];

impl RmsPropRule {
    const fn step(&self, rate: f64) -> RmsProp {
        RmsProp {
            rate: rate as f32,
            alpha: self.alpha,
            epsilon: self.epsilon,
            decay: self.decay,
            momentum: self.momentum,
        }
    }
}

impl Rule<1> for RmsPropRule {
    const NAMES: [&'static [&'static str]; 1] = [MEAN_SQUARE];

    fn at(&self, rate: f64) -> impl OptimizerStep<1> {
        self.step(rate)
    }
}

impl Rule<2> for RmsPropRule {
    const NAMES: [&'static [&'static str]; 2] = [MEAN_SQUARE, &["momentum.buf"]];

    fn at(&self, rate: f64) -> impl OptimizerStep<2> {
        self.step(rate)
    }
}

#[derive(Clone)]
struct AdaGradRule {
    epsilon: f32,
    decay: f32,
}

impl Rule<1> for AdaGradRule {
    const NAMES: [&'static [&'static str]; 1] = [&["lr_decay.sum"]];
    const STEPS: Option<&'static str> = Some("lr_decay.time");

    fn at(&self, rate: f64) -> impl OptimizerStep<1> {
        AdaGrad {
            rate: rate as f32,
            epsilon: self.epsilon,
            decay: self.decay,
        }
    }
}

#[derive(Clone)]
struct LionRule {
    betas: [f32; 2],
    decay: f32,
}

impl Rule<1> for LionRule {
    const NAMES: [&'static [&'static str]; 1] = [&["momentum"]];

    fn at(&self, rate: f64) -> impl OptimizerStep<1> {
        Lion {
            rate: rate as f32,
            betas: self.betas,
            kept: (1.0 - rate * f64::from(self.decay)) as f32,
        }
    }
}

/// A [`Rule`] as an optimizer of Burn.
#[derive(Clone)]
struct FusedRule<R, const STATES: usize> {
    rule: R,
    kernels: Fused,
}

/// The state of a parameter under a [`Rule`]. Burn's own cannot all be read.
#[derive(Clone)]
struct RuleState<R, const STATES: usize, const D: usize> {
    tensors: [Tensor<D>; STATES],
    steps: usize,
    rule: PhantomData<R>,
}

impl<R: Rule<STATES>, const STATES: usize, const D: usize> RecordState for RuleState<R, STATES, D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        for (names, tensor) in R::NAMES.iter().zip(&self.tensors) {
            for name in *names {
                out.push_tensor(prefix, name, tensor.to_data());
            }
        }
        if let Some(name) = R::STEPS {
            out.push_scalar(prefix, name, self.steps.into());
        }
    }

    fn state_unflatten(prefix: &str, record: &mut StateSource, device: &Device) -> Option<Self> {
        let mut tensors = Vec::with_capacity(STATES);
        for names in R::NAMES {
            let mut copies = names.iter().map(|name| record.take_tensor(prefix, name));
            let first = copies.next()??;
            copies.for_each(drop); // they are equal
            tensors.push(Tensor::from_data(first, device));
        }
        let steps = match R::STEPS {
            Some(name) => record.take_scalar(prefix, name)?.try_into().ok()?,
            None => 0,
        };
        Some(Self {
            tensors: tensors.try_into().ok()?,
            steps,
            rule: PhantomData,
        })
    }
}

impl<R: Rule<STATES>, const STATES: usize> Optimizer for FusedRule<R, STATES> {
    type State<const D: usize> = RuleState<R, STATES, D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        state: Option<RuleState<R, STATES, D>>,
    ) -> (Tensor<D>, Option<RuleState<R, STATES, D>>) {
        let (steps, tensors) = match state {
            Some(state) => (state.steps, state.tensors.map(Some)),
            None => (0, [const { None }; STATES]),
        };
        let step = self.rule.at(rate);
        let (weights, tensors) = self.kernels.update(step, weights, gradients, tensors);
        let state = RuleState {
            tensors,
            steps: steps + 1,
            rule: PhantomData,
        };
        (weights, Some(state))
    }

    fn to_device<const D: usize>(
        state: RuleState<R, STATES, D>,
        device: &Device,
    ) -> RuleState<R, STATES, D> {
        let tensors = state.tensors.map(|tensor| tensor.to_device(device));
        RuleState { tensors, ..state }
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
