//! What was inferred of the columns of a table, and what becomes of them.

use std::iter;

use crate::config::DataSection;
use crate::data::{
    ColumnKind, ColumnReport, ColumnUsage, Dataset, IgnoreReason, Preprocessor, TableReport,
};
use crate::error::PreparationError;

use super::text::{grouped, left_table, shortened};

/// Columns that are listed one by one; of more, the inputs are counted by kind.
const MAX_LISTED: usize = 40;
/// Columns that are no inputs and are named where the table is folded.
const MAX_NAMED: usize = 10;
/// Maximum characters of the name of a column.
const MAX_NAME: usize = 30;
/// Maximum characters of what becomes of a column.
const MAX_FATE: usize = 90;

/// Returns a table of all columns: name, kind, missing cells, and what becomes of them; `describe` says the latter of an
/// input, counted from 0. A table of nothing but complete columns of numbers says nothing, and is not shown.
pub fn columns_table(report: &TableReport, describe: impl Fn(usize) -> String) -> String {
    let plain = |column: &ColumnReport| {
        column.missing == 0 && column.usage == ColumnUsage::Feature(ColumnKind::NUMBER)
    };
    if report.columns.len() > MAX_LISTED {
        return folded(report);
    }
    if report.columns.is_empty()
        || report.columns.iter().all(plain) && report.columns.len() > MAX_NAMED
    {
        return String::new();
    }
    let head = ["column", "kind", "missing", "what becomes of it"].map(str::to_owned);
    let fates = column_fates(report, describe);
    let columns = report.columns.iter().zip(fates);
    let rows = columns.map(|(column, (kind, fate))| {
        vec![
            shortened(&column.name, MAX_NAME),
            kind.to_owned(),
            missing(column.missing),
            shortened(&fate, MAX_FATE),
        ]
    });
    left_table(&iter::once(head.to_vec()).chain(rows).collect::<Vec<_>>())
}

/// Returns the kind of each column, `ignore` for those that are no inputs, and what becomes of it.
pub fn column_fates(
    report: &TableReport,
    describe: impl Fn(usize) -> String,
) -> Vec<(&'static str, String)> {
    let mut inputs = 0..;
    let columns = report.columns.iter().map(|column| match &column.usage {
        ColumnUsage::Feature(kind) => (
            kind.name(),
            inputs.next().map_or_else(String::new, &describe),
        ),
        ColumnUsage::Ignored(reason) => ("ignore", left_out(*reason)),
        ColumnUsage::Extra => (
            "ignore",
            "passed over: the network does not know it".to_owned(),
        ),
    });
    columns.collect()
}

/// Returns the same table for rows that are only looked at, as if all of them were trained on.
pub fn inferred_table(
    report: &TableReport,
    rows: &Dataset,
    section: &DataSection,
) -> Result<String, PreparationError> {
    let preprocessor = Preprocessor::fit(rows, &rows.all_rows(), section)?;
    let describe = |input| preprocessor.description(input);
    Ok(columns_table(report, describe))
}

/// Counts the inputs by kind, and names the first columns that are none.
fn folded(report: &TableReport) -> String {
    let mut rows = vec![
        ["columns", "kind", "missing", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    for kind in ["number", "boolean", "category", "date"] {
        let of_kind = |column: &&ColumnReport| matches!(&column.usage, ColumnUsage::Feature(found) if found.name() == kind);
        let columns = || report.columns.iter().filter(of_kind);
        let count = columns().count();
        if count > 0 {
            let empty = columns().map(|column| column.missing).sum();
            rows.push(vec![
                grouped(count as u64),
                kind.to_owned(),
                missing(empty),
                String::new(),
            ]);
        }
    }
    let left: Vec<String> = report
        .columns
        .iter()
        .filter_map(|column| match column.usage {
            ColumnUsage::Ignored(reason) => Some((&column.name, reason)),
            ColumnUsage::Feature(_) | ColumnUsage::Extra => None,
        })
        .map(|(name, reason)| format!("  {}: {}\n", shortened(name, MAX_NAME), left_out(reason)))
        .collect();
    let mut text = left_table(&rows);
    text.extend(left.iter().take(MAX_NAMED).map(String::as_str));
    if left.len() > MAX_NAMED {
        let more = grouped((left.len() - MAX_NAMED) as u64);
        text += &format!("  … and {more} more that are left out\n");
    }
    text
}

fn missing(cells: usize) -> String {
    if cells == 0 {
        String::new()
    } else {
        grouped(cells as u64)
    }
}

/// Says why a column is no input.
fn left_out(reason: IgnoreReason) -> String {
    format!("left out: {}", reason.description())
}
