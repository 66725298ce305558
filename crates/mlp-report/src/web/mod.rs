//! What web pages share: the head, the styles, and the parts of pages that predict (the exported page, which computes
//! in the browser, and the page of the server).
//!
//! | file | subject |
//! |---|---|
//! | `page.css` | the style of every page, light and dark, on phones and desktops |
//! | `prediction.css` | additional style of pages that predict |
//! | `strokes.js` | strokes → a drawing |
//! | `pad.js` | strokes by mouse, finger, pen and keyboard |
//! | `fields` | what a form needs to know of the columns |
//! | `fields.js` | values by form and as text |
//! | `results.js` | class, probabilities, input, hidden layers |
//! | `drawing.html`, `form.html`, `paste.html` | the ways of input |
//! | `results.html` | where the results are shown |

mod fields;

pub use fields::{Field, fields};

use crate::svg::escape;

/// CSS rules of every page.
pub const STYLE: &str = include_str!("page.css");
/// Additional CSS rules of pages that predict.
pub const PREDICTION_STYLE: &str = include_str!("prediction.css");
/// Scripts of pages that predict, in the order in which they depend on each other.
pub const SCRIPTS: [&str; 4] = [
    include_str!("strokes.js"),
    include_str!("pad.js"),
    include_str!("fields.js"),
    include_str!("results.js"),
];
/// HTML of the drawing pad, the input of a network of pictures.
pub const DRAWING: &str = include_str!("drawing.html");
/// HTML of the form, the input of any other network.
pub const FORM: &str = include_str!("form.html");
/// HTML of the results.
pub const RESULTS: &str = include_str!("results.html");
/// HTML of a text field for all values of a row.
pub const PASTE: &str = include_str!("paste.html");

/// Returns the head of a page without external resources; its content security policy allows none. `style` follows
/// [`STYLE`].
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
