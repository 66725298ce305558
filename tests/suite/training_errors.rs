//! Trainings that cannot begin or go on, and rules that end one.

use std::fs;

use mlp::run::{Scope, Split};

use crate::support::experiment::{Experiment, PLAIN};
use crate::support::runs::{last, metrics, open, status, steps, weights};

/// Trains with these keys set.
fn set<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let start = ["--config", "config.toml", "--run-dir", "run"];
    let sets = keys.iter().flat_map(|key| ["--set", key]);
    start.into_iter().chain(sets).collect()
}

/// Asserts that the checkpoint holds finite numbers only.
fn assert_finite(experiment: &Experiment) {
    let tensors = weights(&last(&experiment.path("run")));
    assert_eq!(tensors.len(), 4);
    for bytes in &tensors {
        let (values, rest) = bytes.as_chunks::<4>();
        assert!(rest.is_empty());
        assert!(
            values
                .iter()
                .all(|value| f32::from_le_bytes(*value).is_finite())
        );
    }
}

#[test]
fn test_columns_in_another_order_are_matched_by_name() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("plain", &[]);
    let text = fs::read_to_string(experiment.path("test.csv")).unwrap();
    let shuffled: String = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.reverse();
            cells.join(",") + "\n"
        })
        .collect();
    fs::write(experiment.path("shuffled.csv"), shuffled).unwrap();
    experiment.train("other", &["--set", "data.test=shuffled.csv"]);
    let evaluation =
        |run: &str| fs::read_to_string(experiment.path(run).join("evaluation.json")).unwrap();
    assert_eq!(evaluation("plain"), evaluation("other"));
}

#[test]
fn a_network_beyond_all_memory_is_refused() {
    let experiment = Experiment::new(PLAIN);
    for hidden in ["[1000000000]", "[9000000000000000000]", "[100000, 100000]"] {
        let hidden = format!("model.hidden={hidden}");
        experiment
            .run(&["--config", "config.toml", "--set", &hidden])
            .code(2)
            .says(&["model.hidden", "the most is 1000000000"]);
    }
}

#[test]
fn divergence_keeps_the_last_finite_checkpoint() {
    let relu = "model.activation='relu'";
    let rate = "optimizer.learning_rate=1e6";
    let deep = "model.hidden=[8,8]";

    // Diverges at once: there is no finite checkpoint to keep, and none is made.
    let experiment = Experiment::new(PLAIN);
    let ran = experiment
        .run(&set(&[relu, "optimizer.learning_rate=1e30", deep]))
        .code(5);
    ran.says(&[
        "diverged",
        "not finite",
        "optimizer.learning_rate",
        "clip_norm",
    ]);
    assert_eq!(status(&experiment.path("run")), "diverged");
    assert_eq!(steps(&experiment.path("run")), Vec::<u64>::new());

    // Diverges after a while: what was saved before stays, and nothing after it.
    let experiment = Experiment::new(PLAIN);
    let growing = "optimizer.weight_decay=0.001";
    let keys = [
        relu,
        rate,
        growing,
        "checkpoint.every_steps=1",
        "training.epochs=100",
    ];
    let ran = experiment.run(&set(&keys)).code(5);
    ran.says(&["diverged", "not finite"]);
    assert_eq!(status(&experiment.path("run")), "diverged");
    assert!(!steps(&experiment.path("run")).is_empty());
    assert_finite(&experiment);
}

#[test]
fn data_and_config_that_do_not_fit_are_refused() {
    let experiment = Experiment::new(PLAIN);
    let refused = |keys: &[&str], code: i32, says: &[&str]| {
        experiment.run(&set(keys)).code(code).says(says);
        assert!(
            !experiment.path("run").exists(),
            "{keys:?} left a folder behind"
        );
    };
    refused(&["data.train='none.csv'"], 4, &["none.csv"]);
    refused(&["data.test='none.csv'"], 4, &["none.csv"]);
    refused(
        &["training.batch_size=153"],
        2,
        &["training.batch_size", "152", "drop_last"],
    );
    refused(
        &["training.class_weights=[1.0,2.0]"],
        2,
        &["training.class_weights", "3 classes"],
    );
    refused(
        &["trainig.epochs=3", "model.hiden=[3]"],
        2,
        &["trainig", "training", "model.hiden", "hidden"],
    );
    refused(&["training.epochs=0"], 2, &["training.epochs"]);
    if !mlp::backend::compiled().contains(&mlp::config::BackendKind::Wgpu) {
        refused(&["backend='wgpu'"], 3, &["wgpu", "--features wgpu"]);
        // A backend that is not there is reported before any data is looked for.
        refused(&["backend='wgpu'", "data.train='none.csv'"], 3, &["wgpu"]);
    }
}

#[test]
fn patience_ends_a_training_that_no_longer_improves() {
    let experiment = Experiment::new(PLAIN);
    let keys = [
        "training.epochs=400",
        "early_stopping.patience=3",
        "optimizer.learning_rate=1.0",
        "checkpoint.every_epochs=0",
    ];
    let ran = experiment.run(&set(&keys)).success();
    assert!(
        ran.stdout.contains("has not improved for 3 epochs"),
        "{}",
        ran.stdout
    );
    let losses: Vec<f64> = metrics(&experiment.path("run"))
        .iter()
        .filter(|record| record.split == Split::Validation)
        .map(|record| record.scores.loss())
        .collect();
    assert!(losses.len() < 400);
    let (before, since) = losses.split_at(losses.len() - 3);
    let best = before.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(
        (before[before.len() - 1] - best).abs() < f64::EPSILON,
        "{losses:?}"
    );
    assert!(since.iter().all(|loss| *loss >= best), "{losses:?}");
    let state = last(&experiment.path("run")).state;
    assert_eq!(state.step, losses.len() as u64 * 9);
    assert!((state.best.unwrap().scores.loss() - best).abs() < f64::EPSILON);
}

#[test]
fn a_bar_that_is_reached_ends_a_training() {
    let experiment = Experiment::new(PLAIN);
    let bar = "early_stopping.stop_when={metric='train_accuracy',at_least=0.7}";
    let ran = experiment
        .run(&set(&["training.epochs=400", bar]))
        .success();
    assert!(
        ran.stdout.contains("the training accuracy reached"),
        "{}",
        ran.stdout
    );
    let accuracies: Vec<f64> = metrics(&experiment.path("run"))
        .iter()
        .filter(|record| record.scope == Scope::Epoch)
        .map(|record| record.scores.accuracy())
        .collect();
    let (last, before) = accuracies.split_last().unwrap();
    assert!(
        *last >= 0.7 && before.iter().all(|accuracy| *accuracy < 0.7),
        "{accuracies:?}"
    );
}

#[test]
fn cadences_are_kept() {
    let experiment = Experiment::new(PLAIN);
    let keys = [
        "training.steps_per_epoch=5",
        "training.evaluate_every_steps=2",
        "training.log_every_steps=4",
        "training.label_smoothing=0.1",
        "training.class_weights='balanced'",
        "checkpoint.every_steps=3",
        "checkpoint.keep_last=10",
    ];
    experiment.run(&set(&keys)).success();
    let log = metrics(&experiment.path("run"));
    let at = |split, scope| -> Vec<u64> {
        let matching = log
            .iter()
            .filter(|record| record.split == split && record.scope == scope);
        matching.map(|record| record.step).collect()
    };
    assert_eq!(at(Split::Train, Scope::Batch), [4, 8]);
    assert_eq!(at(Split::Train, Scope::Epoch), [5, 10]);
    assert_eq!(at(Split::Validation, Scope::Split), [2, 4, 5, 6, 8, 10]);
    let saved = steps(&experiment.path("run"));
    assert!(
        [3, 5, 6, 9, 10].iter().all(|step| saved.contains(step)),
        "{saved:?}"
    );
    let best = last(&experiment.path("run")).state.best.unwrap();
    assert!(saved.contains(&best.step));
    assert!(fs::exists(open(&experiment.path("run")).evaluation()).unwrap());
}

#[test]
fn a_run_can_begin_with_the_weights_of_another() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("first", &[]);
    let keys = ["optimizer.learning_rate=1e-30", "seed=99"];
    let mut arguments = set(&keys);
    arguments.extend(["--init-from", "first"]);
    experiment.run(&arguments).success();
    let weights = |run: &str| weights(&last(&experiment.path(run)));
    assert_eq!(weights("first"), weights("run"));
}
