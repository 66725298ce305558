//! What may be the fallback for absent files, and what may not.

use std::fs;

use serde_json::Value;

use crate::support::folder_with_configs;
use crate::support::program::{Ran, mlp};

/// The main config, shortened, with more arguments.
fn train(folder: &std::path::Path, arguments: &[&str]) -> Ran {
    let shortened = [
        "--config",
        "configs/mnist.toml",
        "--set",
        "training.epochs=1",
        "--set",
        "data.synthetic_rows=500",
    ];
    let output = mlp(folder).args(shortened).args(arguments).output();
    Ran::of(output.unwrap())
}

#[test]
fn without_a_network_the_digits_are_the_fallback_and_it_is_reported_everywhere() {
    let folder = folder_with_configs();
    let ran = train(folder.path(), &[]).success();
    let warning = "NOT THE CONFIGURED DATA: built-in digits, because data/mnist_train.csv is missing and MNIST could not be downloaded";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
    let run = folder.path().join("artifacts/mnist/latest");
    for (file, place) in [
        ("run.json", "/data/fallback"),
        ("evaluation.json", "/fallback"),
    ] {
        let json: Value =
            serde_json::from_str(&fs::read_to_string(run.join(file)).unwrap()).unwrap();
        let fallback = json.pointer(place).and_then(Value::as_str).unwrap();
        assert!(
            fallback.starts_with("built-in digits, because"),
            "{fallback}"
        );
    }
}

#[test]
fn without_another_fallback_a_failed_download_is_the_error() {
    let folder = folder_with_configs();
    train(folder.path(), &["--set", "data.if_missing=['download']"])
        .code(4)
        .says(&["http://127.0.0.1:9/train-images-idx3-ubyte.gz", "by hand"]);
}

#[test]
fn both_files_or_neither_are_replaced() {
    let folder = folder_with_configs();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(
        folder.path().join("data/mnist_train.csv"),
        "label,1x1\n0,1\n1,2\n",
    )
    .unwrap();
    train(folder.path(), &[])
        .code(4)
        .says(&["data/mnist_test.csv", "no such file"]);
}

#[test]
fn a_malformed_file_is_never_replaced() {
    let folder = folder_with_configs();
    fs::create_dir(folder.path().join("data")).unwrap();
    for name in ["mnist_train.csv", "mnist_test.csv"] {
        fs::write(
            folder.path().join("data").join(name),
            "label,1x1\n0,1\n1,inf\n",
        )
        .unwrap();
    }
    train(folder.path(), &[])
        .code(4)
        .says(&["data/mnist_train.csv:3: column 2 (1x1): `inf` is not a finite number"]);
}

#[test]
fn a_resumed_run_goes_on_with_the_rows_it_had_drawn() {
    let folder = folder_with_configs();
    train(folder.path(), &["--set", "schedule.kind=constant"]).success();
    let output = mlp(folder.path())
        .args(["--resume", "artifacts/mnist", "--set", "training.epochs=2"])
        .output();
    let ran = Ran::of(output.unwrap()).success();
    assert_eq!(ran.stdout.matches("because").count(), 1, "{}", ran.stdout);
    assert!(
        !ran.stderr.contains("fetching"),
        "a resume never looks elsewhere: {}",
        ran.stderr
    );
}
