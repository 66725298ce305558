//! What several subjects need: the program and experiments on the disk, networks in memory, the real MNIST.

pub mod browser;
pub mod devices;
pub mod drawing;
pub mod experiment;
pub mod http;
pub mod images;
pub mod network;
pub mod pictures;
pub mod program;
pub mod reference;
pub mod runs;
pub mod server;
pub mod trained_run;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file of the crate's root with this name.
pub fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A folder with a copy of the shipped configs.
pub fn folder_with_configs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&repository("configs"), &folder.path().join("configs"));
    folder
}

/// Copies a folder with all it holds.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Training and test rows of the real MNIST, or `None` said aloud: `MLP_MNIST_DIR` names their folder.
pub fn mnist() -> Option<(PathBuf, PathBuf)> {
    let folder = std::env::var_os("MLP_MNIST_DIR")
        .map_or_else(|| repository("../shared/data"), PathBuf::from);
    let files = (
        folder.join("mnist_train.csv.gz"),
        folder.join("mnist_test.csv.gz"),
    );
    if files.0.is_file() && files.1.is_file() {
        return Some(files);
    }
    say(&format!(
        "SKIPPED: no MNIST in {}; MLP_MNIST_DIR names the folder of mnist_train.csv.gz",
        folder.display()
    ));
    None
}

/// Writes a line that the test harness does not swallow when the test passes, as it does with `eprintln!`.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Asserts that both are as long as each other and no number is further than `tolerance` away.
#[track_caller]
pub fn assert_close(what: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len(), "{what}: lengths");
    for (index, (a, b)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance,
            "{what}[{index}]: {a} is not {b} within {tolerance}"
        );
    }
}
