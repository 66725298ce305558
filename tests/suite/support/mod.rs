//! What several subjects need: the program in a folder of its own, and the real MNIST.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// The program, called in `folder`, with no network and no config from this process's environment.
pub fn mlp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlp"));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MLP_") {
            command.env_remove(name);
        }
    }
    command.env_remove("CARGO").env("NO_COLOR", "1");
    // Refused at once: nobody listens there.
    command.env("MLP_MNIST_MIRRORS", "http://127.0.0.1:9/");
    command
}

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

fn copy(from: &Path, to: &Path) {
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
    // Not `eprintln!`, which the test harness swallows when the test passes.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no MNIST in {}; MLP_MNIST_DIR names the folder of mnist_train.csv.gz",
        folder.display()
    );
    None
}
