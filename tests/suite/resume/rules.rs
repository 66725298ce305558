//! What a resume needs, what it may change and what it may not.

use std::fs;
use std::time::Duration;

use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment, PLAIN, write_rows};
use crate::support::program::Ran;
use crate::support::runs::{assert_same, manifest, status, steps};

/// When the first checkpoint is written, while the training goes on.
const SAVED: &str = "checkpoint-pruned:1";

/// `config.toml` trained to the end in `whole`, and killed within epoch 2 in `killed`.
fn whole_and_killed(config: &str) -> Experiment {
    let experiment = Experiment::new(config);
    experiment.train("whole", &[]);
    kill(&experiment, "killed");
    experiment
}

fn kill(experiment: &Experiment, run: &str) {
    let arguments = ["--config", "config.toml", "--run-dir", run];
    experiment.run_with_fault(SAVED, &arguments).killed();
    assert!(!steps(&experiment.path(run)).is_empty());
}

#[test]
fn every_changed_protected_key_is_named() {
    let experiment = whole_and_killed(PLAIN);
    let changes = [
        "seed=8",
        "model.hidden=[9]",
        "model.dropout=0.1",
        "optimizer.learning_rate=0.2",
        "schedule.warmup_epochs=0.5",
        "training.batch_size=8",
        "training.drop_last=false",
        "training.label_smoothing=0.1",
        "data.validation=0.3",
    ];
    let mut arguments = vec!["--resume", "killed", "--config", "config.toml"];
    arguments.extend(changes.iter().flat_map(|change| ["--set", change]));
    let before = fs::read_to_string(experiment.path("killed/run.json")).unwrap();
    let keys: Vec<String> = changes
        .iter()
        .map(|change| format!("`{}`", change.split_once('=').unwrap().0))
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    experiment.run(&arguments).code(2).says(&keys);
    experiment
        .run(&["--resume", "killed", "--set", "seed=8"])
        .code(2);
    let after = fs::read_to_string(experiment.path("killed/run.json")).unwrap();
    assert_eq!(before, after, "a refused resume changes nothing");
    experiment.run(&["--resume", "killed"]).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
}

#[test]
fn free_keys_may_change() {
    let experiment = whole_and_killed(PLAIN);
    let resume = [
        "--resume",
        "killed",
        "--config",
        "config.toml",
        "--set",
        "training.threads=1",
        "--set",
        "checkpoint.every_steps=2",
        "--set",
        "checkpoint.keep_last=3",
        "--progress",
        "none",
    ];
    experiment.run(&resume).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
}

#[test]
fn data_is_known_by_its_content() {
    let experiment = whole_and_killed(PLAIN);
    fs::rename(experiment.path("train.csv"), experiment.path("moved.csv")).unwrap();
    experiment
        .run(&["--resume", "killed"])
        .code(4)
        .says(&["train.csv"]);
    write_rows(&experiment.path("train.csv"), 190, 3);
    let ran = experiment.run(&["--resume", "killed"]).code(2);
    ran.says(&["training rows are not those", "SHA-256"]);
    let moved = ["--resume", "killed", "--set", "data.train='moved.csv'"];
    experiment.run(&moved).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
    let path = manifest(&experiment.path("killed"))
        .data
        .train
        .path
        .unwrap();
    assert_eq!(path.to_str(), Some("moved.csv"));
}

#[test]
fn more_epochs_go_on_as_if_they_had_been_asked_for_at_once() {
    let experiment = Experiment::new(PLAIN);
    let more = ["--set", "training.epochs=5"];
    experiment.train("whole", &more);
    experiment.train("extended", &[]);
    let resume = [&["--resume", "extended"][..], &more].concat();
    experiment.run(&resume).success();
    assert_same(&experiment.path("whole"), &experiment.path("extended"));
    let fewer = ["--resume", "extended", "--set", "training.epochs=3"];
    let ran = experiment.run(&fewer);
    assert!(
        ran.code == Some(0) && ran.stdout.contains("finished"),
        "{ran:?}"
    );

    kill(&experiment, "killed");
    let fewer = ["--resume", "killed", "--set", "training.epochs=1"];
    let ran = experiment.run(&fewer).code(2);
    ran.says(&["`training.epochs` is 2 in the run and 1 now"]);
}

#[test]
fn under_a_curve_with_an_end_more_epochs_need_to_be_told_where_it_ends() {
    let experiment = Experiment::new(EVENTFUL);
    experiment.train("run", &[]);
    let more = ["--resume", "run", "--set", "training.epochs=5"];
    experiment.run(&more).code(2).says(&["schedule.epochs"]);
    let end = ["--set", "schedule.epochs=3.0"];
    experiment.run(&[&more[..], &end].concat()).success();
    experiment.train("whole", &[&more[2..], &end].concat());
    assert_same(&experiment.path("whole"), &experiment.path("run"));
}

#[test]
fn without_a_run_the_newest_unfinished_one_is_taken() {
    let experiment = Experiment::new(PLAIN);
    let start = ["--config", "config.toml"];
    let runs = || {
        let mut runs = Vec::new();
        for entry in fs::read_dir(experiment.path("artifacts/plain")).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                runs.push(entry.path());
            }
        }
        runs.sort();
        runs
    };
    experiment.run_with_fault(SAVED, &start).killed();
    let older = runs().pop().unwrap();
    std::thread::sleep(Duration::from_millis(1100)); // ids are ordered by the second
    experiment.run_with_fault(SAVED, &start).killed();
    std::thread::sleep(Duration::from_millis(1100));
    experiment.run(&start).success();
    let [first, second, third] = runs().try_into().unwrap();
    assert_eq!(first, older);

    experiment
        .run(&["--resume", "--config", "config.toml"])
        .success();
    let stand = || [&first, &second, &third].map(|run| status(run));
    assert_eq!(stand(), ["running", "finished", "finished"]);
    assert_same(&second, &third);
    experiment.run(&["--resume"]).success();
    assert_eq!(stand(), ["finished", "finished", "finished"]);
    let ran = experiment
        .run(&["--resume", "--config", "config.toml"])
        .code(4);
    ran.says(&["no unfinished run"]);
}

#[test]
fn a_finished_run_says_so() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let before = fs::read_to_string(experiment.path("run/run.json")).unwrap();
    let ran = experiment.run(&["--resume", "run"]).success();
    assert!(ran.stdout.contains("is finished"), "{}", ran.stdout);
    assert!(ran.stdout.contains("training.epochs="), "{}", ran.stdout);
    assert_eq!(
        before,
        fs::read_to_string(experiment.path("run/run.json")).unwrap()
    );
}

#[test]
fn a_run_that_its_own_rule_ended_is_reported_as_over_whatever_the_epochs() {
    let experiment = Experiment::new(PLAIN);
    let bar = "early_stopping.stop_when={metric='train_loss',at_most=100.0}";
    experiment.train("run", &["--set", bar]);
    let more = ["--resume", "run", "--set", "training.epochs=9"];
    let ran = experiment.run(&more).success();
    assert!(ran.stdout.contains("reached"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--init-from run"), "{}", ran.stdout);
}

#[test]
fn another_backend_is_allowed_with_a_warning() {
    let [one, other] = cpu_backends()[..] else {
        eprintln!("skipped: it takes two backends");
        return;
    };
    let experiment = Experiment::new(EVENTFUL);
    let start = ["--config", "config.toml", "--run-dir", "run", "--backend"];
    let start = [&start[..], &[one.name()]].concat();
    experiment.run_with_fault("step:13", &start).killed();
    let ran = experiment.run(&["--resume", "run", "--backend", other.name()]);
    let ran = ran.success();
    ran.says(&[one.name(), other.name(), "no longer bit for bit"]);
    assert_eq!(manifest(&experiment.path("run")).backend, other);
}

#[test]
fn a_run_is_never_overwritten() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("run", &[]);
    let again = ["--config", "config.toml", "--run-dir", "run"];
    experiment
        .run(&again)
        .code(2)
        .says(&["exists and is not empty"]);
    let both = ["--resume", "run", "--run-dir", "other"];
    experiment.run(&both).code(2);
    assert!(!experiment.path("other").exists());
}

#[test]
fn a_second_process_is_kept_out() {
    let experiment = Experiment::new(PLAIN);
    let long = ["--set", "training.epochs=100000"];
    let start = ["--config", "config.toml", "--run-dir", "run"];
    let mut first = experiment.spawn(&[&start[..], &long].concat());
    while !experiment.path("run/checkpoints/last").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = experiment.run(&["--resume", "run"]);
    let still_running = status(&experiment.path("run"));
    first.kill().unwrap();
    let first = Ran::of(first.wait_with_output().unwrap());
    second.code(2).says(&["another process is training"]);
    assert_eq!(still_running, "running", "the second one changed nothing");
    assert_eq!(first.code, None, "{first:?}");
}

#[test]
fn what_is_no_run_is_reported() {
    let experiment = Experiment::new(PLAIN);
    experiment
        .run(&["--resume", "nowhere"])
        .code(4)
        .says(&["nowhere"]);
    fs::create_dir(experiment.path("empty")).unwrap();
    experiment
        .run(&["--resume", "empty"])
        .code(4)
        .says(&["no run here"]);
    let start = ["--config", "config.toml", "--run-dir", "new"];
    let missing = [&start[..], &["--init-from", "nowhere"]].concat();
    experiment.run(&missing).code(4).says(&["nowhere"]);
    assert!(!experiment.path("new").exists(), "no folder is left behind");
}
