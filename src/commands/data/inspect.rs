//! `mlp data inspect`

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{DataSection, LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use crate::data::{
    Dataset, Duplicates, FileFormat, Finding, Labels, Preprocessor, ReadOptions, Rewindable,
    Schema, SharedRow, SharedRows, Summary, Table, TableReport, TargetSummary, fingerprint, read,
};
use crate::error::DataError;
use crate::evaluation::{label_suspects, score};
use crate::metrics::Mistake;
use crate::task::Task;
use clap::Args;
use serde::Serialize;

use super::{parse_label_column, read_any};
use crate::commands::Failure;
use crate::commands::arguments::{ComputeArguments, Verbosity};
use crate::commands::columns::{column_fates, columns_table};
use crate::commands::loaded_model::LoadedModel;
use crate::commands::terminal::{note, print, print_json};
use crate::commands::text::{
    counted, grouped, mistakes_table, percent, shortened, significant, size, table,
};

/// Maximum numbers listed in the text.
const MAX_CLASSES: usize = 20;
const MAX_COLUMNS: usize = 5;
const MAX_GROUPS: usize = 5;
const MAX_GROUP_ROWS: usize = 6;
const MAX_LABELS: usize = 3;
const MAX_SHARED_ROWS: usize = 5;
/// Maximum characters of the name of a column or class in a list.
const MAX_NAME: usize = 12;
/// Maximum characters of the name of a class in the table of shared rows.
const MAX_SHARED_NAME: usize = 20;

/// Arguments of `mlp data inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rows are counted from 0.\n\nExamples:\n  mlp data inspect data/mnist_train.csv data/mnist_test.csv   also tells which rows are in both\n  mlp data inspect iris.csv --label species --json\n  mlp data inspect data/mnist_test.csv --run artifacts/mnist  labels that a trained network doubts"
)]
pub struct InspectArguments {
    /// Tables of any format that is read, compressed or not; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The label's column: a header name, or a number counted from 0; -1 is the last [default: that of RUN, or label]
    #[arg(long, value_name = "COLUMN", value_parser = parse_label_column, allow_hyphen_values = true)]
    label: Option<LabelColumn>,
    /// A trained run (or a folder of runs: the newest): list the labels that its network doubts most
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Doubtful labels to list
    #[arg(long, value_name = "N", default_value_t = 20, requires = "run")]
    suspects: usize,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Inspects each file, then each pair of files. With JSON nothing is printed unless all can be read.
pub fn run(arguments: &InspectArguments, verbosity: Verbosity) -> Result<(), Failure> {
    let mut judge = match &arguments.run {
        Some(run) => Some(Judge::load(run, arguments, verbosity)?),
        None => None,
    };
    let print_unless_json = |text: String| {
        if arguments.json { Ok(()) } else { print(&text) }
    };
    let mut inspections: Vec<Inspection> = Vec::new();
    let mut datasets: Vec<Dataset> = Vec::new();
    for path in &arguments.files {
        let (inspection, dataset) = Inspection::of(path, arguments.label.as_ref(), judge.as_mut())?;
        let gap = if datasets.is_empty() { "" } else { "\n" };
        print_unless_json(format!("{gap}{}", inspection.describe()))?;
        if !arguments.json && !verbosity.quiet {
            for text in &inspection.notes {
                note(&format!("{}: {text}", path.display()));
            }
        }
        inspections.push(inspection);
        datasets.push(dataset);
    }
    let shared = Shared::between_all(&arguments.files, &datasets);
    for shared in &shared {
        print_unless_json(format!("\n{}", shared.describe()))?;
    }
    if arguments.json {
        print_json(&serde_json::json!({ "files": inspections, "shared_rows": shared }))?;
    }
    Ok(())
}

/// What a training on all rows would make of the columns.
#[derive(Serialize)]
struct Fitted {
    column_list: Vec<FittedColumn>,
    findings: Vec<Finding>,
    /// The same as text.
    #[serde(skip)]
    table: String,
}

#[derive(Serialize)]
struct FittedColumn {
    name: String,
    kind: &'static str,
    missing: usize,
    /// What becomes of it.
    becomes: String,
}

impl Fitted {
    fn of(report: &TableReport, dataset: &Dataset, section: &DataSection) -> Self {
        let preprocessor = Preprocessor::fit(dataset, &dataset.all_rows(), section);
        let describe = |input| match &preprocessor {
            Ok(preprocessor) => preprocessor.description(input),
            Err(error) => error.to_string(),
        };
        let fates = column_fates(report, describe);
        let columns = report.columns.iter().zip(fates);
        let column_list = columns.map(|(column, (kind, becomes))| FittedColumn {
            name: column.name.clone(),
            kind,
            missing: column.missing,
            becomes,
        });
        Self {
            column_list: column_list.collect(),
            findings: Finding::all(report, dataset),
            table: columns_table(report, describe),
        }
    }
}

/// Returns what a training would make of the columns of a file: it leaves out those that teach nothing, which the summary
/// has. Of a stream, which is read once only, all are there.
fn fitted(
    path: &Path,
    report: &TableReport,
    dataset: &Dataset,
    options: &ReadOptions,
) -> Result<Fitted, DataError> {
    let section = &options.section;
    if Rewindable::is_stream(path) || dataset.target.is_none() {
        return Ok(Fitted::of(report, dataset, section));
    }
    let Table {
        dataset, report, ..
    } = read(path, &ReadOptions::training(section))?;
    Ok(Fitted::of(&report, &dataset, section))
}

/// Returns what a user should know of how a file was read.
fn notes(report: &TableReport) -> Vec<String> {
    report.notes.iter().map(ToString::to_string).collect()
}

/// What was found in one file.
#[derive(Serialize)]
struct Inspection {
    path: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FileFormat>,
    #[serde(flatten)]
    fitted: Fitted,
    notes: Vec<String>,
    #[serde(flatten)]
    summary: Summary,
    duplicates: Duplicates,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_check: Option<LabelCheck>,
}

impl Inspection {
    /// Reads a file and summarises it; `judge` checks its labels.
    fn of(
        path: &Path,
        asked_for: Option<&LabelColumn>,
        judge: Option<&mut Judge>,
    ) -> Result<(Self, Dataset), Failure> {
        let usual = judge.as_deref().map(Judge::label);
        let stream = Rewindable::is_stream(path);
        if stream && judge.is_some() {
            let what = format!("{}: --run reads the rows twice", path.display());
            return Err(Failure::Usage(what, "save them to a file first".into()));
        }
        let (
            Table {
                dataset, report, ..
            },
            options,
        ) = read_any(path, asked_for, usual)?;
        let opening = |error| DataError::opening(path, error);
        let mut notes = notes(&report);
        let fitted = match fitted(path, &report, &dataset, &options) {
            Ok(fitted) => fitted,
            Err(error) => {
                notes.push(format!(
                    "a training would refuse these rows: {}",
                    error.kind
                ));
                Fitted::of(&report, &dataset, &options.section)
            }
        };
        let suspects = judge.filter(|_| dataset.target.is_some());
        let inspection = Self {
            path: path.to_owned(),
            file_bytes: if stream {
                None
            } else {
                Some(std::fs::metadata(path).map_err(opening)?.len())
            },
            format: if stream {
                None
            } else {
                Some(FileFormat::of(path, &options)?)
            },
            fitted,
            notes,
            summary: Summary::of(&dataset),
            duplicates: Duplicates::of(&dataset),
            label_check: suspects.map(|judge| judge.judge(path)).transpose()?,
        };
        Ok((inspection, dataset))
    }

    /// Returns what was found as text.
    fn describe(&self) -> String {
        let summary = &self.summary;
        let range = match (summary.minimum, summary.maximum) {
            (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
            _ => "no values".to_owned(),
        };
        let empty = match summary.empty_cells {
            0 => "none".to_owned(),
            cells => format!(
                "{} (`data.missing` says what becomes of them)",
                grouped(cells as u64)
            ),
        };
        let lines = [
            ("format", self.format()),
            ("rows", grouped(summary.rows as u64)),
            ("columns", counted(summary.columns, "feature")),
            ("values", format!("{}, {range}", summary.values)),
            (
                "scale",
                format!(
                    "{}: `data.scale` = \"auto\" takes \"{}\"",
                    summary.value_range.description(),
                    scale_name(summary.fitting_scale)
                ),
            ),
            ("zeros", percent(summary.zero_share)),
            ("empty cells", empty),
            ("constant", self.constant_columns()),
            ("duplicates", self.duplicates()),
            ("memory", size(summary.memory_bytes as u64)),
        ];
        let mut text = format!("{}\n", self.path.display());
        for (name, value) in lines {
            let _ = writeln!(text, "  {name:<11}  {value}"); // a String takes everything
        }
        text += &self.fitted.table;
        text += &self.findings();
        text += &self.classes_table();
        text += &self.duplicate_groups();
        text += &self
            .label_check
            .as_ref()
            .map_or_else(String::new, LabelCheck::describe);
        text
    }

    fn findings(&self) -> String {
        if self.fitted.findings.is_empty() {
            return String::new();
        }
        let lines = self.fitted.findings.iter();
        let lines = lines.map(|finding| format!("    {finding}\n"));
        format!("  to look at\n{}", lines.collect::<String>())
    }

    fn format(&self) -> String {
        match (self.format, self.file_bytes) {
            (Some(format), Some(bytes)) => format!("{format}, {}", size(bytes)),
            _ => "a stream".to_owned(),
        }
    }

    /// Returns the number of constant columns, and the names of the first.
    fn constant_columns(&self) -> String {
        let names = &self.summary.constant_column_names;
        let number = counted(names.len(), "column");
        if names.is_empty() {
            return number;
        }
        let mut shown: Vec<String> = names
            .iter()
            .take(MAX_COLUMNS)
            .map(|name| shortened(name, MAX_NAME))
            .collect();
        if names.len() > MAX_COLUMNS {
            shown.push("…".to_owned());
        }
        format!("{number}: {}", shown.join(", "))
    }

    fn duplicates(&self) -> String {
        let found = &self.duplicates;
        if found.groups.is_empty() {
            return "no rows".to_owned();
        }
        let conflicting = match found.conflicting_groups {
            0 => String::new(),
            groups => format!("; {} with different labels", counted(groups, "group")),
        };
        let verb = if found.rows == 1 { "repeats" } else { "repeat" };
        format!(
            "{} {verb} an earlier one{conflicting}",
            counted(found.rows, "row")
        )
    }

    fn duplicate_groups(&self) -> String {
        let groups = &self.duplicates.groups;
        let mut text = String::new();
        if groups.is_empty() {
            return text;
        }
        text += "  rows with the same features, counted from 0\n";
        for group in groups.iter().take(MAX_GROUPS) {
            let mut rows: Vec<String> = group
                .rows
                .iter()
                .take(MAX_GROUP_ROWS)
                .map(u32::to_string)
                .collect();
            if group.rows.len() > MAX_GROUP_ROWS {
                rows.push("…".to_owned());
            }
            let labels: Vec<String> = group
                .labels
                .iter()
                .take(MAX_LABELS)
                .map(|label| shortened(label, MAX_NAME))
                .collect();
            let labels = match labels.as_slice() {
                [] => String::new(),
                [label] => format!("  all {label}"),
                labels => format!("  DIFFERENT LABELS: {}", labels.join(", ")),
            };
            text += &format!("    {}{labels}\n", rows.join(", "));
        }
        if groups.len() > MAX_GROUPS {
            text += &format!(
                "    … and {} more (--json lists all)\n",
                counted(groups.len() - MAX_GROUPS, "group")
            );
        }
        text
    }

    fn classes_table(&self) -> String {
        if let Some(target) = &self.summary.target {
            return target_table(target);
        }
        let Some(classes) = &self.summary.classes else {
            return "  no labels (if a column holds them, name it: --label NAME, or a number without a header)\n"
                .to_owned();
        };
        let head = ["class", "rows", "share"].map(str::to_owned).to_vec();
        let rows = classes.iter().take(MAX_CLASSES).map(|class| {
            let name = class.class.escape_debug().to_string();
            vec![name, grouped(class.rows as u64), percent(class.share)]
        });
        let mut text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        if classes.len() > MAX_CLASSES {
            let more = grouped((classes.len() - MAX_CLASSES) as u64);
            text += &format!("  … and {more} classes more (--json lists all)\n");
        }
        text
    }
}

/// Returns a table of the numbers to predict.
fn target_table(target: &TargetSummary) -> String {
    let head = [
        "to predict",
        "minimum",
        "median",
        "mean",
        "maximum",
        "deviation",
    ];
    let numbers = [
        target.minimum,
        target.median,
        target.mean,
        target.maximum,
        target.standard_deviation,
    ];
    let mut row = vec!["a number".to_owned()];
    row.extend(numbers.map(significant));
    table(&[head.map(str::to_owned).to_vec(), row])
}

/// Returns the name of a scale in the config.
const fn scale_name(scale: ScaleKind) -> &'static str {
    match scale {
        ScaleKind::None => "none",
        ScaleKind::Unit => "unit",
        _ => "standard",
    }
}

/// Rows that two files have in common: a test row that was trained on proves nothing.
#[derive(Serialize)]
struct Shared {
    first: PathBuf,
    second: PathBuf,
    /// Why they cannot be compared, if they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<String>,
    #[serde(flatten)]
    found: Option<SharedRows>,
    /// Rows of the second file.
    #[serde(skip)]
    second_rows: usize,
}

impl Shared {
    /// Compares each file with each later one.
    fn between_all(paths: &[PathBuf], datasets: &[Dataset]) -> Vec<Self> {
        let files: Vec<(&PathBuf, &Dataset)> = paths.iter().zip(datasets).collect();
        let pairs = (0..files.len()).flat_map(|index| {
            let later = files[index + 1..].iter();
            later.map(move |second| (index, *second))
        });
        pairs
            .map(|(index, second)| Self::between(files[index], second))
            .collect()
    }

    fn between(first: (&PathBuf, &Dataset), second: (&PathBuf, &Dataset)) -> Self {
        let (found, obstacle) = match aligned(first.1, second.0, second.1) {
            Ok(aligned) => (Some(SharedRows::between(first.1, &aligned)), None),
            Err(obstacle) => (None, Some(obstacle)),
        };
        Self {
            first: first.0.clone(),
            second: second.0.clone(),
            obstacle,
            found,
            second_rows: second.1.rows(),
        }
    }

    /// Returns what was found as text.
    fn describe(&self) -> String {
        let (first, second) = (self.first.display(), self.second.display());
        let head = format!("{first} and {second}\n");
        let Some(found) = &self.found else {
            let obstacle = self.obstacle.as_deref().unwrap_or_default();
            return format!("{head}  they cannot be compared: {obstacle}\n");
        };
        if found.rows == 0 {
            return format!("{head}  no row is in both\n");
        }
        let verb = if found.rows == 1 { "is" } else { "are" };
        let share = percent(found.rows as f64 / self.second_rows as f64);
        let other_label = match found.other_label {
            0 => String::new(),
            rows => format!("  {} of them WITH ANOTHER LABEL\n", grouped(rows as u64)),
        };
        let mut text = format!(
            "{head}  {} of the second file {verb} in the first as well ({share})\n{other_label}",
            counted(found.rows, "row")
        );
        let columns = ["row of the first", "label", "row of the second", "label"];
        let mut lines = vec![columns.map(str::to_owned).to_vec()];
        lines.extend(found.pairs.iter().take(MAX_SHARED_ROWS).map(table_row));
        text += &table(&lines);
        if found.rows > MAX_SHARED_ROWS {
            let more = counted(found.rows - MAX_SHARED_ROWS, "row");
            text += &format!("  … and {more} more (--json lists all)\n");
        }
        text
    }
}

fn table_row(pair: &SharedRow) -> Vec<String> {
    let name = |label: &Option<String>| {
        label
            .as_ref()
            .map_or_else(|| "-".to_owned(), |label| shortened(label, MAX_SHARED_NAME))
    };
    vec![
        pair.first.to_string(),
        name(&pair.first_label),
        pair.second.to_string(),
        name(&pair.second_label),
    ]
}

/// Returns the second file's rows with the columns of the first.
fn aligned<'a>(
    first: &Dataset,
    second_path: &Path,
    second: &'a Dataset,
) -> Result<Cow<'a, Dataset>, String> {
    if first.columns() != second.columns() {
        let [first, second] = [first, second].map(|file| counted(file.columns(), "feature"));
        return Err(format!("one has {first}, the other {second}"));
    }
    if first.schema.columns == second.schema.columns {
        return Ok(Cow::Borrowed(second));
    }
    if Rewindable::is_stream(second_path) {
        return Err("they have other columns, and a stream cannot be read again".to_owned());
    }
    let section = DataSection {
        missing: MissingPolicy::Named(MissingPolicyName::Mean),
        scale: ScaleKind::None,
        ..DataSection::default()
    };
    let options = ReadOptions::of_model(&section, Arc::clone(&first.schema), Labels::Absent);
    let table = read(second_path, &options)
        .map_err(|_| "only some of their columns have the same names".to_owned())?;
    if table.dataset.rows() != second.rows() {
        return Err("rows without a label leave them with different rows".to_owned());
    }
    let schema = Schema {
        target: second.schema.target.clone(),
        ..(*first.schema).clone()
    };
    Ok(Cow::Owned(Dataset {
        schema: Arc::new(schema),
        target: second.target.clone(),
        ..table.dataset
    }))
}

/// A trained model that judges labels.
struct Judge {
    model: LoadedModel,
    label: LabelColumn,
    /// Maximum number of labels listed in the text.
    max_listed: usize,
    verbosity: Verbosity,
}

/// The labels of a file that a model doubts.
#[derive(Serialize)]
struct LabelCheck {
    run: PathBuf,
    /// Step of the checkpoint.
    step: u64,
    /// Whether the model was trained on these very rows.
    trained_on: bool,
    /// The most doubtful first.
    suspects: Vec<Mistake>,
    #[serde(skip)]
    max_listed: usize,
}

impl Judge {
    /// Loads the model of a run.
    fn load(
        run: &Path,
        arguments: &InspectArguments,
        verbosity: Verbosity,
    ) -> Result<Self, Failure> {
        let model = LoadedModel::load(run, None, &ComputeArguments::default())?;
        if model.trained.model.task() == Task::Regression {
            return Err(Failure::Usage(
                format!(
                    "{}: this run predicts a number, and only labels that are classes are judged",
                    run.display()
                ),
                "leave --run out; the largest errors are in `mlp evaluate RUN --data FILE`".into(),
            ));
        }
        if let Some(fallback) = &model.trained.manifest.data.fallback {
            note(&format!(
                "the network was not trained on the configured data: {fallback}"
            ));
        }
        let configured = &model.trained.config.data.label;
        Ok(Self {
            label: arguments.label.as_ref().unwrap_or(configured).clone(),
            max_listed: arguments.suspects,
            model,
            verbosity,
        })
    }

    /// Returns the label's column: the one asked for, else the run's.
    fn label(&self) -> &LabelColumn {
        &self.label
    }

    /// Judges all labels of a file.
    fn judge(&mut self, path: &Path) -> Result<LabelCheck, Failure> {
        let dataset = self
            .model
            .read_labelled(path, &self.label, self.verbosity)?
            .dataset;
        let rows = dataset.all_rows();
        let scored = score(self.model.predictor.as_mut(), &dataset, &rows, None);
        let trained = &self.model.trained;
        let suspects = scored
            .classes()
            .map(|scored| label_suspects(scored, trained.model.classes()));
        Ok(LabelCheck {
            run: self.model.run.path().to_owned(),
            step: trained.step,
            trained_on: fingerprint(&dataset) == trained.manifest.data.fingerprint,
            suspects: suspects.unwrap_or_default(), // never: it predicts classes
            max_listed: self.max_listed,
        })
    }
}

impl LabelCheck {
    /// Returns what was found as text.
    fn describe(&self) -> String {
        let found = self.suspects.len();
        let shown = &self.suspects[..found.min(self.max_listed)];
        let verb = if found == 1 { "is" } else { "are" };
        let mut text = format!(
            "  likely label errors: {} {verb} predicted otherwise by step {} of\n  {}\n",
            counted(found, "row"),
            self.step,
            self.run.display()
        );
        if self.trained_on {
            text += "  it was trained on rows of this file, and may have learnt wrong labels by heart\n";
        }
        if !shown.is_empty() {
            text += &mistakes_table(shown);
        }
        if found > shown.len() {
            let more = counted(found - shown.len(), "row");
            text += &format!("  … and {more} more (--suspects N lists more, --json all)\n");
        }
        text
    }
}
