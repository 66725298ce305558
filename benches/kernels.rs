//! What the parts of a training step take, one by one: reading rows, deforming them, gathering, forward and
//! backward, gradients, the optimizer.
//!
//! On the built-in digits, of whose pixels about as many are zero as of MNIST's.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // numbers of rows and made-up weights

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use burn::train::Learner;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlp::augment::{Augmentation, Warper};
use mlp::config::{
    Activation, AugmentSection, BackendKind, Config, DataSection, ElasticTable, ModelSection,
    Optimizer, OptimizerSection, ScaleKind,
};
use mlp::data::{
    Codes, Column, ColumnKind, ColumnValues, Dataset, Features, Preprocessor, ReadOptions, Schema,
    digits, read, read_bytes,
};
use mlp::kernels::{
    Inputs, Loss, SparseBatch, SparseRows, ThreadPool, Workspace, forward, forward_backward,
    gradients,
};
use mlp::model::{Batch, Fused, HostDataset, Mlp, Objective, RowBatch, TargetDistribution};
use mlp::network::{Layer, Network};
use mlp::training::{is_plain_descent, optimizer};

/// The program's allocator: where vectors begin decides how long the kernels take.
#[global_allocator]
static MEMORY: mlp::allocator::PlacedMemory = mlp::allocator::PlacedMemory;

const ROWS: usize = 10_000;
const BATCH: usize = 64;
const SIZES: [usize; 3] = [784, 64, 10];

/// A batch of rows from all over the data set.
fn numbers() -> Vec<u32> {
    (0..BATCH as u32)
        .map(|row| row * 7919 % ROWS as u32)
        .collect()
}

fn csv(dataset: &Dataset) -> String {
    let Features::Bytes(bytes) = &dataset.features else {
        unreachable!("digits are bytes")
    };
    let labels = dataset.labels().unwrap_or_default();
    let mut text = format!("label,{}\n", dataset.feature_names().join(","));
    for (label, row) in labels.iter().zip(bytes.chunks_exact(dataset.columns())) {
        text += &label.to_string();
        for value in row {
            text.push(',');
            text += &value.to_string();
        }
        text.push('\n');
    }
    text
}

fn reading(criterion: &mut Criterion) {
    let text = csv(&digits(ROWS, 1));
    // As large as MNIST's training file.
    let (header, rows) = text.split_once('\n').unwrap_or_default();
    let large = format!("{header}\n{}", rows.repeat(60_000 / ROWS));
    let options = ReadOptions::default();
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("CSV, one thread", |bencher| {
        bencher.iter(|| {
            let table = read_bytes(text.as_bytes(), Path::new("memory"), &options);
            table.map(|table| table.dataset.rows())
        });
    });
    let Ok(folder) = tempfile::tempdir() else {
        return println!("no temporary folder");
    };
    let path = folder.path().join("rows.csv");
    if let Err(error) = fs::write(&path, &large) {
        return println!("{}: {error}", path.display());
    }
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("CSV file, all threads", |bencher| {
        bencher.iter(|| read(&path, &options).map(|table| table.dataset.rows()));
    });
    group.finish();
}

/// A row is drawn and deformed, on one thread.
fn augment(criterion: &mut Criterion) {
    let dataset = digits(BATCH, 1);
    let Features::Bytes(bytes) = &dataset.features else {
        unreachable!("digits are bytes")
    };
    let affine = AugmentSection {
        shift: 1.0,
        rotate: 10.0,
        scale: 0.1,
        shear: 10.0,
        elastic: None,
    };
    let elastic = AugmentSection {
        elastic: Some(ElasticTable {
            alpha: 36.0,
            sigma: 5.0,
        }),
        ..affine
    };
    let mut group = criterion.benchmark_group("deform a row of 784 bytes");
    for (name, section) in [("affine", affine), ("affine and elastic", elastic)] {
        let Some(augmentation) = Augmentation::new(&section, 1, 28) else {
            unreachable!("something is deformed")
        };
        let mut warper = Warper::new(&augmentation);
        let mut out = vec![0; SIZES[0]];
        let mut rows = (0_u32..).zip(bytes.chunks_exact(SIZES[0]).cycle());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let Some((number, row)) = rows.next() else {
                    unreachable!("they come again and again")
                };
                warper.bytes(&augmentation.deformation(0, number), row, &mut out);
                black_box(&out);
            });
        });
    }
    group.finish();
}

fn kernels(criterion: &mut Criterion) {
    let dataset = digits(ROWS, 1);
    let Features::Bytes(bytes) = &dataset.features else {
        unreachable!("digits are bytes")
    };
    let all = dataset.all_rows();
    let preprocessor = |scale| {
        let data = DataSection {
            scale,
            ..Config::default().data
        };
        Preprocessor::fit(&dataset, &all, &data)
    };
    let (Ok(unit), Ok(standard)) = (
        preprocessor(ScaleKind::Unit),
        preprocessor(ScaleKind::Standard),
    ) else {
        unreachable!("digits can be scaled")
    };
    let table = std::array::from_fn(|byte| byte as f32 / 255.0);
    let Some(sparse_rows) = SparseRows::from_bytes(bytes, SIZES[0], table) else {
        unreachable!("digits are mostly zeros")
    };
    let numbers = numbers();
    let sparse = Inputs::Sparse(SparseBatch {
        rows: &sparse_rows,
        numbers: &numbers,
    });
    let stored = |preprocessor| Inputs::Rows {
        features: &dataset.features,
        preprocessor,
        numbers: &numbers,
    };
    let inputs = [
        ("sparse rows", sparse),
        ("every value", stored(&unit)),
        ("standardised", stored(&standard)),
    ];
    passes(criterion, SIZES, &inputs);
}

/// A table of texts: 40 columns of 20 categories, of whose inputs one in twenty is not zero.
fn categories(criterion: &mut Criterion) {
    const COLUMNS: usize = 40;
    const CATEGORIES: usize = 20;
    let column = |column: usize| Column {
        name: format!("c{column}"),
        kind: ColumnKind::Category {
            categories: (0..CATEGORIES)
                .map(|category| category.to_string())
                .collect(),
            rare: Vec::new(),
        },
    };
    let codes = |column: usize| {
        let code = |row: usize| (row * (2 * column + 7919) / 13 % CATEGORIES) as u8 + 1;
        ColumnValues::Codes(Codes::One((0..ROWS).map(code).collect()))
    };
    let schema = Schema {
        columns: (0..COLUMNS).map(column).collect(),
        ..Schema::default()
    };
    let features = Features::Columns((0..COLUMNS).map(codes).collect());
    let dataset = Dataset::new(schema, features, None);
    let fitted = Preprocessor::fit(&dataset, &dataset.all_rows(), &Config::default().data);
    let Ok(preprocessor) = fitted else {
        unreachable!("categories can be encoded")
    };
    let width = preprocessor.width(COLUMNS);
    let write = |row, out: &mut [f32]| preprocessor.apply_row(&dataset.features, row, out);
    let Some(rows) = SparseRows::from_inputs(ROWS, width, write) else {
        unreachable!("inputs of categories are mostly zeros")
    };
    let mut encoded = vec![0.0; ROWS * width];
    for (row, out) in encoded.chunks_exact_mut(width).enumerate() {
        write(row, out);
    }
    let (encoded, identity) = (Features::Floats(encoded), Preprocessor::identity());
    let numbers = numbers();
    let inputs = [
        (
            "sparse rows",
            Inputs::Sparse(SparseBatch {
                rows: &rows,
                numbers: &numbers,
            }),
        ),
        (
            "every value",
            Inputs::Rows {
                features: &encoded,
                preprocessor: &identity,
                numbers: &numbers,
            },
        ),
    ];
    passes(criterion, [width, 64, 10], &inputs);
}

/// The passes of a step of plain descent over a batch, for rows in several forms.
fn passes(criterion: &mut Criterion, sizes: [usize; 3], inputs: &[(&str, Inputs<'_>)]) {
    let values: Vec<_> = sizes
        .windows(2)
        .map(|size| {
            let weights = (0..size[0] * size[1]).map(|i| (i as f32).sin() / 4.0);
            Layer {
                weight: weights.collect::<Vec<_>>(),
                bias: vec![0.1; size[1]],
            }
        })
        .collect();
    let network = Network {
        layers: values.clone(),
        activation: Activation::Tanh,
    };
    let network = network.view();
    let labels: Vec<u32> = (0..10).cycle().take(BATCH).collect();
    let (targets, _) = TargetDistribution::new(0.0, vec![1.0; sizes[2]]).of(&labels);
    let loss = Loss {
        kind: mlp::task::Loss::CrossEntropy,
        targets: &targets,
        weights: &[],
        scale: 1.0 / BATCH as f32,
        masks: &[],
    };
    for threads in [1, 2] {
        let [first, second, third] = sizes;
        let mut group = criterion.benchmark_group(format!(
            "{first}-{second}-{third}, batch 64, {threads} threads"
        ));
        group.throughput(Throughput::Elements(BATCH as u64));
        for (name, inputs) in inputs {
            let pool = ThreadPool::new(threads);
            let mut space = Workspace::default();
            group.bench_function(format!("forward, {name}"), |bencher| {
                bencher.iter(|| forward(&pool, &network, inputs, BATCH, &mut space));
            });
            group.bench_function(format!("forward and backward, {name}"), |bencher| {
                bencher.iter(|| forward_backward(&pool, &network, inputs, &loss, &mut space));
            });
            let mut places = values.clone();
            group.bench_function(format!("gradients and step, {name}"), |bencher| {
                bencher.iter(|| {
                    let out = places.iter_mut().map(|layer| Layer {
                        weight: layer.weight.as_mut_slice(),
                        bias: layer.bias.as_mut_slice(),
                    });
                    let out = out.collect();
                    gradients(&pool, &network, inputs, &mut space, Some(0.1), out);
                });
            });
        }
        group.finish();
    }
}

/// A whole step through Burn's learner, its gradients and its update by Burn or by the kernels.
fn learner(criterion: &mut Criterion) {
    let dataset = Arc::new(digits(ROWS, 1));
    let all = dataset.all_rows();
    let section = Config::default();
    let data = DataSection {
        scale: ScaleKind::Unit,
        ..section.data.clone()
    };
    let Ok(preprocessor) = Preprocessor::fit(&dataset, &all, &data) else {
        unreachable!("digits can be scaled")
    };
    let numbers = numbers();
    let labels = dataset.labels().unwrap_or_default();
    let labels: Vec<u32> = numbers.iter().map(|row| labels[*row as usize]).collect();
    let (targets, weight) = TargetDistribution::new(0.0, vec![1.0; SIZES[2]]).of(&labels);
    let batch = Batch::Rows(RowBatch {
        dataset: Arc::new(HostDataset::new(dataset, Arc::new(preprocessor))),
        numbers,
        labels: Some(labels),
        targets,
        row_weights: None,
        weight,
        step: 0,
        augmentation: None,
    });
    let Ok(device) = mlp::backend::device(BackendKind::Flex, "auto") else {
        return println!("no flex in this build");
    };
    let device = device.autodiff();
    let mut group = criterion.benchmark_group("a step of Burn's learner, 2 threads");
    group.throughput(Throughput::Elements(BATCH as u64));
    let of = |kind| OptimizerSection {
        kind,
        ..section.optimizer.clone()
    };
    let pool = ThreadPool::new(2);
    let sgd = |momentum| Optimizer::Sgd {
        momentum,
        nesterov: false,
    };
    let adam = Optimizer::Adam {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };
    let optimizers = [
        ("plain descent", of(sgd(0.0))),
        ("momentum", of(sgd(0.9))),
        ("Adam", of(adam)),
    ];
    for (name, section) in &optimizers {
        for (how, gradients, update) in [
            ("autodiff", false, false),
            ("fused gradients, Burn's update", true, false),
            ("fused", true, true),
        ] {
            let objective = Objective::default();
            let mut model = Mlp::new(&ModelSection::default(), &SIZES, 1, objective, &device);
            if gradients {
                let descends = update && is_plain_descent(section);
                model = model.with_fused(Fused::new(&pool, usize::MAX, usize::MAX, descends));
            }
            let kernels = model.fused().filter(|_| update);
            let optimizer = optimizer(section, kernels);
            let mut learner = Learner::new(model, optimizer, 0.001);
            group.bench_function(format!("{name}: {how}"), |bencher| {
                bencher.iter(|| {
                    learner.lr_step();
                    let output = learner.train_step(batch.clone());
                    learner.optimizer_step(output.grads);
                    black_box(output.item);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reading, augment, kernels, categories, learner);
criterion_main!(benches);
