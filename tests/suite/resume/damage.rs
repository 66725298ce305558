//! Checkpoints and logs that are not whole.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use burn::tensor::Bytes;
use burn_pack::{Reader, Writer};
use mlp::run::Checkpoint;

use crate::support::experiment::{EVENTFUL, Experiment, PLAIN};
use crate::support::runs::{
    assert_same, assert_tidy, checkpoint_folder, last, open, status, steps,
};

/// A finished run, and one that was killed once the checkpoint of step 16 was written: next to it there is that of
/// step 14, the best.
fn whole_and_killed() -> Experiment {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("whole", &[]);
    let arguments = ["--config", "config.toml", "--run-dir", "killed"];
    let fault = "checkpoint-pruned:7"; // after those of steps 4, 7, 8, 10, 12, 14 and 16
    experiment.run_with_fault(fault, &arguments).killed();
    assert_eq!(steps(&experiment.path("killed")), [14, 16]);
    experiment
}

fn flip_a_byte(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_torn_last_line_of_the_log_is_cut_off() {
    let experiment = whole_and_killed();
    let log = experiment.path("killed/metrics.jsonl");
    let mut file = fs::File::options().append(true).open(log).unwrap();
    file.write_all(b"{\"step\":19,\"epo").unwrap();
    experiment.run(&["--resume", "killed"]).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
}

#[test]
fn a_damaged_newest_checkpoint_is_passed_over() {
    for name in ["model.safetensors", "optimizer.bpk", "state.json"] {
        let experiment = whole_and_killed();
        let killed = experiment.path("killed");
        let newest = *steps(&killed).last().unwrap();
        let damaged = checkpoint_folder(&killed, newest).join(name);
        if name == "state.json" {
            fs::write(&damaged, "{").unwrap();
        } else {
            flip_a_byte(&damaged);
        }
        let step = format!("step-{newest:08}");
        // Only one is kept: the damaged one must not be the one.
        let arguments = ["--resume", "killed", "--set", "checkpoint.keep_last=1"];
        let ran = experiment.run_with_fault("checkpoint-pruned:1", &arguments);
        ran.killed().says(&["passed over", &step, name]);
        assert!(last(&killed).state.step <= newest);
        experiment
            .run(&["--resume", "killed", "--set", "checkpoint.keep_last=2"])
            .success();
        assert_same(&experiment.path("whole"), &killed);
        assert_tidy(&killed);
    }
}

#[test]
fn without_any_whole_checkpoint_it_starts_at_step_0_in_the_same_folder() {
    let experiment = whole_and_killed();
    let killed = experiment.path("killed");
    for step in steps(&killed) {
        flip_a_byte(&checkpoint_folder(&killed, step).join("model.safetensors"));
    }
    let ran = experiment.run(&["--resume", "killed"]).success();
    ran.says(&["no whole checkpoint", "step 0 in the same folder"]);
    assert_same(&experiment.path("whole"), &killed);
    assert_tidy(&killed);

    let arguments = ["--config", "config.toml", "--run-dir", "early"];
    experiment.run_with_fault("step:2", &arguments).killed();
    assert!(steps(&experiment.path("early")).is_empty());
    let ran = experiment.run(&["--resume", "early"]).success();
    ran.says(&["no whole checkpoint", "step 0 in the same folder"]);
    assert_same(&experiment.path("whole"), &experiment.path("early"));
}

#[test]
fn half_written_leftovers_are_no_checkpoints_and_go_away() {
    let experiment = whole_and_killed();
    let killed = experiment.path("killed");
    let leftover = killed.join("checkpoints/.step-00000099.partial");
    fs::create_dir(&leftover).unwrap();
    fs::write(leftover.join("model.safetensors"), "half").unwrap();
    assert!(!steps(&killed).contains(&99));
    experiment.run(&["--resume", "killed"]).success();
    assert_tidy(&killed);
    assert_same(&experiment.path("whole"), &killed);
}

#[test]
fn a_lost_best_checkpoint_is_reported() {
    let experiment = whole_and_killed();
    let killed = experiment.path("killed");
    let best = last(&killed).state.best.unwrap().step;
    assert_ne!(best, last(&killed).state.step);
    flip_a_byte(&checkpoint_folder(&killed, best).join("model.safetensors"));
    let ran = experiment.run(&["--resume", "killed"]).success();
    ran.says(&["the best checkpoint is lost", "SHA-256"]);
    assert_eq!(status(&killed), "finished");
}

#[test]
fn an_optimizer_state_that_lacks_a_tensor_is_refused() {
    for kind in ["adam", "sgd"] {
        let experiment = Experiment::new(&EVENTFUL.replace(
            "kind = \"sgd\"\nmomentum = 0.9",
            if kind == "adam" {
                "kind = \"adam\""
            } else {
                "momentum = 0.9"
            },
        ));
        let arguments = ["--config", "config.toml", "--run-dir", "run"];
        experiment.run_with_fault("step:18", &arguments).killed();
        let run = experiment.path("run");
        let whole = last(&run);
        let reader = Reader::from_bytes(Bytes::from_bytes_vec(whole.optimizer.clone())).unwrap();
        let (scalars, paths) = (reader.scalars().clone(), reader.metadata().clone());
        let mut tensors = reader.into_tensors().unwrap();
        tensors.pop().unwrap();
        let mut writer = Writer::new(tensors);
        for (name, value) in &scalars {
            writer = writer.with_scalar(name, *value);
        }
        for (name, value) in &paths {
            writer = writer.with_metadata(name, value);
        }
        let optimizer = writer.into_bytes().unwrap().to_vec();
        let lacking = Checkpoint { optimizer, ..whole };
        lacking.save(&open(&run)).unwrap();
        let ran = experiment.run(&["--resume", "run"]).code(4);
        ran.says(&["tensors of the optimizer's state could be restored"]);
    }
}

#[test]
fn a_newer_format_is_refused() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    for (name, needle) in [
        ("run.json", "run.json"),
        ("checkpoints/last/state.json", "state.json"),
    ] {
        let path = experiment.path("run").join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("\"format\": 2", "\"format\": 99", 1)).unwrap();
        let resume = ["--resume", "run", "--set", "training.epochs=4"];
        let ran = experiment.run(&resume).code(2);
        ran.says(&[needle, "99", "versions up to 2"]);
        // Versions before the first release are not read any more.
        fs::write(&path, text.replacen("\"format\": 2", "\"format\": 1", 1)).unwrap();
        let ran = experiment.run(&resume).code(2);
        assert_eq!(ran.stderr.matches("error").count(), 1, "{}", ran.stderr);
        ran.says(&[needle, "version is 1", "before the first release"]);
        fs::write(&path, text).unwrap();
    }
    experiment
        .run(&["--resume", "run", "--set", "training.epochs=4"])
        .success();
}
