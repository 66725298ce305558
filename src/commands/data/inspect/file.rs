//! What is found in one file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::config::{LabelColumn, ScaleKind};
use crate::data::{Dataset, Duplicates, FileFormat, Summary};
use crate::error::DataError;
use serde::Serialize;

use super::super::read_any::read_any;
use super::suspects::{Judge, LabelCheck};
use crate::commands::Failure;
use crate::commands::terminal::{counted, grouped, percent, shortened, size, table};

/// Most of each listed one by one in the readable form.
const MOST_CLASSES: usize = 20;
const MOST_COLUMNS: usize = 5;
const MOST_GROUPS: usize = 5;
const MOST_ROWS: usize = 6;
const MOST_LABELS: usize = 3;
/// Longest name of a column or class in a list.
const LONGEST_NAME: usize = 12;

/// What was found in one file.
#[derive(Serialize)]
pub struct Inspection {
    path: PathBuf,
    file_bytes: u64,
    format: FileFormat,
    #[serde(flatten)]
    summary: Summary,
    duplicates: Duplicates,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_check: Option<LabelCheck>,
}

impl Inspection {
    /// Reads a file and counts, and has its labels judged.
    pub fn of(
        path: &Path,
        asked_for: Option<&LabelColumn>,
        judge: Option<&mut Judge>,
    ) -> Result<(Self, Dataset), Failure> {
        let usual = judge.as_deref().map(Judge::label);
        let (dataset, options) = read_any(path, asked_for, usual)?;
        let metadata = std::fs::metadata(path).map_err(|error| DataError::opening(path, error))?;
        let suspects = judge.filter(|_| dataset.labels.is_some());
        let inspection = Self {
            path: path.to_owned(),
            file_bytes: metadata.len(),
            format: FileFormat::of(path, &options)?,
            summary: Summary::of(&dataset),
            duplicates: Duplicates::of(&dataset),
            label_check: suspects.map(|judge| judge.judge(path)).transpose()?,
        };
        Ok((inspection, dataset))
    }

    /// As a person reads it.
    pub fn describe(&self) -> String {
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
            (
                "scale",
                format!(
                    "{}: `data.scale` = \"{}\" fits",
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
        text += &self.classes();
        text += &self.duplicate_groups();
        text += &self
            .label_check
            .as_ref()
            .map_or_else(String::new, LabelCheck::describe);
        text
    }

    /// Their number, and the names of the first.
    fn constant_columns(&self) -> String {
        let names = &self.summary.constant_column_names;
        let number = counted(names.len(), "column");
        if names.is_empty() {
            return number;
        }
        let mut shown: Vec<String> = names
            .iter()
            .take(MOST_COLUMNS)
            .map(|name| shortened(name, LONGEST_NAME))
            .collect();
        if names.len() > MOST_COLUMNS {
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
        for group in groups.iter().take(MOST_GROUPS) {
            let mut rows: Vec<String> = group
                .rows
                .iter()
                .take(MOST_ROWS)
                .map(u32::to_string)
                .collect();
            if group.rows.len() > MOST_ROWS {
                rows.push("…".to_owned());
            }
            let labels: Vec<String> = group
                .labels
                .iter()
                .take(MOST_LABELS)
                .map(|label| shortened(label, LONGEST_NAME))
                .collect();
            let labels = match labels.as_slice() {
                [] => String::new(),
                [label] => format!("  all {label}"),
                labels => format!("  DIFFERENT LABELS: {}", labels.join(", ")),
            };
            text += &format!("    {}{labels}\n", rows.join(", "));
        }
        if groups.len() > MOST_GROUPS {
            text += &format!(
                "    … and {} more (--json lists all)\n",
                counted(groups.len() - MOST_GROUPS, "group")
            );
        }
        text
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

/// As the config has it.
const fn scale_name(scale: ScaleKind) -> &'static str {
    match scale {
        ScaleKind::None => "none",
        ScaleKind::Unit => "unit",
        ScaleKind::Standard => "standard",
    }
}
