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
use mlp_core::config::{Optimizer, OptimizerSection};

/// Makes the optimizer of a validated section, by the kernels if there are any.
#[must_use]
pub fn optimizer(section: &OptimizerSection, kernels: Option<&Fused>) -> ModuleOptimizer {
    match kernels {
        Some(kernels) => fused::optimizer(section, kernels),
        None => of_burn(section),
    }
}

/// Makes Burn's own, which holds coefficients in float32.
fn of_burn(section: &OptimizerSection) -> ModuleOptimizer {
    let decay = section.weight_decay as f32;
    let penalty = (section.weight_decay > 0.0).then_some(WeightDecayConfig { penalty: decay });
    match section.kind {
        Optimizer::Sgd { momentum, nesterov } => {
            let momentum = (momentum > 0.0).then_some(MomentumConfig {
                momentum,
                dampening: 0.0,
                nesterov,
            });
            SgdConfig::new()
                .with_weight_decay(penalty)
                .with_momentum(momentum)
                .init()
        }
        Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
        } => AdamConfig::new()
            .with_beta_1(beta1 as f32)
            .with_beta_2(beta2 as f32)
            .with_epsilon(epsilon as f32)
            .with_weight_decay(penalty)
            .init(),
        Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
        } => AdamWConfig::new()
            .with_beta_1(beta1 as f32)
            .with_beta_2(beta2 as f32)
            .with_epsilon(epsilon as f32)
            .with_weight_decay(decay)
            .init(),
        Optimizer::RmsProp {
            momentum,
            alpha,
            epsilon,
        } => RmsPropConfig::new()
            .with_alpha(alpha as f32)
            .with_momentum(momentum as f32)
            .with_epsilon(epsilon as f32)
            .with_weight_decay(penalty)
            .init(),
        Optimizer::AdaGrad { epsilon } => AdaGradConfig::new()
            .with_epsilon(epsilon as f32)
            .with_weight_decay(penalty)
            .init(),
        Optimizer::Lion { beta1, beta2 } => LionConfig::new()
            .with_beta_1(beta1 as f32)
            .with_beta_2(beta2 as f32)
            .with_weight_decay(decay)
            .init(),
    }
}

/// Returns whether an update is `w − rate·gradient` and nothing else.
#[must_use]
pub fn is_plain_descent(section: &OptimizerSection) -> bool {
    matches!(section.kind, Optimizer::Sgd { momentum, .. } if momentum <= 0.0)
        && section.weight_decay <= 0.0
        && section.clip_norm <= 0.0
}
