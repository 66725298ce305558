//! A disk that fills up while the run is written.

use crate::support::experiment::{EVENTFUL, Experiment, PLAIN};
use crate::support::runs::{assert_same, assert_tidy, last, status, steps};

#[test]
fn a_full_disk_ends_the_run_with_its_last_checkpoint_whole() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("whole", &[]);
    let faults = [
        ("checkpoint-model:3:full", "step-000000", 7),
        ("checkpoint-optimizer:3:full", "step-000000", 7),
        ("checkpoint-state:3:full", "step-000000", 7),
        ("checkpoint-linked:3:full", "step-000000", 8),
        ("metrics:5:full", "metrics.jsonl", 8),
    ];
    for (fault, file, step) in faults {
        let run = fault.replace(':', "-");
        let arguments = ["--config", "config.toml", "--run-dir", &run];
        let ran = experiment.run_with_fault(fault, &arguments).code(1);
        ran.says(&[file, "no space left on device", "--resume"]);
        let path = experiment.path(&run);
        assert_eq!(status(&path), "failed", "{fault}");
        assert_eq!(last(&path).state.step, step, "{fault}");
        assert_tidy(&path);
        experiment.run(&["--resume", &run]).success();
        assert_same(&experiment.path("whole"), &path);
    }
}

#[test]
fn a_full_disk_at_the_last_checkpoint_is_no_finished_run() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("whole", &[]);
    let arguments = ["--config", "config.toml", "--run-dir", "run"];
    let ran = experiment.run_with_fault("checkpoint-model:2:full", &arguments);
    ran.code(1).says(&["no space left on device"]);
    let run = experiment.path("run");
    assert_eq!(status(&run), "failed");
    assert_eq!(last(&run).state.step, 9);
    experiment.run(&["--resume", "run"]).success();
    assert_same(&experiment.path("whole"), &run);
}

#[test]
fn a_full_disk_before_the_first_checkpoint_leaves_a_run_that_can_be_resumed() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("whole", &[]);
    let arguments = ["--config", "config.toml", "--run-dir", "run"];
    experiment
        .run_with_fault("metrics:1:full", &arguments)
        .code(1);
    assert!(steps(&experiment.path("run")).is_empty());
    assert_eq!(status(&experiment.path("run")), "failed");
    experiment.run(&["--resume", "run"]).success();
    assert_same(&experiment.path("whole"), &experiment.path("run"));
}
