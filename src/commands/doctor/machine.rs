//! What the machine, the folders and the terminal offer.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use crate::backend;
use crate::data::download::MNIST;
use crate::data::{Labels, ReadOptions, read};
use crate::run::ARTIFACTS;
use serde::Serialize;

use crate::commands::terminal::{colours, grouped};

/// Folder of the shipped configs' data.
const DATA: &str = "data";
const CSV_FILES: [&str; 4] = [
    "mnist_train.csv",
    "mnist_train.csv.gz",
    "mnist_test.csv",
    "mnist_test.csv.gz",
];

/// What computes.
#[derive(Serialize)]
pub struct Processor {
    architecture: &'static str,
    /// Of the vector instructions for which flex has kernels, those that are there.
    avx2: bool,
    avx512f: bool,
    /// Cores that this process may use.
    cores: usize,
    /// Threads that compute if `training.threads` is 0.
    threads: usize,
}

impl Processor {
    pub fn read() -> Self {
        #[cfg(target_arch = "x86_64")]
        let (avx2, avx512f) = (
            std::is_x86_feature_detected!("avx2"),
            std::is_x86_feature_detected!("avx512f"),
        );
        #[cfg(not(target_arch = "x86_64"))]
        let (avx2, avx512f) = (false, false);
        Self {
            architecture: std::env::consts::ARCH,
            avx2,
            avx512f,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            threads: rayon::current_num_threads(),
        }
    }

    pub fn describe(&self) -> String {
        let yes = |there| if there { "yes" } else { "no" };
        format!(
            "{}, {} cores, {} threads, avx2 {}, avx512f {}",
            self.architecture,
            self.cores,
            self.threads,
            yes(self.avx2),
            yes(self.avx512f)
        )
    }
}

/// A data file that is there.
#[derive(Serialize)]
pub struct DataReport {
    path: PathBuf,
    /// Absent if it cannot be read.
    rows: Option<usize>,
    problem: Option<String>,
    remedy: Option<String>,
}

/// The files of MNIST that are there, as CSV and as published.
pub fn data() -> Vec<DataReport> {
    // The label files are read with their images.
    let images = MNIST.iter().filter(|file| file.name.contains("images"));
    let names = CSV_FILES.into_iter().chain(images.map(|file| file.name));
    names
        .map(|name| Path::new(DATA).join(name))
        .filter(|path| path.exists())
        .map(DataReport::of)
        .collect()
}

impl DataReport {
    fn of(path: PathBuf) -> Self {
        let options = ReadOptions {
            labels: Labels::Required,
            ..ReadOptions::default()
        };
        let (rows, error) = match read(&path, &options) {
            Ok(dataset) => (Some(dataset.rows()), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            path,
            rows,
            remedy: error.as_ref().map(crate::error::DataError::remedy),
            problem: error.map(|error| error.to_string()),
        }
    }

    pub fn describe(&self) -> String {
        match (&self.problem, &self.remedy, self.rows) {
            (Some(problem), Some(remedy), _) => format!("CANNOT BE READ: {problem} ({remedy})"),
            (.., rows) => {
                let rows = grouped(rows.unwrap_or(0) as u64);
                format!("{} reads: {rows} rows", self.path.display())
            }
        }
    }
}

/// Whether runs can be written.
#[derive(Serialize)]
pub struct ArtifactsReport {
    path: PathBuf,
    exists: bool,
    writable: bool,
    problem: Option<String>,
}

impl ArtifactsReport {
    /// Makes a temporary file in the folder, or where the folder would be made.
    pub fn read() -> Self {
        let path = Path::new(ARTIFACTS);
        let exists = path.exists();
        let tried = if exists { path } else { Path::new(".") };
        let problem = tempfile::tempfile_in(tried)
            .err()
            .map(|error| error.to_string());
        Self {
            path: path.to_owned(),
            exists,
            writable: problem.is_none(),
            problem,
        }
    }

    pub fn describe(&self) -> String {
        let path = self.path.display();
        match (&self.problem, self.exists) {
            (Some(problem), true) => format!("{path}/ CANNOT BE WRITTEN: {problem}"),
            (Some(problem), false) => format!("{path}/ CANNOT BE MADE here: {problem}"),
            (None, true) => format!("{path}/ is writable"),
            (None, false) => format!("{path}/ is not there yet and can be made"),
        }
    }
}

/// What can be shown.
#[derive(Serialize)]
#[allow(clippy::struct_excessive_bools)] // four facts, not a state
pub struct Terminal {
    stdout: bool,
    stderr: bool,
    colours: bool,
    /// Burn's full-screen dashboard is compiled in.
    dashboard: bool,
}

impl Terminal {
    pub fn read() -> Self {
        Self {
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            colours: colours(),
            dashboard: backend::has_tui(),
        }
    }

    pub fn describe(&self) -> String {
        let progress = if self.stderr {
            "a terminal: progress is a bar"
        } else {
            "no terminal: progress is one line an epoch"
        };
        let colours = if self.colours {
            "colours"
        } else {
            "no colours"
        };
        let dashboard = if self.dashboard {
            "--progress tui is compiled in"
        } else {
            "--progress tui is not compiled in (cargo run --features tui -- …)"
        };
        format!("{progress}, {colours}; {dashboard}")
    }
}
