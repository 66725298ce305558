//! A table and a column's name in place of a config: `mlp train FILE --label COLUMN`, `mlp init`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::program::{Ran, fails, mlp, stdout};
use crate::support::{copy, repository};

const SHORT: [&str; 2] = ["--set", "training.epochs=3"];

/// A folder with the table of flowers.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&repository("configs/data"), folder.path());
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::of(mlp(folder).args(arguments).output().unwrap())
}

/// The only run of a training of this name.
fn only_run(folder: &Path, name: &str) -> PathBuf {
    let runs = fs::read_dir(folder.join("artifacts").join(name)).unwrap();
    let paths = runs.map(|entry| entry.unwrap().path());
    let runs: Vec<PathBuf> = paths.filter(|path| !path.ends_with("latest")).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

#[test]
fn a_table_and_a_column_are_enough_to_train_predict_and_reproduce() {
    let folder = folder();
    let path = folder.path();
    let arguments = ["train", "flowers.csv", "--label", "species"];
    let trained = run(path, &[&arguments[..], &SHORT].concat()).success();
    assert!(
        trained.stderr.contains("Linear, relu"),
        "{}",
        trained.stderr
    );
    let run_folder = only_run(path, "flowers");
    let config = fs::read_to_string(run_folder.join("config.toml")).unwrap();
    for line in [
        "name = \"flowers\"",
        "train = \"flowers.csv\"",
        "label = \"species\"",
        "epochs = 3",
    ] {
        assert!(config.contains(line), "{line}: {config}");
    }
    let predictions = stdout(path, &["predict", "artifacts/flowers", "flowers.csv"]);
    assert_eq!(predictions.lines().count(), 181);
    run(path, &["reproduce", "artifacts/flowers"]).success();
    run(path, &["evaluate", "artifacts/flowers"]).success();
    let more = [
        "--resume",
        "artifacts/flowers",
        "--set",
        "training.epochs=5",
    ];
    run(path, &more).success();
}

#[test]
fn the_inferred_recipe_learns_a_table() {
    let folder = folder();
    let path = folder.path();
    stdout(path, &["train", "flowers.csv", "--label", "species"]);
    let floor = ["evaluate", "artifacts/flowers", "--min-accuracy", "0.8"];
    run(path, &floor).success();
}

#[test]
fn a_config_that_init_wrote_trains_the_same() {
    let folder = folder();
    let path = folder.path();
    let asked = [
        "flowers.csv",
        "--label",
        "species",
        "--ignore",
        "leaf width",
    ];
    let init = [&["init"], &asked[..], &["-o", "new/f.toml"]].concat();
    let told = stdout(path, &init);
    assert!(told.contains("train --config new/f.toml"), "{told}");
    let written = fs::read_to_string(path.join("new/f.toml")).unwrap();
    assert!(written.contains("\"leaf width\" = \"ignore\""), "{written}");
    assert!(written.matches("  # ").count() > 8, "{written}");

    let from_table = [&["train"], &asked[..], &["--run-dir", "a"], &SHORT].concat();
    let from_config = ["train", "--config", "new/f.toml", "--run-dir", "b"];
    stdout(path, &from_table);
    stdout(path, &[&from_config[..], &SHORT].concat());
    for file in ["config.toml", "predictions.csv"] {
        let read = |run: &str| fs::read_to_string(path.join(run).join(file)).unwrap();
        assert_eq!(read("a"), read("b"), "{file}");
    }

    let existing = fails(path, 2, &init);
    assert!(existing.contains("--force"), "{existing}");
    stdout(path, &[&init[..], &["--force"]].concat());
}

#[test]
fn a_dry_run_shows_the_columns_and_writes_nothing() {
    let folder = folder();
    let arguments = ["train", "flowers.csv", "--label", "species", "--dry-run"];
    let told = stdout(folder.path(), &arguments);
    for part in [
        "column",
        "leaf length",
        "number",
        "Linear, relu",
        "to train on",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!folder.path().join("artifacts").exists());
}

#[test]
fn only_named_columns_are_inputs() {
    let folder = folder();
    let path = folder.path();
    let arguments = [
        "train",
        "flowers.csv",
        "--label",
        "species",
        "--only",
        "leaf width",
    ];
    let run_dir = ["--run-dir", "r"];
    stdout(path, &[&arguments[..], &SHORT, &run_dir].concat());
    let config = fs::read_to_string(path.join("r/config.toml")).unwrap();
    assert_eq!(config.matches("\"ignore\"").count(), 3, "{config}");
    let manifest = fs::read_to_string(path.join("r/run.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let columns = manifest["schema"]["columns"].as_array().unwrap();
    let inputs = columns.iter().filter(|column| column["kind"] != "ignore");
    let names: Vec<&str> = inputs
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(names, ["leaf width"]);

    let unknown = [
        "train",
        "flowers.csv",
        "--label",
        "species",
        "--only",
        "leaf",
    ];
    let text = fails(path, 2, &unknown);
    assert!(text.contains("leaf length"), "{text}");
}

#[test]
fn what_cannot_be_is_said_with_a_way_out() {
    let folder = folder();
    fs::write(folder.path().join("empty.csv"), "").unwrap();
    for (code, arguments, parts) in [
        (
            2,
            &["train", "flowers.csv"][..],
            &["which column", "--label"][..],
        ),
        (2, &["init", "flowers.csv"], &["which column", "--label"]),
        (
            2,
            &["train", "--label", "species"],
            &["--label", "mlp train FILE"],
        ),
        (2, &["train"], &["no table and no config", "mlp train FILE"]),
        (
            2,
            &[
                "train",
                "flowers.csv",
                "--label",
                "species",
                "--config",
                "c.toml",
            ],
            &["--config"],
        ),
        (
            2,
            &["train", "flowers.csv", "--label", "species", "--resume"],
            &["--resume"],
        ),
        (
            4,
            &["train", "flowers.csv", "--label", "specie"],
            &["did you mean `species`"],
        ),
        (
            4,
            &["train", "flower.csv", "--label", "species"],
            &["flower.csv"],
        ),
        (
            4,
            &["train", "empty.csv", "--label", "species"],
            &["empty.csv"],
        ),
        (
            4,
            &["init", "flower.csv", "--label", "species"],
            &["flower.csv"],
        ),
        (
            2,
            &[
                "train",
                "flowers.csv",
                "--label",
                "species",
                "--set",
                "training.epoch=1",
            ],
            &["did you mean"],
        ),
    ] {
        run(folder.path(), arguments).assert_error(code, parts);
    }
    assert!(!folder.path().join("artifacts").exists());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = folder();
    let mut child = mlp(folder.path())
        .args(["init", "flowers.csv", "--label", "species"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap()).success();
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
}

#[test]
fn what_the_reader_found_out_is_told_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let row = |i: u32| format!("{},{},{}\n", i % 7, i % 5, ["a", "b"][i as usize % 2]);
    let rows: String = (0..60).map(row).collect();
    let train = format!("width,height,label\n{rows}3,4,\n5,1,NA\n");
    std::fs::write(path.join("train.csv"), train).unwrap();
    let test = "HEIGHT,label,width,colour\n1,a,2,red\n3,b,4,blue\n";
    std::fs::write(path.join("test.csv"), test).unwrap();
    let arguments = [
        "train",
        "train.csv",
        "--label",
        "label",
        "--test",
        "test.csv",
    ];
    let shown = run(path, &[&arguments[..], &["--dry-run"]].concat()).success();
    shown.says(&[
        "train.csv: rows without a label, left out: 2",
        "test.csv: columns are matched by name",
        "test.csv: the columns are in another order",
        "test.csv: columns that the network does not know are passed over: `colour`",
    ]);
    let quiet = run(path, &[&arguments[..], &["--dry-run", "--quiet"]].concat()).success();
    assert!(!quiet.stderr.contains("note:"), "{}", quiet.stderr);
}
