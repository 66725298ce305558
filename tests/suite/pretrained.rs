//! The trained network in the box.

use serde_json::Value;

use mlp::data::{digits, write_csv};

use crate::support::program::{json, stdout};
use crate::support::trained_run::cells;
use crate::support::{copy, mnist, repository};

/// Most bytes of the folder.
const MAX_BYTES: u64 = 1_000_000;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("artifacts/pretrained");
    copy(&repository("artifacts/pretrained"), &to);
    folder
}

#[test]
fn it_is_small_and_says_what_it_was_trained_on() {
    let folder = folder();
    let run = mlp::run::RunDirectory::find(&folder.path().join("artifacts/pretrained")).unwrap();
    assert!(run.bytes() < MAX_BYTES, "{} bytes", run.bytes());
    let shown = json(
        folder.path(),
        &["runs", "show", "artifacts/pretrained", "--json"],
    );
    assert_eq!(shown["status"], "finished", "{shown}");
    let manifest: Value = serde_json::from_slice(&std::fs::read(run.manifest()).unwrap()).unwrap();
    assert_eq!(manifest["data"]["origin"], "files");
    assert_eq!(
        manifest["data"]["test"]["sha256"],
        "1a7cc974f62b1334c4669706ebf2a2707dad8dd23bf9ca9f2624c13249cafc6f",
        "MNIST's 10,000 test rows as `mlp data fetch` writes them"
    );
}

#[test]
fn it_reads_the_test_rows_of_mnist() {
    let folder = folder();
    let arguments = ["evaluate", "artifacts/pretrained", "--json"];
    // Without the data: the metrics that came with it.
    let known = json(folder.path(), &arguments)["test"]["accuracy"].as_f64();
    assert!(known.unwrap() >= 0.98, "{known:?}");
    let Some((_, test)) = mnist() else { return };
    let data = [&arguments[..], &["--data", test.to_str().unwrap()]].concat();
    let scored = json(folder.path(), &data)["test"]["accuracy"].as_f64();
    println!("artifacts/pretrained: {scored:?} of MNIST's test rows");
    assert_eq!(scored, known);
}

#[test]
fn it_reads_the_built_in_digits() {
    let folder = folder();
    let rows = digits(1000, 7);
    write_csv(&folder.path().join("digits.csv"), &rows).unwrap();
    let text = stdout(
        folder.path(),
        &["predict", "artifacts/pretrained", "digits.csv"],
    );
    let labels = rows.labels().unwrap();
    let right = cells(&text)[1..]
        .iter()
        .zip(labels)
        .filter(|(line, label)| line[0] == label.to_string())
        .count();
    println!("artifacts/pretrained: {right} of 1,000 built-in digits");
    assert!(right >= 800, "{right} of 1,000 built-in digits");
}

#[test]
fn its_report_is_written_from_the_folder_alone() {
    let folder = folder();
    let path = stdout(folder.path(), &["report", "artifacts/pretrained"]);
    let page = std::fs::read_to_string(folder.path().join(path.trim())).unwrap();
    // MNIST's rows are not in the box, and the page says so.
    for part in ["Confusion matrix", "98.26", "The rows kept to be shown"] {
        assert!(page.contains(part), "no {part} in the report");
    }
    assert!(!page.contains("What needs the weights is missing"));
}
