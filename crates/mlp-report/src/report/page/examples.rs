//! The examples on the page: mistakes as pictures or as a table, and all examples as data for the script.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{escape, grid_table};
use crate::numbers::{grouped, percent, significant};
use crate::report::RunContents;
use crate::report::picture::Picture;
use mlp_core::evaluation::Examples;
use mlp_core::run::Split;
use mlp_data::{Column, ColumnKind};

/// Pictures side by side in the sprite image of a split.
const ACROSS: usize = 40;
/// Target edge of a picture, in CSS pixels; the actual edge is a multiple of its pixels.
const EDGE: usize = 56;
/// Maximum number of mistakes on the page.
const MAX_MISTAKES: usize = 60;
/// Maximum number of rows with the largest errors on the page.
const MAX_ERRORS: usize = 30;
/// Maximum number of features of a row on the page.
const MAX_FEATURES: usize = 12;

/// The pictures of a split, cut out of one sprite image by the style sheet.
struct Tiles {
    split: Split,
    picture: Picture,
    /// Edge on the page, in CSS pixels.
    edge: usize,
}

impl Tiles {
    /// Returns the pictures; `None` if the rows are not pictures.
    fn of(examples: &Examples) -> Option<Self> {
        let picture = Picture::of(&examples.dataset)?;
        let side = picture.side;
        let edge = side * ((EDGE + side / 2) / side).max(1);
        Some(Self {
            split: examples.split,
            picture,
            edge,
        })
    }

    /// Returns the picture of the row at this position as HTML; `name` is for screen readers.
    fn tile(&self, position: usize, name: &str) -> String {
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

/// Returns the CSS rules that contain the sprite image of each split.
pub(super) fn sprites(run: &RunContents) -> String {
    let mut text = String::new();
    for examples in &run.examples {
        let Some(tiles) = Tiles::of(examples) else {
            continue;
        };
        let data = STANDARD.encode(tiles.picture.sprite(&examples.dataset, ACROSS));
        let (name, edge) = (examples.split.name(), tiles.edge);
        let _ = writeln!(
            text, // writing to a String never fails
            ".tile-{name}{{width:{edge}px;height:{edge}px;background-size:{}px auto;background-image:url(data:image/png;base64,{data})}}",
            ACROSS * edge
        );
    }
    text
}

/// The values of rows that are not pictures.
struct Table {
    headings: Vec<String>,
    /// HTML that says so if not all features are shown.
    note: String,
}

impl Table {
    fn of(examples: &Examples) -> Self {
        let names = &examples.dataset.feature_names();
        let note = if names.len() > MAX_FEATURES {
            let total = names.len();
            format!("<p class=\"remark\">The first {MAX_FEATURES} of {total} features.</p>\n")
        } else {
            String::new()
        };
        Self {
            headings: names.iter().take(MAX_FEATURES).cloned().collect(),
            note,
        }
    }

    /// Returns the shown values of the row at this position.
    fn values(&self, examples: &Examples, position: usize) -> Vec<String> {
        let dataset = &examples.dataset;
        let columns = dataset.schema.columns.iter().enumerate();
        let cell = |(feature, column): (usize, &Column)| {
            let value = dataset
                .features
                .number(position, feature, dataset.columns());
            match (column.kind.cell(value), &column.kind) {
                (None, _) => "–".to_owned(),
                (Some(number), ColumnKind::Number { .. }) => number.replace('-', "−"),
                (Some(text), _) => text,
            }
        };
        columns.take(self.headings.len()).map(cell).collect()
    }
}

/// Lists the mistakes of the first split whose predictions are known, the most confident first.
pub(super) fn mistakes(run: &RunContents) -> String {
    let Some(examples) = run.examples.iter().find(|of| of.classes().is_some()) else {
        return String::new();
    };
    let split = examples.split.name();
    let mut mistakes = examples.mistakes();
    if mistakes.is_empty() {
        return format!("<p>No {split} row was predicted wrong.</p>\n");
    }
    let total = run.evaluation.as_ref().and_then(|evaluation| {
        let report = evaluation.splits().find(|(of, _)| *of == examples.split)?.1;
        Some(report.classification()?.wrong())
    });
    mistakes.truncate(MAX_MISTAKES);
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
        Some(tiles) => mistakes_as_pictures(run, examples, &tiles, &mistakes),
        None => mistakes_as_table(run, examples, &mistakes),
    };
    format!("<p>Mistakes on {split} rows by confidence: {of}.</p>\n{list}")
}

fn mistakes_as_pictures(
    run: &RunContents,
    examples: &Examples,
    tiles: &Tiles,
    mistakes: &[usize],
) -> String {
    let scored = examples.classes().unwrap_or_default();
    let items: String = mistakes
        .iter()
        .map(|&at| {
            let row = scored[at];
            let class = |index: u32| escape(&run.manifest.schema.classes()[index as usize]);
            format!(
                "<li>{picture}<span><span class=\"k-wrong-text\">{prediction}</span> / {label}</span><span class=\"soft\">{confidence}</span></li>\n",
                picture = tiles.tile(at, &format!("row {}", row.row)),
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

fn mistakes_as_table(run: &RunContents, examples: &Examples, mistakes: &[usize]) -> String {
    let scored = examples.classes().unwrap_or_default();
    let table = Table::of(examples);
    let class = |index: u32| run.manifest.schema.classes()[index as usize].clone();
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
    table.note + &grid_table(&headings, &rows)
}

/// Lists the rows of the first split whose predicted numbers are known, those of the largest errors first.
pub(super) fn largest_errors(run: &RunContents) -> String {
    let values = |of: &Examples| of.values().map(<[_]>::to_vec);
    let mut splits = run.examples.iter();
    let Some((examples, scored)) = splits.find_map(|of| Some((of, values(of)?))) else {
        return String::new();
    };
    let table = Table::of(examples);
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.sort_by(|&a, &b| {
        let sizes = [a, b].map(|at| scored[at].error().abs());
        sizes[1].total_cmp(&sizes[0]).then(a.cmp(&b))
    });
    order.truncate(MAX_ERRORS);
    let rows: Vec<Vec<String>> = order
        .iter()
        .map(|&at| {
            let row = scored[at];
            let numbers = [row.prediction, row.label, row.error()];
            let numbers = numbers.map(|value| significant(value).replace('-', "−"));
            let own = [row.row.to_string()].into_iter().chain(numbers);
            own.chain(table.values(examples, at)).collect()
        })
        .collect();
    let own = ["row", "predicted", "true", "error"];
    let headings: Vec<&str> = own
        .into_iter()
        .chain(table.headings.iter().map(String::as_str))
        .collect();
    format!(
        "<h3>Largest errors</h3>\n<p>The {} {} rows with the largest errors, predicted less true.</p>\n{}{}",
        rows.len(),
        examples.split.name(),
        table.note,
        grid_table(&headings, &rows)
    )
}

/// Returns the rows that the script shows for a cell of the confusion matrix, one script element per split.
pub(super) fn data(run: &RunContents) -> String {
    let with_scores = run.examples.iter().filter(|of| of.classes().is_some());
    with_scores
        .map(|examples| {
            let name = examples.split.name();
            // Within a script element only its end tag and comments have a meaning; both begin with `<`.
            let json = document(run, examples).to_string().replace('<', "\\u003c");
            format!("<script type=\"application/json\" class=\"examples\" data-split=\"{name}\">{json}</script>\n")
        })
        .collect()
}

/// Returns the examples of a split as JSON.
fn document(run: &RunContents, examples: &Examples) -> Value {
    let scored = examples.classes().unwrap_or_default();
    let rows: Vec<Value> = scored
        .iter()
        .map(|row| {
            let confidence = (row.confidence * 1e4).round() / 1e4;
            json!([row.row, row.label, row.prediction, confidence])
        })
        .collect();
    let mut document = json!({
        "classes": run.manifest.schema.classes(),
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
