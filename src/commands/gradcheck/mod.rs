//! `mlp gradcheck`

mod record;

use std::io::{self, IsTerminal as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::backend;
use crate::config::Config;
use crate::data::Source;
use crate::gradcheck::{Bug, Float64, Options, Problem, check, estimate, shows};
use crate::model::{Mlp, Objective};
use crate::training::Prepared;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::{ConfigOverrides, Verbosity};
use super::progress::{ProgressMode, Reporter};
use super::terminal::{eprint, note, print, print_json};
use super::text::{counted, duration};
use super::{Failure, Outcome, data, process};
use record::Record;

/// Given in place of a bug's name, lists the names.
const LIST: &str = "list";
/// Estimated seconds from which the duration is announced and progress is shown.
const LONG_SECONDS: f64 = 10.0;
/// Lines of progress where standard error is no terminal.
const PROGRESS_LINES: usize = 10;

/// Arguments of `mlp gradcheck`.
#[derive(Debug, Args)]
#[command(
    after_help = "Computes the gradient of every weight and bias on the first batch of a training in three ways: \
                  Burn's autodiff, the closed form written out by hand, and central differences of the loss. \
                  Exit code 1 if two of them differ: an error |a−b|/max(|a|+|b|, 1e-8) above 1e-6 in float64 or \
                  1e-3 in float32, where gradients below 1 % of their tensor's largest count as that large.\n\n\
                  Examples:\n  \
                  mlp gradcheck --config configs/mnist.toml                   every parameter\n  \
                  mlp gradcheck --config configs/mnist.toml --sample 500      500 of each tensor\n  \
                  mlp gradcheck --config configs/mnist.toml --inject-bug sign-flipped   must fail\n  \
                  mlp gradcheck --config configs/mnist.toml --set 'model.activation=\"relu\"' --json"
)]
pub struct GradcheckArguments {
    /// Config file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: ConfigOverrides,
    /// Plant a mistake in the gradient written by hand: the check must find it, with exit code 1
    #[arg(long, value_name = "NAME", value_parser = bugs())]
    inject_bug: Option<String>,
    /// Take central differences of so many parameters of each tensor, instead of all
    #[arg(long, value_name = "N")]
    sample: Option<NonZeroUsize>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Checks the gradients on the first batch of a training.
pub fn run(arguments: &GradcheckArguments, verbosity: Verbosity) -> Outcome {
    if arguments.inject_bug.as_deref() == Some(LIST) {
        let names = Bug::ALL.map(|bug| format!("{}\n", bug.name()));
        print(&names.concat())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(file) = &arguments.config else {
        let remedy = "name one: mlp gradcheck --config configs/mnist.toml";
        return Err(Failure::Usage("no config".into(), remedy.into()));
    };
    let config = arguments.overrides.load(file)?;
    process::configure(&config);
    let prepared = prepare(config, verbosity)?;
    let config = &prepared.config;
    let device = backend::device(config.backend, &config.device)?;

    let loader = prepared.loader(&prepared.split.train);
    let rows = &loader.order(0)[prepared.batches.range(0)];
    let problem = Problem::new(
        &Mlp::new(
            &config.model,
            &prepared.layer_sizes,
            config.seed,
            Objective::default(), // clipping and dropout are left out
            &device,
        ),
        config.model.activation,
        config.optimizer.gradient_reduction,
        prepared.loss(),
        &loader.batch(rows, 0).tensors(&device),
    );
    let name = arguments.inject_bug.as_deref();
    let options = Options {
        float64: Float64::of(config.backend, config.model.activation),
        bug: Bug::ALL.into_iter().find(|bug| Some(bug.name()) == name),
        sample: arguments.sample.map(NonZeroUsize::get),
        seed: config.seed,
    };
    if let Some(bug) = options.bug
        && !shows(&problem, bug)
    {
        return Err(Failure::Usage(
            format!("{} cannot show in this network and batch", bug.name()),
            bug.needs().to_owned(),
        ));
    }

    let started = Instant::now();
    let mut check = with_progress(&problem, &options, verbosity, |done| {
        check(&problem, &device, &options, done)
    });
    check.name_features(&prepared.preprocessor.input_names(prepared.schema()));
    let missed = record::describe_failure(&check);
    let record = Record::new(&prepared, &options, check, started.elapsed());
    if arguments.json {
        print_json(&record)?;
    } else {
        print(&record::describe(&record))?;
    }
    match missed {
        Some(missed) => Err(Failure::CheckFailed(missed)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Prepares the data of a training with this config.
fn prepare(config: Config, verbosity: Verbosity) -> Result<Prepared, Failure> {
    let started = Instant::now();
    backend::device(config.backend, &config.device)?; // before any data is read
    let mode = ProgressMode::Auto.resolve(verbosity.quiet)?;
    let mut reporter = Reporter::new(mode, verbosity);
    let source = Source::load(
        &config.data,
        config.seed,
        &data::mirrors(),
        &mut data::report_events(&mut reporter),
    )?;
    drop(reporter);
    Ok(Prepared::new(config, source, started)?)
}

fn bugs() -> PossibleValuesParser {
    let names = Bug::ALL.map(|bug| PossibleValue::new(bug.name()).help(bug.description()));
    let list = PossibleValue::new(LIST).help("print these names, one a line");
    names.into_iter().chain([list]).into()
}

/// Runs a check, and shows the progress of the central differences, the only part that can take long.
fn with_progress<T>(
    problem: &Problem,
    options: &Options,
    verbosity: Verbosity,
    check: impl FnOnce(&(dyn Fn() + Sync)) -> T,
) -> T {
    let seconds = estimate(problem, options).as_secs_f64();
    if verbosity.quiet || seconds < LONG_SECONDS {
        return check(&|| {});
    }
    let lengths = problem.places().into_iter();
    let lengths = lengths.map(|place| place.of(&problem.layers).len());
    let total: usize = lengths
        .map(|length| options.sample.unwrap_or(length).min(length))
        .sum();
    let hint = match options.sample {
        None => "; --sample 500 takes those of 500 of each tensor",
        Some(_) => "",
    };
    note(&format!(
        "the central differences of {} take about {}{hint}",
        counted(total, "parameter"),
        duration(seconds)
    ));
    if io::stderr().is_terminal() {
        let bar = ProgressBar::new(total as u64);
        let template = "central differences {wide_bar:.cyan/dim} {percent} % {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let found = check(&|| bar.inc(1));
        bar.finish_and_clear();
        return found;
    }
    let count = AtomicUsize::new(0);
    check(&|| {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let lines = |done: usize| done * PROGRESS_LINES / total; // a product far below 2⁶⁴
        if lines(before + 1) > lines(before) {
            let share = lines(before + 1) * 100 / PROGRESS_LINES;
            eprint(&format!("central differences: {share} %\n"));
        }
    })
}
