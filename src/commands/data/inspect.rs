//! `mlp data inspect`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use mlp::config::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use mlp::data::{Dataset, FileFormat, Labels, ReadOptions, Summary, read};
use mlp::error::{DataError, DataErrorKind};
use serde::Serialize;

use super::label_column;
use crate::commands::Failure;
use crate::commands::terminal::{counted, grouped, percent, print, print_json, size, table};

/// Most classes listed one by one in the readable form.
const MOST_CLASSES: usize = 20;

/// Arguments of `mlp data inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mlp data inspect data/mnist_train.csv data/mnist_test.csv\n  mlp data inspect iris.csv --label species --json"
)]
pub struct InspectArguments {
    /// CSV or IDX files, gzip-compressed or not
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The label's column: a header name, or a number counted from 0; -1 is the last [default: label]
    #[arg(long, value_name = "COLUMN", value_parser = label_column, allow_hyphen_values = true)]
    label: Option<LabelColumn>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was found in one file.
#[derive(Serialize)]
struct Inspection {
    path: PathBuf,
    file_bytes: u64,
    format: FileFormat,
    #[serde(flatten)]
    summary: Summary,
}

/// Inspects each file. With JSON nothing is printed unless all can be read.
pub fn run(arguments: &InspectArguments) -> Result<(), Failure> {
    let mut found = Vec::new();
    for path in &arguments.files {
        let inspection = Inspection::of(path, arguments.label.as_ref())?;
        if !arguments.json {
            let gap = if found.is_empty() { "" } else { "\n" };
            print(&format!("{gap}{}", inspection.describe()))?;
        }
        found.push(inspection);
    }
    if arguments.json {
        print_json(&serde_json::json!({ "files": found }))?;
    }
    Ok(())
}

impl Inspection {
    fn of(path: &Path, label: Option<&LabelColumn>) -> Result<Self, DataError> {
        let (dataset, options) = read_any(path, label)?;
        let metadata = std::fs::metadata(path).map_err(|error| DataError::opening(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            file_bytes: metadata.len(),
            format: FileFormat::of(path, &options)?,
            summary: Summary::of(&dataset),
        })
    }

    fn describe(&self) -> String {
        let summary = &self.summary;
        let range = match (summary.minimum, summary.maximum) {
            (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
            _ => "no values".to_owned(),
        };
        let empty = match summary.empty_cells {
            0 => "none".to_owned(),
            cells => format!(
                "{} (they need `data.missing` = \"mean\" or a number)",
                grouped(cells as u64)
            ),
        };
        let lines = [
            (
                "format",
                format!("{}, {}", self.format, size(self.file_bytes)),
            ),
            ("rows", grouped(summary.rows as u64)),
            ("columns", counted(summary.columns, "feature")),
            ("values", format!("{}, {range}", summary.values)),
            ("zeros", percent(summary.zero_share)),
            ("empty cells", empty),
            ("constant", counted(summary.constant_columns, "column")),
            ("memory", size(summary.memory_bytes as u64)),
        ];
        let mut text = format!("{}\n", self.path.display());
        for (name, value) in lines {
            let _ = writeln!(text, "  {name:<11}  {value}"); // a String takes everything
        }
        text + &self.classes()
    }

    fn classes(&self) -> String {
        let Some(classes) = &self.summary.classes else {
            return "  no labels (if a column holds them, name it: --label NAME, or a number without a header)\n"
                .to_owned();
        };
        let head = ["class", "rows", "share"].map(str::to_owned).to_vec();
        let rows = classes.iter().take(MOST_CLASSES).map(|class| {
            let name = class.class.escape_debug().to_string();
            vec![name, grouped(class.rows as u64), percent(class.share)]
        });
        let mut text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        if classes.len() > MOST_CLASSES {
            let more = grouped((classes.len() - MOST_CLASSES) as u64);
            text += &format!("  … and {more} classes more (--json lists all)\n");
        }
        text
    }
}

/// Reads a file as it is: values of any range, empty cells as NaN, labels if there are any.
///
/// A label column that was asked for must be there. If none was, and the file does not read without
/// one, the error is that of the missing label, which names the columns there are.
pub(super) fn read_any(
    path: &Path,
    label: Option<&LabelColumn>,
) -> Result<(Dataset, ReadOptions), DataError> {
    let defaults = ReadOptions::default();
    let options = ReadOptions {
        label: label.cloned().unwrap_or(defaults.label.clone()),
        labels: Labels::Optional,
        missing: MissingPolicy::Named(MissingPolicyName::Mean),
        scale: ScaleKind::None,
        ..defaults
    };
    let required = ReadOptions {
        labels: Labels::Required,
        ..options.clone()
    };
    match read(path, &options) {
        Ok(dataset) if dataset.labels.is_none() && label.is_some() => {
            Ok((read(path, &required)?, required))
        }
        Ok(dataset) => Ok((dataset, options)),
        Err(error) => match read(path, &required) {
            Err(better)
                if matches!(
                    *better.kind,
                    DataErrorKind::NoLabelColumn { .. } | DataErrorKind::LabelNeedsHeader { .. }
                ) =>
            {
                Err(better)
            }
            _ => Err(error),
        },
    }
}
