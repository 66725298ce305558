//! Runs that come out equal, and what has to be so for it.

use std::fs;

use super::{changes, names, reproduce};
use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN};
use crate::support::program::Ran;
use crate::support::runs::assert_same;

#[test]
fn the_same_run_comes_out_on_every_cpu_backend() {
    let experiment = Experiment::new(EVENTFUL);
    for backend in cpu_backends() {
        let run = backend.name();
        experiment.train(run, &["--backend", run]);
        let (verdict, _) = reproduce(&experiment, run, 0);
        assert_eq!(verdict["reproduced"], true, "{verdict:#}");
        assert_eq!(verdict["backend"], run);
        assert_eq!(verdict["weights"]["different"], 0);
        assert_eq!(
            verdict["weights"]["values"],
            6 * 9 + 9 + 9 * 7 + 7 + 7 * 3 + 3
        );
        let lines = fs::read_to_string(experiment.path(run).join("metrics.jsonl")).unwrap();
        assert_eq!(verdict["metrics"]["lines"], lines.lines().count());
        assert_eq!(verdict["accuracy"]["then"], verdict["accuracy"]["now"]);
        assert_eq!(changes(&verdict), []);
    }
}

#[test]
fn a_person_reads_what_came_out_and_may_keep_it() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let ran = experiment.run(&["reproduce", "run", "--keep"]).success();
    for part in [
        "equal, bit for bit: all 83 values",
        "metrics   equal",
        "\nreproduced\n",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("epoch 2/2"), "{}", ran.stderr);
    let kept = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("the second run: "));
    assert_same(&experiment.path("run"), &experiment.path(kept.unwrap()));
    assert!(kept.unwrap().starts_with("artifacts/plain/"), "{kept:?}");
}

#[test]
fn a_run_has_to_be_finished_and_may_have_been_resumed() {
    let experiment = Experiment::new(EVENTFUL);
    let train = ["--config", "config.toml", "--run-dir", "run"];
    experiment.run_with_fault("step:13", &train).killed();
    let refused = experiment.run(&["reproduce", "run"]).code(2);
    refused.says(&[
        "run: cannot be reproduced: it was killed",
        "mlp --resume run",
    ]);
    experiment.run(&["--resume", "run"]).success();
    let (verdict, _) = reproduce(&experiment, "run", 0);
    assert_eq!(verdict["reproduced"], true);
    experiment
        .run(&["reproduce", "nowhere"])
        .code(4)
        .says(&["there is no such run"]);
}

#[test]
fn a_run_without_its_log_is_refused_before_the_training() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    std::fs::remove_file(experiment.path("run/metrics.jsonl")).unwrap();
    let ran = experiment.run(&["reproduce", "run"]);
    ran.assert_error(4, &["metrics.jsonl"]);
    assert!(!ran.stderr.contains("epoch"), "{}", ran.stderr);
}

#[test]
fn a_folder_of_runs_to_begin_with_is_its_newest_run_of_that_time() {
    let experiment = Experiment::new(PLAIN);
    let train = |more: &[&str]| {
        experiment
            .run(&[&["--config", "config.toml"], more].concat())
            .success();
    };
    train(&[]);
    for folder in ["artifacts", "artifacts/plain/latest"] {
        train(&["--init-from", folder]);
        let (verdict, _) = reproduce(&experiment, "artifacts/plain/latest", 0);
        assert_eq!(changes(&verdict), [], "{folder}");
    }
}

#[test]
fn nothing_is_left_behind_when_it_fails_or_is_stopped() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("run", &[]);
    let before = names(&experiment.path(""));
    let full = experiment.run_with_fault("checkpoint-model:2:full", &["reproduce", "run"]);
    full.code(1).says(&["no space left"]);
    assert_eq!(names(&experiment.path("")), before);

    #[cfg(unix)]
    {
        let set = [
            "training.epochs=400",
            "checkpoint.every_epochs=400",
            "checkpoint.every_steps=0",
        ];
        experiment.train("long", &set.map(|set| ["--set", set]).concat());
        let before = names(&experiment.path(""));
        let child = experiment.spawn(&["reproduce", "long"]);
        let start = std::time::Instant::now();
        while names(&experiment.path("")) == before {
            assert!(start.elapsed().as_secs() < 60, "no progress");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        crate::support::program::send("-INT", &child);
        let ran = Ran::of(child.wait_with_output().unwrap()).code(130);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        assert_eq!(names(&experiment.path("")), before);
    }
}
