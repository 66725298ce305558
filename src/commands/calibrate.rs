//! `mlp calibrate`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::decision::{
    BeforeAfter, CalibrationRows, CalibrationSource, FEW_ROWS, StoredDecision, TEMPERATURES,
};
use crate::error::RunError;
use crate::inference::LoadedRun;
use crate::run::{RunDirectory, Which};
use clap::Args;
use serde::Serialize;

use super::arguments::Verbosity;
use super::terminal::{note, print, print_json};
use super::text::{grouped, shortened, significant, table};
use super::{Failure, Outcome};

/// Maximum characters of the name of a class.
const MAX_NAME: usize = 36;

/// Arguments of `mlp calibrate`.
#[derive(Debug, Args)]
#[command(
    after_help = "A temperature makes the probabilities of classes those of rows that were not trained on; a threshold of two\nclasses (decision.threshold) is chosen anew, and the quantiles of intervals are computed. All go to decision.json of the\nrun and are used by every command and export from then on. The rows are those of data.calibration, else the validation\nrows.\n\nExamples:\n  mlp calibrate artifacts/churn\n  mlp calibrate artifacts/churn --force       replace an earlier calibration\n  mlp calibrate artifacts/churn --json"
)]
pub struct CalibrateArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Replace an earlier calibration
    #[arg(long)]
    force: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The outcome as JSON.
#[derive(Serialize)]
struct Document<'a> {
    run: PathBuf,
    #[serde(flatten)]
    decision: &'a StoredDecision,
    warnings: &'a [String],
}

/// Fits how the chosen checkpoint of a run decides.
pub fn run(arguments: &CalibrateArguments, verbosity: Verbosity) -> Outcome {
    let run = RunDirectory::find(&arguments.run)?;
    let trained = LoadedRun::load(&run, Which::Chosen)?;
    let (model, step) = (&trained.model, trained.step);
    let known = StoredDecision::read(&run, model.classes())?;
    let is_fitted = known.as_ref().is_some_and(|known| known.fitted.is_some());
    if is_fitted && !arguments.force {
        return Err(Failure::Usage(
            format!(
                "{}: the run is calibrated already",
                run.decision().display()
            ),
            "replace it with --force".to_owned(),
        ));
    }
    let uncalibrated = |why: String, remedy| RunError::Uncalibrated {
        path: run.path().to_owned(),
        why,
        remedy,
    };
    let kept = CalibrationRows::read(&run, &model.schema)?.ok_or_else(|| {
        uncalibrated(
            "the run keeps no rows that it was not trained on, to calibrate on".to_owned(),
            "train with data.calibration = 0.1, or with validation rows, to the end",
        )
    })?;
    if kept.step != step {
        return Err(uncalibrated(
            format!(
                "the rows in {} were predicted at step {}, and the chosen checkpoint is that of step {step}",
                run.calibration().display(),
                kept.step
            ),
            "continue the training to its end: mlp --resume RUN",
        )
        .into());
    }
    let rule = trained.config.decision.threshold;
    let decision = StoredDecision::fit(&kept, model, rule);
    let is_imported = trained.manifest.imported_from.is_some();
    let warnings = warnings(&kept, &decision, is_imported);
    decision.write(&run)?;
    for warning in &warnings {
        note(warning);
    }
    if arguments.json {
        print_json(&Document {
            run: run.path().to_owned(),
            decision: &decision,
            warnings: &warnings,
        })?;
    } else {
        print(&describe(&run, &kept, &decision, known.as_ref()))?;
        if !verbosity.quiet {
            let path = run.path().display();
            print(&format!(
                "next: mlp evaluate {path}\n      mlp report {path}\n"
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what speaks against relying on a calibration.
fn warnings(kept: &CalibrationRows, decision: &StoredDecision, is_imported: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let rows = kept.rows.len();
    if is_imported {
        warnings.push(
            "the weights were imported: whether they were trained on these rows is not known, and if so, none of this is worth \
             anything"
                .to_owned(),
        );
    } else if kept.source == CalibrationSource::Validation {
        warnings.push(
            "these are the validation rows, which also chose the checkpoint: they are predicted somewhat better than new ones. \
             data.calibration = 0.1 holds out rows for calibration alone"
                .to_owned(),
        );
    }
    if rows < FEW_ROWS {
        warnings.push(format!(
            "there are only {rows} rows to calibrate on; below {FEW_ROWS}, all that follows is rough"
        ));
    }
    if let Some(temperature) = decision.temperature
        && [TEMPERATURES.0, TEMPERATURES.1]
            .iter()
            .any(|bound| (temperature / bound - 1.0).abs() < 1e-9)
    {
        warnings.push(format!(
            "the temperature is at its bound, {temperature}: the log loss of these rows has no minimum"
        ));
    }
    warnings
}

fn describe(
    run: &RunDirectory,
    kept: &CalibrationRows,
    decision: &StoredDecision,
    known: Option<&StoredDecision>,
) -> String {
    let mut text = format!(
        "{}: weights of step {}, {} {} rows\n",
        run.path().display(),
        decision.step,
        grouped(kept.rows.len() as u64),
        kept.source.name()
    );
    if let Some(temperature) = decision.temperature {
        text += &format!("  temperature  {}\n", significant(temperature));
    }
    if let Some(threshold) = &decision.threshold {
        let before = known.and_then(|known| known.threshold.as_ref());
        let before = before.map_or_else(String::new, |before| {
            format!(", {} before", significant(before.value))
        });
        text += &format!(
            "  threshold    {} of class {} ({}{before})\n",
            significant(threshold.value),
            shortened(&threshold.positive, MAX_NAME),
            threshold.rule
        );
    }
    let line = |name: &str, before: f64, after: f64| {
        vec![
            name.to_owned(),
            format!("{before:.4}"),
            format!("{after:.4}"),
        ]
    };
    let fitted = decision.fitted.as_ref();
    if let Some((log_loss, reliability)) =
        fitted.and_then(|fitted| Some((fitted.log_loss.as_ref()?, fitted.calibration.as_ref()?)))
    {
        let BeforeAfter { before, after } = reliability;
        text += &table(&[
            ["", "before", "after"].map(str::to_owned).to_vec(),
            line("log loss (nats)", log_loss.before, log_loss.after),
            line(
                "expected calibration error",
                before.expected_calibration_error,
                after.expected_calibration_error,
            ),
        ]);
    }
    if !decision.intervals.is_empty() {
        let what = if decision.temperature.is_some() {
            "1 less the probability of a class of the set"
        } else {
            "error"
        };
        let each: Vec<String> = decision
            .intervals
            .iter()
            .map(|interval| {
                format!(
                    "{} up to {}",
                    interval.level,
                    significant(interval.quantile)
                )
            })
            .collect();
        text += &format!("  intervals    {what}: {}\n", each.join(", "));
    }
    text
}
