//! `mlp explain`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use crate::backend;
use crate::config::BackendKind;
use crate::error::{Error, RunError};
use crate::explanation::{
    ColumnImportance, Explanation, ExplanationOptions, MAX_REPETITIONS, REPETITIONS, RowSelection,
    refuse_pixels,
};
use crate::inference::KernelPredictor;
use crate::run::{DataRecord, Split, Which};
use crate::task::Metric;
use clap::Args;
use serde::Serialize;

use super::arguments::{ComputeArguments, Verbosity};
use super::loaded_model::LoadedModel;
use super::text::{counted, grouped, percent, scores, shortened, significant, table};
use super::{Failure, Outcome, own_rows, terminal};

/// Maximum characters of the name of a column.
const MAX_NAME: usize = 36;
/// Maximum number of columns listed; `--json` has all.
const MAX_COLUMNS: usize = 40;
/// Characters of the bar of the most important column.
const BAR_LENGTH: f64 = 24.0;

/// Arguments of `mlp explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "The importance of a column is how much the loss rises when its values are shuffled among the rows. A column\nappears less important than it is if other columns hold the same information. The end of a training computes it on the validation rows;\n`mlp report` draws it, with the mean prediction as a function of the most important columns.\n\nExamples:\n  mlp explain artifacts/visits                    the newest run there, as explained at the end of its training\n  mlp explain artifacts/visits --repetitions 30   again, for a more certain mean\n  mlp explain artifacts/visits --data new.csv     on other labelled rows\n  mlp explain artifacts/visits --json             with the partial dependence of the most important columns"
)]
pub struct ExplainArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Checkpoint: best, last or a step; without it, the best if the run has a validation split, else the last
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<Which>,
    /// Explain with this labelled file instead of the run's own rows
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Number of times that the values of each column are shuffled [default: 5]
    #[arg(long, value_name = "N", value_parser = parse_repetitions)]
    repetitions: Option<usize>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct ExplanationDocument<'a> {
    /// The run folder.
    run: &'a Path,
    /// File of the rows; absent for the run's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Path>,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

fn parse_repetitions(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=MAX_REPETITIONS).contains(count))
        .ok_or_else(|| format!("expected a whole number from 1 to {MAX_REPETITIONS}"))
}

/// Prints what the predictions of a run depend on.
pub fn run(arguments: &ExplainArguments, verbosity: Verbosity) -> Outcome {
    // The kernels of the CPU compute an explanation, whatever the run was trained on.
    let mut compiled = backend::compiled().into_iter();
    let compute = ComputeArguments {
        backend: compiled.find(|kind| *kind != BackendKind::Wgpu),
        device: None,
    };
    let model = LoadedModel::load(&arguments.run, arguments.checkpoint, &compute)?;
    refuse_pixels(&model.trained.model)?; // before any row is read
    let explanation = match &arguments.data {
        Some(path) => explain_file(&model, path, arguments, verbosity)?,
        None => explain_own_rows(&model, arguments)?,
    };
    if explanation.split == Some(Split::Train) && !verbosity.quiet {
        terminal::note(
            "the run has no validation rows: these are its training rows, of which the network may have learnt by heart \
             what does not hold for others",
        );
    }
    if arguments.json {
        terminal::print_json(&ExplanationDocument {
            run: model.run.path(),
            data: arguments.data.as_deref(),
            explanation: &explanation,
        })?;
    } else {
        let file = arguments.data.as_deref();
        terminal::print(&describe(&model, file, &explanation))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Explains the model with the rows of a file.
fn explain_file(
    model: &LoadedModel,
    path: &Path,
    arguments: &ExplainArguments,
    verbosity: Verbosity,
) -> Result<Explanation, Error> {
    let trained = &model.trained;
    let labelled = model.read_labelled(path, &trained.config.data.label, verbosity)?;
    let rows = labelled.dataset.all_rows();
    let all = RowSelection {
        dataset: &labelled.dataset,
        rows: &rows,
    };
    let threads = backend::threads(trained.config.training.threads);
    let mut predictor = KernelPredictor::new(Arc::clone(&trained.model), threads);
    let options = options(model, arguments);
    Ok(Explanation::new(
        &mut predictor,
        trained.step,
        all,
        all,
        options,
    )?)
}

/// Returns the explanation that the run keeps if it is the one asked for; else explains the model with the rows of the
/// run, and keeps that for its default checkpoint.
fn explain_own_rows(
    model: &LoadedModel,
    arguments: &ExplainArguments,
) -> Result<Explanation, Failure> {
    let LoadedModel { run, trained, .. } = model;
    match Explanation::read(run) {
        Ok(Some(kept))
            if kept.step == trained.step
                && arguments
                    .repetitions
                    .is_none_or(|count| count == kept.repetitions) =>
        {
            return Ok(kept);
        }
        Ok(_) => {}
        Err(error) => terminal::note(&format!("{error}; the model is explained again")),
    }
    let own = own_rows::split(run, trained, own_rows::reload(trained)?)?;
    refuse_other_validation_file(&own.record, &trained.manifest.data)?;
    let explanation = own.run_rows().explain(trained, options(model, arguments))?;
    if arguments.checkpoint.is_none()
        && let Err(error) = explanation.write(run)
    {
        terminal::note(&format!("the explanation was not stored: {error}")); // the run may be read-only
    }
    Ok(explanation)
}

/// Fails if the validation rows have a file of their own, and it is no longer the same.
fn refuse_other_validation_file(now: &DataRecord, then: &DataRecord) -> Result<(), RunError> {
    let (Some(now), Some(then)) = (&now.validation, &then.validation) else {
        return Ok(());
    };
    let (Some(path), Some(found), Some(expected)) = (&now.path, &now.sha256, &then.sha256) else {
        return Ok(());
    };
    if found == expected {
        return Ok(());
    }
    Err(RunError::OtherRows {
        path: path.clone(),
        found: found.clone(),
        expected: expected.clone(),
    })
}

fn options(model: &LoadedModel, arguments: &ExplainArguments) -> ExplanationOptions {
    ExplanationOptions {
        repetitions: arguments.repetitions.unwrap_or(REPETITIONS),
        ..ExplanationOptions::new(model.trained.config.seed)
    }
}

/// Describes an explanation: the rows, and a table of the columns.
fn describe(model: &LoadedModel, file: Option<&Path>, explanation: &Explanation) -> String {
    let rows = grouped(explanation.rows as u64);
    let rows = if explanation.rows == explanation.available_rows {
        rows
    } else {
        format!("{rows} of {}", grouped(explanation.available_rows as u64))
    };
    let which = match (file, explanation.split) {
        (Some(file), _) => format!("rows of {}", file.display()),
        (None, split) => format!("{} rows", split.map_or("labelled", Split::name)),
    };
    let worse = match explanation.metric {
        Metric::Rmse => "the loss and the RMSE rise by",
        _ => "the loss rises and the accuracy falls by",
    };
    let mut text = format!(
        "{}: weights of step {}\n{rows} {which}: {}\nwhen the values of a column are shuffled among them ({}), {worse}\n",
        model.run.path().display(),
        explanation.step,
        scores(&explanation.scores),
        counted(explanation.repetitions, "time"),
    );
    let shown = &explanation.columns[..explanation.columns.len().min(MAX_COLUMNS)];
    text += &importance_table(shown, explanation.metric);
    let more = explanation.columns.len() - shown.len();
    if more > 0 {
        text += &format!(
            "  {} less important; --json has all\n",
            counted(more, "more column")
        );
    }
    text
}

/// Returns a table of columns, with a bar for the rise of the loss.
fn importance_table(columns: &[ColumnImportance], metric: Metric) -> String {
    let name = match metric {
        Metric::Rmse => "RMSE",
        _ => "accuracy",
    };
    let header = ["column", "loss", "±", name, "±"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    let of_metric = |value: f64| match metric {
        Metric::Rmse => significant(value),
        _ => percent(value),
    };
    for column in columns {
        lines.push(vec![
            shortened(&column.column, MAX_NAME),
            format!("{:.4}", column.loss.mean),
            format!("{:.4}", column.loss.standard_deviation),
            of_metric(column.metric.mean),
            of_metric(column.metric.standard_deviation),
        ]);
    }
    let text = table(&lines);
    let width = text.lines().map(|line| line.chars().count()).max();
    let width = width.unwrap_or(0);
    let largest = columns.first().map_or(0.0, |column| column.loss.mean);
    let bar = |column: &ColumnImportance| {
        if largest > 0.0 {
            "█".repeat((BAR_LENGTH * column.loss.mean.max(0.0) / largest).round() as usize)
        } else {
            String::new()
        }
    };
    let bars = std::iter::once(String::new()).chain(columns.iter().map(bar));
    let lines = text.lines().zip(bars).map(|(line, bar)| {
        let line = format!("{line:<width$}  {bar}");
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}
