//! How the run was configured.

use super::{escape, figures_table};
use crate::report::RunFacts;
use mlp_core::config::{differences_from_defaults, to_toml};

pub(super) fn content(facts: &RunFacts) -> String {
    // Both fail for paths that are not text alone; such a config was never read from a file.
    let differences = differences_from_defaults(&facts.config).unwrap_or_default();
    let whole = to_toml(&facts.config).unwrap_or_default();
    let rows: Vec<Vec<String>> = differences
        .into_iter()
        .map(|(key, value)| vec![key, value])
        .collect();
    let differing = if rows.is_empty() {
        "<p>Nothing differs from the defaults.</p>\n".to_owned()
    } else {
        format!(
            "<p>Where it differs from the defaults:</p>\n{}",
            figures_table(&["key", "value"], &rows)
        )
    };
    format!(
        "{differing}<details>\n<summary>The whole config</summary>\n<pre>{}</pre>\n</details>\n",
        whole
            .lines()
            .map(|line| escape(line) + "\n")
            .collect::<String>()
    )
}
