//! `mlp runs`, and what a panic in the middle of a run comes to.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use mlp::run::RunDirectory;
use tempfile::TempDir;

use crate::support::program::{fails, json, mlp, stdout};

/// A folder with a data set and a config of a training that takes no time.
fn workplace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let synthesize = ["data", "synthesize", "gaussian-sum", "-o", "s.csv"];
    stdout(
        folder.path(),
        &[&synthesize[..], &["--rows", "200"]].concat(),
    );
    let config = "name = \"sums\"\n[data]\ntrain = \"s.csv\"\nscale = \"standard\"\n\
                  [model]\nhidden = [4]\n[training]\nepochs = 2\nbatch_size = 32\n";
    fs::write(folder.path().join("a.toml"), config).unwrap();
    folder
}

fn train(folder: &Path, run: &str) {
    stdout(folder, &["-q", "--config", "a.toml", "--run-dir", run]);
}

/// A run that was killed after its first epoch.
fn train_killed(folder: &Path, run: &str) {
    let output = mlp(folder)
        .args(["-q", "--config", "a.toml", "--run-dir", run])
        .env("MLP_FAULT_POINT", "checkpoint-linked:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), None, "killed");
}

fn runs_left(folder: &Path) -> Vec<PathBuf> {
    let runs = RunDirectory::all_below(&folder.join("artifacts"));
    let name = |run: &RunDirectory| run.path().strip_prefix(folder).unwrap().to_owned();
    runs.iter().map(name).collect()
}

#[test]
fn where_nothing_was_trained_the_list_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stdout(folder.path(), &["runs", "list"]), "");
    let list = json(folder.path(), &["runs", "list", "--json"]);
    assert_eq!(list["runs"].as_array().unwrap().len(), 0);
    fails(folder.path(), 4, &["runs", "list", "nowhere"]);
    fails(folder.path(), 4, &["runs", "show", "nowhere"]);
}

#[test]
fn finished_killed_running_and_damaged_runs_are_told_apart() {
    let folder = workplace();
    let path = folder.path();
    train(path, "artifacts/a");
    train_killed(path, "artifacts/b");
    fs::create_dir(path.join("artifacts/c")).unwrap();
    fs::write(path.join("artifacts/c/run.json"), "{").unwrap();

    let status = |list: &serde_json::Value| -> Vec<String> {
        let runs = list["runs"].as_array().unwrap().iter();
        runs.map(|run| run["status"].as_str().unwrap().to_owned())
            .collect()
    };
    let list = json(path, &["runs", "list", "--json"]);
    assert_eq!(status(&list), ["finished", "killed", "damaged"]);
    let finished = &list["runs"][0];
    assert_eq!(finished["epochs_done"], 2);
    assert!(finished["validation_accuracy"].as_f64().unwrap() > 0.0);
    assert!(
        list["runs"][2]["damage"]
            .as_str()
            .unwrap()
            .contains("run.json")
    );

    let log = File::open(path.join("artifacts/b/metrics.jsonl")).unwrap();
    log.lock().unwrap(); // as a process that trains does
    let list = json(path, &["runs", "list", "--json"]);
    assert_eq!(status(&list), ["finished", "running", "damaged"]);

    let text = stdout(path, &["runs", "list"]);
    assert!(text.contains("artifacts/a"), "{text}");
    assert!(text.contains("damaged: artifacts/c/run.json"), "{text}");
    fails(path, 4, &["runs", "show", "artifacts/c"]);
}

#[test]
fn a_run_is_shown_with_its_checkpoints_and_what_to_do_next() {
    let folder = workplace();
    let path = folder.path();
    train(path, "artifacts/a");
    let details = json(path, &["runs", "show", "artifacts", "--json"]);
    assert_eq!(details["config"]["model.hidden"], "[4]");
    assert!(details["config"].get("seed").is_none(), "a default");
    let checkpoints = details["checkpoints"].as_array().unwrap();
    assert_eq!(checkpoints.len(), 2);
    assert!(
        checkpoints
            .iter()
            .all(|checkpoint| checkpoint["whole"] == true)
    );
    assert!(details["evaluation"]["validation"]["accuracy"].is_number());
    assert_eq!(details["next"][0], "mlp evaluate artifacts/a");

    let newest = checkpoints[1]["step"].as_u64().unwrap();
    let model = format!("artifacts/a/checkpoints/step-{newest:08}/model.safetensors");
    fs::write(path.join(model), "no network").unwrap();
    let details = json(path, &["runs", "show", "artifacts/a", "--json"]);
    assert_eq!(details["checkpoints"][0]["whole"], true);
    assert_eq!(details["checkpoints"][1]["whole"], false);
    assert!(stdout(path, &["runs", "show", "artifacts/a"]).contains("damaged"));

    train_killed(path, "artifacts/b");
    let text = stdout(path, &["runs", "show", "artifacts/b"]);
    assert!(text.contains("next: mlp --resume artifacts/b"), "{text}");
}

#[test]
fn only_old_finished_runs_are_pruned_and_only_after_a_yes() {
    let folder = workplace();
    let path = folder.path();
    for run in ["artifacts/1", "artifacts/2", "artifacts/pretrained/p"] {
        train(path, run);
    }
    train_killed(path, "artifacts/3");
    let all = runs_left(path);
    assert_eq!(all.len(), 4);

    let prune = ["runs", "prune", "--keep", "0"];
    let text = fails(path, 2, &prune);
    assert!(text.contains("--yes"), "{text}");
    let listed = stdout(path, &[&prune[..], &["--dry-run"]].concat());
    assert!(listed.contains("artifacts/1") && listed.contains("artifacts/2"));
    assert!(!listed.contains("artifacts/3") && !listed.contains("pretrained"));
    assert_eq!(runs_left(path), all, "nothing was deleted so far");

    let kept = stdout(path, &["runs", "prune", "--keep", "2", "--yes"]);
    assert_eq!(kept, "", "two finished runs are no more than two");
    stdout(path, &["runs", "prune", "--keep", "1", "--yes"]);
    assert_eq!(runs_left(path).len(), 3);

    let log = File::open(path.join("artifacts/3/metrics.jsonl")).unwrap();
    log.lock().unwrap(); // as a process that trains does
    let unfinished = [&prune[..], &["--unfinished", "--yes"]].concat();
    stdout(path, &unfinished);
    let left = ["artifacts/3", "artifacts/pretrained/p"].map(PathBuf::from);
    assert_eq!(runs_left(path), left);
    drop(log);
    stdout(path, &unfinished);
    assert_eq!(runs_left(path), left[1..]);
}

#[test]
fn the_link_to_the_newest_run_goes_with_it() {
    let folder = workplace();
    let path = folder.path();
    stdout(path, &["-q", "--config", "a.toml"]);
    let latest = path.join("artifacts/sums/latest");
    assert!(latest.symlink_metadata().is_ok());
    stdout(path, &["runs", "prune", "--keep", "0", "--yes"]);
    assert!(latest.symlink_metadata().is_err());
}

#[test]
fn a_panic_is_reported_as_a_defect_and_the_run_can_be_continued() {
    let folder = workplace();
    let path = folder.path();
    let panicking = |backtrace: Option<&str>, run: &str| {
        let mut command = mlp(path);
        command
            .args(["-q", "--config", "a.toml", "--run-dir", run])
            .env("MLP_FAULT_POINT", "checkpoint-pruned:1:panic")
            .envs(backtrace.map(|value| ("RUST_BACKTRACE", value)));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let message = panicking(None, "artifacts/a");
    assert!(
        message.starts_with("error: this is a defect of mlp: "),
        "{message}"
    );
    assert!(message.contains("/fault.rs:"), "{message}");
    assert_eq!(message.lines().count(), 2, "no backtrace: {message}");
    assert!(panicking(Some("1"), "artifacts/b").lines().count() > 5);
    stdout(path, &["-q", "--resume", "artifacts/a"]);
    let list = json(path, &["runs", "list", "artifacts/a", "--json"]);
    assert_eq!(list["runs"][0]["status"], "finished");
}
