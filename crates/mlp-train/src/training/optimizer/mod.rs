//! From the config's optimizer section to an optimizer, by Burn or by the kernels.
//!
//! Burn's rules are `PyTorch`'s, ε included: it is added to the square root, after the bias correction
//! where there is one. The coefficients are held in float32, so
//! that 1 − β₂ of Adam's 0.999 is off by 1.3e-5 of itself. Weight decay reaches biases too, as it does
//! in `PyTorch` unless parameters are grouped.

mod fused;

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{
    AdaGradConfig, AdamConfig, AdamWConfig, LionConfig, ModuleOptimizer, RmsPropConfig, SgdConfig,
};

use crate::model::Fused;
use mlp_core::config::{OptimizerKind, OptimizerSection};

/// The optimizer of a validated section, by the kernels if there are any and they have its step.
#[must_use]
pub fn optimizer(section: &OptimizerSection, kernels: Option<&Fused>) -> ModuleOptimizer {
    kernels
        .and_then(|kernels| fused::optimizer(section, kernels))
        .unwrap_or_else(|| of_burn(section))
}

/// A section's coefficients; those that it does not name are `PyTorch`'s.
struct Coefficients {
    beta1: f32,
    beta2: f32,
    alpha: f32,
    epsilon: f32,
}

impl Coefficients {
    #[allow(clippy::cast_possible_truncation)] // Burn holds these in f32, and so do the kernels
    fn of(section: &OptimizerSection) -> Self {
        let or = |value: Option<f64>, default: f64| value.unwrap_or(default) as f32;
        let is = |kind| section.kind == kind;
        Self {
            beta1: or(section.beta1, 0.9),
            beta2: or(
                section.beta2,
                if is(OptimizerKind::Lion) { 0.99 } else { 0.999 },
            ),
            alpha: or(section.alpha, 0.99),
            epsilon: or(
                section.epsilon,
                if is(OptimizerKind::AdaGrad) {
                    1e-10
                } else {
                    1e-8
                },
            ),
        }
    }
}

/// Burn's own.
#[allow(clippy::cast_possible_truncation)] // Burn holds these in f32
fn of_burn(section: &OptimizerSection) -> ModuleOptimizer {
    let Coefficients {
        beta1,
        beta2,
        alpha,
        epsilon,
    } = Coefficients::of(section);
    let decay = section.weight_decay as f32;
    let penalty = (section.weight_decay > 0.0).then_some(WeightDecayConfig { penalty: decay });
    let momentum = section.momentum.unwrap_or(0.0);
    match section.kind {
        OptimizerKind::Sgd => {
            let momentum = (momentum > 0.0).then_some(MomentumConfig {
                momentum,
                dampening: 0.0,
                nesterov: section.nesterov.unwrap_or(false),
            });
            SgdConfig::new()
                .with_weight_decay(penalty)
                .with_momentum(momentum)
                .init()
        }
        OptimizerKind::Adam => AdamConfig::new()
            .with_beta_1(beta1)
            .with_beta_2(beta2)
            .with_epsilon(epsilon)
            .with_weight_decay(penalty)
            .init(),
        OptimizerKind::AdamW => AdamWConfig::new()
            .with_beta_1(beta1)
            .with_beta_2(beta2)
            .with_epsilon(epsilon)
            .with_weight_decay(decay)
            .init(),
        OptimizerKind::RmsProp => RmsPropConfig::new()
            .with_alpha(alpha)
            .with_momentum(momentum as f32)
            .with_epsilon(epsilon)
            .with_weight_decay(penalty)
            .init(),
        OptimizerKind::AdaGrad => AdaGradConfig::new()
            .with_epsilon(epsilon)
            .with_weight_decay(penalty)
            .init(),
        OptimizerKind::Lion => LionConfig::new()
            .with_beta_1(beta1)
            .with_beta_2(beta2)
            .with_weight_decay(decay)
            .init(),
    }
}

/// Whether an update is `w − rate·gradient` and nothing else.
#[must_use]
pub fn is_plain_descent(section: &OptimizerSection) -> bool {
    section.kind == OptimizerKind::Sgd
        && section.momentum.is_none_or(|momentum| momentum <= 0.0)
        && section.weight_decay <= 0.0
        && section.clip_norm <= 0.0
}
