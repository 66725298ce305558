//! `kill -9` at any moment.

use std::thread::sleep;
use std::time::Duration;

use mlp::random::{Purpose, Stream};

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment};
use crate::support::runs::{assert_same, assert_tidy, manifest, status};

/// Each is the count-th passage of a point since the process began; some come before the first
/// checkpoint, some within an epoch, some at its end, many within the write of a checkpoint.
const MOMENTS: [&str; 26] = [
    "metrics:1",
    "step:1",
    "checkpoint-model:1",
    "checkpoint-renamed:1",
    "step:2",
    "checkpoint-optimizer:1",
    "step:3",
    "checkpoint-state:1",
    "metrics:2",
    "checkpoint-linked:1",
    "checkpoint-pruned:1",
    "step:1",
    "step:6",
    "checkpoint-model:2",
    "checkpoint-pruned:2",
    "metrics:3",
    "checkpoint-linked:1",
    "checkpoint-state:2",
    "metrics:4",
    "checkpoint-optimizer:2",
    "checkpoint-renamed:1",
    "step:3",
    "checkpoint-renamed:2",
    "checkpoint-pruned:1",
    "step:2",
    "metrics:1",
];

/// Kills one training at all of these moments, one after the other, and lets it finish.
fn chain(experiment: &Experiment, moments: &[&str], more: &[&str]) {
    experiment.train("whole", more);
    let start = [&["--config", "config.toml", "--run-dir", "killed"], more].concat();
    let resume = ["--resume", "killed"];
    for (index, moment) in moments.iter().enumerate() {
        let arguments = if index == 0 { &start[..] } else { &resume };
        let ran = experiment.run_with_fault(moment, arguments);
        assert_eq!(
            ran.code, None,
            "{moment} (number {index}) was not reached: {ran:?}"
        );
        assert_eq!(status(&experiment.path("killed")), "running", "{moment}");
    }
    experiment.run(&resume).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
    assert_tidy(&experiment.path("killed"));
    let resumed = manifest(&experiment.path("killed")).resumed_at_steps;
    assert_eq!(resumed.len(), moments.len());
    assert!(resumed.is_sorted(), "progress was lost: {resumed:?}");
}

#[test]
fn killed_at_26_moments_the_training_ends_as_if_it_never_was() {
    for backend in cpu_backends() {
        let experiment = Experiment::new(EVENTFUL);
        let more = ["--backend", backend.name(), "--set", "training.epochs=8"];
        chain(&experiment, &MOMENTS, &more);
    }
}

#[test]
fn every_optimizer_keeps_its_memory() {
    for kind in ["adam", "adamw", "rmsprop", "adagrad", "lion"] {
        let experiment = Experiment::new(&EVENTFUL.replace(
            "kind = \"sgd\"\nmomentum = 0.9\nlearning_rate = 0.2",
            &format!("kind = \"{kind}\"\nlearning_rate = 0.01\nweight_decay = 0.01"),
        ));
        chain(&experiment, &["step:6", "checkpoint-linked:2"], &[]);
    }
}

#[test]
fn killed_from_outside_at_random_moments() {
    let seed = u64::from(std::process::id());
    eprintln!("moments of seed {seed}");
    let random = Stream::new(seed, Purpose::Synthesis, 0);
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("whole", &[]);
    let start = ["--config", "config.toml", "--run-dir", "killed"];
    let resume = ["--resume", "killed"];
    for attempt in 0..6 {
        let is_there = experiment.path("killed/run.json").exists();
        let mut child = experiment.spawn(if is_there { &resume } else { &start });
        sleep(Duration::from_millis(
            20 + random.below(attempt, 180) as u64,
        ));
        child.kill().unwrap();
        child.wait().unwrap();
        if !is_there && !experiment.path("killed/run.json").exists() {
            let _ = std::fs::remove_dir_all(experiment.path("killed")); // killed before there was a run
        }
    }
    let is_there = experiment.path("killed/run.json").exists();
    experiment
        .run(if is_there { &resume } else { &start })
        .success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
}
