//! The rows that were predicted wrong, the most confident first.

use super::rows::{Table, Tiles};
use super::{escape, figures_table};
use crate::report::examples::Examples;
use crate::report::{RunFacts, grouped, percent};

/// Most mistakes on the page.
const MOST_MISTAKES: usize = 60;

pub(super) fn content(facts: &RunFacts) -> String {
    let Some(examples) = facts.examples.iter().find(|of| of.scored.is_some()) else {
        return String::new();
    };
    let split = examples.split.name();
    let mut mistakes = examples.mistakes();
    if mistakes.is_empty() {
        return format!("<p>No {split} row was predicted wrong.</p>\n");
    }
    let total = facts.evaluation.as_ref().and_then(|evaluation| {
        let report = evaluation.splits().find(|(of, _)| *of == examples.split)?.1;
        Some(report.rows - report.confusion_matrix.correct())
    });
    mistakes.truncate(MOST_MISTAKES);
    let of = match total {
        Some(total) if total > mistakes.len() as u64 => {
            format!(
                "the {} most confident of {}",
                mistakes.len(),
                grouped(total)
            )
        }
        _ if mistakes.len() == 1 => "there is one".to_owned(),
        _ => format!("all {}", mistakes.len()),
    };
    let list = match Tiles::of(examples) {
        Some(tiles) => pictures(facts, examples, &tiles, &mistakes),
        None => table(facts, examples, &mistakes),
    };
    format!("<p>Mistakes on {split} rows by confidence: {of}.</p>\n{list}")
}

fn pictures(facts: &RunFacts, examples: &Examples, tiles: &Tiles, mistakes: &[usize]) -> String {
    let scored = examples.scored.as_deref().unwrap_or_default();
    let items: String = mistakes
        .iter()
        .map(|&at| {
            let row = scored[at];
            let class = |index: u32| escape(&facts.manifest.schema.classes()[index as usize]);
            format!(
                "<li>{picture}<span><span class=\"k-wrong-text\">{prediction}</span> / {label}</span><span class=\"soft\">{confidence}</span></li>\n",
                picture = tiles.picture(at, &format!("row {}", row.row)),
                prediction = class(row.prediction),
                label = class(row.label),
                confidence = percent(row.confidence),
            )
        })
        .collect();
    format!(
        "<p class=\"soft\">Predicted / real, and the confidence of the prediction.</p>\n<ol class=\"tiles\">\n{items}</ol>\n"
    )
}

fn table(facts: &RunFacts, examples: &Examples, mistakes: &[usize]) -> String {
    let scored = examples.scored.as_deref().unwrap_or_default();
    let table = Table::of(examples);
    let class = |index: u32| facts.manifest.schema.classes()[index as usize].clone();
    let rows: Vec<Vec<String>> = mistakes
        .iter()
        .map(|&at| {
            let row = scored[at];
            let own = [
                row.row.to_string(),
                class(row.prediction),
                class(row.label),
                percent(row.confidence),
            ];
            own.into_iter().chain(table.values(examples, at)).collect()
        })
        .collect();
    let own = ["row", "predicted", "real", "confidence"];
    let headings: Vec<&str> = own
        .into_iter()
        .chain(table.headings.iter().map(String::as_str))
        .collect();
    table.remark.clone() + &figures_table(&headings, &rows)
}
