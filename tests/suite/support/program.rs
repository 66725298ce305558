//! The program as a user starts it: in a folder of its own, without a terminal.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// The program in `folder`, with nothing of this process's environment that it would heed.
pub fn mlp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlp"));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let heeded = |name: &str| name.starts_with("MLP_") || name == "RUST_BACKTRACE";
        if name.to_str().is_some_and(heeded) {
            command.env_remove(name);
        }
    }
    // Not as cargo would start it; and no network: nobody listens there.
    command
        .env_remove("CARGO")
        .env("NO_COLOR", "1")
        .env("MLP_MNIST_MIRRORS", "http://127.0.0.1:9/");
    command
}

/// What a command writes to standard output; it must succeed.
pub fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let output = mlp(folder).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What a command writes to standard output as JSON; it must succeed.
pub fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&stdout(folder, arguments)).unwrap()
}

/// What a command writes to standard error; it must end with this exit code.
pub fn fails(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = mlp(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
    stderr
}
