//! A folder with generated rows and a config, in which the real program runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mlp::random::{Purpose, Stream};
use tempfile::TempDir;

use super::devices::cpu_backends;
use super::program::{self, Ran};

/// 3 epochs of 10 updates, the last with a smaller batch, and everything in play that has a memory.
pub const EVENTFUL: &str = r#"
name = "eventful"
seed = 7

[data]
train = "train.csv"
test = "test.csv"
scale = "standard"

[model]
hidden = [9, 7]
dropout = 0.2

[optimizer]
kind = "sgd"
momentum = 0.9
learning_rate = 0.2
clip_norm = 0.5

[schedule]
kind = "cosine"
warmup_epochs = 1.0

[training]
epochs = 3
batch_size = 16
drop_last = false
log_every_steps = 3
evaluate_every_steps = 7

[checkpoint]
every_steps = 4
keep_last = 2
"#;

/// 2 epochs of 9 updates at a constant rate.
pub const PLAIN: &str = r#"
name = "plain"
seed = 7

[data]
train = "train.csv"
test = "test.csv"
scale = "standard"

[model]
hidden = [8]

[training]
epochs = 2
batch_size = 16
drop_last = true
log_every_steps = 3
"#;

/// A temporary folder with `train.csv`, `test.csv` and `config.toml`, for the first CPU backend of
/// this build.
pub struct Experiment {
    folder: TempDir,
}

impl Experiment {
    pub fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let backend = cpu_backends()[0].name();
        let config = format!("backend = \"{backend}\"\n{config}");
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        write_rows(&folder.path().join("train.csv"), 190, 1);
        write_rows(&folder.path().join("test.csv"), 60, 2);
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in this folder, with nothing of the caller's settings.
    pub fn mlp(&self, arguments: &[&str]) -> Command {
        let mut command = program::mlp(self.folder.path());
        command.args(arguments);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.mlp(arguments).output().unwrap())
    }

    /// Runs it with `MLP_FAULT_POINT` set.
    pub fn run_with_fault(&self, fault: &str, arguments: &[&str]) -> Ran {
        let mut command = self.mlp(arguments);
        Ran::of(command.env("MLP_FAULT_POINT", fault).output().unwrap())
    }

    /// Starts it, with both streams caught.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.mlp(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Trains `config.toml` into the folder `run`, which must succeed.
    #[track_caller]
    pub fn train(&self, run: &str, more: &[&str]) -> Ran {
        let arguments = [&["--config", "config.toml", "--run-dir", run], more].concat();
        self.run(&arguments).success()
    }
}

/// Rows of three classes that overlap, with six real features.
pub fn write_rows(path: &Path, rows: u64, seed: u64) {
    let mut text = String::from("label,a,b,c,d,e,f\n");
    for row in 0..rows {
        let stream = Stream::new(seed, Purpose::Synthesis, row);
        let class = stream.below(1000, 3);
        let _ = write!(text, "{class}");
        for column in 0..6_u64 {
            let shift = if column % 3 == class as u64 { 1.2 } else { 0.0 };
            let _ = write!(text, ",{:.4}", stream.normal(column) + shift);
        }
        text.push('\n');
    }
    std::fs::write(path, text).unwrap();
}
