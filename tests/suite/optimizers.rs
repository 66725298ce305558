//! Every optimizer against `PyTorch`'s formulas, written out in float64.

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::DType;
use burn::train::{Learner, TrainStep};
use mlp::config::{Activation, Config, Optimizer, OptimizerSection};
use mlp::kernels::ThreadPool;
use mlp::model::{Fused, Mlp, Objective};
use mlp::training::optimizer;

use crate::support::assert_close;
use crate::support::devices::training_devices;
use crate::support::network::{Plain, batch, flat, gradients, scatter, smoothed, values};

const STEPS: i32 = 8;
const RATE: f64 = 0.01;

/// One parameter's memory.
#[derive(Clone, Copy, Default)]
struct Memory {
    first: f64,
    second: f64,
}

/// One update of one parameter, `step` counted from 1.
fn update(
    section: &OptimizerSection,
    value: f64,
    gradient: f64,
    memory: &mut Memory,
    step: i32,
) -> f64 {
    let decay = section.weight_decay;
    let coupled = gradient + decay * value;
    let adam = |gradient: f64, memory: &mut Memory, [beta1, beta2, epsilon]: [f64; 3]| {
        memory.first = beta1 * memory.first + (1.0 - beta1) * gradient;
        memory.second = beta2 * memory.second + (1.0 - beta2) * gradient * gradient;
        let mean = memory.first / (1.0 - beta1.powi(step));
        let variance = memory.second / (1.0 - beta2.powi(step));
        RATE * mean / (variance.sqrt() + epsilon)
    };
    match section.kind {
        Optimizer::Sgd { momentum, nesterov } => {
            memory.first = momentum * memory.first + coupled;
            let direction = if nesterov {
                coupled + momentum * memory.first
            } else {
                memory.first
            };
            value - RATE * direction
        }
        Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
        } => value - adam(coupled, memory, [beta1, beta2, epsilon]),
        Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
        } => value * (1.0 - RATE * decay) - adam(gradient, memory, [beta1, beta2, epsilon]),
        Optimizer::RmsProp {
            momentum,
            alpha,
            epsilon,
        } => {
            memory.second = alpha * memory.second + (1.0 - alpha) * coupled * coupled;
            let scaled = coupled / (memory.second.sqrt() + epsilon);
            memory.first = momentum * memory.first + scaled;
            value - RATE * memory.first
        }
        Optimizer::AdaGrad { epsilon } => {
            memory.second += coupled * coupled;
            value - RATE * coupled / (memory.second.sqrt() + epsilon)
        }
        // Chen et al. 2023, "Symbolic discovery of optimization algorithms"; PyTorch has no Lion.
        Optimizer::Lion { beta1, beta2 } => {
            let direction = beta1 * memory.first + (1.0 - beta1) * gradient;
            memory.first = beta2 * memory.first + (1.0 - beta2) * gradient;
            let sign = if direction == 0.0 {
                0.0
            } else {
                direction.signum()
            };
            value * (1.0 - RATE * decay) - RATE * sign
        }
    }
}

/// Trains a network next to the formulas: both take the gradients that the network has at its weights.
#[track_caller]
fn check(section: &OptimizerSection) {
    let plain = Plain::new(&[4, 6, 3]);
    let labels = [2, 0, 1, 1, 2];
    let targets = smoothed(&labels, 3, 0.0);
    let inputs = scatter(20, 7);
    for (backend, device) in training_devices() {
        // float64, so that what is compared is the formula and not the rounding
        let batch = batch(&inputs, &labels, (&targets, 5.0), &device, DType::F64);
        let model = plain.model(Activation::Tanh, Objective::default(), &device, DType::F64);
        let mut expected = flat(&values(&model));
        let mut memory = vec![Memory::default(); expected.len()];
        let mut learner = Learner::new(model, optimizer(section, None), RATE);
        for step in 1..=STEPS {
            let (_, slopes) = gradients(&learner.model(), batch.clone());
            for ((value, slope), memory) in expected.iter_mut().zip(flat(&slopes)).zip(&mut memory)
            {
                *value = update(section, *value, slope, memory, step);
            }
            learner.lr_step();
            let output = learner.train_step(batch.clone());
            learner.optimizer_step(output.grads);
        }
        let what = format!("{:?} on {backend}", section.kind);
        // Burn holds the coefficients in float32: 1 − 0.999 is off by 1.3e-5 of itself there.
        assert_close(&what, &flat(&values(&learner.model())), &expected, 2e-6);
    }
}

/// The kernels' rules go Burn's way, rounding included (`AdamW` corrects the bias in another order), and each goes
/// on from what the other recorded.
#[test]
fn by_the_kernels() {
    let sections = [
        section(adam(DEFAULT), 0.0),
        section(adam(OTHER), 0.1),
        section(adamw(OTHER), 0.1),
        section(sgd(0.0, false), 0.01),
        section(sgd(0.9, false), 0.01),
        section(sgd(0.9, true), 0.01),
        section(rmsprop(0.0, 0.99, 1e-8), 0.0),
        section(rmsprop(0.9, 0.9, 0.1), 0.1),
        section(Optimizer::AdaGrad { epsilon: 1e-10 }, 0.0),
        section(Optimizer::AdaGrad { epsilon: 0.1 }, 0.1),
        section(lion(0.9, 0.99), 0.0),
        section(lion(0.8, 0.95), 0.1),
    ];
    // More weights than a thread takes at once, and some left over next to whole vectors.
    let plain = Plain::new(&[301, 123, 3]);
    let labels = [2, 0, 1, 1, 2];
    let targets = smoothed(&labels, 3, 0.0);
    let inputs = scatter(5 * 301, 7);
    for (backend, device) in training_devices() {
        let batch = batch(&inputs, &labels, (&targets, 5.0), &device, DType::F32);
        let model = plain.model(Activation::Tanh, Objective::default(), &device, DType::F32);
        let step = |optimizer: &mut ModuleOptimizer, model: Mlp| {
            let gradients = TrainStep::step(&model, batch.clone()).grads;
            optimizer.step(RATE, model, gradients)
        };
        for section in &sections {
            let what = format!("{section:?} on {backend}");
            let is_adamw = matches!(section.kind, Optimizer::AdamW { .. });
            let tolerance = if is_adamw { 1e-6 } else { 0.0 };
            let kernels = Fused::new(&ThreadPool::new(2), usize::MAX, usize::MAX, false);
            let new = |by_kernels: bool| optimizer(section, by_kernels.then_some(&kernels));
            let trained = |handed_over: [bool; 2]| {
                let mut model = model.clone();
                let mut first = new(handed_over[0]);
                for _ in 0..STEPS {
                    model = step(&mut first, model);
                }
                let record = first.to_record().into_bytes().unwrap();
                let record = OptimizerRecord::from_bytes(record).unwrap();
                let mut second = new(handed_over[1]).load_record(record);
                assert_eq!(second.to_record().len(), first.to_record().len(), "{what}");
                for _ in 0..STEPS {
                    model = step(&mut second, model);
                }
                flat(&values(&model))
            };
            let expected = trained([false, false]);
            for by_kernels in [[true, true], [true, false], [false, true]] {
                assert_close(&what, &trained(by_kernels), &expected, tolerance);
            }
        }
    }
}

fn section(kind: Optimizer, weight_decay: f64) -> OptimizerSection {
    OptimizerSection {
        kind,
        weight_decay,
        ..Config::default().optimizer
    }
}

/// β₁, β₂ and ε of Adam where the config names none.
const DEFAULT: [f64; 3] = [0.9, 0.999, 1e-8];
/// ε is large, so that its place in the formula matters.
const OTHER: [f64; 3] = [0.8, 0.95, 0.1];

fn sgd(momentum: f64, nesterov: bool) -> Optimizer {
    Optimizer::Sgd { momentum, nesterov }
}

fn adam([beta1, beta2, epsilon]: [f64; 3]) -> Optimizer {
    Optimizer::Adam {
        beta1,
        beta2,
        epsilon,
    }
}

fn adamw([beta1, beta2, epsilon]: [f64; 3]) -> Optimizer {
    Optimizer::AdamW {
        beta1,
        beta2,
        epsilon,
    }
}

fn rmsprop(momentum: f64, alpha: f64, epsilon: f64) -> Optimizer {
    Optimizer::RmsProp {
        momentum,
        alpha,
        epsilon,
    }
}

fn lion(beta1: f64, beta2: f64) -> Optimizer {
    Optimizer::Lion { beta1, beta2 }
}

#[test]
fn sgd_with_and_without_momentum() {
    check(&section(sgd(0.0, false), 0.0));
    check(&section(sgd(0.9, false), 0.01));
    check(&section(sgd(0.9, true), 0.01));
}

#[test]
fn adam_and_adamw() {
    for kind in [adam, adamw] {
        check(&section(kind(DEFAULT), 0.0));
        check(&section(kind(OTHER), 0.1));
    }
}

#[test]
fn rmsprop_with_and_without_momentum() {
    check(&section(rmsprop(0.0, 0.99, 1e-8), 0.0));
    check(&section(rmsprop(0.9, 0.9, 0.1), 0.1));
}

#[test]
fn adagrad() {
    check(&section(Optimizer::AdaGrad { epsilon: 1e-10 }, 0.0));
    check(&section(Optimizer::AdaGrad { epsilon: 0.1 }, 0.1));
}

#[test]
fn lion_with_and_without_decay() {
    check(&section(lion(0.9, 0.99), 0.0));
    check(&section(lion(0.8, 0.95), 0.1));
}
