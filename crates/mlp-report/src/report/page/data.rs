//! Where the rows came from.

use super::{facts_table, figures_table};
use crate::report::{RunFacts, grouped};
use mlp_data::DataFile;

/// Most names listed.
const MOST_NAMES: usize = 40;

pub(super) fn content(facts: &RunFacts) -> String {
    let (manifest, record) = (&facts.manifest, &facts.manifest.data);
    let file = |role: &str, file: &DataFile| {
        let path = file.path.as_ref().map_or_else(
            || record.origin.description().to_owned(),
            |path| path.display().to_string(),
        );
        let hash = file
            .sha256
            .as_deref()
            .unwrap_or("none: generated")
            .to_owned();
        vec![role.to_owned(), path, grouped(file.rows as u64), hash]
    };
    let mut files = vec![file("train and validation", &record.train)];
    files.extend(record.test.as_ref().map(|test| file("test", test)));
    let files = figures_table(&["for", "file", "rows", "SHA-256"], &files);
    let scaling = format!("{:?}", facts.config.data.scale).to_lowercase();
    files
        + &facts_table(&[
            (
                "split",
                format!(
                    "{} rows to train on, {} held out for validation",
                    grouped(record.train_rows as u64),
                    grouped(record.validation_rows as u64)
                ),
            ),
            ("features", named(&manifest.schema.feature_names())),
            ("classes", named(manifest.schema.classes())),
            ("scaling", scaling),
            ("SHA-256 of the training rows", record.fingerprint.clone()),
        ])
}

/// How many there are, and their names.
fn named(names: &[String]) -> String {
    let mut shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    if names.len() > MOST_NAMES {
        shown.truncate(6);
        shown.push("…");
        shown.push(&names[names.len() - 1]);
    }
    format!("{}: {}", grouped(names.len() as u64), shown.join(", "))
}
