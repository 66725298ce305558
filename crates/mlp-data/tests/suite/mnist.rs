//! The real MNIST, read.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use mlp_data::{Dataset, Features, ReadOptions, fingerprint, sha256_file};

use crate::support::read_file as read;

/// The files of training and test rows, or `None` with a message: `MLP_MNIST_DIR` names their folder.
pub fn files() -> Option<(PathBuf, PathBuf)> {
    let folder = std::env::var_os("MLP_MNIST_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let files = (
        folder.join("mnist_train.csv.gz"),
        folder.join("mnist_test.csv.gz"),
    );
    if files.0.is_file() && files.1.is_file() {
        return Some(files);
    }
    // Written past the test harness, which hides what a passing test prints with `eprintln!`.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no MNIST in {}; MLP_MNIST_DIR names the folder of mnist_train.csv.gz",
        folder.display()
    );
    None
}

fn pixel_sum(dataset: &Dataset) -> u64 {
    match &dataset.features {
        Features::Bytes(values) => values.iter().map(|&value| u64::from(value)).sum(),
        _ => panic!("pixels are bytes"),
    }
}

/// The plainest way there is: lines, cells, `parse`.
fn plain_pixel_sum(path: &PathBuf) -> u64 {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let row_sum = |line: &str| {
        line.split(',')
            .skip(1)
            .map(|cell| cell.parse::<u64>().unwrap())
            .sum::<u64>()
    };
    text.lines().skip(1).map(row_sum).sum()
}

#[test]
fn the_training_set_is_read_as_it_is() {
    let Some((path, _)) = files() else {
        return;
    };
    let dataset = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!((dataset.rows(), dataset.columns()), (60_000, 784));
    assert_eq!(dataset.labels().unwrap()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(
        dataset.classes(),
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    );
    assert_eq!(
        dataset.class_counts(0..60_000),
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
    assert_eq!(
        (
            dataset.feature_names()[0].as_str(),
            dataset.feature_names()[783].as_str()
        ),
        ("1x1", "28x28")
    );
    assert_eq!(pixel_sum(&dataset), plain_pixel_sum(&path));
}

#[test]
fn the_test_set_is_the_same_rows_compressed_and_not() {
    let Some((_, path)) = files() else {
        return;
    };
    let dataset = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!((dataset.rows(), dataset.columns()), (10_000, 784));
    assert_eq!(pixel_sum(&dataset), plain_pixel_sum(&path));

    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("rows.csv");
    mlp_data::write_csv(&plain, &dataset).unwrap();
    // As published with the file.
    let published = "1a7cc974f62b1334c4669706ebf2a2707dad8dd23bf9ca9f2624c13249cafc6f";
    assert_eq!(sha256_file(&plain).unwrap(), published);
    let again = read(&plain, &ReadOptions::default()).unwrap();
    assert_eq!(fingerprint(&again), fingerprint(&dataset));
}
