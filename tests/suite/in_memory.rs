//! Trainings in memory: without a folder, several at a time, stopped and followed by callbacks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use mlp::config::{BackendKind, Config, ScaleKind};
use mlp::data::{Dataset, digits};
use mlp::error::TrainError;
use mlp::inference::{KernelPredictor, Predictor as _};
use mlp::kernels::ThreadPool;
use mlp::run::{Checkpoint, MetricsRecord};
use mlp::training::Progress;
use mlp::{Callback, Cancel, Ending, Flow, Trainer};

use crate::support::devices::cpu_backends;
use crate::support::experiment::{Experiment, PLAIN};
use crate::support::runs::{last, metrics, weights};

fn config(backend: BackendKind, seed: u64) -> Config {
    let mut config = Config {
        backend,
        seed,
        ..Config::default()
    };
    config.model.hidden = vec![48];
    config.model.dropout = 0.1;
    config.data.split_seed = Some(1);
    config.training.epochs = 3;
    config.training.batch_size = 32;
    config
}

fn bits(network: &mlp::network::Network) -> Vec<u32> {
    let layers = network.layers.iter();
    layers
        .flat_map(|layer| layer.values().map(f32::to_bits))
        .collect()
}

fn fitted_bits(config: Config, rows: &Arc<Dataset>, pool: &ThreadPool) -> Vec<u32> {
    let fitted = Trainer::new(config)
        .threads(pool.clone())
        .fit(Arc::clone(rows), None)
        .unwrap();
    assert_eq!(fitted.ending, Ending::Completed);
    bits(&fitted.model.network)
}

#[test]
fn two_trainings_side_by_side_give_the_bits_that_each_gives_alone() {
    let rows = Arc::new(digits(800, 3));
    let pool = &ThreadPool::new(2);
    let rows = &rows;
    for backend in cpu_backends() {
        let alone =
            [1, 2].map(|seed| fitted_bits(config(backend, seed), rows, &ThreadPool::new(1)));
        assert_ne!(alone[0], alone[1]);
        let together = thread::scope(|scope| {
            let start = |seed| scope.spawn(move || fitted_bits(config(backend, seed), rows, pool));
            let threads = [1, 2].map(start);
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(alone, together, "{}", backend.name());
    }
}

#[test]
fn memory_and_run_folder_come_to_the_same_bits() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &["--set", "checkpoint.keep_best=false"]);
    let run = experiment.path("run");
    let config = mlp::run::RunDirectory::find(&run)
        .unwrap()
        .read_config()
        .unwrap();
    let options = mlp::data::ReadOptions::training(&config.data);
    let rows = mlp::data::read(&experiment.path("train.csv"), &options)
        .unwrap()
        .dataset;
    let fitted = Trainer::new(config).fit(rows, None).unwrap();
    let mut checkpoint = last(&run);
    let from_folder = weights(&checkpoint);
    checkpoint.network = fitted.model.network;
    assert_eq!(weights(&checkpoint), from_folder);
    let mut history = fitted.history;
    for record in &mut history {
        record.seconds = 0.0;
    }
    let lines = metrics(&run);
    let (_, training) = lines.split_last().unwrap(); // the last line is of the test rows
    assert_eq!(history, training);
}

/// Counts events, and asks for an end at a step.
struct Follower {
    counts: Arc<[AtomicUsize; 5]>,
    saved: Arc<Mutex<Vec<u64>>>,
    stop_at: u64,
}

impl Follower {
    fn count(&self, event: usize) {
        self.counts[event].fetch_add(1, Ordering::Relaxed);
    }
}

impl Callback for Follower {
    fn on_step(&mut self, step: u64) -> Result<Flow, TrainError> {
        self.count(0);
        Ok(if step == self.stop_at {
            Flow::Stop
        } else {
            Flow::Continue
        })
    }

    fn on_metrics(&mut self, _: &MetricsRecord) -> Result<(), TrainError> {
        self.count(1);
        Ok(())
    }

    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, TrainError> {
        assert!(progress.scores.accuracy() > 0.0 && validation.is_some());
        self.count(2);
        Ok(Flow::Continue)
    }

    fn on_checkpoint(&mut self, checkpoint: &Arc<Checkpoint>) -> Result<Flow, TrainError> {
        self.count(3);
        self.saved.lock().unwrap().push(checkpoint.state.step);
        Ok(Flow::Continue)
    }

    fn on_end(&mut self) -> Result<(), TrainError> {
        self.count(4);
        Ok(())
    }
}

#[test]
fn callbacks_receive_every_event_and_may_stop_the_training() {
    let backend = cpu_backends()[0];
    let steps_per_epoch = 800 * 4 / 5 / 32;
    for stop_at in [0, 27] {
        let (counts, saved) = (Arc::<[AtomicUsize; 5]>::default(), Arc::default());
        let follower = Follower {
            counts: Arc::clone(&counts),
            saved: Arc::clone(&saved),
            stop_at,
        };
        let fitted = Trainer::new(config(backend, 1))
            .callback(follower)
            .fit(digits(800, 3), None)
            .unwrap();
        let count = |event: usize| counts[event].load(Ordering::Relaxed);
        let (steps, epochs) = if stop_at == 0 {
            assert_eq!(fitted.ending, Ending::Completed);
            (3 * steps_per_epoch, 3)
        } else {
            assert_eq!(fitted.ending, Ending::Cancelled);
            (27, 1)
        };
        assert_eq!(fitted.steps, steps as u64);
        assert_eq!((count(0), count(2), count(4)), (steps, epochs, 1));
        assert_eq!(count(1), fitted.history.len());
        assert_eq!(count(3), saved.lock().unwrap().len());
        assert_eq!(saved.lock().unwrap().last(), Some(&(steps as u64)));
    }
}

#[test]
fn a_training_that_is_cancelled_before_it_begins_makes_one_step() {
    let cancel = Cancel::default();
    cancel.cancel();
    let fitted = Trainer::new(config(cpu_backends()[0], 1))
        .cancel(cancel)
        .fit(digits(800, 3), None)
        .unwrap();
    assert_eq!((fitted.ending, fitted.steps), (Ending::Cancelled, 1));
}

#[test]
fn held_out_rows_may_come_by_themselves() {
    let mut config = config(cpu_backends()[0], 1);
    config.data.scale = ScaleKind::Standard;
    let held_out = Arc::new(digits(200, 9));
    let fitted = Trainer::new(config)
        .fit(digits(800, 3), Some(Arc::clone(&held_out)))
        .unwrap();
    let labels = held_out.labels().unwrap();
    let predictions = fitted.model.predict(&held_out);
    let right = predictions
        .classes()
        .iter()
        .zip(labels)
        .filter(|(prediction, label)| prediction.class == **label)
        .count();
    let best = fitted
        .history
        .iter()
        .filter(|record| record.split == mlp::run::Split::Validation)
        .min_by(|a, b| a.scores.loss().total_cmp(&b.scores.loss()))
        .unwrap();
    assert!((right as f64 / 200.0 - best.scores.accuracy()).abs() < 1e-12);
    let mut predictor = KernelPredictor::new(Arc::new(fitted.model), 2);
    let all = held_out.all_rows();
    assert_eq!(predictor.predict(&held_out, &all), predictions);
}

#[test]
fn rows_that_do_not_fit_each_other_are_refused() {
    let mut others = digits(100, 4);
    Arc::make_mut(&mut others.schema).columns[0].name = "other".to_owned();
    let error = Trainer::new(config(cpu_backends()[0], 1))
        .fit(digits(800, 3), Some(Arc::new(others)))
        .unwrap_err();
    assert!(error.to_string().contains("other columns"), "{error}");
    let mut unlabelled = digits(100, 4);
    unlabelled.target = None;
    let error = Trainer::new(config(cpu_backends()[0], 1))
        .fit(unlabelled, None)
        .unwrap_err();
    assert!(error.to_string().contains("no labels"), "{error}");
}
