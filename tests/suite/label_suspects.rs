//! Labels that a trained network doubts: wrong ones are among the first.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mlp::data::{Dataset, ReadOptions, Target, digits, read, write_csv};
use mlp::random::{Purpose, Stream};
use serde_json::Value;

use crate::support::program::{Ran, fails, json, mlp, stdout};
use crate::support::trained_run::TrainedRun;
use crate::support::{folder_with_configs, mnist};

fn inspect(folder: &Path, arguments: &[&str]) -> Value {
    json(
        folder,
        &[&["data", "inspect", "--json"], arguments].concat(),
    )
}

/// Gives `count` rows, drawn at random, another label each; their numbers.
fn flip_labels(dataset: &mut Dataset, count: usize, seed: u64) -> BTreeSet<u64> {
    let classes = dataset.classes().len();
    let stream = Stream::new(seed, Purpose::Synthesis, 0);
    let order = stream.permutation(dataset.rows());
    let Some(Target::Class { labels }) = &mut dataset.target else {
        panic!("digits have labels");
    };
    let flipped = &order[..count];
    for (&row, draw) in flipped.iter().zip(1 << 40..) {
        let label = &mut labels[row as usize];
        let other = 1 + stream.below(draw, classes - 1);
        *label = u32::try_from((*label as usize + other) % classes).unwrap();
    }
    flipped.iter().map(|&row| u64::from(row)).collect()
}

/// A seed of this moment, printed in case the test fails.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = u64::from(now.subsec_nanos());
    println!("seed {seed}");
    seed
}

/// How many of the flipped rows are among the first suspects.
fn found_among(
    folder: &Path,
    file: &str,
    run: &str,
    flipped: &BTreeSet<u64>,
    first: usize,
) -> usize {
    let found = inspect(folder, &[file, "--run", run]);
    let check = &found["files"][0]["label_check"];
    assert_eq!(check["trained_on"], false);
    let suspects = check["suspects"].as_array().unwrap();
    let first = suspects.iter().take(first);
    first
        .filter(|row| flipped.contains(&row["row"].as_u64().unwrap()))
        .count()
}

#[test]
fn wrong_labels_of_digits_are_among_the_first_suspects() {
    let seed = fresh_seed();
    let folder = folder_with_configs();
    let set = [
        "--set",
        "data.synthetic_rows=3000",
        "--set",
        "training.epochs=8",
    ];
    let train = [&["--config", "configs/digits.toml", "--quiet"], &set[..]].concat();
    stdout(folder.path(), &train);
    let mut rows = digits(600, seed ^ 0xf00d);
    let flipped = flip_labels(&mut rows, 30, seed);
    write_csv(&folder.path().join("new.csv"), &rows).unwrap();
    let found = found_among(folder.path(), "new.csv", "artifacts/digits", &flipped, 90);
    println!("{found} of 30 flipped labels are among the first 90 suspects");
    assert!(found >= 24, "{found} of 30, seed {seed}");

    let text = stdout(
        folder.path(),
        &[
            "data",
            "inspect",
            "new.csv",
            "--run",
            "artifacts",
            "--suspects",
            "3",
        ],
    );
    let list: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains("likely label errors"))
        .collect();
    assert_eq!(list.len(), 2 + 1 + 3 + 1, "{text}");
    assert!(
        list[6].contains("rows more (--suspects N lists more"),
        "{text}"
    );
}

#[test]
fn wrong_labels_of_mnist_are_among_the_first_suspects() {
    let Some((train, test)) = mnist() else { return };
    let seed = fresh_seed();
    let folder = folder_with_configs();
    let set = |key: &str, path: &Path| {
        format!("data.{key}={}", toml::Value::from(path.to_str().unwrap()))
    };
    let output = mlp(folder.path())
        .args(["--config", "configs/mnist.toml", "--quiet"])
        .args(["--set", &set("train", &train), "--set", &set("test", &test)])
        .args(["--set", "data.limit=20000", "--set", "training.epochs=4"])
        .output();
    Ran::of(output.unwrap()).success();
    let mut rows = read(&test, &ReadOptions::default()).unwrap().dataset;
    let flipped = flip_labels(&mut rows, 100, seed);
    write_csv(&folder.path().join("flipped.csv"), &rows).unwrap();
    let found = found_among(
        folder.path(),
        "flipped.csv",
        "artifacts/mnist",
        &flipped,
        300,
    );
    println!("{found} of 100 flipped labels of MNIST's test rows are among the first 300 suspects");
    assert!(found >= 80, "{found} of 100, seed {seed}");
}

#[test]
fn the_run_settles_label_column_and_classes() {
    let trained = TrainedRun::on_a_table();
    let inspect = |arguments: &[&str]| {
        let all = [&["data", "inspect", "--json"], arguments].concat();
        serde_json::from_str::<Value>(&trained.result_of(&all)).unwrap()
    };
    let found = inspect(&["train.csv", "--run", "artifacts"]);
    let file = &found["files"][0];
    assert_eq!(file["classes"].as_array().unwrap().len(), 3);
    assert_eq!(file["label_check"]["trained_on"], true);
    let of_test = inspect(&["test.csv", "--run", "artifacts"]);
    let evaluation = trained.result_of(&["evaluate", "artifacts", "--json"]);
    let evaluation: Value = serde_json::from_str(&evaluation).unwrap();
    let rows = |list: &Value| -> BTreeSet<u64> {
        let list = list.as_array().unwrap().iter();
        list.map(|row| row["row"].as_u64().unwrap()).collect()
    };
    let suspects = &of_test["files"][0]["label_check"]["suspects"];
    assert_eq!(
        rows(suspects),
        rows(&evaluation["test"]["most_confident_mistakes"])
    );
    let probabilities: Vec<f64> = suspects
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["label_probability"].as_f64().unwrap())
        .collect();
    assert!(
        probabilities.len() > 3 && probabilities.is_sorted(),
        "{probabilities:?}"
    );

    trained.write("plain.csv", "width,height\n1,2\n3,4\n");
    let plain = inspect(&["plain.csv", "--run", "artifacts"]);
    assert!(plain["files"][0].get("label_check").is_none());
    trained.write("other.csv", "width,species,height\n1,elm,2\n3,oak,4\n");
    let other = trained.call(&["data", "inspect", "other.csv", "--run", "artifacts"]);
    other.assert_error(4, &["other.csv:2", "`elm`"]);
    let lost = trained.call(&["data", "inspect", "test.csv", "--run", "nowhere"]);
    lost.assert_error(4, &["nowhere: there is no such run"]);
    let alone = fails(
        trained.path("").as_path(),
        2,
        &["data", "inspect", "test.csv", "--suspects", "3"],
    );
    assert!(alone.contains("--run"), "{alone}");
}
