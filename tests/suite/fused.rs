//! The fused kernels against automatic differentiation, and against themselves: on every activation and depth,
//! with and without zeros to skip, on any number of threads.

use std::sync::Arc;

use burn::module::Module as _;
use burn::tensor::{DType, Device};
use burn::train::{InferenceStep, Learner, TrainStep};
use mlp::config::{
    Activation, Config, DataSection, Optimizer, OptimizerSection, Reduction, ScaleKind,
};
use mlp::data::{Batches, Dataset, Features, Preprocessor, Schema};
use mlp::kernels::ThreadPool;
use mlp::model::{Batch, BatchLoader, Fused, HostDataset, Mlp, Objective, TargetDistribution};
use mlp::training::optimizer;

use crate::support::assert_close;
use crate::support::devices::{cpu_backends, numbers, training_devices};
use crate::support::network::{Plain, flat, gradients, scatter, values};

const ACTIVATIONS: [Activation; 7] = [
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Gelu,
    Activation::Silu,
    Activation::TanhDoubled,
];
/// Widths that fill vectors, panels and blocks, and widths that do not.
const HIDDEN: [&[usize]; 6] = [&[], &[64], &[7], &[33, 16], &[9, 80, 5], &[130, 3]];
const COLUMNS: usize = 150;
const ROWS: usize = 40;
const CLASSES: usize = 5;

/// Byte-valued rows of which so many in a hundred are not zero.
fn rows(percent: usize) -> Dataset {
    let noise = scatter(2 * ROWS * COLUMNS, 77);
    let bytes = noise.chunks_exact(2).map(|pair| {
        let dark = (pair[0] + 0.5) * 100.0 < percent as f64;
        if dark {
            ((pair[1] + 0.5) * 255.0) as u8
        } else {
            0
        }
    });
    Dataset::new(
        Schema::of_numbers(
            (0..COLUMNS).map(|column| format!("x{column}")).collect(),
            (0..CLASSES).map(|class| class.to_string()).collect(),
        ),
        Features::Bytes(bytes.collect()),
        Some(
            (0..ROWS as u32)
                .map(|row| row * 7 % CLASSES as u32)
                .collect(),
        ),
    )
}

/// The first rows as a batch that gathers for itself, weighted and smoothed.
fn row_batch(percent: usize, scale: ScaleKind, count: u32) -> Batch {
    let dataset = Arc::new(rows(percent));
    let all: Vec<u32> = dataset.all_rows();
    let data = DataSection {
        scale,
        ..Config::default().data
    };
    let preprocessor = Arc::new(Preprocessor::fit(&dataset, &all, &data).unwrap());
    let targets = TargetDistribution::new(0.1, vec![1.0, 2.0, 0.5, 1.0, 1.5]);
    let loader = BatchLoader::new(
        Arc::new(HostDataset::new(dataset, preprocessor)),
        all.as_slice().into(),
        Batches::new(ROWS, 8, true, 0),
        1,
        Arc::new(targets.into()),
    );
    let rows = u32::try_from(ROWS).unwrap();
    let numbers: Vec<u32> = (0..count).map(|row| row * 17 % rows).collect();
    loader.batch(&numbers, 3)
}

fn model(hidden: &[usize], activation: Activation, objective: Objective, device: &Device) -> Mlp {
    let sizes = [&[COLUMNS], hidden, &[CLASSES]].concat();
    Plain::new(&sizes).model(activation, objective, device, DType::F32)
}

fn fused(model: &Mlp, threads: usize, descends: bool) -> Mlp {
    model.clone().with_fused(Fused::new(
        &ThreadPool::new(threads),
        usize::MAX,
        usize::MAX,
        descends,
    ))
}

#[test]
fn gradients_are_those_of_autodiff_for_every_activation_and_depth() {
    let device = training_devices().remove(0).1;
    for hidden in HIDDEN {
        for activation in ACTIVATIONS {
            for (percent, scale, count) in [
                (15, ScaleKind::Unit, 23),
                (90, ScaleKind::Unit, 23),
                (15, ScaleKind::Standard, 1),
                (15, ScaleKind::None, 8),
            ] {
                let what = format!("{hidden:?} {activation:?} {percent} % {scale:?}");
                let model = model(hidden, activation, Objective::default(), &device);
                let batch = row_batch(percent, scale, count);
                let tensors = Batch::from(batch.clone().tensors(&device));
                let (loss, expected) = gradients(&model, tensors.clone());
                // Sums of inputs up to 255 round that much more coarsely.
                let tolerance = if scale == ScaleKind::None { 1e-3 } else { 2e-5 };
                for batch in [batch, tensors] {
                    let (found_loss, found) = gradients(&fused(&model, 2, false), batch);
                    assert_close(&what, &[found_loss], &[loss], tolerance);
                    assert_close(&what, &flat(&found), &flat(&expected), tolerance);
                }
            }
        }
    }
}

#[test]
fn what_lies_beside_the_gradient_is_autodiff_s_too() {
    let device = training_devices().remove(0).1;
    for objective in [
        Objective {
            dropout: 0.3,
            seed: 9,
            ..Objective::default()
        },
        Objective {
            clip_norm: 0.01,
            ..Objective::default()
        },
        Objective {
            reduction: Reduction::Sum,
            ..Objective::default()
        },
    ] {
        let model = model(&[33, 16], Activation::Tanh, objective, &device);
        let batch = row_batch(15, ScaleKind::Unit, 23);
        let (loss, expected) = gradients(&model, batch.clone());
        let (found_loss, found) = gradients(&fused(&model, 2, false), batch);
        assert_close("loss", &[found_loss], &[loss], 2e-5);
        assert_close("gradients", &flat(&found), &flat(&expected), 2e-5);
    }
}

/// Skipped zeros, gathered rows and ready inputs, on one thread or several: the same bits.
#[test]
fn neither_threads_nor_zeros_change_a_bit() {
    let device = training_devices().remove(0).1;
    for hidden in HIDDEN {
        let model = model(hidden, Activation::Tanh, Objective::default(), &device);
        let skipping = row_batch(15, ScaleKind::Unit, 23);
        let ready = Batch::from(skipping.clone().tensors(&device));
        let expected = gradients(&fused(&model, 1, false), ready.clone());
        for threads in 1..=4 {
            for batch in [&skipping, &ready] {
                let found = gradients(&fused(&model, threads, false), batch.clone());
                assert!(found == expected, "{hidden:?} on {threads} threads");
            }
        }
    }
}

/// Trainings of one process that share the threads of one pool.
#[test]
fn trainings_at_the_same_time_change_no_bit() {
    let device = training_devices().remove(0).1;
    let model = model(&[33, 16], Activation::Tanh, Objective::default(), &device);
    let batch = row_batch(15, ScaleKind::Unit, 40);
    let expected = gradients(&fused(&model, 1, false), batch.clone());
    let pool = ThreadPool::new(2);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let kernels = Fused::new(&pool, usize::MAX, usize::MAX, false);
                let model = model.clone().with_fused(kernels);
                for _ in 0..20 {
                    assert!(gradients(&model, batch.clone()) == expected);
                }
            });
        }
    });
}

#[test]
fn inference_gives_the_logits_of_the_step() {
    let device = training_devices().remove(0).1;
    for hidden in HIDDEN {
        let model = fused(
            &model(hidden, Activation::Gelu, Objective::default(), &device),
            2,
            false,
        );
        let batch = row_batch(15, ScaleKind::Unit, 40);
        let trained = TrainStep::step(&model, batch.clone()).item;
        let inferred = InferenceStep::step(&model.valid(), batch);
        assert!(
            numbers(&trained.outputs()) == numbers(&inferred.outputs()),
            "{hidden:?}"
        );
        assert_close(
            "loss",
            &numbers(&trained.loss()),
            &numbers(&inferred.loss()),
            1e-6,
        );
    }
}

/// Gradient descent inside the kernels and Burn's optimizer on their gradients go the same way; other
/// optimizers go the way that they go on autodiff's.
#[test]
fn trainings_go_the_same_way() {
    let plain = |kind| OptimizerSection {
        kind,
        ..Config::default().optimizer
    };
    let sgd = |momentum| Optimizer::Sgd {
        momentum,
        nesterov: false,
    };
    let lion = Optimizer::Lion {
        beta1: 0.9,
        beta2: 0.99,
    };
    for kind in cpu_backends() {
        let device = mlp::backend::device(kind, "auto").unwrap().autodiff();
        let model = model(&[33, 16], Activation::Silu, Objective::default(), &device);
        let train = |model: Mlp, section: &OptimizerSection| {
            let optimizer = optimizer(section, model.fused());
            let mut learner = Learner::new(model, optimizer, 0.05);
            for count in [23, 8, 40, 23, 23, 1, 23, 40, 23, 23] {
                learner.lr_step();
                let output = learner.train_step(row_batch(15, ScaleKind::Unit, count));
                learner.optimizer_step(output.grads);
            }
            flat(&values(&learner.model()))
        };
        let descent = plain(sgd(0.0));
        let expected = train(model.clone(), &descent);
        assert_close(
            "descent",
            &train(fused(&model, 2, true), &descent),
            &expected,
            1e-5,
        );
        for section in [descent, plain(sgd(0.9)), plain(lion)] {
            let expected = train(model.clone(), &section);
            let found = train(fused(&model, 2, false), &section);
            assert_close(&format!("{section:?}"), &found, &expected, 1e-5);
        }
    }
}
