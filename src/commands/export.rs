//! `mlp export`

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::export::{Exported, Format, Prefix};
use clap::Args;

use super::arguments::Verbosity;
use super::loaded_model::ModelArguments;
use super::output_file::{Output, output_path, refuse_run_files, write_failure};
use super::terminal;
use super::text::size;
use super::{Failure, Outcome};

/// Arguments of `mlp export`.
#[derive(Debug, Args)]
#[command(
    after_help = "safetensors  weights alone, as PyTorch names and shapes them; take scaled values\nonnx         for ONNX runtimes: raw values [N, features] to probabilities [N, classes]\nhtml         one page that draws, predicts and shows, with no server and no network\nc            one C99 header without dependencies\n\nRaw values are those of the data file (0 to 255 for MNIST).\n\nExamples:\n  mlp export artifacts/mnist -o digits.html                    open it in a browser and draw\n  mlp export artifacts/mnist -o digits.onnx --checkpoint last\n  mlp export artifacts/mnist --format c -o - | less"
)]
pub struct ExportArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// safetensors, onnx, html or c; without it, what the ending of FILE says (.h is c)
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// What the names in a C header begin with, instead of mlp: so two models live in one program
    #[arg(long, value_name = "NAME")]
    prefix: Option<Prefix>,
    /// File to write, which appears when all is done; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Writes a trained model in another format.
pub fn run(arguments: &ExportArguments, verbosity: Verbosity) -> Outcome {
    let path = output_path(Some(&arguments.output));
    let format = select_format(arguments.format, path)?;
    if path.is_none() && !format.is_text() && io::stdout().is_terminal() {
        let what = format!("{format} is not text, and standard output is a terminal");
        return Err(Failure::Usage(what, "name a file: -o FILE".to_owned()));
    }
    if arguments.prefix.is_some() && format != Format::C {
        let what = format!("--prefix names functions in C, and {format} has none");
        return Err(Failure::Usage(
            what,
            "leave it out, or use --format c".to_owned(),
        ));
    }
    let loaded = arguments.model.load()?;
    refuse_run_files(&loaded.run, path)?;
    let mut output = Output::open(path)?;
    let mut model = Exported::of(&loaded.trained);
    model.prefix = arguments.prefix.clone().unwrap_or_default();
    if format == Format::Html {
        model = model.with_images(&loaded.run, &loaded.trained)?;
    }
    let bytes = format.write(&model)?;
    output
        .write_all(&bytes)
        .map_err(|error| write_failure(path, error))?;
    output.finish()?;
    if let Some(path) = path
        && !verbosity.quiet
    {
        terminal::eprint(&format!(
            "{}: {} at step {}, as {format}, {}\n",
            path.display(),
            model.architecture(),
            model.step,
            size(bytes.len() as u64)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the format asked for, or that of the file's ending.
fn select_format(asked_for: Option<Format>, path: Option<&Path>) -> Result<Format, Failure> {
    let by_ending = || path.and_then(Format::of_name);
    asked_for.or_else(by_ending).ok_or_else(|| {
        let what = path.map_or_else(
            || "standard output has no ending that tells the format".to_owned(),
            |path| format!("{}: the ending does not tell the format", path.display()),
        );
        let names = Format::ALL.map(Format::name).join(", ");
        Failure::Usage(what, format!("add --format, one of {names}"))
    })
}
