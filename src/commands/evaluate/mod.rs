//! `mlp evaluate`

mod confusion;
mod own_splits;
mod tables;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use mlp::data::{Labels, read};
use mlp::error::{DataError, Error};
use mlp::evaluation::{Evaluation, score};
use mlp::inference::{ColumnOrder, Predictor};

use super::network::{Network, NetworkArguments};
use super::{Failure, Outcome, terminal};
use crate::commands::Verbosity;

/// Arguments of `mlp evaluate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp evaluate artifacts/mnist                        the newest run there, on its own rows\n  mlp evaluate artifacts/mnist --data new.csv --json  on other labelled rows\n  mlp evaluate artifacts/mnist --min-accuracy 0.97    exit code 1 below 97 %"
)]
pub struct EvaluateArguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Score this labelled file instead of the run's own rows
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Fail with exit code 1 below this accuracy, from 0 to 1, of the test rows (without them, of the validation rows; without those, of the training rows)
    #[arg(long, value_name = "ACCURACY", value_parser = share)]
    min_accuracy: Option<f64>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Scores.
pub fn run(arguments: &EvaluateArguments, verbosity: Verbosity) -> Outcome {
    let network = arguments.network.load()?;
    let evaluation = match &arguments.data {
        Some(path) => score_file(&network.predictor, path, verbosity)?,
        None => own_splits::evaluate(&network, arguments.network.checkpoint.is_none())?,
    };
    if arguments.json {
        terminal::print_json(&evaluation)?;
    } else {
        terminal::print(&tables::text(
            &network,
            arguments.data.as_deref(),
            &evaluation,
        ))?;
    }
    match arguments.min_accuracy {
        Some(bar) => clear(bar, &evaluation),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Scores all rows of a file, as the test split.
fn score_file(
    predictor: &Predictor,
    path: &Path,
    verbosity: Verbosity,
) -> Result<Evaluation, Error> {
    let dataset = read(path, &predictor.read_options(Labels::Required))?;
    let names = &predictor.manifest.feature_names;
    let order = ColumnOrder::between(names, &dataset.feature_names)
        .map_err(|kind| DataError::of_file(path, kind))?;
    terminal::note_order(path, &order, verbosity);
    let dataset = order.apply(dataset);
    let rows: Vec<u32> = (0..).take(dataset.rows()).collect();
    Ok(Evaluation {
        test: Some(score(predictor, &dataset, &rows).report),
        step: predictor.step,
        stand_in: predictor.manifest.data.stand_in.clone(),
        format: Evaluation::FORMAT,
        ..Evaluation::default()
    })
}

/// Fails if the split that says most about unseen rows is below the bar.
fn clear(bar: f64, evaluation: &Evaluation) -> Outcome {
    match evaluation.splits().next() {
        Some((split, report)) if report.accuracy < bar => {
            let on = evaluation
                .stand_in
                .as_ref()
                .map_or_else(String::new, |stand_in| format!(" (trained on {stand_in})"));
            Err(Failure::Missed(format!(
                "the {} accuracy is {}, below the {bar} asked for{on}",
                split.name(),
                report.accuracy
            )))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a share from 0 to 1, such as 0.97".to_owned())
}
