//! `mlp data synthesize`

use std::path::PathBuf;

use crate::data::{digits, gaussian_sum, is_csv_name, write_csv};
use clap::{Args, ValueEnum};

use super::{describe_written, prepare_output};
use crate::commands::Failure;
use crate::commands::terminal::print;
use crate::commands::text::grouped;

/// Maximum number of values of a generated data set: 4 GB as floats.
const MAX_VALUES: u64 = 1_000_000_000;
/// Columns of the digits, one a pixel.
const PIXELS: u64 = 28 * 28;
/// Columns of gaussian-sum rows by default.
const DEFAULT_COLUMNS: u64 = 2;

/// A generator of labelled rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Generator {
    /// Handwriting-like digits, 28×28 grey levels as in MNIST
    Digits,
    /// Normal features, in three classes by their sum
    GaussianSum,
}

/// Arguments of `mlp data synthesize`.
#[derive(Debug, Args)]
#[command(
    after_help = "The same seed gives the same rows, and a longer data set begins with a shorter one.\n\nExamples:\n  mlp data synthesize digits -o data/digits.csv.gz --rows 5000\n  mlp data synthesize gaussian-sum -o data/sums.csv --columns 3 --seed 7"
)]
pub struct SynthesizeArguments {
    /// What to generate
    #[arg(value_enum)]
    generator: Generator,
    /// File to write, .csv or .csv.gz
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Rows to generate
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// Seed of the rows
    #[arg(long, value_name = "S", default_value_t = 42)]
    seed: u64,
    /// Features of a row, gaussian-sum only [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    columns: Option<u64>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Generates rows and writes them.
pub fn run(arguments: &SynthesizeArguments) -> Result<(), Failure> {
    let path = &arguments.output;
    if !is_csv_name(path) {
        let what = format!("{}: generated rows are written as CSV", path.display());
        return Err(Failure::Usage(what, "name a .csv or .csv.gz file".into()));
    }
    if arguments.generator == Generator::Digits && arguments.columns.is_some() {
        let what = "digits have 28 × 28 columns, and no --columns".to_owned();
        let remedy = "leave it out, or generate gaussian-sum";
        return Err(Failure::Usage(what, remedy.into()));
    }
    let columns = match arguments.generator {
        Generator::Digits => PIXELS,
        Generator::GaussianSum => arguments.columns.unwrap_or(DEFAULT_COLUMNS),
    };
    if arguments.rows.saturating_mul(columns) > MAX_VALUES {
        let (rows, columns) = (grouped(arguments.rows), grouped(columns));
        let what = format!("{rows} rows of {columns} columns are too many to hold in memory");
        let remedy = format!("at most {} values: lower --rows", grouped(MAX_VALUES));
        return Err(Failure::Usage(what, remedy));
    }
    prepare_output(path, arguments.force)?;
    let (rows, columns) = (arguments.rows as usize, columns as usize); // at most MAX_VALUES
    let dataset = match arguments.generator {
        Generator::Digits => digits(rows, arguments.seed),
        Generator::GaussianSum => gaussian_sum(rows, columns, arguments.seed),
    };
    write_csv(path, &dataset)?;
    print(&describe_written(path, rows)?)
}
