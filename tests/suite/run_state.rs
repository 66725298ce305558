//! What evaluate and predict make of a run that is damaged, moved or of another version.

use std::fs;

use crate::support::program::{Ran, mlp};
use crate::support::trained_run::{TrainedRun, text};

/// Both commands, called on the newest run.
const COMMANDS: [&[&str]; 2] = [
    &["evaluate", "artifacts"],
    &["predict", "artifacts", "test.csv"],
];

#[test]
fn a_damaged_newest_checkpoint_is_passed_over_and_reported() {
    for command in COMMANDS {
        let trained = TrainedRun::on_a_table();
        let older = trained.checkpoints()[0].clone();
        let name = older.file_name().unwrap().to_str().unwrap();
        let step: u64 = name.strip_prefix("step-").unwrap().parse().unwrap();
        trained.damage_newest_checkpoint();
        let outcome = trained.call(command);
        outcome.assert_error(
            0,
            &[
                "damaged checkpoint",
                "model.safetensors",
                &format!("step {step}"),
            ],
        );
        assert!(outcome.stdout.lines().count() > 10);
    }
}

#[test]
fn without_a_whole_checkpoint_nothing_can_be_done() {
    for command in COMMANDS {
        let trained = TrainedRun::on_a_table();
        for folder in trained.checkpoints() {
            fs::remove_file(folder.join("state.json")).unwrap();
        }
        let outcome = trained.call(command);
        outcome.assert_error(4, &["state.json"]);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_run_of_a_newer_version_is_refused() {
    for command in COMMANDS {
        let trained = TrainedRun::on_a_table();
        trained.edit("run.json", |text| {
            text.replacen("\"format\": 2", "\"format\": 3", 1)
        });
        trained
            .call(command)
            .assert_error(2, &["run.json", "version is 3", "later"]);
    }
}

#[test]
fn a_damaged_manifest_is_named() {
    for command in COMMANDS {
        let trained = TrainedRun::on_a_table();
        trained.edit("run.json", |text| text[..text.len() / 2].to_owned());
        trained.call(command).assert_error(4, &["run.json"]);

        let trained = TrainedRun::on_a_table();
        trained.edit("run.json", |text| text.replacen("\"oak\",", "", 1));
        trained
            .call(command)
            .assert_error(4, &["run.json", "schema"]);
    }
}

#[test]
fn a_moved_run_predicts_with_nothing_next_to_it() {
    let trained = TrainedRun::on_a_table();
    let before = trained.result_of(&["predict", "artifacts", "test.csv"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("model");
    fs::rename(trained.run(), &moved).unwrap();
    fs::remove_file(trained.path("train.csv")).unwrap();
    let rows = fs::read(trained.path("test.csv")).unwrap();
    let mut program = mlp(elsewhere.path());
    let ran = Ran::with_input(program.args(["predict", "model", "-"]), &rows);
    assert_eq!(ran.success().stdout, before);
}

#[test]
fn what_is_no_run_is_reported() {
    let trained = TrainedRun::on_a_table();
    trained
        .call(&["evaluate", "nowhere"])
        .assert_error(4, &["nowhere"]);
    trained
        .call(&["predict", "run.toml", "test.csv"])
        .assert_error(4, &["not a run folder"]);
    let backend = trained.call(&["evaluate", "artifacts", "--backend", "cuda"]);
    backend.assert_error(2, &["flex, ndarray or wgpu"]);
    let run = trained.run();
    assert_eq!(trained.call(&["evaluate", text(&run)]).code, Some(0));
}
