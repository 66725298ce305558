//! `mlp predict`

mod explanation;
mod picture;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::data::{Dataset, ForegroundTone, MAX_PIXELS, Note, TargetColumn};
use crate::error::{DataError, DataPlace};
use crate::inference::{
    ImageForm, Input, InputRows, LeftOut, Listing, PREDICTION_BATCH, PredictionWriter,
    UnknownColumn, list_inputs,
};
use crate::task::Task;
use clap::Args;

use super::arguments::Verbosity;
use super::loaded_model::{LoadedModel, ModelArguments};
use super::new_rows::{FarOutside, new_values, note_new_values};
use super::output_file::{Output, output_path, refuse_run_files, write_failure};
use super::terminal;
use super::text::{duration, grouped, speed};
use super::{Failure, Outcome};
use explanation::RowExplainer;

/// Arguments of `mlp predict`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp predict artifacts/mnist digits.csv\n  mlp predict artifacts/mnist a.csv.gz b.csv --output predictions.csv\n  zcat digits.csv.gz | mlp predict artifacts/mnist - --probabilities\n  mlp predict artifacts/mnist seven.png photo.jpg --show\n  mlp predict artifacts/mnist scans --ink dark  the images in a folder\n  mlp predict artifacts/visits new.csv --explain   and the columns behind each prediction\n  mlp predict artifacts/digits test.csv --columns row=ImageId,prediction=Label -o submission.csv"
)]
pub struct PredictArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Tables (CSV, NPY, NPZ, ARFF, IDX, also .gz and .zst); - is one on standard input. A label column is left out. PNG and JPEG images, or
    /// folders of them; with these, a first column names the file
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Write to a file, which appears when all is done; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the probability of each class too
    #[arg(long)]
    probabilities: bool,
    /// Write the columns that moved each prediction most: its change, in the log-odds of the predicted class or in the unit
    /// of the predicted number, from what it is if that column has its typical value. The changes need not add up to the
    /// prediction
    #[arg(long)]
    explain: bool,
    /// Column of the input that goes to the output with its row, in front of the prediction. Columns that identify rows
    /// (`id` in [data.columns]) always do
    #[arg(long, value_name = "COLUMN")]
    keep: Vec<String>,
    /// Columns of the predictions, in this order: row, prediction, confidence, `p_<class>`, and explanation with --explain;
    /// `=NAME` renames one, as in --columns row=ImageId,prediction=Label
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = output_column)]
    columns: Vec<(String, String)>,
    /// Draw what the network sees on standard error, beside the probabilities
    #[arg(long)]
    show: bool,
    /// What the ink of images looks like on its paper: dark, light, or auto: what stands out from the border
    #[arg(long, value_name = "TONE", default_value = "auto")]
    ink: ForegroundTone,
}

/// Predicts each row of each input.
pub fn run(arguments: &PredictArguments, verbosity: Verbosity) -> Outcome {
    let Listing { inputs, left_out } = list_inputs(&arguments.inputs)?;
    if inputs
        .iter()
        .filter(|input| **input == Input::Stdin)
        .count()
        > 1
    {
        return Err(Failure::Usage(
            "standard input is named twice".into(),
            "give `-` once".into(),
        ));
    }
    if !verbosity.quiet {
        left_out.iter().for_each(note_left_out);
    }
    let mut model = arguments.model.load()?;
    refuse_class_flags(arguments, model.trained.model.task())?;
    let started = Instant::now();
    let target = output_path(arguments.output.as_deref());
    refuse_run_files(&model.run, target)?;
    if let Some(path) = target
        && let Ok(output) = path.canonicalize()
        && inputs
            .iter()
            .flat_map(Input::files)
            .any(|input| input.canonicalize().is_ok_and(|input| input == output))
    {
        let what = format!(
            "{}: the predictions would replace their own input",
            path.display()
        );
        return Err(Failure::Usage(what, "choose another --output".to_owned()));
    }
    let mut output = Output::open(target)?;
    let rows = predict(&mut model, inputs, arguments, verbosity, &mut output)?;
    output.finish()?;
    if verbosity.verbose > 0 {
        let seconds = started.elapsed().as_secs_f64();
        let speed = speed(rows as f64 / seconds);
        let (rows, took) = (grouped(rows), duration(seconds));
        terminal::note(&format!("{rows} rows in {took}, {speed}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses what only predictions of classes have, where numbers are predicted.
fn refuse_class_flags(arguments: &PredictArguments, task: Task) -> Result<(), Failure> {
    let flag = match task {
        Task::Regression if arguments.probabilities => "--probabilities",
        Task::Regression if arguments.show => "--show",
        _ => return Ok(()),
    };
    Err(Failure::Usage(
        format!("{flag}: this run predicts a number, which has no probabilities"),
        format!("leave {flag} out"),
    ))
}

fn note_left_out(left_out: &LeftOut) {
    let count = |number: usize, one: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{} {one}s", grouped(number as u64))),
    };
    let parts: Vec<String> = [
        count(left_out.files, "other file"),
        count(left_out.folders, "folder"),
    ]
    .into_iter()
    .flatten()
    .collect();
    terminal::note(&format!(
        "{}: .png, .jpg and .jpeg files are taken; left out: {}",
        left_out.folder.display(),
        parts.join(", ")
    ));
}

/// Parses a column of predictions and its name in the output: `prediction` or `prediction=Label`.
fn output_column(text: &str) -> Result<(String, String), String> {
    let (name, new) = text.split_once('=').unwrap_or((text, text));
    if name.is_empty() || new.is_empty() {
        return Err("expected the name of a column, or NAME=NEW".to_owned());
    }
    Ok((name.to_owned(), new.to_owned()))
}

/// Whether a note is about all rows of a file, so that its end has to be waited for.
const fn is_counted(note: &Note) -> bool {
    matches!(note, Note::BlankRows { .. })
}

/// Creates the writer of the columns that were asked for.
fn writer_of<'a>(
    output: &'a mut Output,
    target: &TargetColumn,
    arguments: &PredictArguments,
) -> Result<PredictionWriter<&'a mut Output>, Failure> {
    let mut writer = PredictionWriter::new(output, target, arguments.probabilities);
    if arguments.explain {
        writer = writer.with_explanations();
    }
    if arguments.columns.is_empty() {
        return Ok(writer);
    }
    let unknown = |error: UnknownColumn| {
        let remedy = format!("choose among {}", error.known.join(", "));
        Failure::Usage(format!("--columns: {error}"), remedy)
    };
    writer.with_columns(&arguments.columns).map_err(unknown)
}

/// Predicts and writes, and returns the number of rows.
fn predict(
    model: &mut LoadedModel,
    inputs: Vec<Input>,
    arguments: &PredictArguments,
    verbosity: Verbosity,
    output: &mut Output,
) -> Result<u64, Failure> {
    let LoadedModel {
        run,
        trained,
        predictor,
        ..
    } = model;
    let target = output_path(arguments.output.as_deref());
    let has_images = inputs.iter().any(|input| matches!(input, Input::Images(_)));
    let form = (has_images || arguments.show)
        .then(|| ImageForm::of(run, trained))
        .transpose()?;
    let explainer = arguments.explain.then(|| RowExplainer::new(&trained.model));
    let explainer = explainer.transpose()?;
    let mut writer = writer_of(output, &trained.model.schema.target, arguments)?;
    if has_images {
        writer = writer.with_files();
    }
    let mut predicted = 0;
    let mut take = |chunk: &Dataset, path: &dyn Fn(usize) -> PathBuf, first: Option<u64>| {
        let numbers = chunk.all_rows();
        let predictions = predictor.predict(chunk, &numbers);
        if let Err((row, kind)) = trained.model.check(chunk, &numbers, &predictions) {
            let place = first.map_or(DataPlace::File, |first| {
                DataPlace::Row(first as usize + row + 1)
            });
            return Err(DataError::at(&path(row), place, kind).into());
        }
        let file = |row: usize| path(row).display().to_string();
        if let Some(form) = &form
            && arguments.show
        {
            let classes = predictions.classes().iter();
            for ((row, prediction), number) in classes.enumerate().zip(0..) {
                let mut name = file(row);
                if let Some(first) = first {
                    name += &format!(", row {}", first + number);
                }
                picture::draw(
                    &name,
                    &form.levels(chunk, row),
                    prediction,
                    trained.model.classes(),
                );
            }
        }
        predicted += numbers.len() as u64;
        let explanations = match &explainer {
            Some(explainer) => explainer.explain(predictor.as_mut(), chunk, &predictions),
            None => Vec::new(),
        };
        writer
            .write_explained(&predictions, &chunk.carried, &explanations, file)
            .map_err(|error| write_failure(target, error))
    };
    for input in inputs {
        let (mut rows, path) = match input {
            Input::Images(files) => {
                let Some(form) = &form else { continue }; // cannot be: the form is known where there are images
                for files in files.chunks(PREDICTION_BATCH) {
                    let chunk = form.read(files, arguments.ink, MAX_PIXELS)?;
                    take(&chunk, &|row| files[row].clone(), None)?;
                }
                continue;
            }
            Input::Stdin => {
                let name = PathBuf::from("standard input");
                (
                    InputRows::from_stream(io::stdin(), &name, trained, &arguments.keep)?,
                    name,
                )
            }
            Input::Rows(path) => (InputRows::open(&path, trained, &arguments.keep)?, path),
        };
        let mut first = 0;
        let mut far = FarOutside::none(&trained.model);
        while let Some(chunk) = rows.next_chunk()? {
            if first == 0 {
                let mut report = rows.report();
                report.notes.retain(|note| !is_counted(note));
                terminal::note_report(&path, &report, verbosity);
            }
            far.add(&trained.model, &chunk);
            take(&chunk, &|_| path.clone(), Some(first))?;
            first += chunk.rows() as u64;
        }
        let mut report = rows.report();
        let found = new_values(&trained.model, &report, &far);
        report.notes.retain(is_counted);
        terminal::note_report(&path, &report, verbosity);
        note_new_values(&path, &found, verbosity);
    }
    writer
        .finish()
        .map_err(|error| write_failure(target, error))?;
    Ok(predicted)
}
