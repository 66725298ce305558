//! `mlp predict`

mod explanation;
mod picture;
mod summary;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::data::{
    Dataset, ForegroundTone, Input, LeftOut, Listing, MAX_PIXELS, Note, is_named, list_inputs,
};
use crate::decision::parse_level;
#[cfg(not(feature = "parquet"))]
use crate::error::DataErrorKind;
use crate::error::{DataError, DataPlace};
use crate::inference::{
    FarOutside, ImageForm, InputChunk, InputOptions, InputRows, LoadedRun, PREDICTION_BATCH,
    PredictionFormat, PredictionWriter, Predictions, Predictor, UnknownColumn, new_values,
};
use crate::run::RunDirectory;
use crate::task::Task;
use clap::{Args, ValueEnum};

use super::arguments::Verbosity;
use super::loaded_model::{LoadedModel, ModelArguments, interval};
use super::new_rows::note_new_values;
use super::output_file::{Output, output_path, refuse_run_files, write_failure};
use super::terminal;
use super::text::{duration, grouped, speed};
use super::{Failure, Outcome};
use explanation::RowExplainer;
use summary::InputSummary;

/// Arguments of `mlp predict`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp predict artifacts/mnist digits.csv\n  mlp predict artifacts/mnist a.csv.gz b.csv --output predictions.csv\n  zcat digits.csv.gz | mlp predict artifacts/mnist - --probabilities\n  mlp predict artifacts/mnist seven.png photo.jpg --show\n  mlp predict artifacts/mnist scans --ink dark  the images in a folder\n  mlp predict artifacts/churn new.csv --on-error blank -o predictions.parquet\n  mlp predict artifacts/visits new.csv --explain   and the columns behind each prediction\n  mlp predict artifacts/digits test.csv --columns row=ImageId,prediction=Label -o submission.csv"
)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct PredictArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Tables (CSV, NPY, NPZ, ARFF, IDX, also .gz and .zst); - is one on standard input. A label column is left out. PNG and JPEG images, or
    /// folders of them; with these, a first column names the file
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Write to a file, which appears when all is done: CSV, compressed if its name ends in .gz or .zst, or .parquet; - is
    /// standard output
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
    /// Add an interval that holds the truth of this share of rows, such as 0.9: columns `low` and `high` of numbers, a column
    /// `set` of classes, a list in JSON. It rests on rows that were not trained on (split conformal prediction)
    #[arg(long, value_name = "SHARE", value_parser = parse_level)]
    interval: Option<f64>,
    /// Column of the input that goes to the output with its row, in front of the prediction. Columns that identify rows
    /// (`id` in [data.columns]) always do
    #[arg(long, value_name = "COLUMN")]
    keep: Vec<String>,
    /// Columns of the predictions, in this order: row, prediction, confidence, `p_<class>`, and explanation with --explain;
    /// `=NAME` renames one, as in --columns row=ImageId,prediction=Label
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = output_column)]
    columns: Vec<(String, String)>,
    /// What becomes of a row that cannot be read or predicted: stop ends with an error, blank writes an empty line, so that
    /// line n is row n, and tells of it
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    on_error: OnError,
    /// Print one JSON document: the predictions, unless --output takes them, and for each input its rows, those without a
    /// prediction, and what its columns have that the training rows had not
    #[arg(long)]
    json: bool,
    /// Draw what the network sees on standard error, beside the probabilities
    #[arg(long)]
    show: bool,
    /// What the ink of images looks like on its paper: dark, light, or auto: what stands out from the border
    #[arg(long, value_name = "TONE", default_value = "auto")]
    ink: ForegroundTone,
}

/// What becomes of a row that has no prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnError {
    Stop,
    Blank,
}

/// Predicts each row of each input.
pub fn run(arguments: &PredictArguments, verbosity: Verbosity) -> Outcome {
    let Listing { inputs, left_out } =
        list_inputs(&arguments.inputs, arguments.on_error == OnError::Blank)?;
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
    let format = match target {
        Some(path) => format_of(path)?,
        None if arguments.json => PredictionFormat::Json,
        None => PredictionFormat::Csv,
    };
    let mut output = Output::open_compressed(target)?;
    let is_document = arguments.json && target.is_none();
    let failed = |error| write_failure(target, error);
    if is_document {
        output.write_all(b"{\n\"predictions\": ").map_err(failed)?;
    }
    let summaries = predict(
        &mut model,
        inputs,
        arguments,
        verbosity,
        format,
        &mut output,
    )?;
    if is_document {
        let inputs = serde_json::to_string_pretty(&summaries);
        let inputs = inputs.map_err(|error| Failure::Stream(error.into()))?;
        write!(output, ",\n\"inputs\": {inputs}\n}}\n").map_err(failed)?;
    }
    output.finish()?;
    if arguments.json && !is_document {
        terminal::print_json(&serde_json::json!({ "output": target, "inputs": summaries }))?;
    }
    if verbosity.verbose > 0 {
        let rows: u64 = summaries.iter().map(|summary| summary.rows).sum();
        let seconds = started.elapsed().as_secs_f64();
        let speed = speed(rows as f64 / seconds);
        let (rows, took) = (grouped(rows), duration(seconds));
        terminal::note(&format!("{rows} rows in {took}, {speed}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the format that the name of an output tells.
#[cfg_attr(feature = "parquet", allow(clippy::unnecessary_wraps))] // without it, there is an error
fn format_of(path: &Path) -> Result<PredictionFormat, DataError> {
    if !is_named(path, "parquet") {
        return Ok(PredictionFormat::Csv);
    }
    #[cfg(feature = "parquet")]
    return Ok(PredictionFormat::Parquet);
    #[cfg(not(feature = "parquet"))]
    Err(DataError::of_file(
        path,
        DataErrorKind::NotBuiltIn {
            format: "Parquet",
            feature: "parquet",
        },
    ))
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

/// What `predict` makes of its inputs.
struct Prediction<'a, W: Write + Send> {
    arguments: &'a PredictArguments,
    verbosity: Verbosity,
    trained: &'a LoadedRun,
    predictor: &'a mut dyn Predictor,
    form: Option<ImageForm>,
    writer: PredictionWriter<W>,
    explainer: Option<RowExplainer>,
}

/// Creates a writer of the columns that were asked for.
fn writer<W: Write + Send>(
    output: W,
    format: PredictionFormat,
    run: &RunDirectory,
    trained: &LoadedRun,
    arguments: &PredictArguments,
) -> Result<PredictionWriter<W>, Failure> {
    let mut writer = PredictionWriter::new(
        output,
        &trained.model.schema.target,
        arguments.probabilities,
    )
    .in_format(format);
    if arguments.explain {
        writer = writer.with_explanations();
    }
    if let Some(level) = arguments.interval {
        writer = writer.with_interval(interval(run, trained, level)?);
    }
    if !arguments.columns.is_empty() {
        let unknown = |error: UnknownColumn| {
            let remedy = format!("choose among {}", error.known.join(", "));
            Failure::Usage(format!("--columns: {error}"), remedy)
        };
        writer = writer.with_columns(&arguments.columns).map_err(unknown)?;
    }
    Ok(writer)
}

/// Predicts and writes, and returns what became of each input.
fn predict<W: Write + Send>(
    model: &mut LoadedModel,
    inputs: Vec<Input>,
    arguments: &PredictArguments,
    verbosity: Verbosity,
    format: PredictionFormat,
    output: W,
) -> Result<Vec<InputSummary>, Failure> {
    let LoadedModel {
        run,
        trained,
        predictor,
        ..
    } = model;
    let has_images = inputs.iter().any(|input| matches!(input, Input::Images(_)));
    let form = (has_images || arguments.show)
        .then(|| ImageForm::of(run, trained))
        .transpose()?;
    let explainer = arguments.explain.then(|| RowExplainer::new(&trained.model));
    let explainer = explainer.transpose()?;
    let mut writer = writer(output, format, run, trained, arguments)?;
    if has_images {
        writer = writer.with_files();
    }
    let mut prediction = Prediction {
        arguments,
        verbosity,
        trained,
        predictor: predictor.as_mut(),
        form,
        writer,
        explainer,
    };
    let mut summaries = Vec::new();
    for input in inputs {
        summaries.push(prediction.input(input)?);
    }
    let target = output_path(arguments.output.as_deref());
    let finished = prediction.writer.finish();
    finished.map_err(|error| write_failure(target, error))?;
    Ok(summaries)
}

impl<W: Write + Send> Prediction<'_, W> {
    fn input(&mut self, input: Input) -> Result<InputSummary, Failure> {
        let mut summary = InputSummary::of(&input);
        let (mut rows, path) = match input {
            Input::Images(files) => {
                for files in files.chunks(PREDICTION_BATCH) {
                    let chunk = self.images(files)?;
                    self.chunk(chunk, &|row| files[row].clone(), None, &mut summary)?;
                }
                summary.note_failures(Path::new("images"));
                return Ok(summary);
            }
            Input::Stdin => {
                let name = PathBuf::from("standard input");
                let options = self.options();
                let rows = InputRows::from_stream(io::stdin(), &name, self.trained, &options)?;
                (rows, name)
            }
            Input::Rows(path) => {
                let rows = InputRows::open(&path, self.trained, &self.options())?;
                (rows, path)
            }
        };
        let model = &self.trained.model;
        let mut far = FarOutside::none(model);
        while let Some(chunk) = rows.next_chunk()? {
            if summary.rows == 0 {
                let mut report = rows.report();
                report.notes.retain(|note| !is_counted(note));
                terminal::note_report(&path, &report, self.verbosity);
            }
            far.add(model, &chunk.rows);
            let first = Some(summary.rows);
            self.chunk(chunk, &|_| path.clone(), first, &mut summary)?;
        }
        let mut report = rows.report();
        summary.new_values = new_values(model, &report, &far);
        report.notes.retain(is_counted);
        terminal::note_report(&path, &report, self.verbosity);
        note_new_values(&path, &summary.new_values, self.verbosity);
        summary.note_failures(&path);
        Ok(summary)
    }

    fn options(&self) -> InputOptions {
        InputOptions {
            keep: self.arguments.keep.clone(),
            leave_out_bad_rows: self.arguments.on_error == OnError::Blank,
        }
    }

    fn images(&self, files: &[PathBuf]) -> Result<InputChunk, Failure> {
        let Some(form) = &self.form else {
            // Never: the form is known where there are images.
            return Err(Failure::Usage(
                "no form of images is known".into(),
                String::new(),
            ));
        };
        if self.arguments.on_error == OnError::Blank {
            return Ok(form.read_each(files, self.arguments.ink, MAX_PIXELS));
        }
        Ok(InputChunk {
            rows: form.read(files, self.arguments.ink, MAX_PIXELS)?,
            bad: Vec::new(),
        })
    }

    /// Predicts and writes rows. `path` maps the number of a row in the chunk to its file, and `first` is the number of
    /// the first row in its input; `None` of images, each of which is alone in its file.
    fn chunk(
        &mut self,
        chunk: InputChunk,
        path: &dyn Fn(usize) -> PathBuf,
        first: Option<u64>,
        summary: &mut InputSummary,
    ) -> Result<(), Failure> {
        let InputChunk { rows, bad } = chunk;
        let numbers = rows.all_rows();
        let predictions = self.predictor.predict(&rows, &numbers);
        // Each row of the input is one of `rows`, or has no prediction.
        let total = rows.rows() + bad.len();
        let mut bad = bad.into_iter().peekable();
        let mut good = 0..;
        let mut order: Vec<Result<usize, DataError>> = Vec::with_capacity(total);
        for at in 0..total {
            let number = first.unwrap_or(0) + at as u64;
            if let Some(bad) = bad.next_if(|bad| bad.row == number) {
                order.push(Err(bad.error));
                continue;
            }
            let row = good.next().unwrap_or(0); // never ends
            if predictions.is_finite(row) {
                order.push(Ok(row));
                continue;
            }
            let place = first.map_or(DataPlace::File, |_| DataPlace::Row(number as usize + 1));
            let kind = self.trained.model.overflow(&rows.features, row);
            let error = DataError::at(&path(at), place, kind);
            if self.arguments.on_error == OnError::Stop {
                return Err(error.into());
            }
            order.push(Err(error));
        }
        self.show(&rows, &predictions, &order, path, first);
        let explanations = match &self.explainer {
            Some(explainer) => explainer.explain(self.predictor, &rows, &predictions),
            None => Vec::new(),
        };
        let target = output_path(self.arguments.output.as_deref());
        let mut at = 0;
        while at < total {
            let end = match &order[at] {
                Ok(start) => {
                    let start = *start;
                    let following = order[at..].iter().take_while(|row| row.is_ok()).count();
                    let file = |row: usize| path(at + row - start).display().to_string();
                    let rows_of_part = start..start + following;
                    self.writer
                        .write_part(
                            &predictions,
                            rows_of_part,
                            &rows.carried,
                            &explanations,
                            file,
                        )
                        .map_err(|error| write_failure(target, error))?;
                    at + following
                }
                Err(error) => {
                    let written = self.writer.write_blank(&rows.carried);
                    written.map_err(|error| write_failure(target, error))?;
                    summary.fail(summary.rows + at as u64 + 1, error, self.verbosity);
                    at + 1
                }
            };
            at = end;
        }
        summary.rows += total as u64;
        Ok(())
    }

    /// Draws the rows that have a prediction, if that is asked for.
    fn show(
        &self,
        rows: &Dataset,
        predictions: &Predictions,
        order: &[Result<usize, DataError>],
        path: &dyn Fn(usize) -> PathBuf,
        first: Option<u64>,
    ) {
        let Some(form) = self.form.as_ref().filter(|_| self.arguments.show) else {
            return;
        };
        for (at, row) in order.iter().enumerate() {
            let Ok(row) = *row else { continue };
            let mut name = path(at).display().to_string();
            if let Some(first) = first {
                name += &format!(", row {}", first + at as u64);
            }
            let prediction = &predictions.classes()[row];
            let classes = self.trained.model.classes();
            picture::draw(&name, &form.levels(rows, row), prediction, classes);
        }
    }
}
