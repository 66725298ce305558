//! `mlp train`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use clap::Args;
use mlp::backend;
use mlp::config::{Config, Override, environment, load, protected_differences};
use mlp::data::{Origin, Source};
use mlp::error::{Error, RunError};
use mlp::metrics::ClassificationReport;
use mlp::model::parameter_counts;
use mlp::run::{ARTIFACTS, Manifest, RunDirectory, Status};
use mlp::training::{Ending, Prepared, Start, Summary, launch};

use super::progress::{ProgressMode, Reporter};
use super::terminal::{duration, grouped, percent, print, program, stand_in_warning, table};
use super::{Failure, Outcome, data};
use crate::cli::Verbosity;

/// Arguments of `mlp train`, which are also those of `mlp` alone.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Config file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set a config key, as TOML; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Backend: flex, ndarray or wgpu
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    /// Folder for this run instead of artifacts/<name>/<time>
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// Continue a run; without RUN, the newest unfinished one of this config's name
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with_all = ["run_dir", "init_from"])]
    resume: Option<Option<PathBuf>>,
    /// Begin with the weights of another run
    #[arg(long, value_name = "RUN")]
    init_from: Option<PathBuf>,
    /// Show what would be trained, and stop
    #[arg(long)]
    dry_run: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressMode,
}

/// Trains.
pub fn run(arguments: TrainArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let mode = arguments.progress.settled(verbosity.quiet);
    if mode == ProgressMode::Tui && !backend::has_tui() {
        let remedy = "build it in: cargo run --features tui -- …, or use --progress bar";
        return Err(Failure::Usage(
            "this program was built without the dashboard".into(),
            remedy.into(),
        ));
    }
    let (config, resumed) = settle_config(&arguments)?;
    if let Some(run) = &resumed
        && let Some(done) = nothing_left(run, &config)?
    {
        print(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    super::environment::configure(&config);
    backend::device(config.backend, &config.device)?; // before any data is touched

    let mut reporter = Reporter::new(mode);
    let source = match &resumed {
        Some(run) => {
            let record = Manifest::read(run)?.data;
            Source::reload(&config.data, config.seed, record.origin, record.stand_in)?
        }
        None => Source::load(
            &config.data,
            config.seed,
            &data::mirrors(),
            &mut data::watch(&mut reporter),
        )?,
    };
    let prepared = Prepared::new(config, source, started)?;
    let plan = describe(&prepared);
    if arguments.dry_run {
        print(&plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !verbosity.quiet {
        eprint!("{plan}");
    }

    let interrupt = Arc::new(AtomicUsize::new(0));
    super::signals::listen(&interrupt).map_err(Failure::Stream)?;
    let start = match resumed {
        Some(run) => Start::Resume(run),
        None => Start::New {
            run_dir: arguments.run_dir,
            init_from: arguments.init_from,
        },
    };
    let summary = launch(
        &prepared,
        start,
        mode == ProgressMode::Tui,
        Box::new(reporter),
        interrupt,
    )?;
    print(&conclude(&summary))?;
    Ok(match summary.ending {
        Ending::Interrupted(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(130)),
        Ending::Completed | Ending::Stopped(_) => ExitCode::SUCCESS,
    })
}

/// The config in force, and the run to be continued if one is.
fn settle_config(arguments: &TrainArguments) -> Result<(Config, Option<RunDirectory>), Failure> {
    let mut overrides: Vec<Override> = arguments.set.iter().cloned().map(Override::Set).collect();
    if let Some(backend) = &arguments.backend {
        overrides.push(Override::Flag {
            name: "--backend".into(),
            key: "backend".into(),
            value: backend.clone(),
        });
    }
    let read =
        |file: Option<&Path>| load(file, environment(), &overrides).map(|loaded| loaded.config);
    let Some(resume) = &arguments.resume else {
        let Some(file) = &arguments.config else {
            let remedy = "name one: mlp --config configs/mnist.toml, or continue a run: mlp --resume artifacts/mnist";
            return Err(Failure::Usage("no config".into(), remedy.into()));
        };
        return Ok((read(Some(file))?, None));
    };
    let given = arguments
        .config
        .as_deref()
        .map(|file| read(Some(file)))
        .transpose()?;
    let run = match resume {
        Some(path) => RunDirectory::find(path)?,
        None => newest_unfinished(given.as_ref())?,
    };
    let saved = run.read_config()?;
    let config = match given {
        Some(config) => config,
        None => read(Some(&run.config()))?,
    };
    let reasons: Vec<String> = protected_differences(&saved, &config)
        .iter()
        .map(|difference| match difference.key.as_str() {
            "schedule.epochs" => format!(
                "{difference} (more epochs need schedule.epochs, which keeps the curve's end)"
            ),
            _ => difference.to_string(),
        })
        .collect();
    if !reasons.is_empty() {
        return Err(RunError::ResumeRefused {
            path: run.path().to_owned(),
            reasons,
        }
        .into());
    }
    Ok((config, Some(run)))
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

/// Says so if a finished run is to be continued without more epochs.
fn nothing_left(run: &RunDirectory, config: &Config) -> Result<Option<String>, Error> {
    let finished = Manifest::read(run)?.status == Status::Finished;
    let saved = run.read_config()?.training.epochs;
    Ok((finished && config.training.epochs <= saved).then(|| {
        format!(
            "{run} is finished. To go on: {} --resume {run} --set training.epochs={}\n",
            program(),
            saved * 2,
            run = run.path().display()
        )
    }))
}

/// What will be trained, on what.
fn describe(prepared: &Prepared) -> String {
    let config = &prepared.config;
    let record = &prepared.record;
    let mut text = String::new();
    if let Some(stand_in) = &record.stand_in {
        text += &stand_in_warning(stand_in, "below");
    }
    let mut rows = vec![vec![
        "layer".into(),
        "inputs".into(),
        "outputs".into(),
        "parameters".into(),
    ]];
    let counts = parameter_counts(&prepared.layer_sizes);
    let activation = config.model.activation.name();
    for (index, (size, count)) in prepared.layer_sizes.windows(2).zip(&counts).enumerate() {
        let function = if index + 1 < counts.len() {
            activation
        } else {
            "softmax"
        };
        let name = format!("Linear, {function}");
        rows.push(vec![
            name,
            grouped(size[0] as u64),
            grouped(size[1] as u64),
            grouped(*count as u64),
        ]);
    }
    rows.push(vec![
        "total".into(),
        String::new(),
        String::new(),
        grouped(counts.iter().sum::<usize>() as u64),
    ]);
    let test = record.test.as_ref().map_or(0, |file| file.rows);
    let rows_text = format!(
        "{} to train on, {} held out, {} to test",
        grouped(record.train_rows as u64),
        grouped(record.validation_rows as u64),
        grouped(test as u64)
    );
    let source = match (&record.origin, &record.train.path) {
        (Origin::Files, Some(path)) => path.display().to_string(),
        (origin, _) => origin.description().to_owned(),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{}: {} on {}",
        config.name,
        source,
        config.backend.name()
    );
    let _ = writeln!(text, "{}", table(&rows).trim_end_matches('\n'));
    let _ = writeln!(text, "  rows: {rows_text}");
    let _ = writeln!(
        text,
        "  {} epochs of {} updates, batch {}, {} at rate {}",
        config.training.epochs,
        grouped(prepared.batches.steps_per_epoch() as u64),
        config.training.batch_size,
        config.optimizer.kind.name(),
        config.optimizer.learning_rate
    );
    text
}

/// What came out, and what can be done next.
fn conclude(summary: &Summary) -> String {
    let run = summary.run.path().display();
    let mut text = String::new();
    match &summary.ending {
        Ending::Completed => {}
        Ending::Stopped(reason) => text += &format!("stopped early: {reason}\n"),
        Ending::Interrupted(_) => {
            return format!(
                "interrupted at step {}; saved. To go on: {} --resume {run}\n",
                summary.steps,
                program()
            );
        }
    }
    if let Some(evaluation) = &summary.evaluation {
        let line = |name: &str, report: &ClassificationReport| {
            vec![
                name.to_owned(),
                grouped(report.rows),
                format!("{:.4}", report.loss),
                percent(report.accuracy),
            ]
        };
        let mut rows = vec![vec![
            "split".into(),
            "rows".into(),
            "loss".into(),
            "accuracy".into(),
        ]];
        let splits = [
            ("train", &evaluation.train),
            ("validation", &evaluation.validation),
            ("test", &evaluation.test),
        ];
        rows.extend(
            splits
                .iter()
                .filter_map(|(name, report)| Some(line(name, report.as_ref()?))),
        );
        text += &table(&rows);
        if let Some(stand_in) = &evaluation.stand_in {
            text += &stand_in_warning(stand_in, "above");
        }
        text += &format!(
            "  weights of step {} of {}\n",
            evaluation.step, summary.steps
        );
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a speed for people
    let speed = summary
        .manifest
        .timings
        .map_or(0, |timings| timings.rows_per_second as u64);
    text += &format!(
        "  trained in {}, {} rows/s\n",
        duration(summary.seconds),
        grouped(speed)
    );
    text += &format!("  run folder: {run}\n");
    let mlp = program();
    text += &format!(
        "next: {mlp} evaluate {run}\n      {mlp} predict {run} FILE.csv\n      {mlp} runs show {run}\n"
    );
    text
}
