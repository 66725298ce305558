//! Trainings on wgpu compared with those on a CPU.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::device;
use crate::augmentation::training::DEFORMED;
use crate::support::mnist;
use crate::support::program::{Ran, mlp, stdout};
use crate::support::runs::{last, manifest};

/// 20 updates an epoch in batches that all have the same shape: a new shape may be a kernel to compile.
const SHORT: &str = r#"
name = "short"

[data]
train = "train.csv"
test = "test.csv"
if_missing = ["digits"]
limit = 22700
test_limit = 4096
validation = 0.09
synthetic_rows = 22700

[optimizer]
learning_rate = 0.2
momentum = 0.9

[training]
epochs = 2
batch_size = 1024
log_every_steps = 7
report = false
"#;

/// Trains on a backend into the folder `run`; how it ended.
fn train(folder: &Path, backend: &str, run: &str, more: &[&str]) -> Ran {
    let started = Instant::now();
    let arguments = [
        "--config",
        "config.toml",
        "--backend",
        backend,
        "--run-dir",
        run,
    ];
    let output = mlp(folder).args(arguments).args(more).output().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("{run} on {backend}: {seconds:.1} s");
    Ran::of(output)
}

fn resume(folder: &Path, backend: &str, run: &str) -> Ran {
    let arguments = [
        "--resume",
        run,
        "--backend",
        backend,
        "--set",
        "training.epochs=2",
    ];
    Ran::of(mlp(folder).args(arguments).output().unwrap())
}

/// Returns loss and accuracy of a split.
fn loss_and_accuracy(folder: &Path, run: &str, split: &str) -> (f64, f64) {
    let text = fs::read_to_string(folder.join(run).join("evaluation.json")).unwrap();
    let evaluation: Value = serde_json::from_str(&text).unwrap();
    let metric = |name: &str| evaluation[split][name].as_f64().unwrap();
    println!("{run}: {:.4} {:.4}", metric("loss"), metric("accuracy"));
    (metric("loss"), metric("accuracy"))
}

/// One test, because every process has the driver load its kernels again.
#[test]
fn it_trains_and_predicts_as_flex_does_and_either_goes_on_where_the_other_stopped() {
    if device().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = mnist().map_or_else(
        || SHORT.to_owned(),
        |(train, test)| {
            let quoted = |path: &Path| toml::Value::from(path.to_str().unwrap()).to_string();
            SHORT
                .replace("\"train.csv\"", &quoted(&train))
                .replace("\"test.csv\"", &quoted(&test))
        },
    );
    fs::write(folder.join("config.toml"), config).unwrap();

    train(folder, "flex", "flex", &[]).success();
    let output = train(folder, "wgpu", "gpu", &[]).success().stderr;
    assert!(
        output.contains("on wgpu, "),
        "the adapter is named: {output}"
    );
    let (loss, accuracy) = loss_and_accuracy(folder, "flex", "test");
    assert!(accuracy > 0.8, "there is something to compare");
    let is_near = |run: &str| {
        let (its_loss, its_accuracy) = loss_and_accuracy(folder, run, "test");
        assert!((its_loss - loss).abs() < 0.01 * loss, "{run}");
        assert!((its_accuracy - accuracy).abs() < 0.005, "{run}");
    };
    is_near("gpu");
    let timings = manifest(&folder.join("gpu")).timings.unwrap();
    assert!(timings.waiting_seconds.unwrap() <= timings.training_seconds);

    for (first, second) in [("flex", "wgpu"), ("wgpu", "flex")] {
        let run = format!("{first}-{second}");
        train(folder, first, &run, &["--set", "training.epochs=1"]).success();
        assert_eq!(last(&folder.join(&run)).state.step, 20);
        let expected = format!("begun on {first} and goes on on {second}");
        resume(folder, second, &run).success().says(&[&expected]);
        assert_eq!(last(&folder.join(&run)).state.step, 40);
        is_near(&run);
    }

    let rows = test_rows(folder);
    let predictions = |backend: &str| {
        let arguments = ["predict", "gpu", &rows, "--backend", backend];
        let text = stdout(folder, &arguments);
        let classes = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap());
        classes.map(str::to_owned).collect::<Vec<_>>()
    };
    let found = predictions("wgpu");
    assert!(found.len() >= 4096);
    assert_eq!(found, predictions("flex"));
}

/// A file of all test rows.
fn test_rows(folder: &Path) -> String {
    if let Some((_, test)) = mnist() {
        return test.to_str().unwrap().to_owned();
    }
    let name = "rows.csv";
    let synthesize = ["data", "synthesize", "digits", "--rows", "4096", "-o"];
    stdout(folder, &[&synthesize[..], &[name]].concat());
    name.to_owned()
}

#[test]
fn deformed_rows_train_it_as_well() {
    if device().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), DEFORMED).unwrap();
    for backend in ["flex", "wgpu"] {
        train(folder.path(), backend, backend, &[]).success();
    }
    let (loss, accuracy) = loss_and_accuracy(folder.path(), "flex", "validation");
    let (its_loss, its_accuracy) = loss_and_accuracy(folder.path(), "wgpu", "validation");
    // Pixels are rounded to bytes on the CPU only.
    assert!((its_loss - loss).abs() < 0.02 * loss);
    assert!((its_accuracy - accuracy).abs() < 0.02);
}
