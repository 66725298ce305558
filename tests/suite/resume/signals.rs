//! Ctrl-C and SIGTERM.
#![cfg(unix)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::experiment::{EVENTFUL, Experiment};
use crate::support::program::{Ran, send};
use crate::support::runs::{assert_same, last, metrics, status, wait_for_lines};

/// Long enough that a signal comes before its end, and without the cost of many checkpoints.
const LONG: [&str; 8] = [
    "--set",
    "training.epochs=80",
    "--set",
    "checkpoint.every_steps=101",
    "--set",
    "checkpoint.every_epochs=0",
    "--set",
    "checkpoint.keep_best=false",
];

#[test]
fn the_first_signal_saves_and_the_resumed_run_ends_the_same() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("whole", &LONG);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let run = format!("run{signal}");
        let start = ["--config", "config.toml", "--run-dir", &run];
        let child = experiment.spawn(&[&start[..], &LONG].concat());
        wait_for_lines(&experiment.path(&run), 5);
        send(signal, &child);
        let ran = Ran::of(child.wait_with_output().unwrap()).code(code);
        let command = format!("mlp --resume {run}");
        assert!(ran.stdout.contains(&command), "{}", ran.stdout);
        assert_eq!(status(&experiment.path(&run)), "interrupted");
        let state = last(&experiment.path(&run)).state;
        assert!(ran.stdout.contains(&format!("step {}", state.step)));
        assert_eq!(
            metrics(&experiment.path(&run)).len() as u64,
            state.metrics_lines
        );
        experiment.run(&["--resume", &run]).success();
        assert_same(&experiment.path("whole"), &experiment.path(&run));
    }
}

#[test]
fn the_second_signal_ends_it_at_once() {
    // An update of this network takes seconds: it is still in it when the second signal comes.
    let experiment = Experiment::new(
        &EVENTFUL
            .replace("hidden = [9, 7]", "hidden = [3000, 3000, 3000]")
            .replace("batch_size = 16", "batch_size = 152"),
    );
    let child = experiment.spawn(&["--config", "config.toml", "--run-dir", "run"]);
    let start = Instant::now();
    while !experiment.path("run/run.json").exists() {
        assert!(start.elapsed() < Duration::from_mins(1), "no progress");
        sleep(Duration::from_millis(2));
    }
    send("-INT", &child);
    sleep(Duration::from_millis(20));
    send("-INT", &child);
    let ran = Ran::of(child.wait_with_output().unwrap()).code(130);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert_eq!(status(&experiment.path("run")), "running");
}
