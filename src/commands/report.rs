//! `mlp report`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::report::{RunContents, page, plots, write, write_charts};
use crate::run::{Manifest, RunDirectory};
use clap::Args;

use super::output_file::{Output, output_path, refuse_run_files, write_failure};
use super::{Outcome, process, terminal};

/// Arguments of `mlp report`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp report artifacts/mnist              the newest run there: its report.html and plots/\n  mlp report artifacts/mnist -o mnist.html  the page under another name"
)]
pub struct ReportArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Write the page here instead of RUN/report.html; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the report, and prints where it is.
pub fn run(arguments: &ReportArguments) -> Outcome {
    let run = RunDirectory::find(&arguments.run)?;
    Manifest::read(&run)?; // first: its errors say best what is wrong with a run
    process::configure(&run.read_config()?);
    let output = arguments.output.as_deref();
    let path = match output {
        None => write(&run)?,
        Some(path) => {
            let file = output_path(output);
            refuse_run_files(&run, file)?;
            let mut output = Output::open(file)?;
            let contents = RunContents::read(&run)?;
            let charts = plots(&contents);
            // The page is what was asked for; the run folder may be read-only.
            if let Err(error) = write_charts(&run.plots(), &charts) {
                terminal::note(&format!("the plots were not written: {error}"));
            }
            output
                .write_all(page(&contents, &charts).as_bytes())
                .map_err(|error| write_failure(file, error))?;
            output.finish()?;
            if file.is_none() {
                return Ok(ExitCode::SUCCESS);
            }
            path.to_owned()
        }
    };
    terminal::print(&format!("{}\n", path.display()))?;
    Ok(ExitCode::SUCCESS)
}
