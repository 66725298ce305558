//! The page at `/`: draw or fill in, and see what the network says, while it is drawn.
//!
//! | file | subject |
//! |---|---|
//! | `page.html` | its parts, filled in by what [`pages`] shares with the exported page |
//! | `client.js` | questions to the server, one at a time; what its refusals mean |
//! | `page.js` | input → questions, answers → results |
//! | `style.css` | what this page adds |

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::pages;
use crate::report;

/// The same for every network: what differs is asked for by its scripts.
pub(super) static PAGE: LazyLock<Page> = LazyLock::new(Page::new);

/// One document with all that it needs inside.
pub(super) struct Page {
    /// The document.
    pub html: String,
    /// Its `Content-Security-Policy`: only what is in the document runs, and only this server is asked.
    pub policy: String,
}

impl Page {
    fn new() -> Self {
        let style = [report::STYLE, pages::STYLE, include_str!("style.css")].concat();
        let own = [include_str!("client.js"), include_str!("page.js")];
        let scripts = [pages::SCRIPTS.concat(), own.concat()].concat();
        let html = format!(
            include_str!("page.html"),
            style = style,
            drawing = pages::DRAWING,
            form = pages::FORM,
            results = pages::RESULTS,
            paste = pages::PASTE,
            scripts = scripts,
        );
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(&style),
            hash(&scripts)
        );
        Self { html, policy }
    }
}

/// How a policy names a piece of code that it lets through (CSP Level 3, 2.3.1).
fn hash(code: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(code)))
}
