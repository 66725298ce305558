//! `mlp import`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::backend;
use crate::data::options::TargetTransform;
use crate::data::{Source, TargetScaling};
use crate::import::WeightsFile;
use crate::report;
use crate::run::ImportedWeights;
use crate::training::{Callback as _, Level, Prepared, import_weights};
use clap::Args;

use super::arguments::{ConfigOverrides, Verbosity};
use super::progress::{ProgressMode, Reporter};
use super::terminal::{eprint, note, note_report, print, program};
use super::{Outcome, data, process, train};

/// Arguments of `mlp import`.
#[derive(Debug, Args)]
#[command(
    after_help = "The file holds the state_dict of an nn.Sequential(Linear, activation, Linear, …), in PyTorch:\n  safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\")\nThe config tells activation, scaling and data: classes and scales come from its rows, as in a training, unless `mlp export`\nwrote the file: then columns and classes are matched by name, and columns of every kind are encoded as the file tells.\n\nExamples:\n  mlp import weights.safetensors --config configs/mnist.toml --set model.hidden=[64]\n  mlp export artifacts/mnist -o weights.safetensors"
)]
pub struct ImportArguments {
    /// Safetensors file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Config file
    #[arg(short, long, value_name = "CONFIG")]
    config: PathBuf,
    #[command(flatten)]
    overrides: ConfigOverrides,
    /// Folder for this run instead of artifacts/<name>/<time>
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
}

/// Makes a run from weights that were trained elsewhere.
pub fn run(arguments: &ImportArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let config = arguments.overrides.load(&arguments.config)?;
    process::configure(&config);
    backend::device(config.backend, &config.device)?; // before any file is read
    let weights = WeightsFile::read(&arguments.file)?;
    let from = ImportedWeights {
        path: weights.path.clone(),
        sha256: weights.sha256.clone(),
    };

    let mut reporter = Reporter::new(ProgressMode::None, verbosity);
    let mirrors = data::mirrors();
    let mut observe = data::report_events(&mut reporter);
    let (section, seed) = (&config.data, config.seed);
    let source = match &weights.schema {
        Some(schema) => Source::load_for_model(section, schema, seed, &mirrors, &mut observe)?,
        None => Source::load(section, seed, &mirrors, &mut observe)?,
    };
    drop(observe);
    for (path, report) in source.reports() {
        note_report(path, report, verbosity);
    }
    let mut prepared = Prepared::new(config, source, started)?;
    weights.check(&prepared.config, prepared.schema(), &prepared.preprocessor)?;
    reporter.on_message(
        Level::Detail,
        &format!("data read in {:.2} s", prepared.seconds),
    );
    if let Some(preprocessor) = weights.other_preprocessing(&prepared.preprocessor) {
        if !verbosity.quiet {
            note(
                "these rows have other means and deviations, or other empty cells, than those that the network was \
                 trained with; it keeps its own encodings",
            );
        }
        prepared = prepared.with_preprocessor(preprocessor);
    }
    if let Some(decision) = &weights.decision
        && !verbosity.quiet
    {
        note(&format!(
            "the network had a threshold or a temperature of its own ({decision}); neither is imported: set \
             decision.threshold, or use mlp calibrate"
        ));
    }
    if let Some(ours) = prepared.schema().target_scaling() {
        // Without a word on it, the output is the number itself, or its logarithm.
        let scaling = weights.target().unwrap_or(TargetScaling {
            transform: ours.transform,
            ..TargetScaling::IDENTITY
        });
        if !verbosity.quiet && weights.target().is_none() {
            let what = match scaling.transform {
                TargetTransform::None => "the predicted number itself",
                TargetTransform::Log => "the logarithm of the predicted number",
            };
            note(&format!(
                "the file does not tell what its output is: it is taken as {what}"
            ));
        }
        prepared = prepared.with_target_scaling(scaling);
    }
    let (run, evaluation) = import_weights(
        &prepared,
        weights.layers,
        from,
        arguments.run_dir.as_deref(),
    )?;
    let mut text = train::metrics_table(&evaluation);
    train::write_explanation(&prepared, &run, 0, verbosity);
    text += &format!("  run folder: {}\n", run.path().display());
    if prepared.config.training.report {
        match report::write(&run) {
            Ok(path) => text += &format!("  report: {}\n", path.display()),
            Err(error) => eprint(&format!("note: the report was not written: {error}\n")),
        }
    }
    let (mlp, run) = (program(), run.path().display());
    text += &format!("next: {mlp} evaluate {run}\n      {mlp} --config FILE --init-from {run}\n");
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
