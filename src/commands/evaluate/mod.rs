//! `mlp evaluate`

mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::data::Dataset;
use crate::decision::{CalibrationSource, Interval, IntervalReport, parse_level};
use crate::error::{DataError, DataErrorKind, DataPlace, Error};
use crate::evaluation::{Evaluation, Report, history_warnings, score};
use crate::inference::NewValues;
use crate::run::{MetricsLog, RunDirectory, Split};
use crate::task::Task;
use clap::Args;
use serde::Serialize;

use super::arguments::Verbosity;
use super::loaded_model::{LabelledRows, LoadedModel, ModelArguments, interval};
use super::text::{counted, grouped, percent, significant, table};
use super::{Failure, Outcome, own_rows, terminal};

/// Arguments of `mlp evaluate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp evaluate artifacts/mnist                        the newest run there, on its own rows\n  mlp evaluate artifacts/mnist --data new.csv --json  on other labelled rows\n  mlp evaluate artifacts/mnist --min-accuracy 0.97    exit code 1 below 97 %\n  mlp evaluate artifacts/demand --max-rmse 25         exit code 1 above 25, where numbers are predicted\n  mlp evaluate artifacts/mnist --split train          the confusion matrix of the training rows"
)]
pub struct EvaluateArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Score this labelled file instead of the run's own rows
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Print classes, confusion matrix, calibration and mistakes, or the largest errors, of this split: train, validation or test [default: the first there is of test, validation, train]
    #[arg(long, value_name = "SPLIT", value_parser = parse_split, conflicts_with_all = ["data", "json"])]
    split: Option<Split>,
    /// Measure the intervals of this level, such as 0.9, too: how often they hold the truth, and how wide they are
    #[arg(long, value_name = "SHARE", value_parser = parse_level)]
    interval: Option<f64>,
    /// Fail with exit code 1 below this accuracy, from 0 to 1, of the test rows (without them, of the validation rows; without those, of the training rows)
    #[arg(long, value_name = "ACCURACY", value_parser = parse_share)]
    min_accuracy: Option<f64>,
    /// Fail with exit code 1 above this root mean squared error, in the unit of the predicted column, of the same rows
    #[arg(long, value_name = "RMSE", value_parser = parse_size)]
    max_rmse: Option<f64>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct EvaluationDocument<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    new_values: &'a [NewValues],
    /// Coverage and size of the intervals that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<&'a Measured>,
}

/// Coverage and size of intervals.
#[derive(Serialize)]
struct Measured {
    /// Share of rows whose truth they should hold.
    level: f64,
    /// Rows that they rest on.
    calibration_rows: usize,
    /// What was measured, by split; not of the rows that they rest on, of which it would say nothing.
    #[serde(flatten)]
    splits: BTreeMap<&'static str, IntervalReport>,
}

impl Measured {
    fn new(interval: &Interval) -> Self {
        Self {
            level: interval.level,
            calibration_rows: interval.rows,
            splits: BTreeMap::new(),
        }
    }

    fn describe(&self) -> String {
        let size = |report: &IntervalReport| match (report.mean_width, report.mean_set_size) {
            (Some(width), _) => significant(width),
            (None, size) => format!("{:.3}", size.unwrap_or(f64::NAN)),
        };
        let is_class = self
            .splits
            .values()
            .any(|report| report.mean_set_size.is_some());
        let heading = if is_class {
            "mean classes"
        } else {
            "mean width"
        };
        let mut lines = vec![
            ["split", "rows", "coverage", heading]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (split, report) in &self.splits {
            lines.push(vec![
                (*split).to_owned(),
                grouped(report.rows as u64),
                percent(report.coverage),
                size(report),
            ]);
        }
        format!(
            "\nintervals of {}, which rest on {}\n{}",
            percent(self.level),
            counted(self.calibration_rows, "row"),
            table(&lines)
        )
    }
}

/// Scores a run on its own rows, or on those of a file.
pub fn run(arguments: &EvaluateArguments, verbosity: Verbosity) -> Outcome {
    let mut model = arguments.model.load()?;
    refuse_other_limit(arguments, model.trained.model.task())?;
    let interval = arguments
        .interval
        .map(|level| interval(&model.run, &model.trained, level));
    let interval = interval.transpose()?;
    let mut measured = interval.as_ref().map(Measured::new);
    let mut measure = |model: &mut LoadedModel, split: Split, dataset: &Dataset, rows: &[u32]| {
        if let (Some(interval), Some(measured)) = (&interval, &mut measured)
            && (split != Split::Validation || interval.source != CalibrationSource::Validation)
        {
            let report = interval.measure(model.predictor.as_mut(), dataset, rows);
            measured
                .splits
                .extend(report.map(|report| (split.name(), report)));
        }
    };
    let (evaluation, new_values) = if let Some(path) = &arguments.data {
        score_file(&mut model, path, verbosity, &mut measure)?
    } else {
        // Stored metrics have no intervals.
        let by_default = arguments.model.checkpoint.is_none();
        let may_be_stored = by_default && arguments.interval.is_none();
        let evaluation = score_own_splits(&mut model, by_default, may_be_stored, &mut measure)?;
        (evaluation, Vec::new())
    };
    if arguments.json {
        terminal::print_json(&EvaluationDocument {
            evaluation: &evaluation,
            new_values: &new_values,
            interval: measured.as_ref(),
        })?;
    } else {
        let shown = select_split(&evaluation, arguments.split)?;
        let file = arguments.data.as_deref();
        terminal::print(&tables::describe(&model, file, &evaluation, shown))?;
        if let Some(measured) = &measured {
            terminal::print(&measured.describe())?;
        }
    }
    require(arguments, &evaluation)
}

/// Refuses the limit of a metric that the model's task does not have.
fn refuse_other_limit(arguments: &EvaluateArguments, task: Task) -> Result<(), Failure> {
    let (flag, what, remedy) = match task {
        Task::Regression if arguments.min_accuracy.is_some() => (
            "--min-accuracy",
            "this run predicts a number, which has no accuracy",
            "limit its error: --max-rmse RMSE",
        ),
        Task::Multiclass if arguments.max_rmse.is_some() => (
            "--max-rmse",
            "this run predicts classes, which have no squared error",
            "ask for an accuracy: --min-accuracy ACCURACY",
        ),
        _ => return Ok(()),
    };
    Err(Failure::Usage(format!("{flag}: {what}"), remedy.to_owned()))
}

/// Measures the intervals that were asked for on rows of a split.
type Measure<'a> = dyn FnMut(&mut LoadedModel, Split, &Dataset, &[u32]) + 'a;

/// Scores all rows of a file, as the test split.
fn score_file(
    model: &mut LoadedModel,
    path: &Path,
    verbosity: Verbosity,
    measure: &mut Measure,
) -> Result<(Evaluation, Vec<NewValues>), Error> {
    let LabelledRows {
        dataset,
        new_values,
    } = model.read_labelled(path, &model.trained.config.data.label, verbosity)?;
    let rows = dataset.all_rows();
    let data = &model.trained.manifest.data;
    let baseline = data.baseline();
    let scored = score(model.predictor.as_mut(), &dataset, &rows, baseline);
    if !scored.loss().is_finite() {
        let predictions = model.predictor.predict(&dataset, &rows);
        let checked = model.trained.model.check(&dataset, &rows, &predictions);
        checked.map_err(|(row, kind)| DataError::at(path, DataPlace::Row(row + 1), kind))?;
    }
    measure(model, Split::Test, &dataset, &rows);
    let evaluation = Evaluation::of(&model.trained);
    let evaluation = evaluation.with(Split::Test, &scored, model.trained.model.classes());
    Ok((evaluation, new_values))
}

/// Returns the split that was asked for, else the one that says most about unseen rows.
fn select_split(
    evaluation: &Evaluation,
    asked_for: Option<Split>,
) -> Result<(Split, &Report), Failure> {
    let wanted = |(split, _): &(Split, _)| asked_for.is_none_or(|asked_for| asked_for == *split);
    let found = evaluation.splits().find(wanted);
    found.ok_or_else(|| {
        let names: Vec<&str> = evaluation.splits().map(|(split, _)| split.name()).collect();
        Failure::Usage(
            format!(
                "the run has no {} rows",
                asked_for.map_or("scored", Split::name)
            ),
            format!("choose one of the splits it has: {}", names.join(", ")),
        )
    })
}

/// Fails if the split that says most about unseen rows misses the limit that was asked for.
fn require(arguments: &EvaluateArguments, evaluation: &Evaluation) -> Outcome {
    let Some((split, report)) = evaluation.splits().next() else {
        return Ok(ExitCode::SUCCESS);
    };
    let split = split.name();
    let missed = match report {
        Report::Classification(report) => arguments
            .min_accuracy
            .filter(|minimum| report.accuracy < *minimum)
            .map(|minimum| {
                let accuracy = report.accuracy;
                format!("the {split} accuracy is {accuracy}, below the {minimum}")
            }),
        Report::Regression(report) => arguments
            .max_rmse
            .filter(|maximum| report.rmse > *maximum)
            .map(|maximum| format!("the {split} RMSE is {}, above the {maximum}", report.rmse)),
    };
    let on = evaluation
        .fallback
        .as_ref()
        .map_or_else(String::new, |fallback| format!(" (trained on {fallback})"));
    missed.map_or(Ok(ExitCode::SUCCESS), |missed| {
        Err(Failure::CheckFailed(format!("{missed} asked for{on}")))
    })
}

fn parse_split(name: &str) -> Result<Split, String> {
    [Split::Train, Split::Validation, Split::Test]
        .into_iter()
        .find(|split| split.name() == name)
        .ok_or_else(|| "expected train, validation or test".to_owned())
}

fn parse_size(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|size: &f64| size.is_finite() && *size >= 0.0)
        .ok_or_else(|| "expected a number from 0, such as 12.5".to_owned())
}

fn parse_share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a share from 0 to 1, such as 0.97".to_owned())
}

/// Scores every split of a run.
///
/// With `default_checkpoint`, the one that the run itself was scored with, the run's `evaluation.json` is updated, and
/// is the answer where the data files are missing.
fn score_own_splits(
    model: &mut LoadedModel,
    default_checkpoint: bool,
    may_be_stored: bool,
    measure: &mut Measure,
) -> Result<Evaluation, Failure> {
    let source = match own_rows::reload(&model.trained) {
        Ok(source) => source,
        Err(error) if may_be_stored && is_missing(&error) => {
            return read_stored(&model.run, error);
        }
        Err(error) => return Err(error.into()),
    };
    let LoadedModel {
        run,
        trained,
        predictor,
        ..
    } = model;
    let own = own_rows::split(run, trained, source)?;
    let (split, record) = (&own.split, &own.record);
    let known = &trained.manifest.data;
    let mut same_files = true;
    for (what, now, then) in [
        ("validation", &record.validation, &known.validation),
        ("test", &record.test, &known.test),
    ] {
        if let Some(file) = now
            && now != then
        {
            same_files = false;
            let path = file.path.as_deref().unwrap_or(run.path());
            terminal::note(&format!(
                "{}: this is not the {what} file that the run was made with (its SHA-256 differs)",
                path.display()
            ));
        }
    }
    same_files &= record.test.is_some() == known.test.is_some();
    let baseline = record.baseline();
    let mut score_rows =
        |dataset: &Dataset, rows: &[u32]| score(predictor.as_mut(), dataset, rows, baseline);
    let mut scored = Vec::new();
    if let Some(test) = &own.test {
        scored.push((Split::Test, score_rows(test, &test.all_rows())));
    }
    if !split.validation.is_empty() {
        let rows = score_rows(own.validation_rows(), &split.validation);
        scored.push((Split::Validation, rows));
    }
    scored.push((Split::Train, score_rows(&own.rows, &split.train)));
    let evaluation = Evaluation {
        warnings: known.repeated_rows_warnings(),
        ..Evaluation::of(trained)
    };
    let mut evaluation = scored
        .iter()
        .fold(evaluation, |evaluation, (split, scored)| {
            evaluation.with(*split, scored, trained.model.classes())
        });
    // A run without its log, or with a damaged one, can still be scored.
    let history = MetricsLog::read(&run.metrics()).unwrap_or_default();
    evaluation.warnings.extend(history_warnings(&history));
    if default_checkpoint && same_files {
        write_stored(&evaluation, run);
    }
    if let Some(test) = &own.test {
        measure(model, Split::Test, test, &test.all_rows());
    }
    measure(
        model,
        Split::Validation,
        own.validation_rows(),
        &split.validation,
    );
    measure(model, Split::Train, &own.rows, &split.train);
    Ok(evaluation)
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Data(error) if matches!(*error.kind, DataErrorKind::Missing))
}

/// Reads the metrics stored when the run was last scored; fails with `missing`, the reason to look for them, if there
/// are none.
fn read_stored(run: &RunDirectory, missing: Error) -> Result<Evaluation, Failure> {
    if !run.evaluation().exists() {
        return Err(missing.into());
    }
    let evaluation = Evaluation::read(run)?;
    terminal::note(&format!(
        "{missing}. These are the stored figures of step {}, from {}",
        evaluation.step,
        run.evaluation().display()
    ));
    Ok(evaluation)
}

/// Stores the metrics if they changed. A run that cannot be written to can still be scored, so failing is a note.
fn write_stored(evaluation: &Evaluation, run: &RunDirectory) {
    let is_stored = Evaluation::read(run).is_ok_and(|stored| stored == *evaluation);
    if !is_stored && let Err(error) = evaluation.write(run) {
        terminal::note(&format!("the figures were not stored: {error}"));
    }
}
