//! The report page: one HTML file without external resources, readable without scripts.

mod columns;
mod confusion;
mod examples;
mod explanation;
mod origin;
mod summary;

use super::{Chart, RunContents};
use crate::svg::{escape, stylesheet};
use crate::web::head;

const SCRIPT: &str = include_str!("page.js");

/// A part of the page; it is left out if its content is empty.
struct Part {
    anchor: &'static str,
    heading: &'static str,
    /// HTML.
    content: String,
}

/// Returns the page as HTML; `charts` are those of [`plots`](super::plots).
#[must_use]
pub fn page(run: &RunContents, charts: &[Chart]) -> String {
    let parts = parts(run, charts);
    let shown = || parts.iter().filter(|part| !part.content.is_empty());
    let links: String = shown()
        .map(|part| format!("<a href=\"#{}\">{}</a>\n", part.anchor, part.heading))
        .collect();
    let sections: String = shown()
        .map(|part| {
            format!(
                "<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n<h2 id=\"{0}-heading\">{1}</h2>\n{2}</section>\n",
                part.anchor, part.heading, part.content
            )
        })
        .collect();
    let name = &run.manifest.name;
    format!(
        r#"{head}<body>
<header>
<h1>{heading}</h1>
{headline}</header>
<nav aria-label="Parts of this report">
{links}</nav>
<main>
{sections}</main>
{examples}<script>
{SCRIPT}</script>
</body>
</html>
"#,
        head = head(
            &format!("{name} – training report"),
            &(stylesheet() + &examples::sprites(run)),
        ),
        heading = escape(name),
        headline = summary::headline(run),
        examples = examples::data(run),
    )
}

/// Returns the parts of the page in their order, those without content too.
fn parts(run: &RunContents, charts: &[Chart]) -> Vec<Part> {
    let figures = |names: &[&str]| {
        let chosen = charts.iter().filter(|chart| names.contains(&&*chart.name));
        let figures: String = chosen
            .map(|chart| format!("<figure>{}</figure>\n", chart.inline()))
            .collect();
        if figures.is_empty() {
            figures
        } else {
            format!("<div class=\"figures\">\n{figures}</div>\n")
        }
    };
    let part = |anchor, heading, content| Part {
        anchor,
        heading,
        content,
    };
    vec![
        part("summary", "Summary", summary::content(run)),
        part(
            "curves",
            "Curves",
            figures(&["loss", "accuracy", "rmse", "learning_rate"]),
        ),
        part("confusion", "Confusion matrix", confusion::content(run)),
        part(
            "two-classes",
            "Two classes",
            figures(&["roc", "precision_recall", "scores"]),
        ),
        part(
            "errors",
            "Errors",
            figures(&[
                "predicted_against_true",
                "residuals",
                "residual_histogram",
                "error_by_decile",
            ]) + &examples::largest_errors(run),
        ),
        part(
            "mistakes",
            "Mistakes",
            examples::mistakes(run) + &figures(&["predictions"]),
        ),
        part(
            "importance",
            "Importance of the columns",
            explanation::content(run, charts, figures),
        ),
        part(
            "calibration",
            "Calibration",
            summary::calibration(run)
                + &figures(&["reliability"])
                + &summary::recalibration(run, &figures),
        ),
        part(
            "weights",
            "Weights",
            figures(&["weights", "decision_regions"]),
        ),
        part(
            "data",
            "Data",
            origin::data(run) + &figures(&["label_distribution", "samples", "deformations"]),
        ),
        part("columns", "Columns", columns::content(run)),
        part("config", "Config", origin::config(run)),
        part("timings", "Timings", origin::timings(run)),
        part("reproduce", "How to reproduce", origin::reproduce(run)),
    ]
}

/// Returns a table of names and values, both plain text.
fn key_value_table(rows: &[(&str, String)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")
        })
        .collect();
    format!("<div class=\"scroll\"><table class=\"facts\">\n{rows}</table></div>\n")
}

/// Returns a table with a heading above each column. Every cell is plain text; all columns but the first are aligned as
/// numbers.
fn grid_table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |row: &[String]| -> String {
        row.iter()
            .enumerate()
            .map(|(column, cell)| {
                let cell = escape(cell);
                if column == 0 {
                    format!("<th scope=\"row\">{cell}</th>")
                } else {
                    format!("<td class=\"number\">{cell}</td>")
                }
            })
            .collect()
    };
    let head: String = headings
        .iter()
        .map(|heading| format!("<th scope=\"col\">{}</th>", escape(heading)))
        .collect();
    let body: String = rows
        .iter()
        .map(|row| format!("<tr>{}</tr>\n", cells(row)))
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"grid\">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )
}
