//! The training is Burn's `Learner`, and its figures are what an independent computation finds.

use std::sync::Arc;
use std::time::Instant;

use burn::data::dataloader::{DataLoader, DataLoaderBuilder};
use burn::tensor::Device;
use burn::train::metric::LossMetric;
use burn::train::renderer::CliMetricsRenderer;
use burn::train::{Learner, SupervisedTraining};
use mlp::config::{Activation, BackendKind, Override, load};
use mlp::data::{Dataset, Preprocessor, Source};
use mlp::evaluation::Evaluation;
use mlp::kernels::ThreadPool;
use mlp::model::{
    Batch, BatchLoader, DeviceDataset, Fused, Mlp, Objective, RowBatcher, RowDataset,
};
use mlp::run::{Checkpoint, Scope, Split, Which};
use mlp::training::{Prepared, is_plain_descent, optimizer};

use crate::support::assert_close;
use crate::support::devices::cpu_backends;
use crate::support::experiment::{Experiment, PLAIN};
use crate::support::network::{Layers, values};
use crate::support::reference::{cross_entropy, logits};
use crate::support::runs::{contents, last, metrics, open, weights};

/// The rows of an experiment as the library prepares them.
fn prepare(experiment: &Experiment, set: &[&str]) -> Prepared {
    let file = |name: &str| {
        format!(
            "data.{name}='{}'",
            experiment.path(&format!("{name}.csv")).display()
        )
    };
    let mut overrides = vec![Override::Set(file("train")), Override::Set(file("test"))];
    overrides.extend(set.iter().map(|set| Override::Set((*set).to_owned())));
    let config = experiment.path("config.toml");
    let config = load(Some(&config), std::iter::empty(), &overrides)
        .unwrap()
        .config;
    let source = Source::load(&config.data, config.seed, &[], &mut |_| ()).unwrap();
    Prepared::new(config, source, Instant::now()).unwrap()
}

fn loader(prepared: &Prepared) -> BatchLoader {
    prepared.loader(&prepared.split.train)
}

fn learner(prepared: &Prepared, device: &Device) -> Learner<Mlp> {
    let config = &prepared.config;
    let sizes = &prepared.layer_sizes;
    let objective = Objective::default();
    let mut model = Mlp::new(&config.model, sizes, config.seed, objective, device);
    if config.training.gradients.is_fused_on(config.backend) {
        let descends = is_plain_descent(&config.optimizer);
        model = model.with_fused(Fused::new(
            &ThreadPool::new(1),
            usize::MAX,
            usize::MAX,
            descends,
        ));
    }
    let optimizer = optimizer(&config.optimizer, model.fused());
    Learner::new(model, optimizer, config.optimizer.learning_rate)
}

fn update(learner: &mut Learner<Mlp>, batch: Batch) {
    learner.lr_step();
    let output = learner.train_step(batch);
    learner.optimizer_step(output.grads);
}

fn device(kind: BackendKind) -> Device {
    mlp::backend::device(kind, "auto").unwrap().autodiff()
}

#[test]
fn rows_on_a_device_train_as_rows_in_memory_do() {
    let experiment = Experiment::new(PLAIN);
    let prepared = prepare(&experiment, &["training.gradients='autodiff'"]);
    let device = device(prepared.config.backend);
    let resident = DeviceDataset::new(&prepared.stored, &prepared.targets, &device);
    let on_device = loader(&prepared).with_device_dataset(Some(Arc::new(resident)));
    let trained = [loader(&prepared), on_device].map(|loader| {
        let mut learner = learner(&prepared, &device);
        for batch in loader.iter() {
            update(&mut learner, batch.unwrap());
        }
        values(&learner.model())
    });
    assert_eq!(trained[0], trained[1]);
}

/// Mean loss and accuracy of rows, in float64 from the weights alone.
fn figures(
    layers: &Layers,
    dataset: &Dataset,
    preprocessor: &Preprocessor,
    rows: &[u32],
) -> [f64; 2] {
    let classes = dataset.classes().len();
    let labels = dataset.labels().unwrap();
    let (mut loss, mut correct) = (0.0, 0.0);
    for &row in rows {
        let mut values = vec![0.0_f32; dataset.columns()];
        preprocessor.apply_row(&dataset.features, row as usize, &mut values);
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let logits = logits(layers, Activation::Tanh, &values);
        let label = labels[row as usize] as usize;
        loss += cross_entropy(&logits, &[label], &vec![1.0; classes], 0.0);
        let others = logits
            .iter()
            .enumerate()
            .filter(|(class, _)| *class != label);
        if others.clone().all(|(_, logit)| *logit < logits[label]) {
            correct += 1.0;
        }
    }
    let count = rows.len() as f64;
    [loss / count, correct / count]
}

const SMALLER_LAST: &str = "training.drop_last=false";

/// A loop of four lines through `Learner::optimizer_step` has the weights of the run, bit for bit, so
/// no update of the run passes it by; and what the log says is true of those weights.
#[test]
fn the_run_is_a_loop_of_learner_steps_and_its_figures_are_true() {
    for kind in cpu_backends() {
        let experiment = Experiment::new(PLAIN);
        experiment.train("run", &["--backend", kind.name(), "--set", SMALLER_LAST]);
        let run = experiment.path("run");
        let log = metrics(&run);
        let logged = |epoch: usize, split, scope| {
            let mut found = log.iter().filter(|record| {
                record.epoch == epoch && record.split == split && record.scope == scope
            });
            let record = found.next().unwrap();
            assert!(found.next().is_none());
            [record.scores.loss(), record.scores.accuracy()]
        };

        let backend = format!("backend='{}'", kind.name());
        let prepared = prepare(&experiment, &[SMALLER_LAST, &backend]);
        let loader = loader(&prepared);
        let mut learner = learner(&prepared, &device(kind));
        let mut step = 0;
        for epoch in 1..=2 {
            let order = loader.order(epoch as u64 - 1);
            let mut sums = [0.0, 0.0];
            let mut sizes = Vec::new();
            for rows in order.chunks(16) {
                let before = values(&learner.model());
                let found = figures(&before, &prepared.rows, &prepared.preprocessor, rows);
                for (sum, figure) in sums.iter_mut().zip(found) {
                    *sum += figure * rows.len() as f64;
                }
                update(&mut learner, loader.batch(rows, step));
                step += 1;
                sizes.push(rows.len());
            }
            assert_eq!(sizes, [16, 16, 16, 16, 16, 16, 16, 16, 16, 8]);
            let expected = sums.map(|sum| sum / 152.0);
            assert_close(
                "training",
                &logged(epoch, Split::Train, Scope::Epoch),
                &expected,
                1e-5,
            );
            let rows = &prepared.split.validation;
            let now = values(&learner.model());
            let expected = figures(&now, &prepared.rows, &prepared.preprocessor, rows);
            let found = logged(epoch, Split::Validation, Scope::Split);
            assert_close("validation", &found, &expected, 1e-5);
        }
        let mut replayed = last(&run);
        let found = weights(&replayed);
        replayed.network = learner.model().to_network();
        assert_eq!(found, weights(&replayed));

        // The test split: once, with the best weights, which are those of the last step here.
        let tests: Vec<_> = log
            .iter()
            .filter(|record| record.split == Split::Test)
            .collect();
        let [test] = tests[..] else {
            panic!("the test split was scored {} times", tests.len());
        };
        let best = Checkpoint::find(&open(&run), Which::Best)
            .unwrap()
            .checkpoint;
        assert_eq!((test.step, best.state.step), (20, 20));
        let dataset = prepared.test.as_ref().unwrap();
        let rows: Vec<u32> = (0..60).collect();
        let now = values(&learner.model());
        let expected = figures(&now, dataset, &prepared.preprocessor, &rows);
        assert_close(
            "test",
            &[test.scores.loss(), test.scores.accuracy()],
            &expected,
            1e-5,
        );
        let report = Evaluation::read(&open(&run)).unwrap().test.unwrap();
        let report = report.classification().unwrap();
        assert_close(
            "evaluation",
            &[report.loss, report.accuracy],
            &expected,
            1e-5,
        );
    }
}

/// Adam counts its updates itself.
#[test]
fn the_optimizer_has_seen_every_step() {
    let experiment = Experiment::new(PLAIN);
    let adam = [
        "--set",
        "optimizer.kind='adam'",
        "--set",
        "optimizer.learning_rate=0.01",
    ];
    experiment.train("run", &adam);
    let checkpoint = last(&experiment.path("run"));
    assert_eq!(checkpoint.state.step, 18);
    let (_, scalars) = contents(&checkpoint.optimizer);
    let times: Vec<&String> = scalars
        .iter()
        .filter(|entry| entry.contains("time"))
        .collect();
    assert_eq!(times.len(), 4, "two weights and two biases: {scalars:?}");
    assert!(times.iter().all(|entry| entry.contains("18")), "{times:?}");
}

/// Burn's own training loop on these loaders, to the weights after two epochs.
fn train_with_burn(
    experiment: &Experiment,
    prepared: &Prepared,
    loader: Arc<dyn DataLoader<Batch>>,
    device: &Device,
) -> Layers {
    let training = SupervisedTraining::new(experiment.path("burn"), Arc::clone(&loader), loader)
        .metric_train_numeric(LossMetric::new())
        .num_epochs(2)
        .with_application_logger(None)
        .renderer(Box::new(CliMetricsRenderer::new()));
    let result = training.launch(learner(prepared, device));
    assert!(result.error.is_none());
    values(&result.model)
}

#[test]
fn burns_own_loop_trains_on_the_row_loader() {
    let experiment = Experiment::new(PLAIN);
    let prepared = prepare(&experiment, &[]);
    let device = device(cpu_backends()[0]);
    let loader = loader(&prepared);
    let mut expected = learner(&prepared, &device);
    for epoch in 0..2 {
        for rows in loader.order(epoch).chunks_exact(16) {
            update(&mut expected, loader.batch(rows, 0));
        }
    }
    let found = train_with_burn(&experiment, &prepared, Arc::new(loader), &device);
    assert_eq!(found, values(&expected.model()));
}

#[test]
fn burns_own_data_loader_trains_on_the_row_dataset() {
    let experiment = Experiment::new(PLAIN);
    let prepared = prepare(&experiment, &[]);
    let device = device(cpu_backends()[0]);
    let dataset = RowDataset {
        dataset: Arc::clone(&prepared.rows),
        preprocessor: Arc::clone(&prepared.preprocessor),
    };
    let batcher = RowBatcher::new(Arc::clone(&prepared.targets));
    let built = DataLoaderBuilder::new(batcher)
        .batch_size(16)
        .build(dataset);
    let loader = loader(&prepared);
    let mut expected = learner(&prepared, &device);
    let rows: Vec<u32> = (0..190).collect();
    for _ in 0..2 {
        for rows in rows.chunks(16) {
            update(&mut expected, loader.batch(rows, 0));
        }
    }
    let found = train_with_burn(&experiment, &prepared, built, &device);
    assert_eq!(found, values(&expected.model()));
}
