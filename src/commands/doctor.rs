//! `mlp doctor`

use std::io::{self, IsTerminal as _};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::BURN_VERSION;
use crate::backend::{self, Adapter, Adapters};
use crate::config::{BackendKind, Config};
use crate::data::download::MNIST;
use crate::data::options::{DataSection, TaskChoice};
use crate::data::{ReadOptions, read};
use crate::diagnosis::{TOLERANCE, gradient_error, step_milliseconds};
use crate::panics;
use crate::run::ARTIFACTS;
use clap::Args;
use serde::Serialize;

use super::terminal::{colours, print, print_json};
use super::text::{grouped, size};
use super::{Outcome, arguments, process};

/// Exit code if no backend works.
const NO_BACKEND: u8 = 3;
/// Folder of the data of the shipped configs.
const DATA_FOLDER: &str = "data";
const CSV_FILES: [&str; 4] = [
    "mnist_train.csv",
    "mnist_train.csv.gz",
    "mnist_test.csv",
    "mnist_test.csv.gz",
];

/// Arguments of `mlp doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0 if at least one backend works, 3 if none does.\n\nExamples:\n  mlp doctor\n  mlp doctor --device discrete:1\n  mlp doctor --json | jq '.backends[] | select(.works).name'"
)]
pub struct DoctorArguments {
    /// Device of wgpu to try: auto, discrete:0, integrated:0, virtual:0 or cpu
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = arguments::parse_device)]
    device: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What works on this machine.
#[derive(Serialize)]
struct Report {
    mlp_version: &'static str,
    burn_version: &'static str,
    processor: Processor,
    backends: Vec<BackendReport>,
    adapters: AdaptersReport,
    data: Vec<DataReport>,
    artifacts: ArtifactsReport,
    terminal: Terminal,
}

/// Tries backends, data files and folders, and reports what works.
pub fn run(arguments: &DoctorArguments) -> Outcome {
    process::configure(&Config::default());
    let backends = try_backends(&arguments.device);
    let report = Report {
        adapters: AdaptersReport::of(&arguments.device),
        mlp_version: env!("CARGO_PKG_VERSION"),
        burn_version: BURN_VERSION,
        processor: Processor::read(),
        backends,
        data: data_files(),
        artifacts: ArtifactsReport::read(),
        terminal: Terminal::read(),
    };
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report.describe())?;
    }
    let works = report.backends.iter().any(|backend| backend.works);
    Ok(if works {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO_BACKEND)
    })
}

impl Report {
    fn describe(&self) -> String {
        let mut text = format!("mlp {}, Burn {}\n", self.mlp_version, self.burn_version);
        text += &format!("processor\n  {}\n", self.processor.describe());
        text += "backends\n";
        for backend in &self.backends {
            text += &format!("  {}\n", backend.describe());
        }
        if let Some(advice) = faster_cpu(&self.backends) {
            text += &format!("  {advice}\n");
        }
        text += &self.adapters.describe();
        text += "data\n";
        for file in &self.data {
            text += &format!("  {}\n", file.describe());
        }
        if self.data.is_empty() {
            text += "  no MNIST in data/: `mlp data fetch` fetches it\n";
        }
        text += &format!("artifacts\n  {}\n", self.artifacts.describe());
        text + &format!("terminal\n  {}\n", self.terminal.describe())
    }
}

/// The result of trying a backend.
#[derive(Serialize)]
struct BackendReport {
    name: &'static str,
    compiled: bool,
    /// Whether it has a device that computes the right gradient.
    works: bool,
    /// Error of the gradient of a small network; absent if it could not be computed.
    gradient_error: Option<f64>,
    /// Time of a forward and backward pass of 64 rows through 784–64–10.
    step_milliseconds: Option<f64>,
    /// Why it does not work.
    problem: Option<String>,
    /// What to do about the problem.
    remedy: Option<String>,
}

/// Tries all backends; wgpu on this device.
fn try_backends(device: &str) -> Vec<BackendReport> {
    let kinds = BackendKind::ALL.into_iter();
    kinds.map(|kind| BackendReport::of(kind, device)).collect()
}

/// Returns a sentence if a CPU backend was faster than the GPU.
fn faster_cpu(reports: &[BackendReport]) -> Option<String> {
    let time = |report: &BackendReport| report.works.then_some(report.step_milliseconds).flatten();
    let gpu = BackendKind::Wgpu.name();
    let on_gpu = reports.iter().find(|report| report.name == gpu);
    let on_gpu = on_gpu.and_then(time)?;
    let others = reports.iter().filter(|report| report.name != gpu);
    let timed = others.filter_map(|report| Some((report.name, time(report)?)));
    let (name, fastest) = timed.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (fastest < on_gpu).then(|| {
        format!(
            "small networks and small batches train faster on {name} here: {fastest:.2} ms against {on_gpu:.2} ms"
        )
    })
}

impl BackendReport {
    fn of(kind: BackendKind, device: &str) -> Self {
        let compiled = backend::compiled().contains(&kind);
        let mut report = Self {
            name: kind.name(),
            compiled,
            works: false,
            gradient_error: None,
            step_milliseconds: None,
            problem: None,
            remedy: None,
        };
        if !compiled {
            report.problem = Some("not compiled in".to_owned());
            report.remedy = Some(format!("cargo run --features {0} -- doctor", kind.name()));
            return report;
        }
        // A broken driver tends to panic instead of returning an error. Nothing that the trial touched is used after a
        // panic.
        let trial = panics::attempt(AssertUnwindSafe(|| {
            let device = backend::device(kind, device)
                .map_err(|error| (error.to_string(), crate::hints::backend_hint(&error)))?;
            let error = gradient_error(&device);
            let step = step_milliseconds(&device);
            Ok((error, step))
        }));
        let broken =
            || "install or update its driver; another backend computes without it".to_owned();
        match trial {
            Ok(Ok((error, step))) => {
                report.works = error <= TOLERANCE;
                report.gradient_error = error.is_finite().then_some(error);
                report.step_milliseconds = Some(step);
                if !report.works {
                    let problem = format!("computes a wrong gradient (off by {error:.1e})");
                    report.problem = Some(problem);
                    report.remedy = Some(broken());
                }
            }
            Ok(Err((problem, remedy))) => {
                report.problem = Some(problem);
                report.remedy = Some(remedy);
            }
            Err(panic) => {
                report.problem = Some(format!("fails: {panic}"));
                report.remedy = Some(broken());
            }
        }
        report
    }

    /// Describes the result on one line.
    fn describe(&self) -> String {
        let name = format!("{:<8}", self.name);
        if let Some(problem) = &self.problem {
            let stress = if self.compiled { "DOES NOT WORK: " } else { "" };
            let remedy = self.remedy.as_ref().map(|remedy| format!(" ({remedy})"));
            return format!("{name} {stress}{problem}{}", remedy.unwrap_or_default());
        }
        let error = self.gradient_error.unwrap_or(f64::NAN);
        let step = self.step_milliseconds.map_or_else(String::new, |step| {
            format!(", {step:.2} ms for forward and backward of 64 rows through 784–64–10")
        });
        format!("{name} works: gradient right to {error:.0e}{step}")
    }
}

/// The graphics adapters of this machine, and the one that a training would use.
#[derive(Serialize)]
struct AdaptersReport {
    #[serde(flatten)]
    adapters: Adapters,
    /// Device that was asked for.
    device: String,
    /// The adapter that this device selects; absent if there is none.
    taken: Option<Adapter>,
}

impl AdaptersReport {
    /// Lists the adapters; the one of `device` is known once the backend was tried on it.
    fn of(device: &str) -> Self {
        Self {
            adapters: backend::adapters(),
            device: device.to_owned(),
            taken: backend::adapter(BackendKind::Wgpu, device),
        }
    }

    /// Describes the adapters; an empty text without wgpu.
    fn describe(&self) -> String {
        if self.adapters.searched.is_empty() {
            return String::new();
        }
        let mut text = "adapters\n".to_owned();
        if self.adapters.found.is_empty() {
            text += &format!("  {}\n", self.adapters.describe());
        }
        for adapter in &self.adapters.found {
            text += &format!(
                "  {}: buffers up to {}, workgroups of {} threads and {}\n",
                adapter.describe(),
                size(adapter.largest_buffer),
                adapter.workgroup_threads,
                size(adapter.workgroup_bytes.into())
            );
        }
        if let Some(taken) = &self.taken {
            text += &format!("  device = \"{}\" takes {}\n", self.device, taken.name);
        }
        text
    }
}

/// The processor, and how many threads compute.
#[derive(Serialize)]
struct Processor {
    architecture: &'static str,
    /// Vector instructions for which flex has kernels.
    avx2: bool,
    avx512f: bool,
    /// Cores that this process may use.
    cores: usize,
    /// Threads that compute if `training.threads` is 0.
    threads: usize,
}

impl Processor {
    fn read() -> Self {
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

    fn describe(&self) -> String {
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

/// A data file that exists.
#[derive(Serialize)]
struct DataReport {
    path: PathBuf,
    /// Absent if the file cannot be read.
    rows: Option<usize>,
    problem: Option<String>,
    remedy: Option<String>,
}

/// Reads the files of MNIST that exist, as CSV and as published.
fn data_files() -> Vec<DataReport> {
    // The label files are read with their images.
    let images = MNIST.iter().filter(|file| file.name.contains("images"));
    let names = CSV_FILES.into_iter().chain(images.map(|file| file.name));
    names
        .map(|name| Path::new(DATA_FOLDER).join(name))
        .filter(|path| path.exists())
        .map(DataReport::of)
        .collect()
}

impl DataReport {
    fn of(path: PathBuf) -> Self {
        let section = DataSection {
            task: TaskChoice::Classification, // a few rows of it will do
            ..DataSection::default()
        };
        let (rows, error) = match read(&path, &ReadOptions::training(&section)) {
            Ok(table) => (Some(table.dataset.rows()), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            path,
            rows,
            remedy: error.as_ref().map(crate::error::DataError::remedy),
            problem: error.map(|error| error.to_string()),
        }
    }

    fn describe(&self) -> String {
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
struct ArtifactsReport {
    path: PathBuf,
    exists: bool,
    writable: bool,
    problem: Option<String>,
}

impl ArtifactsReport {
    /// Tries to make a temporary file in the folder, or where the folder would be made.
    fn read() -> Self {
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

    fn describe(&self) -> String {
        let path = self.path.display();
        match (&self.problem, self.exists) {
            (Some(problem), true) => format!("{path}/ CANNOT BE WRITTEN: {problem}"),
            (Some(problem), false) => format!("{path}/ CANNOT BE MADE here: {problem}"),
            (None, true) => format!("{path}/ is writable"),
            (None, false) => format!("{path}/ is not there yet and can be made"),
        }
    }
}

/// What the terminal can show.
#[derive(Serialize)]
#[allow(clippy::struct_excessive_bools)] // four facts, not a state
struct Terminal {
    stdout: bool,
    stderr: bool,
    colours: bool,
    /// Burn's full-screen dashboard is compiled in.
    dashboard: bool,
}

impl Terminal {
    fn read() -> Self {
        Self {
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            colours: colours(),
            dashboard: backend::has_tui(),
        }
    }

    fn describe(&self) -> String {
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
