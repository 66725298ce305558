//! What the owner of a table should look at before training on it.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use super::leak::{Leak, leaks};
use crate::error::{listed, shown};
use crate::read::gist;
use crate::{Column, ColumnKind, ColumnUsage, Dataset, Features, IgnoreReason, Note, TableReport};

/// Whole numbers beyond are not told apart by a float of 64 bits.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
/// A class is rare if it has fewer rows than this share of what it would have if all had the same number.
const RARE_SHARE: f64 = 0.1;
/// Maximum number of categories that are named as alike.
const MAX_ALIKE: usize = 20;

/// Something about a table that may be wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// Columns that teach nothing and are left out.
    LeftOut {
        /// Why.
        reason: IgnoreReason,
        /// Their names.
        columns: Vec<String>,
    },
    /// One column alone gives the answer.
    Leak(Leak),
    /// Whole numbers that are too large to be told apart as numbers.
    LosesDigits {
        /// The column's name.
        column: String,
        /// The largest magnitude.
        largest: f64,
    },
    /// Categories of a column, or classes, that differ by case, blanks or a point at the end only.
    SimilarCategories {
        /// The column's name; `None` for the label.
        column: Option<String>,
        /// The categories, those that are alike next to each other; at most 20.
        categories: Vec<String>,
    },
    /// Classes that far fewer rows have than others.
    Unbalanced {
        /// The most frequent class.
        largest: String,
        /// Its rows.
        largest_rows: usize,
        /// The rarest class.
        smallest: String,
        /// Its rows.
        smallest_rows: usize,
    },
    /// A number that looks like a word for a missing value.
    Sentinel {
        /// The column's name.
        column: String,
        /// The number.
        value: String,
        /// Rows that have it.
        rows: usize,
    },
}

impl Finding {
    /// Looks for all of them in a training file. Nothing but repeated classes is looked for in pixels.
    #[must_use]
    pub fn all(report: &TableReport, dataset: &Dataset) -> Vec<Self> {
        let mut findings = left_out(report);
        findings.extend(unbalanced(dataset));
        findings.extend(similar(None, dataset.classes().iter()));
        if dataset.schema.image.is_some() {
            return findings;
        }
        findings.extend(leaks(dataset).into_iter().map(Self::Leak));
        let columns = dataset.schema.columns.par_iter().enumerate();
        let of_columns =
            columns.flat_map_iter(|(number, column)| of_column(dataset, number, column));
        findings.par_extend(of_columns);
        findings.extend(report.notes.iter().filter_map(|note| match note {
            Note::Sentinel {
                column,
                value,
                rows,
            } => Some(Self::Sentinel {
                column: column.clone(),
                value: value.clone(),
                rows: *rows,
            }),
            _ => None,
        }));
        findings
    }
}

fn left_out(report: &TableReport) -> Vec<Finding> {
    let reasons = [
        IgnoreReason::Id,
        IgnoreReason::Counter,
        IgnoreReason::Constant,
        IgnoreReason::DistinctText,
    ];
    let finding = |reason: IgnoreReason| {
        let of_reason = report
            .columns
            .iter()
            .filter(|column| column.usage == ColumnUsage::Ignored(reason));
        let columns: Vec<String> = of_reason.map(|column| column.name.clone()).collect();
        (!columns.is_empty()).then_some(Finding::LeftOut { reason, columns })
    };
    reasons.into_iter().filter_map(finding).collect()
}

fn unbalanced(dataset: &Dataset) -> Option<Finding> {
    dataset.labels()?;
    let counts = dataset.class_counts(dataset.all_rows());
    let classes = || counts.iter().copied().zip(dataset.classes());
    let (largest_rows, largest) = classes().max_by_key(|(rows, _)| *rows)?;
    let (smallest_rows, smallest) = classes().min_by_key(|(rows, _)| *rows)?;
    let fair = dataset.rows() as f64 / counts.len() as f64;
    ((smallest_rows as f64) < RARE_SHARE * fair).then(|| Finding::Unbalanced {
        largest: largest.clone(),
        largest_rows,
        smallest: smallest.clone(),
        smallest_rows,
    })
}

/// Returns the names that differ by case, blanks or a point at the end only.
fn similar<'a>(column: Option<&str>, names: impl Iterator<Item = &'a String>) -> Option<Finding> {
    let mut groups: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for name in names {
        groups.entry(gist(name)).or_default().push(name);
    }
    let alike = groups.into_values().filter(|group| group.len() > 1);
    let categories: Vec<String> = alike.flatten().take(MAX_ALIKE).cloned().collect();
    (!categories.is_empty()).then(|| Finding::SimilarCategories {
        column: column.map(str::to_owned),
        categories,
    })
}

fn of_column(dataset: &Dataset, number: usize, column: &Column) -> Option<Finding> {
    match &column.kind {
        ColumnKind::Category { categories, rare } => {
            similar(Some(&column.name), categories.iter().chain(rare))
        }
        ColumnKind::Number { wide: true } => {
            let Features::Columns(values) = &dataset.features else {
                return None;
            };
            let values = (0..dataset.rows()).map(|row| values[number].number(row));
            let largest = values
                .filter(|value| value.fract() == 0.0)
                .fold(0.0, |largest: f64, value| largest.max(value.abs()));
            (largest > MAX_EXACT).then(|| Finding::LosesDigits {
                column: column.name.clone(),
                largest,
            })
        }
        ColumnKind::Number { wide: false } | ColumnKind::Boolean | ColumnKind::Date => None,
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { reason, columns } => {
                let what = match reason {
                    IgnoreReason::Id => "names each row",
                    IgnoreReason::Counter => "counts the rows",
                    IgnoreReason::Constant => "has the same value in every row, or none",
                    IgnoreReason::DistinctText => "has a text of its own in nearly every row",
                    IgnoreReason::Configured
                    | IgnoreReason::Group
                    | IgnoreReason::Time
                    | IgnoreReason::RowWeight => "has another role",
                };
                write!(f, "{what}: {}; a training leaves it out", listed(columns))
            }
            Self::Leak(leak) => leak.fmt(f),
            Self::LosesDigits { column, largest } => write!(
                f,
                "loses digits: `{}` has whole numbers up to {largest:e}, and beyond 9007199254740992 two that follow each \
                 other are one; if they name something, set the column to \"id\" or \"category\"",
                shown(column)
            ),
            Self::SimilarCategories { column, categories } => {
                let what = match column {
                    Some(column) => format!("categories of `{}`", shown(column)),
                    None => "classes".to_owned(),
                };
                write!(
                    f,
                    "{what} that differ by capitals, blanks or a point at the end only: {}",
                    listed(categories)
                )
            }
            Self::Unbalanced {
                largest,
                largest_rows,
                smallest,
                smallest_rows,
            } => write!(
                f,
                "unbalanced classes: `{}` has {smallest_rows} rows, `{}` {largest_rows}; accuracy says little of the rare \
                 one (`training.class_weights = \"balanced\"` weighs them alike)",
                shown(smallest),
                shown(largest)
            ),
            Self::Sentinel {
                column,
                value,
                rows,
            } => write!(
                f,
                "`{}` is {value} in {rows} rows, far from all other values; if that stands for a missing value, add it to \
                 `data.na`",
                shown(column)
            ),
        }
    }
}
