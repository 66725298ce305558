//! `mlp reproduce`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::backend;
use crate::error::RunError;
use crate::reproduction::{
    Change, Comparison, Effect, MetricsComparison, Original, WeightComparison,
};
use crate::run::RunDirectory;
use crate::training::{Ending, Prepared, Start};
use clap::Args;
use serde::Serialize;

use super::arguments::Verbosity;
use super::process::{self, Interrupt};
use super::progress::{ProgressMode, Reporter};
use super::terminal::{eprint, print, print_json};
use super::text::{counted, duration, grouped, percent, significant, table};
use super::{Failure, Outcome, train};

/// Prefix of the temporary folder of the second run, which is removed in the end.
const TEMPORARY: &str = ".reproduce-";
/// Characters of a hash that are shown.
const SHORT_HASH: usize = 12;
/// Maximum number of tensors in the table.
const MAX_PARAMETERS: usize = 12;

/// Arguments of `mlp reproduce`.
#[derive(Debug, Args)]
#[command(
    after_help = "The run's own record is trained again: its config, its data, its seed, its backend. Exit code 0 if\nthe weights come out equal bit for bit and metrics.jsonl too, but for seconds; 1 if not.\n\nExamples:\n  mlp reproduce artifacts/mnist              the newest run there\n  mlp reproduce artifacts/mnist --keep       and keep the second run beside the first\n  mlp reproduce artifacts/mnist --json"
)]
pub struct ReproduceArguments {
    /// Finished run, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Keep the second run, among the others in artifacts; without it, it is removed in the end
    #[arg(long)]
    keep: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressMode,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Trains the run again and compares.
pub fn run(arguments: &ReproduceArguments, verbosity: Verbosity) -> Outcome {
    let started = Instant::now();
    let mode = arguments.progress.resolve(verbosity.quiet)?;
    let original = Original::open(RunDirectory::find(&arguments.run)?)?;
    process::configure(&original.config);
    backend::device(original.config.backend, &original.config.device)?; // before any data is read

    let source = original.source()?;
    let changes = original.changes(&source)?;
    let mut verdict = Verdict::new(&original, changes);
    if verdict
        .changes
        .iter()
        .any(|change| change.effect == Effect::Certain)
    {
        return verdict.print(arguments.json);
    }
    let mut config = original.config.clone();
    config.training.report &= arguments.keep; // it would be removed with the run
    let prepared = Prepared::new(config, source, started)?;
    if !verbosity.quiet {
        eprint(&train::describe_plan(&prepared));
    }

    // Before the folder is there, so that no signal leaves it behind.
    let interrupt = Interrupt::listen().map_err(Failure::Stream)?;
    let temporary = if arguments.keep {
        None
    } else {
        let here = Path::new(".");
        let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(here);
        Some(folder.map_err(RunError::writing(here))?)
    };
    let start = Start::New {
        run_dir: temporary.as_ref().map(|folder| folder.path().to_owned()),
        init_from: original.manifest.init_from.clone(),
    };
    let reporter = Reporter::new(mode, verbosity);
    let summary = train::train(&prepared, start, mode, reporter, &interrupt)?;
    if summary.ending == Ending::Cancelled {
        eprint("interrupted: nothing was compared\n");
        return Ok(interrupt.exit_code());
    }
    verdict.comparison = Some(original.compare(&summary.run)?);
    verdict.seconds = Some(summary.seconds);
    verdict.kept = arguments.keep.then(|| summary.run.path().to_owned());
    drop(temporary);
    verdict.print(arguments.json)
}

/// The result of a reproduction.
#[derive(Serialize)]
struct Verdict {
    run: PathBuf,
    reproduced: bool,
    backend: &'static str,
    #[serde(flatten)]
    comparison: Option<Comparison>,
    changes: Vec<Change>,
    /// Training time of the second run; absent if nothing was trained.
    seconds: Option<f64>,
    /// Folder of the second run, if it is kept.
    kept: Option<PathBuf>,
}

impl Verdict {
    /// Makes the verdict from before anything is trained or compared.
    fn new(original: &Original, changes: Vec<Change>) -> Self {
        Self {
            run: original.run.path().to_owned(),
            reproduced: false,
            backend: original.config.backend.name(),
            comparison: None,
            changes,
            seconds: None,
            kept: None,
        }
    }

    /// Prints the verdict; fails unless all is equal.
    fn print(mut self, json: bool) -> Outcome {
        self.reproduced = self.comparison.as_ref().is_some_and(Comparison::is_equal);
        if json {
            print_json(&self)?;
        } else {
            print(&self.describe())?;
        }
        if self.reproduced {
            return Ok(ExitCode::SUCCESS);
        }
        let run = self.run.display();
        Err(Failure::CheckFailed(match &self.comparison {
            None => format!("{run}: cannot be reproduced: {}", self.obstacle()),
            Some(comparison) if comparison.weights.equal => {
                format!("{run}: the weights came out equal, but not all that was logged")
            }
            Some(_) => format!("{run}: other weights came out"),
        }))
    }

    /// Names the changes that make it certain that other weights would come out.
    fn obstacle(&self) -> String {
        let certain = self
            .changes
            .iter()
            .filter(|change| change.effect == Effect::Certain);
        let named: Vec<&str> = certain.map(|change| change.what).collect();
        format!("{} changed since; nothing was trained", named.join(" and "))
    }

    fn describe(&self) -> String {
        let mut text = format!("{}", self.run.display());
        let Some(comparison) = &self.comparison else {
            return format!("{text}: not trained again\n{}", self.describe_changes());
        };
        text += &format!(
            ": trained again in {}, on {}\n",
            duration(self.seconds.unwrap_or_default()),
            self.backend
        );
        if comparison.steps_then != comparison.steps_now {
            text += &format!(
                "  updates   {} then, {} now\n",
                grouped(comparison.steps_then),
                grouped(comparison.steps_now)
            );
        }
        text += &describe_weights(&comparison.weights);
        text += &describe_metrics(&comparison.metrics);
        if let Some(accuracy) = comparison.accuracy {
            let name = accuracy.split.name();
            let (then, now) = (percent(accuracy.then), percent(accuracy.now));
            text += &if then == now {
                format!("  accuracy  {then} of the {name} rows, then and now\n")
            } else {
                format!("  accuracy  {then} of the {name} rows then, {now} now\n")
            };
        }
        if let Some(rmse) = comparison.rmse {
            let name = rmse.split.name();
            let (then, now) = (significant(rmse.then), significant(rmse.now));
            text += &if then == now {
                format!("  RMSE      {then} on the {name} rows, then and now\n")
            } else {
                format!("  RMSE      {then} on the {name} rows then, {now} now\n")
            };
        }
        text += &self.describe_changes();
        if let Some(kept) = &self.kept {
            text += &format!("  the second run: {}\n", kept.display());
        }
        if self.reproduced {
            text += "reproduced\n";
        }
        text
    }

    fn describe_changes(&self) -> String {
        let has_explanation = self
            .changes
            .iter()
            .any(|change| change.effect != Effect::None);
        let mut text = String::new();
        if !self.changes.is_empty() {
            text += "changed since\n";
        }
        for change in &self.changes {
            let effect = match change.effect {
                Effect::None => "makes no difference",
                Effect::Possible => "can make a difference",
                Effect::Certain => "makes a difference",
            };
            text += &format!(
                "  {}, which {effect}\n    then  {}\n    now   {}\n",
                change.what,
                shorten_hashes(&change.then),
                shorten_hashes(&change.now)
            );
        }
        if !has_explanation && !self.reproduced {
            text += "nothing on record explains it: a file of the run was changed, or it was trained\n\
                     on another processor, which may round otherwise\n";
        }
        text
    }
}

fn describe_weights(found: &WeightComparison) -> String {
    let Some(furthest) = found.furthest() else {
        let values = grouped(found.values as u64);
        return format!("  weights   equal, bit for bit: all {values} values\n");
    };
    let mut text = format!(
        "  weights   NOT EQUAL: {} of {} values differ, by at most {:.2e}\n            (layer {}, {})\n",
        grouped(found.different as u64),
        grouped(found.values as u64),
        furthest.largest_difference,
        furthest.layer,
        furthest.parameter
    );
    let head = ["tensor", "values", "different", "at most"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for parameter in found.parameters.iter().take(MAX_PARAMETERS) {
        lines.push(vec![
            format!("layer {} {}", parameter.layer, parameter.parameter),
            grouped(parameter.values as u64),
            grouped(parameter.different as u64),
            format!("{:.2e}", parameter.largest_difference),
        ]);
    }
    text += &table(&lines);
    text
}

fn describe_metrics(found: &MetricsComparison) -> String {
    let Some(first) = found.first_difference else {
        return format!(
            "  metrics   equal but for their seconds: {}\n",
            counted(found.lines, "line")
        );
    };
    let record = found.then.as_ref().or(found.now.as_ref());
    let place = record.map_or_else(String::new, |record| {
        format!(" (step {}, {})", record.step, record.split.name())
    });
    format!("  metrics   NOT EQUAL from line {first} on{place}\n")
}

/// Cuts the hashes in a text to [`SHORT_HASH`] characters.
fn shorten_hashes(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = text.split(' ').map(|word| {
        if is_hash(word) {
            format!("{}…", &word[..SHORT_HASH])
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
