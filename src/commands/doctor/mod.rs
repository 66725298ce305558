//! `mlp doctor`

mod adapters;
mod backends;
mod machine;

use std::process::ExitCode;

use crate::BURN_VERSION;
use crate::config::Config;
use clap::Args;
use serde::Serialize;

use super::terminal::{print, print_json};
use super::{Outcome, settings};
use adapters::AdaptersReport;
use backends::BackendReport;
use machine::{ArtifactsReport, DataReport, Processor, Terminal};

/// Exit code where no backend works.
const NO_BACKEND: u8 = 3;

/// Arguments of `mlp doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0 if at least one backend works, 3 if none does.\n\nExamples:\n  mlp doctor\n  mlp doctor --device discrete:1\n  mlp doctor --json | jq '.backends[] | select(.works).name'"
)]
pub struct DoctorArguments {
    /// Device of wgpu to try: auto, discrete:0, integrated:0, virtual:0 or cpu
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = settings::device)]
    device: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What works here.
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

/// Tries everything out, and tells.
pub fn run(arguments: &DoctorArguments) -> Outcome {
    super::environment::configure(&Config::default());
    let backends = backends::all(&arguments.device);
    let report = Report {
        adapters: AdaptersReport::of(&arguments.device),
        mlp_version: env!("CARGO_PKG_VERSION"),
        burn_version: BURN_VERSION,
        processor: Processor::read(),
        backends,
        data: machine::data(),
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
        if let Some(advice) = backends::advice(&self.backends) {
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
