//! The program as a user starts it: in a folder of its own, without a terminal.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

/// The program in `folder`, with nothing of this process's environment that it would heed, and no
/// network.
pub fn mlp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlp"));
    for (name, _) in std::env::vars_os() {
        let heeded = |name: &str| name.starts_with("MLP_") || name == "RUST_BACKTRACE";
        if name.to_str().is_some_and(heeded) {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .env_remove("CARGO") // started by a user, not by cargo
        .env("NO_COLOR", "1")
        .env("MLP_MNIST_MIRRORS", "http://127.0.0.1:9/") // nobody listens there
        .stdin(Stdio::null());
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

/// Sends a process a signal, such as `-INT`.
#[cfg(unix)]
pub fn send(signal: &str, child: &Child) {
    let number = child.id().to_string();
    let sent = Command::new("kill")
        .args([signal, &number])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// What the program answered.
#[derive(Debug)]
pub struct Ran {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs a command to its end with these bytes as its standard input.
    pub fn with_input(command: &mut Command, input: &[u8]) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        thread::scope(|scope| {
            // A program that refuses its input need not read it to the end.
            scope.spawn(move || drop(stdin.write_all(input)));
            Self::of(child.wait_with_output().unwrap())
        })
    }

    /// Asserts the exit code, and that standard error contains all of these.
    #[track_caller]
    pub fn assert_error(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self.assert_says(parts);
    }

    #[track_caller]
    fn assert_says(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no {part:?} in: {}",
                self.stderr
            );
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }

    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "{}{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn killed(self) -> Self {
        assert_eq!(self.code, None, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error contains all of these, whatever the exit code.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        self.assert_says(parts);
        self
    }
}
