//! The report: one HTML file that needs nothing else, reads without scripts and asks no network for anything.

mod about;
mod configuration;
mod confusion;
mod data;
mod mistakes;
mod rows;
mod summary;

use super::svg::{escape, stylesheet};
use super::{Chart, RunFacts};

/// Rules of a page that reads in light and dark, on a phone and on a desktop.
pub const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A part of the page: its anchor, its heading and its content, which is HTML. Empty parts are left out.
struct Part {
    anchor: &'static str,
    heading: &'static str,
    content: String,
}

/// The whole page; `charts` are those of [`plots`](super::plots).
#[must_use]
pub fn page(facts: &RunFacts, charts: &[Chart]) -> String {
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
    let parts = [
        part("summary", "Summary", summary::content(facts)),
        part(
            "curves",
            "Curves",
            figures(&["loss", "accuracy", "learning_rate"]),
        ),
        part("confusion", "Confusion matrix", confusion::content(facts)),
        part(
            "mistakes",
            "Mistakes",
            mistakes::content(facts) + &figures(&["predictions"]),
        ),
        part(
            "calibration",
            "Calibration",
            summary::calibration(facts) + &figures(&["reliability"]),
        ),
        part(
            "weights",
            "Weights",
            figures(&["weights", "decision_regions"]),
        ),
        part(
            "data",
            "Data",
            data::content(facts) + &figures(&["label_distribution", "samples", "deformations"]),
        ),
        part("config", "Config", configuration::content(facts)),
        part("timings", "Timings", about::timings(facts)),
        part("reproduce", "How to reproduce", about::reproduce(facts)),
    ];
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
    let name = &facts.manifest.name;
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
            &(stylesheet() + &rows::sprites(facts)),
        ),
        heading = escape(name),
        headline = summary::headline(facts),
        examples = rows::examples(facts),
    )
}

/// The head of a page that holds all it needs: it may ask nobody for anything. `style` comes
/// after [`STYLE`].
#[must_use]
pub fn head(title: &str, style: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{}</title>
<link rel="icon" href="data:,">
<style>
{STYLE}{style}</style>
</head>
"#,
        escape(title)
    )
}

/// A table of facts: a name and its value a line, both plain text.
fn facts_table(rows: &[(&str, String)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")
        })
        .collect();
    format!("<div class=\"scroll\"><table class=\"facts\">\n{rows}</table></div>\n")
}

/// A table with a heading a column; every cell is plain text, numbers are aligned by the `number` class of all
/// but the first.
fn figures_table(headings: &[&str], rows: &[Vec<String>]) -> String {
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
