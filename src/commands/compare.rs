//! `mlp compare`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::backend;
use crate::comparison::{
    Candidate, Comparison, ConfigMetrics, Earlier, EarlierRuns, Network, Spread, Study, TaskMetrics,
};
use crate::report::{self, Chart, Compared, write_charts};
use crate::run::{ARTIFACTS, Split, new_folder, write_json};
use crate::training::{Ending, Start};
use clap::Args;

use super::arguments::{ConfigOverrides, Verbosity};
use super::process::{self, Interrupt};
use super::progress::{ProgressMode, Reporter};
use super::terminal::{eprint, print, print_json, program};
use super::text::{counted, duration, fallback_warning, grouped, percent, significant, table};
use super::train::train;
use super::{Failure, Outcome, data};

/// Maximum number of seeds of a config: far more than anyone waits for.
const MAX_SEEDS: i64 = 1000;

/// Arguments of `mlp compare`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp compare configs/mnist.toml configs/relu-7.toml          3 seeds each, on the validation rows\n  mlp compare a.toml b.toml c.toml --seeds 5 --json           one JSON document\n  mlp compare configs/mnist.toml --seeds 5 --test             mean and deviation of one config on the test rows\n  mlp compare configs/mnist.toml --baseline                   with and without the hidden layer\n\nRuns that are there are used again, and one that was interrupted is continued: the same command goes on where it stopped."
)]
pub struct CompareArguments {
    /// Config files; one alone is measured, two or more are compared
    #[arg(value_name = "CONFIG", required = true)]
    configs: Vec<PathBuf>,
    /// Seeds for each config: its `seed` and those after it
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=MAX_SEEDS))]
    seeds: u16,
    /// Compare on the test rows, which are then no longer an unbiased test of the chosen config
    #[arg(long)]
    test: bool,
    /// Compare with the linear network of the first config (`hidden = []`), too: are the hidden layers worth it?
    #[arg(long)]
    baseline: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Of all configs")]
    overrides: ConfigOverrides,
}

/// Trains each config with each seed, unless that run exists already, and compares them.
pub fn run(arguments: &CompareArguments, verbosity: Verbosity) -> Outcome {
    let mut candidates = candidates(arguments)?;
    if let Some(first) = candidates.first() {
        process::configure(&first.config);
    }
    if arguments.baseline {
        let linear = candidates.first().and_then(Candidate::linear);
        candidates.push(linear.ok_or_else(no_hidden_layer)?);
    }
    for Candidate { config, .. } in &candidates {
        backend::device(config.backend, &config.device)?; // before any data is read
    }
    let split = if arguments.test {
        Split::Test
    } else {
        Split::Validation
    };
    let mut reporter = Reporter::new(ProgressMode::Auto.resolve(verbosity.quiet)?, verbosity);
    let study = Study::load(
        candidates,
        split,
        usize::from(arguments.seeds),
        &data::mirrors(),
        &mut data::report_events(&mut reporter),
    )?;
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let mut configs = Vec::new();
    for (candidate, name) in study.names().enumerate() {
        let earlier = EarlierRuns::of(&study.prepared(candidate, 0).config.name);
        let mut networks = Vec::new();
        for number in 0..study.seeds {
            let trial = Trial {
                study: &study,
                candidate,
                number,
                name,
            };
            match trial.network(&earlier, &interrupt, verbosity)? {
                Some(network) => networks.push(network),
                None => return interrupted(arguments, &interrupt),
            }
        }
        configs.push(ConfigMetrics::new(name, networks));
    }
    let comparison = Comparison::new(&study, configs);
    let (folder, _) = new_folder(&Path::new(ARTIFACTS).join("compare"))?;
    write_json(&folder.join("comparison.json"), &comparison)?;
    write_charts(&folder, &[chart(&comparison)])?;
    if arguments.json {
        print_json(&comparison)?;
    } else {
        print(&describe(&comparison))?;
    }
    if !verbosity.quiet {
        eprint(&format!("written: {}\n", folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn no_hidden_layer() -> Failure {
    Failure::Usage(
        "--baseline: the network of the first config is linear already".to_owned(),
        "name a config with hidden layers first, or leave --baseline out".to_owned(),
    )
}

/// Charts the accuracy, or the mean absolute error, of each config: mean, standard deviation, and that of each seed.
fn chart(comparison: &Comparison) -> Chart {
    let bar = |config: &ConfigMetrics| {
        let (score, factor) = match config.metrics {
            TaskMetrics::Classes(metrics) => (metrics.accuracy, 100.0),
            TaskMetrics::Values(metrics) => (metrics.mae, 1.0),
        };
        let value = |network: &Network| match network.metrics {
            TaskMetrics::Classes(metrics) => 100.0 * metrics.accuracy,
            TaskMetrics::Values(metrics) => metrics.mae,
        };
        Compared {
            name: config.name.clone(),
            mean: factor * score.mean,
            deviation: factor * score.standard_deviation.unwrap_or(0.0),
            values: config.networks.iter().map(value).collect(),
        }
    };
    let bars: Vec<Compared> = comparison.configs.iter().map(bar).collect();
    let (rows, split) = (grouped(comparison.rows as u64), comparison.split.name());
    let (title, unit) = if are_values(comparison) {
        (
            format!("Mean absolute error of {rows} rows"),
            format!("{split} mean absolute error"),
        )
    } else {
        (
            format!("Accuracy of {rows} rows"),
            format!("{split} accuracy (%)"),
        )
    };
    report::comparison(&title, &unit, &bars)
}

/// Whether numbers are predicted.
fn are_values(comparison: &Comparison) -> bool {
    let is = |config: &ConfigMetrics| matches!(config.metrics, TaskMetrics::Values(_));
    comparison.configs.iter().any(is)
}

/// Reads the configs under distinct names: their own, else those of their files, else the paths.
fn candidates(arguments: &CompareArguments) -> Result<Vec<Candidate>, Failure> {
    let configs = arguments.configs.iter();
    let configs = configs.map(|file| arguments.overrides.load(file));
    let configs = configs.collect::<Result<Vec<_>, _>>()?;
    let own: Vec<String> = configs.iter().map(|config| config.name.clone()).collect();
    let stems = arguments.configs.iter().map(|file| {
        let stem = file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    });
    let stems: Vec<String> = stems.collect();
    let paths = arguments.configs.iter();
    let paths: Vec<String> = paths.map(|file| file.display().to_string()).collect();
    let distinct = |names: &[String]| (1..names.len()).all(|i| !names[..i].contains(&names[i]));
    let names = [own, stems].into_iter().find(|names| distinct(names));
    let pairs = names.unwrap_or(paths).into_iter().zip(configs);
    Ok(pairs
        .map(|(name, config)| Candidate { name, config })
        .collect())
}

/// Prints the command that continues.
fn interrupted(arguments: &CompareArguments, interrupt: &Interrupt) -> Outcome {
    let words = std::env::args().skip(1).map(|word| {
        let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    let command = words.collect::<Vec<_>>().join(" ");
    let program = program();
    let text = format!("interrupted; saved. To go on: {program} {command}\n");
    if arguments.json {
        eprint(&text);
    } else {
        print(&text)?;
    }
    Ok(interrupt.exit_code())
}

/// One training of a comparison: a config with one of its seeds.
struct Trial<'a> {
    study: &'a Study,
    candidate: usize,
    /// Index of the seed, counted from 0.
    number: usize,
    name: &'a str,
}

impl Trial<'_> {
    /// Returns the scored network of a run that exists or is trained now; `None` if a signal asked for an end.
    fn network(
        &self,
        earlier: &EarlierRuns,
        interrupt: &Interrupt,
        verbosity: Verbosity,
    ) -> Result<Option<Network>, Failure> {
        let prepared = self.study.prepared(self.candidate, self.number);
        let all = self.study.names().count() * self.study.seeds;
        let label = format!(
            "[{}/{all}] {} seed {}",
            self.candidate * self.study.seeds + self.number + 1,
            self.name,
            prepared.config.seed
        );
        let report_progress = |text: &str| {
            if !verbosity.quiet {
                eprint(&format!("{label}: {text}\n"));
            }
        };
        let start = match earlier.find(&prepared, self.study.split)? {
            Earlier::Finished(network) => {
                report_progress(&format!("used again, {}", self.describe(&network)));
                return Ok(Some(*network));
            }
            Earlier::Unfinished(run) => {
                report_progress(&format!("continuing {}", run.path().display()));
                Start::Resume(run)
            }
            Earlier::None => Start::New {
                run_dir: None,
                init_from: None,
            },
        };
        if interrupt.is_set() {
            return Ok(None);
        }
        // One line a run; the epochs go to the bar and to the run's log.
        let mode = match ProgressMode::Auto.resolve(verbosity.quiet)? {
            ProgressMode::Bar => ProgressMode::Bar,
            _ => ProgressMode::None,
        };
        let reporter = Reporter::new(mode, verbosity);
        let summary = train(&prepared, start, mode, reporter, interrupt)
            .inspect_err(|_| report_progress("ended by an error, and the comparison with it"))?;
        if summary.ending == Ending::Cancelled {
            report_progress(&format!(
                "interrupted at step {} in {}",
                summary.steps,
                summary.run.path().display()
            ));
            return Ok(None);
        }
        let network = Network::score(&summary.run, &prepared, self.study.split)?;
        let seconds = duration(network.training_seconds);
        report_progress(&format!(
            "trained in {seconds}, {}",
            self.describe(&network)
        ));
        Ok(Some(network))
    }

    fn describe(&self, network: &Network) -> String {
        let score = match network.metrics {
            TaskMetrics::Classes(metrics) => format!("accuracy {}", percent(metrics.accuracy)),
            TaskMetrics::Values(metrics) => {
                format!("mean absolute error {}", significant(metrics.mae))
            }
        };
        format!(
            "{} {score} ({})",
            self.study.split.name(),
            network.run.display()
        )
    }
}

/// Describes the configs, their pairs if there are several, and the conclusion.
fn describe(comparison: &Comparison) -> String {
    let seeds = comparison
        .configs
        .first()
        .map_or(0, |config| config.networks.len());
    let mut text = format!(
        "{} of each config, {} {} rows{}\n",
        counted(seeds, "seed"),
        grouped(comparison.rows as u64),
        comparison.split.name(),
        if seeds > 1 {
            " (mean ± standard deviation over seeds)"
        } else {
            ""
        }
    );
    text += &configs_table(comparison);
    if let Some(fallback) = &comparison.fallback {
        text += &fallback_warning(fallback, "above");
    }
    if comparison.pairs.len() > 1 {
        text += &format!(
            "{} (p corrected for their number)\n",
            counted(comparison.pairs.len(), "pair")
        );
        text += &pairs_table(comparison);
    }
    for sentence in &comparison.conclusion {
        text += &format!("{sentence}\n");
    }
    text
}

fn configs_table(comparison: &Comparison) -> String {
    let scores = if are_values(comparison) {
        ["MAE", "RMSE", "R²"]
    } else {
        ["accuracy %", "loss", "macro F1 %"]
    };
    let [first, second, third] = scores;
    let head = ["config", "parameters", first, second, third, "training"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for config in &comparison.configs {
        let [first, second, third] = match config.metrics {
            TaskMetrics::Classes(metrics) => [
                spread(metrics.accuracy, 100.0, 2),
                spread(metrics.loss, 1.0, 4),
                spread(metrics.f1, 100.0, 2),
            ],
            TaskMetrics::Values(metrics) => [
                spread_of_values(metrics.mae),
                spread_of_values(metrics.rmse),
                metrics
                    .r2
                    .map_or_else(|| "–".to_owned(), |r2| spread(r2, 1.0, 4)),
            ],
        };
        rows.push(vec![
            config.name.clone(),
            grouped(config.parameters as u64),
            first,
            second,
            third,
            duration(config.training_seconds.mean),
        ]);
    }
    table(&rows)
}

fn pairs_table(comparison: &Comparison) -> String {
    let are_values = are_values(comparison);
    let by = if are_values { "by" } else { "points" };
    let head = ["ahead", "behind", by, "95 % interval", "p", "better"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for pair in &comparison.pairs {
        let points = |difference: f64| {
            if are_values {
                significant(difference)
            } else {
                format!("{:.2}", 100.0 * difference)
            }
        };
        let [low, high] = pair.comparison.interval.map(points);
        rows.push(vec![
            pair.ahead.clone(),
            pair.behind.clone(),
            points(pair.comparison.difference),
            format!("{low} to {high}"),
            format!("{:.4}", pair.corrected_p),
            if pair.better { "yes" } else { "not shown" }.to_owned(),
        ]);
    }
    table(&rows)
}

/// Returns `12.345 ± 0.67890`, or the mean alone for a single seed.
fn spread_of_values(values: Spread) -> String {
    let mean = significant(values.mean);
    match values.standard_deviation {
        Some(deviation) => format!("{mean} ± {}", significant(deviation)),
        None => mean,
    }
}

/// Returns `97.92 ± 0.08`, or the mean alone for a single seed.
fn spread(values: Spread, factor: f64, digits: usize) -> String {
    let mean = format!("{:.digits$}", factor * values.mean);
    match values.standard_deviation {
        Some(deviation) => format!("{mean} ± {:.digits$}", factor * deviation),
        None => mean,
    }
}
