//! What the pages that predict share: the exported one, which computes by itself, and the one of the server.
//!
//! | file | subject |
//! |---|---|
//! | `ink.js` | strokes → a picture |
//! | `pad.js` | strokes by mouse, finger, pen and keyboard |
//! | `fields.js` | values by form and as text |
//! | `results.js` | answer, probabilities, input, hidden layers |
//! | `drawing.html`, `form.html` | the two ways of input |
//! | `results.html` | where the results are shown |
//! | `paste.html` | all values of a row as one text |
//! | `style.css` | what these pages add to the report's style |

/// Rules beyond [`report::STYLE`](crate::report::STYLE).
pub const STYLE: &str = include_str!("style.css");
/// Scripts, in the order in which they build on each other.
pub const SCRIPTS: [&str; 4] = [
    include_str!("ink.js"),
    include_str!("pad.js"),
    include_str!("fields.js"),
    include_str!("results.js"),
];
/// Input of a network of pictures.
pub const DRAWING: &str = include_str!("drawing.html");
/// Input of any other network.
pub const FORM: &str = include_str!("form.html");
/// The results of either.
pub const RESULTS: &str = include_str!("results.html");
/// A third way of input, for either.
pub const PASTE: &str = include_str!("paste.html");
