//! `mlp train`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::backend;
use crate::config::{Config, Threshold, protected_differences};
use crate::data::options::TargetTransform;
use crate::data::{Origin, Source, TargetColumn};
use crate::error::{Error, RunError};
use crate::evaluation::Evaluation;
use crate::explanation::Explanation;
use crate::model::parameter_counts;
use crate::panics::device_failures;
use crate::report;
use crate::run::{ARTIFACTS, Checkpoint, Manifest, RunDirectory, Status, Which};
use crate::task::Direction;
use crate::training::{
    Callback as _, Callbacks, Chosen, Ending, Explained, Followers, Level, Prepared, Start,
    Summary, device_advice, explain_training, launch,
};
use clap::Args;

use super::arguments::{ConfigOverrides, Verbosity};
use super::columns::columns_table;
use super::process::{self, Interrupt};
use super::progress::{ProgressMode, Reporter};
use super::table::{TableFlags, TableJob};
use super::terminal::{eprint, note, note_report, print, program};
use super::text::{
    duration, evaluation_table, fallback_warning, grouped, shortened, speed, table, warnings,
};
use super::{Failure, Outcome, data};

/// Maximum number of class weights that are shown, and maximum characters of the name of a class.
const MAX_WEIGHTS: usize = 8;
const MAX_CLASS_NAME: usize = 20;
/// Number of columns that are named at the end of a training.
const MAX_IMPORTANT: usize = 5;

/// Arguments of `mlp train`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp train people.csv --label income               no config: columns and recipe are inferred\n  mlp train people.csv --label income --test new.csv --ignore name\n  mlp train --config configs/mnist.toml             the same as `mlp --config configs/mnist.toml`\n  mlp train --resume artifacts/people               continue the newest run there"
)]
pub struct TrainCommand {
    /// Table to train on in place of a config: the config is inferred and saved in the run
    #[arg(value_name = "FILE", conflicts_with_all = ["config", "resume"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    table: TableFlags,
    #[command(flatten)]
    train: TrainArguments,
}

/// Arguments of `mlp` alone, which are also those of `mlp train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Config file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: ConfigOverrides,
    /// Folder for this run instead of artifacts/<name>/<time>
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// Continue a run; without RUN, the newest unfinished one of this config's name
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with_all = ["run_dir", "init_from"])]
    #[allow(clippy::option_option)] // not given, given alone, given with a run
    resume: Option<Option<PathBuf>>,
    /// Begin with the weights of another run: inputs and classes are matched by name, and its preprocessing is kept where the config asks for the same scales
    #[arg(long, value_name = "RUN")]
    init_from: Option<PathBuf>,
    /// Show what would be trained, and stop
    #[arg(long)]
    dry_run: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressMode,
}

/// Explains the model if the config asks for a report, which shows it, and tells why not if it cannot be done. The training
/// is done in any case.
pub fn write_explanation(
    prepared: &Prepared,
    run: &RunDirectory,
    steps: u64,
    verbosity: Verbosity,
) -> Option<Explanation> {
    if !prepared.config.training.report {
        return None;
    }
    let started = Instant::now();
    let skipped = match explain_training(prepared, run, steps) {
        Ok(Explained::Written(explanation)) => {
            if verbosity.verbose > 0 {
                let seconds = started.elapsed().as_secs_f64();
                eprint(&format!("importance of columns in {seconds:.2} s\n"));
            }
            return Some(*explanation);
        }
        Ok(Explained::Pictures) => return None,
        Ok(Explained::Skipped(why)) => {
            let (mlp, run) = (program(), run.path().display());
            format!("{why}; {mlp} explain {run} does it")
        }
        Err(error) => format!("the importance of the columns was not computed: {error}"),
    };
    if !verbosity.quiet {
        note(&skipped);
    }
    None
}

/// Writes the report if the config asks for one, and returns the path of its page. A report that fails is a note: the
/// training is done.
fn write_report(prepared: &Prepared, summary: &Summary, verbosity: Verbosity) -> Option<PathBuf> {
    if !prepared.config.training.report {
        return None;
    }
    let started = Instant::now();
    match report::write(&summary.run) {
        Ok(path) => {
            if verbosity.verbose > 0 {
                let seconds = started.elapsed().as_secs_f64();
                eprint(&format!("report written in {seconds:.2} s\n"));
            }
            Some(path)
        }
        Err(error) => {
            note(&format!("the report was not written: {error}"));
            None
        }
    }
}

/// Trains from a config, or continues a training.
pub fn run(arguments: &TrainArguments, verbosity: Verbosity) -> Outcome {
    let job = Job::resolve(arguments)?;
    run_job(job, arguments, verbosity)
}

/// Trains from a table or a config, or continues a training.
pub fn run_command(command: TrainCommand, verbosity: Verbosity) -> Outcome {
    let TrainCommand { file, table, train } = command;
    let Some(file) = file else {
        if let Some(flag) = table.given() {
            let what = format!("{flag} belongs to a table, and none is named");
            let remedy = "name one: mlp train FILE --label COLUMN; with a config, set keys: --set data.label=COLUMN";
            return Err(Failure::Usage(what, remedy.into()));
        }
        return run(&train, verbosity);
    };
    let job = Job::Table(Box::new(table.job(&file, &train.overrides)?));
    run_job(job, &train, verbosity)
}

/// What is to be trained.
enum Job<'a> {
    Config(Box<Config>),
    Resume(Box<Config>, RunDirectory),
    Table(Box<TableJob<'a>>),
}

/// The config in force, its rows, and the run to continue, if one is.
struct Rows {
    config: Config,
    source: Source,
    resumed: Option<RunDirectory>,
}

impl Job<'_> {
    /// Returns the config as far as it is known before rows are read: all but the keys that depend on their number.
    fn config(&self) -> Result<Config, Failure> {
        match self {
            Self::Config(config) | Self::Resume(config, _) => Ok((**config).clone()),
            Self::Table(job) => job.draft(),
        }
    }

    /// Reads the rows.
    fn read(self, reporter: &mut Reporter) -> Result<Rows, Failure> {
        let (config, source, resumed) = match self {
            Self::Config(config) => {
                let mut observe = data::report_events(reporter);
                let source =
                    Source::load(&config.data, config.seed, &data::mirrors(), &mut observe)?;
                (*config, source, None)
            }
            Self::Resume(config, run) => {
                let record = Manifest::read(&run)?.data;
                let source = Source::reload(
                    &config.data,
                    None,
                    config.seed,
                    record.origin,
                    record.fallback,
                )?;
                (*config, source, Some(run))
            }
            Self::Table(job) => {
                let made = job.read(reporter)?;
                (made.config, made.source, None)
            }
        };
        Ok(Rows {
            config,
            source,
            resumed,
        })
    }
}

fn run_job(job: Job, arguments: &TrainArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let mode = arguments.progress.resolve(verbosity.quiet)?;
    if let Job::Resume(config, run) = &job
        && let Some(done) = nothing_left_to_train(run, config)?
    {
        print(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = job.config()?;
    process::configure(&config);
    backend::device(config.backend, &config.device)?; // before any data is read

    let mut reporter = Reporter::new(mode, verbosity);
    let rows = job.read(&mut reporter)?;
    let report = rows.source.train_report.clone();
    for (path, report) in rows.source.reports() {
        note_report(path, report, verbosity);
    }
    let prepared = Prepared::new(rows.config, rows.source, started)?;
    reporter.on_message(
        Level::Detail,
        &format!("data read in {:.2} s", prepared.seconds),
    );
    let columns = columns_table(&report, |input| prepared.preprocessor.description(input));
    let plan = columns + &describe_plan(&prepared);
    if !verbosity.quiet {
        prepared.notes.iter().for_each(|text| note(text));
    }
    if arguments.dry_run {
        print(&plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !verbosity.quiet {
        eprint(&plan);
        if let Some(advice) = device_advice(&prepared) {
            note(&advice);
        }
    }
    let start = match rows.resumed {
        Some(run) => Start::Resume(run),
        None => Start::New {
            run_dir: arguments.run_dir.clone(),
            init_from: arguments.init_from.clone(),
        },
    };
    finish(&prepared, start, mode, reporter, verbosity)
}

/// Trains, writes the report, and tells the outcome.
fn finish(
    prepared: &Prepared,
    start: Start,
    mode: ProgressMode,
    reporter: Reporter,
    verbosity: Verbosity,
) -> Outcome {
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let summary = train(prepared, start, mode, reporter, &interrupt)?;
    let (explanation, report) = match summary.ending {
        Ending::Cancelled => (None, None), // they would delay the end that was asked for
        Ending::Completed | Ending::Stopped(_) => {
            let explanation = write_explanation(prepared, &summary.run, summary.steps, verbosity);
            (explanation, write_report(prepared, &summary, verbosity))
        }
    };
    print(&describe_outcome(
        &summary,
        explanation.as_ref(),
        report.as_deref(),
    ))?;
    Ok(match summary.ending {
        Ending::Cancelled => interrupt.exit_code(),
        Ending::Completed | Ending::Stopped(_) => ExitCode::SUCCESS,
    })
}

/// Trains until the end, Ctrl-C or SIGTERM.
pub fn train(
    prepared: &Prepared,
    start: Start,
    mode: ProgressMode,
    reporter: Reporter,
    interrupt: &Interrupt,
) -> Result<Summary, Failure> {
    let mut callbacks = Callbacks::default();
    if mode == ProgressMode::Tui {
        // Before the reporter, which makes Ctrl-C a signal again and writes once the terminal is given back.
        #[cfg(feature = "tui")]
        callbacks.push(mlp_train::Dashboard::new());
    }
    callbacks.push(reporter);
    let followers = Followers {
        callbacks,
        cancel: interrupt.cancel(),
        threads: None,
        device_failures: device_failures(),
    };
    Ok(launch(prepared, start, followers)?)
}

impl Job<'_> {
    /// Reads the config of a training that is no table's, and finds the run to continue.
    fn resolve(arguments: &TrainArguments) -> Result<Self, Failure> {
        let read = |file: &Path| arguments.overrides.load(file);
        let Some(resume) = &arguments.resume else {
            let Some(file) = &arguments.config else {
                let remedy = "name a table and the column to predict: mlp train FILE --label COLUMN; or a config: mlp --config configs/mnist.toml; or continue a run: mlp --resume artifacts/mnist";
                return Err(Failure::Usage(
                    "no table and no config".into(),
                    remedy.into(),
                ));
            };
            return Ok(Self::Config(Box::new(read(file)?)));
        };
        let given = arguments.config.as_deref().map(read).transpose()?;
        let run = match resume {
            Some(path) => RunDirectory::find(path)?,
            None => newest_unfinished(given.as_ref())?,
        };
        let saved = run.read_config()?;
        let config = match given {
            Some(config) => config,
            None => read(&run.config())?,
        };
        refuse_other_training(&run, &saved, &config)?;
        Ok(Self::Resume(Box::new(config), run))
    }
}

/// Refuses to continue a run under a config that would have made another training of it.
fn refuse_other_training(run: &RunDirectory, saved: &Config, config: &Config) -> Result<(), Error> {
    let reasons: Vec<String> = protected_differences(saved, config)
        .iter()
        .map(|difference| match difference.key.as_str() {
            "schedule.epochs" => format!(
                "{difference} (more epochs need schedule.epochs, which keeps the curve's end)"
            ),
            _ => difference.to_string(),
        })
        .collect();
    if reasons.is_empty() {
        return Ok(());
    }
    let path = run.path().to_owned();
    Err(RunError::ResumeRefused { path, reasons }.into())
}

fn newest_unfinished(config: Option<&Config>) -> Result<RunDirectory, Error> {
    let folder = config.map_or_else(
        || PathBuf::from(ARTIFACTS),
        |config| Path::new(ARTIFACTS).join(&config.name),
    );
    RunDirectory::all_below(&folder)
        .into_iter()
        .filter(|run| Manifest::read(run).is_ok_and(|manifest| manifest.status != Status::Finished))
        .max_by_key(RunDirectory::id)
        .ok_or_else(|| {
            let why = "there is no unfinished run here".to_owned();
            RunError::NotFound { path: folder, why }.into()
        })
}

/// Returns the reason why a finished run has nothing left to train under this config, if it has not.
fn nothing_left_to_train(run: &RunDirectory, config: &Config) -> Result<Option<String>, Error> {
    if Manifest::read(run)?.status != Status::Finished {
        return Ok(None);
    }
    let (mlp, path) = (program(), run.path().display());
    let state = Checkpoint::find(run, Which::Last)?.checkpoint.state;
    let patience = config.early_stopping.patience;
    if state.continues_with(patience) && state.epoch < config.training.epochs {
        return Ok(None);
    }
    if let Some(reason) = state.stopped {
        let more = if state.is_out_of_patience {
            format!(
                " To go on with more patience: {mlp} --resume {path} --set early_stopping.patience={}.",
                2 * state.stopping_stale
            )
        } else {
            String::new()
        };
        return Ok(Some(format!(
            "{path} is finished: {reason}.{more} A new run can begin with its weights: {mlp} --config FILE --init-from {path}\n"
        )));
    }
    let saved = run.read_config()?;
    let done = saved.training.epochs;
    if saved.schedule.kind.has_horizon() && config.training.epochs <= done {
        return Ok(Some(format!(
            "{path} is finished, and its learning rate came to its end. A new run can begin with its weights: {mlp} --config FILE --init-from {path}\n"
        )));
    }
    Ok((config.training.epochs <= done).then(|| {
        format!(
            "{path} is finished. To go on: {mlp} --resume {path} --set training.epochs={}\n",
            done * 2
        )
    }))
}

/// Describes what will be trained, on which data.
pub fn describe_plan(prepared: &Prepared) -> String {
    let config = &prepared.config;
    let record = prepared.record();
    let fallback = record
        .fallback
        .as_deref()
        .map_or_else(String::new, |why| fallback_warning(why, "below"));
    let source = match (&record.origin, &record.train.path) {
        (Origin::Files, Some(path)) => path.display().to_string(),
        (origin, _) => origin.description().to_owned(),
    };
    let tested = record.test.as_ref().map_or(0, |file| file.rows);
    format!(
        "{fallback}{name}: {source} on {backend}\n{layers}  \
         rows: {trained} to train on{deformed}, {held_out} held out{calibrating}, {tested} to test\n  \
         {epochs} epochs of {steps} updates, batch {batch}, {optimizer} at rate {rate}\n{weights}",
        name = config.name,
        backend = backend_name(config),
        layers = layers_table(prepared),
        trained = grouped(record.train_rows as u64),
        deformed = match prepared.augmentation {
            Some(_) => " (deformed anew in each epoch)",
            None => "",
        },
        held_out = grouped(record.validation_rows as u64),
        calibrating = match record.calibration_rows {
            0 => String::new(),
            rows => format!(", {} to calibrate", grouped(rows as u64)),
        },
        tested = grouped(tested as u64),
        epochs = config.training.epochs,
        steps = grouped(prepared.batches.steps_per_epoch() as u64),
        batch = config.training.batch_size,
        optimizer = config.optimizer.kind.name(),
        rate = config.optimizer.learning_rate,
        weights = class_weights(prepared) + &positive_class(prepared) + &predicted_number(prepared),
    )
}

/// Returns a line with the weight of each class in the loss, unless all are 1.
fn class_weights(prepared: &Prepared) -> String {
    let is_one = |weight: f64| (weight - 1.0).abs() < f64::EPSILON;
    let classes = prepared.schema().classes().iter();
    let weights = classes.zip(prepared.targets.class_weights());
    let (others, mut named): (Vec<_>, Vec<_>) = weights.partition(|(_, weight)| is_one(**weight));
    if named.is_empty() {
        return String::new();
    }
    let more = named.len().saturating_sub(MAX_WEIGHTS);
    named.truncate(MAX_WEIGHTS);
    let mut shown: Vec<String> = named
        .into_iter()
        .map(|(class, weight)| {
            let rounded = (weight * 1e4).round() / 1e4;
            format!("{}: {rounded}", shortened(class, MAX_CLASS_NAME))
        })
        .collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    if !others.is_empty() {
        shown.push("others: 1".to_owned());
    }
    format!("  class weights: {}\n", shown.join(", "))
}

/// Returns a line about the positive one of two classes and its threshold; empty of any other number of classes.
fn positive_class(prepared: &Prepared) -> String {
    let Some(positive) = &prepared.positive else {
        return String::new();
    };
    let why = match prepared.config.data.positive {
        Some(_) => "data.positive",
        None => "the rarer one",
    };
    let threshold = match prepared.config.decision.threshold {
        Threshold::Rule(rule) => {
            format!(
                "; its threshold has the best {} of the validation rows",
                rule.name()
            )
        }
        Threshold::Value(_) if prepared.config.decision.threshold.is_default() => String::new(),
        Threshold::Value(value) => format!("; its threshold is {value}"),
    };
    let positive = shortened(positive, MAX_CLASS_NAME);
    format!("  positive class: {positive} ({why}){threshold}\n")
}

/// Returns a line about the number to predict; empty where classes are predicted.
fn predicted_number(prepared: &Prepared) -> String {
    let schema = prepared.schema();
    let Some(scaling) = schema.target_scaling() else {
        return String::new();
    };
    let name = schema.target_name.as_deref().unwrap_or("value");
    let name = shortened(name, MAX_CLASS_NAME);
    let what = match scaling.transform {
        TargetTransform::None => format!("number {name}"),
        TargetTransform::Log => format!("number {name}, by its logarithm"),
    };
    format!("  predicts the {what}; loss {}\n", prepared.loss().name())
}

/// Returns the name of the backend, with its adapter if it has one.
fn backend_name(config: &Config) -> String {
    let name = config.backend.name();
    match backend::adapter(config.backend, &config.device) {
        Some(adapter) => format!("{name}, {}", adapter.name),
        None => name.to_owned(),
    }
}

/// Returns a table of the layers with their numbers of parameters.
fn layers_table(prepared: &Prepared) -> String {
    let counts = parameter_counts(&prepared.layer_sizes);
    let cells = |name: String, numbers: [String; 3]| [vec![name], numbers.to_vec()].concat();
    let mut rows = vec![cells(
        "layer".into(),
        ["inputs".into(), "outputs".into(), "parameters".into()],
    )];
    for (index, (size, count)) in prepared.layer_sizes.windows(2).zip(&counts).enumerate() {
        let function = if index + 1 < counts.len() {
            prepared.config.model.activation.name()
        } else {
            match prepared.schema().target {
                TargetColumn::Class { .. } => "softmax",
                TargetColumn::Value(_) => "linear output",
            }
        };
        let numbers = [size[0], size[1], *count].map(|number| grouped(number as u64));
        rows.push(cells(format!("Linear, {function}"), numbers));
    }
    let total = grouped(counts.iter().sum::<usize>() as u64);
    rows.push(cells("total".into(), [String::new(), String::new(), total]));
    table(&rows)
}

/// Returns a table of loss and accuracy, or RMSE, of each split, and a warning if they are not about the configured data.
pub fn metrics_table(evaluation: &Evaluation) -> String {
    let mut text = evaluation_table(evaluation, false);
    text += &warnings(evaluation);
    if let Some(fallback) = &evaluation.fallback {
        text += &fallback_warning(fallback, "above");
    }
    text
}

/// Returns a line on the weights that were kept, and why.
fn describe_choice(chosen: &Chosen) -> String {
    let epochs = chosen.epochs;
    let place = if chosen.ends_epoch {
        format!("epoch {} of {epochs}", chosen.epoch)
    } else {
        format!(
            "step {}, in epoch {} of {epochs}",
            chosen.step, chosen.epoch
        )
    };
    let why = match chosen.by {
        Some(watched) => {
            let metric = watched.metric();
            let side = match metric.direction() {
                Direction::Minimize => "lowest",
                Direction::Maximize => "highest",
            };
            format!("{side} {} {}", watched.split().name(), metric.name())
        }
        None => "the last".to_owned(),
    };
    format!("  using the weights of {place} ({why})\n")
}

/// Returns a line with the columns that the predictions depend on most; empty if they depend on none.
fn most_important_columns(explanation: &Explanation) -> String {
    let largest = explanation.columns.iter().take(MAX_IMPORTANT);
    let names: Vec<String> = largest
        .filter(|column| column.loss.mean > 0.0)
        .map(|column| shortened(&column.column, MAX_CLASS_NAME))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("  depends most on: {}\n", names.join(", "))
}

/// Describes the outcome of a training, where its run and report are, and what can be done next.
fn describe_outcome(
    summary: &Summary,
    explanation: Option<&Explanation>,
    report: Option<&Path>,
) -> String {
    let run = summary.run.path().display();
    let mut text = String::new();
    match &summary.ending {
        Ending::Completed => {}
        Ending::Stopped(reason) => text += &format!("stopped early: {reason}\n"),
        Ending::Cancelled => {
            return format!(
                "interrupted at step {}; saved. To go on: {} --resume {run}\n",
                summary.steps,
                program()
            );
        }
    }
    if let Some(evaluation) = &summary.evaluation {
        text += &metrics_table(evaluation);
    }
    if let Some(chosen) = &summary.chosen {
        text += &describe_choice(chosen);
    }
    text += &explanation.map_or_else(String::new, most_important_columns);
    let rows_per_second = summary
        .timings
        .map_or(0.0, |timings| timings.rows_per_second);
    text += &format!(
        "  trained in {}, {}\n",
        duration(summary.seconds),
        speed(rows_per_second)
    );
    text += &format!("  run folder: {run}\n");
    if let Some(report) = report {
        text += &format!("  report: {}\n", report.display());
    }
    let mlp = program();
    text += &format!(
        "next: {mlp} evaluate {run}\n      {mlp} predict {run} FILE.csv\n      {mlp} runs show {run}\n"
    );
    text
}
