//! Trainings on deformed rows, by the real program.

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN};
use crate::support::runs::{assert_same, last, metrics, weights};
use mlp::run::{Scope, Split};

/// 2 epochs of 16 updates on generated digits, deformed in every way, with all that has a memory.
pub const DEFORMED: &str = r#"
name = "deformed"
seed = 3

[data]
train = "none.csv"
if_missing = ["digits"]
synthetic_rows = 640
validation = 0.2

[model]
hidden = [16]
weight_init = "xavier_uniform"
dropout = 0.1

[optimizer]
momentum = 0.9
learning_rate = 0.1

[augment]
shift = 1.5
rotate = 10
scale = 0.1
shear = 10
elastic = { alpha = 34, sigma = 4 }

[training]
epochs = 2
batch_size = 32

[checkpoint]
every_steps = 5
"#;

#[test]
fn neither_threads_nor_time_change_the_result() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(DEFORMED);
        for threads in ["1", "2", "3", "4"] {
            let set = format!("training.threads={threads}");
            let ran = experiment.train(threads, &["--backend", backend.name(), "--set", &set]);
            assert!(
                ran.stderr.contains("deformed anew in each epoch"),
                "{}",
                ran.stderr
            );
        }
        for other in ["2", "3", "4"] {
            assert_same(&experiment.path("1"), &experiment.path(other));
        }
        let ran = experiment.run(&["reproduce", "1"]).success();
        assert!(ran.stdout.contains("\nreproduced\n"), "{}", ran.stdout);
    }
}

#[test]
fn killed_within_an_epoch_the_training_ends_as_if_it_never_was() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(DEFORMED);
        let backend = ["--backend", backend.name()];
        experiment.train("whole", &backend);
        let start = [
            &["--config", "config.toml", "--run-dir", "killed"],
            &backend[..],
        ]
        .concat();
        experiment.run_with_fault("step:3", &start).killed();
        experiment
            .run_with_fault("step:13", &["--resume", "killed"])
            .killed();
        experiment
            .run_with_fault("step:8", &["--resume", "killed"])
            .killed();
        experiment.run(&["--resume", "killed"]).success();
        assert_same(&experiment.path("whole"), &experiment.path("killed"));
    }
}

#[test]
fn a_resumed_run_keeps_its_deformations() {
    let experiment = Experiment::new(DEFORMED);
    experiment.train("run", &[]);
    let config = ["--resume", "run", "--config", "config.toml"];
    let other = [
        "--set",
        "training.epochs=3",
        "--set",
        "augment.elastic.alpha=36",
    ];
    experiment
        .run(&[&config[..], &other].concat())
        .code(2)
        .says(&["`augment.elastic.alpha` is 34.0 in the run and 36.0 now"]);
}

/// Every training picture is moved out of sight: nothing can be learnt but how frequent the classes are.
#[test]
fn training_rows_are_deformed_and_no_others() {
    for gradients in ["fused", "autodiff"] {
        let away = DEFORMED.replace("shift = 1.5", "shift = 1000").replace(
            "epochs = 2",
            &format!("epochs = 2\ngradients = \"{gradients}\""),
        );
        let experiment = Experiment::new(&away);
        experiment.train("away", &[]);
        let off = [
            "--set",
            "augment.shift=0",
            "--set",
            "augment.elastic.alpha=0",
        ];
        experiment.train("near", &off);
        let of = |run: &str, split, scope| {
            let records = metrics(&experiment.path(run));
            let mut records = records.into_iter().rev();
            records
                .find(|r| (r.split, r.scope) == (split, scope))
                .unwrap()
        };
        let (away, near) = (
            of("away", Split::Train, Scope::Epoch),
            of("near", Split::Train, Scope::Epoch),
        );
        assert!(
            away.scores.loss() > 2.0,
            "{gradients}: {}",
            away.scores.loss()
        );
        assert!(
            near.scores.loss() < away.scores.loss() - 0.5,
            "{gradients}: {}",
            near.scores.loss()
        );
        // What the training measured on the held-out rows is what `evaluate` finds, which deforms nothing.
        let measured = of("away", Split::Validation, Scope::Split).scores.loss();
        let run = experiment.path("away");
        let ran = experiment.run(&[
            "evaluate",
            run.to_str().unwrap(),
            "--checkpoint",
            "last",
            "--json",
        ]);
        let found: serde_json::Value = serde_json::from_str(&ran.success().stdout).unwrap();
        let found = found["validation"]["loss"].as_f64().unwrap();
        assert!(
            (measured - found).abs() < 1e-5,
            "{gradients}: {measured}, {found}"
        );
    }
}

#[test]
fn gradients_are_checked_on_rows_as_they_are() {
    let experiment = Experiment::new(DEFORMED);
    let ran = experiment.run(&["gradcheck", "--config", "config.toml", "--sample", "5"]);
    let output = ran.success().stdout;
    assert!(output.contains("note: [augment] is left out"), "{output}");
}

#[test]
fn both_ways_to_the_gradient_see_the_same_rows() {
    let experiment = Experiment::new(&DEFORMED.replace("dropout = 0.1", ""));
    for gradients in ["fused", "autodiff"] {
        let set = format!("training.gradients=\"{gradients}\"");
        experiment.train(gradients, &["--set", &set]);
    }
    let losses = |run: &str| -> Vec<f64> {
        let records = metrics(&experiment.path(run)).into_iter();
        records.map(|record| record.scores.loss()).collect()
    };
    for (fused, autodiff) in losses("fused").iter().zip(losses("autodiff")) {
        assert!((fused - autodiff).abs() < 1e-3, "{fused}, {autodiff}");
    }
}

#[test]
fn every_epoch_has_its_own_deformations() {
    let once = DEFORMED.replace("epochs = 2", "epochs = 1");
    let experiment = Experiment::new(&once);
    experiment.train("plain", &["--set", "augment.shift=0.5"]);
    experiment.train("seed", &[]);
    let weights = |run: &str| weights(&last(&experiment.path(run)));
    assert_ne!(weights("plain"), weights("seed"));
}

#[test]
fn rows_that_are_no_pictures_are_refused() {
    for text in [EVENTFUL, PLAIN] {
        let experiment = Experiment::new(&format!("{text}\n[augment]\nrotate = 10\n"));
        let ran = experiment.run(&["--config", "config.toml"]).code(4);
        ran.says(&["[augment]", "their 6 columns", "leave [augment] out"]);
    }
    let experiment = Experiment::new(DEFORMED);
    experiment
        .run(&["--config", "config.toml", "--set", "augment.rotate=-10"])
        .code(2)
        .says(&["`augment.rotate` must be from 0 to 180 degrees, not -10"]);
}
