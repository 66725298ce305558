//! The columns of a table, and what became of them.

use super::grid_table;
use crate::numbers::grouped;
use crate::report::RunContents;

/// Maximum number of columns that are listed; the first ones.
const MAX_LISTED: usize = 30;

/// Returns a table of the columns; nothing where they are the pixels of a picture.
pub(super) fn content(run: &RunContents) -> String {
    let (schema, preprocessor) = (&run.manifest.schema, &run.manifest.preprocessing);
    if schema.image.is_some() {
        return String::new();
    }
    let inputs = schema.columns.iter().enumerate().map(|(number, column)| {
        let missing = match preprocessor.encoding(number).missing {
            0 => String::new(),
            rows => grouped(rows as u64),
        };
        let fate = preprocessor.description(number);
        vec![
            column.name.clone(),
            column.kind.name().to_owned(),
            missing,
            fate,
        ]
    });
    let ignored = schema.ignored.iter().map(|column| {
        let fate = format!("left out: {}", column.reason.description());
        vec![column.name.clone(), String::new(), String::new(), fate]
    });
    let mut rows: Vec<Vec<String>> = inputs.chain(ignored).collect();
    let more = rows.len().saturating_sub(MAX_LISTED);
    rows.truncate(MAX_LISTED);
    let headings = ["column", "kind", "missing", "what became of it"];
    let note = match more {
        0 => String::new(),
        more => format!(
            "<p class=\"remark\">{} further columns are not listed; run.json has them.</p>\n",
            grouped(more as u64)
        ),
    };
    format!(
        "<p class=\"soft\">Missing cells are counted in the training rows.</p>\n{}{note}",
        grid_table(&headings, &rows)
    )
}
