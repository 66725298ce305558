//! The kept rows on the page: as pictures, or as values; and for the script, as data.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::escape;
use crate::report::RunFacts;
use crate::report::examples::Examples;
use mlp_core::run::Split;

/// Pictures side by side in the image that holds all of a split.
const ACROSS: usize = 40;
/// Wanted edge of a picture, in CSS pixels; the true one is a multiple of its own.
const EDGE: usize = 56;
/// Most features of a row on the page.
const MOST_FEATURES: usize = 12;

/// Pictures of a split, cut out of one image by the style sheet.
pub(super) struct Tiles {
    split: Split,
    /// Edge on the page, in CSS pixels.
    edge: usize,
}

impl Tiles {
    /// `None` if the rows are no pictures.
    pub fn of(examples: &Examples) -> Option<Self> {
        let side = examples.picture?.side;
        let edge = side * ((EDGE + side / 2) / side).max(1);
        Some(Self {
            split: examples.split,
            edge,
        })
    }

    /// The row at this position; `name` is read to those who cannot see it.
    pub fn picture(&self, position: usize, name: &str) -> String {
        let offset = |place: usize| place * self.edge;
        format!(
            "<span class=\"tile tile-{}\" role=\"img\" aria-label=\"{}\" style=\"background-position:-{}px -{}px\"></span>",
            self.split.name(),
            escape(name),
            offset(position % ACROSS),
            offset(position / ACROSS)
        )
    }
}

/// The rules that hold the pictures of each split.
pub(super) fn sprites(facts: &RunFacts) -> String {
    let mut text = String::new();
    for examples in &facts.examples {
        let (Some(picture), Some(tiles)) = (examples.picture, Tiles::of(examples)) else {
            continue;
        };
        let data = STANDARD.encode(picture.sprite(&examples.dataset, ACROSS));
        let (name, edge) = (examples.split.name(), tiles.edge);
        let _ = writeln!(
            text, // a String takes everything
            ".tile-{name}{{width:{edge}px;height:{edge}px;background-size:{}px auto;background-image:url(data:image/png;base64,{data})}}",
            ACROSS * edge
        );
    }
    text
}

/// Values of rows that are no pictures.
pub(super) struct Table {
    pub headings: Vec<String>,
    /// Says so if not all features are shown, as HTML.
    pub remark: String,
}

impl Table {
    pub fn of(examples: &Examples) -> Self {
        let names = &examples.dataset.feature_names();
        let remark = if names.len() > MOST_FEATURES {
            let total = names.len();
            format!("<p class=\"remark\">The first {MOST_FEATURES} of {total} features.</p>\n")
        } else {
            String::new()
        };
        Self {
            headings: names.iter().take(MOST_FEATURES).cloned().collect(),
            remark,
        }
    }

    /// The shown values of the row at this position.
    pub fn values(&self, examples: &Examples, position: usize) -> Vec<String> {
        let value = |feature| match examples.value(position, feature) {
            empty if empty.is_nan() => "–".to_owned(),
            value => value.to_string().replace('-', "−"),
        };
        (0..self.headings.len()).map(value).collect()
    }
}

/// The rows that the script shows for a cell, one element a split.
pub(super) fn examples(facts: &RunFacts) -> String {
    let with_scores = facts.examples.iter().filter(|of| of.scored.is_some());
    with_scores
        .map(|examples| {
            let name = examples.split.name();
            // Within a script element nothing but its end tag, and a comment, means anything.
            let json = document(facts, examples).to_string().replace('<', "\\u003c");
            format!("<script type=\"application/json\" class=\"examples\" data-split=\"{name}\">{json}</script>\n")
        })
        .collect()
}

fn document(facts: &RunFacts, examples: &Examples) -> Value {
    let scored = examples.scored.as_deref().unwrap_or_default();
    let rows: Vec<Value> = scored
        .iter()
        .map(|row| {
            let confidence = (row.confidence * 1e4).round() / 1e4;
            json!([row.row, row.label, row.prediction, confidence])
        })
        .collect();
    let mut document = json!({
        "classes": facts.manifest.schema.classes(),
        "rows": rows,
    });
    if let Some(tiles) = Tiles::of(examples) {
        document["edge"] = tiles.edge.into();
        document["across"] = ACROSS.into();
    } else {
        let table = Table::of(examples);
        let values: Vec<Vec<String>> = (0..scored.len())
            .map(|at| table.values(examples, at))
            .collect();
        document["features"] = json!(table.headings);
        document["values"] = json!(values);
    }
    document
}
