//! `mlp predict`

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use mlp::error::{DataError, DataErrorKind};
use mlp::inference::{InputRows, PredictionWriter, Predictor};

use super::Verbosity;
use super::network::NetworkArguments;
use super::output_file::{self, Output};
use super::terminal::{self, duration, grouped};
use super::{Failure, Outcome};

/// The input that stands for standard input.
const STDIN: &str = "-";

/// Arguments of `mlp predict`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp predict artifacts/mnist digits.csv\n  mlp predict artifacts/mnist a.csv.gz b.csv --output predictions.csv\n  zcat digits.csv.gz | mlp predict artifacts/mnist - --probabilities"
)]
pub struct PredictArguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// CSV or IDX files, also .gz; - is CSV on standard input. A label column is left out
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Write to a file, which appears when all is done
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the probability of each class too
    #[arg(long)]
    probabilities: bool,
}

/// Predicts, row after row, input after input.
pub fn run(arguments: &PredictArguments, verbosity: Verbosity) -> Outcome {
    check_inputs(&arguments.inputs)?;
    let predictor = arguments.network.load()?.predictor;
    let started = Instant::now();
    if let Some(path) = &arguments.output
        && let Ok(output) = path.canonicalize()
        && arguments
            .inputs
            .iter()
            .any(|input| input.canonicalize().is_ok_and(|input| input == output))
    {
        let what = format!(
            "{}: the predictions would replace their own input",
            path.display()
        );
        return Err(Failure::Usage(what, "choose another --output".to_owned()));
    }
    let mut output = Output::open(arguments.output.as_deref())?;
    let rows = predict(&predictor, arguments, verbosity, &mut output)?;
    output.finish()?;
    if verbosity.verbose > 0 {
        let seconds = started.elapsed().as_secs_f64();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        // a speed for people
        let speed = (rows as f64 / seconds) as u64;
        let (rows, took) = (grouped(rows), duration(seconds));
        terminal::note(&format!("{rows} rows in {took}, {} rows/s", grouped(speed)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds what would fail late: a file that is not there, standard input named twice.
fn check_inputs(inputs: &[PathBuf]) -> Result<(), Failure> {
    if inputs.iter().filter(|input| is_stdin(input)).count() > 1 {
        return Err(Failure::Usage(
            "standard input is named twice".into(),
            "give `-` once".into(),
        ));
    }
    match inputs.iter().find(|path| !is_stdin(path) && !path.exists()) {
        Some(path) => Err(DataError::of_file(path, DataErrorKind::Missing).into()),
        None => Ok(()),
    }
}

/// Number of rows.
fn predict(
    predictor: &Predictor,
    arguments: &PredictArguments,
    verbosity: Verbosity,
    output: &mut Output,
) -> Result<u64, Failure> {
    let failed = |error| output_file::failure(arguments.output.as_deref(), error);
    let class_names = predictor.class_names();
    let mut writer = PredictionWriter::new(output, class_names, arguments.probabilities);
    let mut predicted = 0;
    for path in &arguments.inputs {
        let mut rows = if is_stdin(path) {
            InputRows::from_stream(io::stdin(), Path::new("standard input"), predictor)?
        } else {
            InputRows::open(path, predictor)?
        };
        let mut told = false;
        while let Some(chunk) = rows.next_chunk()? {
            if let Some(order) = rows.order()
                && !told
            {
                terminal::note_order(path, order, verbosity);
                told = true;
            }
            let numbers = chunk.all_rows();
            predicted += numbers.len() as u64;
            writer
                .write(&predictor.predict(&chunk, &numbers))
                .map_err(failed)?;
        }
    }
    writer.finish().map_err(failed)?;
    Ok(predicted)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}
