//! `mlp compare`

mod tables;
mod train;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::backend;
use crate::comparison::{Candidate, Comparison, ConfigMetrics, EarlierRuns, Study};
use crate::report::{self, Chart, Compared, write_charts};
use crate::run::{ARTIFACTS, Split, new_folder, write_json};
use clap::Args;

use super::progress::{ProgressMode, Reporter};
use super::settings::Settings;
use super::signals::Interrupt;
use super::terminal::{grouped, print, print_json, tell};
use super::{Failure, Outcome, data};
use crate::commands::Verbosity;

/// Most seeds of a config: far more than anyone waits for.
const MOST_SEEDS: i64 = 1000;

/// Arguments of `mlp compare`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp compare configs/mnist.toml configs/relu-7.toml          3 seeds each, on the validation rows\n  mlp compare a.toml b.toml c.toml --seeds 5 --json           one JSON document\n  mlp compare configs/mnist.toml --seeds 5 --test             mean and deviation of one config on the test rows\n\nRuns that are there are used again, and one that was interrupted is continued: the same command goes on where it stopped."
)]
pub struct CompareArguments {
    /// Config files; one alone is measured, two or more are compared
    #[arg(value_name = "CONFIG", required = true)]
    configs: Vec<PathBuf>,
    /// Seeds for each config: its `seed` and those after it
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=MOST_SEEDS))]
    seeds: u16,
    /// Compare on the test rows, which are then no longer an unbiased test of the chosen config
    #[arg(long)]
    test: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Of all configs")]
    settings: Settings,
}

/// Trains what is not there yet, and compares.
pub fn run(arguments: &CompareArguments, verbosity: Verbosity) -> Outcome {
    let entrants = entrants(arguments)?;
    if let Some(first) = entrants.first() {
        super::environment::configure(&first.config);
    }
    for Candidate { config, .. } in &entrants {
        backend::device(config.backend, &config.device)?; // before any data is touched
    }
    let split = if arguments.test {
        Split::Test
    } else {
        Split::Validation
    };
    let mut reporter = Reporter::new(ProgressMode::Auto.settled(verbosity.quiet)?, verbosity);
    let field = Study::load(
        entrants,
        split,
        usize::from(arguments.seeds),
        &data::mirrors(),
        &mut data::watch(&mut reporter),
    )?;
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let mut configs = Vec::new();
    for (entrant, name) in field.names().enumerate() {
        let earlier = EarlierRuns::of(&field.prepared(entrant, 0).config.name);
        let mut networks = Vec::new();
        for number in 0..field.seeds {
            let trial = train::Trial {
                field: &field,
                entrant,
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
    let comparison = Comparison::new(&field, configs);
    let (folder, _) = new_folder(&Path::new(ARTIFACTS).join("compare"))?;
    write_json(&folder.join("comparison.json"), &comparison)?;
    write_charts(&folder, &[chart(&comparison)])?;
    if arguments.json {
        print_json(&comparison)?;
    } else {
        print(&tables::text(&comparison))?;
    }
    if !verbosity.quiet {
        tell(&format!("written: {}\n", folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Accuracy of each config, with its deviation and that of each seed.
fn chart(comparison: &Comparison) -> Chart {
    let percent = |share: f64| 100.0 * share;
    let bar = |config: &ConfigMetrics| Compared {
        name: config.name.clone(),
        mean: percent(config.accuracy.mean),
        deviation: percent(config.accuracy.standard_deviation.unwrap_or(0.0)),
        values: config
            .networks
            .iter()
            .map(|network| percent(network.accuracy))
            .collect(),
    };
    let bars: Vec<Compared> = comparison.configs.iter().map(bar).collect();
    let title = format!("Accuracy of {} rows", grouped(comparison.rows as u64));
    let unit = format!("{} accuracy (%)", comparison.split.name());
    report::comparison(&title, &unit, &bars)
}

/// The configs under names that tell them apart: their own, else those of their files.
fn entrants(arguments: &CompareArguments) -> Result<Vec<Candidate>, Failure> {
    let configs = arguments.configs.iter();
    let configs = configs.map(|file| arguments.settings.over(file));
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

/// Says how to go on.
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
    let program = super::terminal::program();
    let text = format!("interrupted; saved. To go on: {program} {command}\n");
    if arguments.json {
        tell(&text);
    } else {
        print(&text)?;
    }
    Ok(interrupt.exit_code())
}
