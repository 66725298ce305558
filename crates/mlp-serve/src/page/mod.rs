//! The page at `/`, and the files that it loads: draw or fill in, and see what the network says meanwhile.
//!
//! | file | subject |
//! |---|---|
//! | `head.html`, `mistakes.html` | what the page has beside that of [`pages`](mlp_report::pages) |
//! | `client.js` | questions to the server, one at a time; what its refusals mean |
//! | `page.js` | input → questions, answers → results |
//! | `page.css` | what this page adds |

use axum::http::header;
use axum::response::{IntoResponse, Response};

use mlp_report::pages::{DRAWING, FORM, PASTE, RESULTS, SCRIPTS, STYLE};
use mlp_report::report;

/// What a browser lets the page do: its own scripts, styles and requests, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// Where it is.
    pub path: &'static str,
    /// What it is for, for the description of the interface.
    pub summary: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What it is put together from.
    content: &'static [&'static str],
}

/// All files of the page. They are the same for every network: the scripts ask which it is.
pub(super) const ASSETS: [Asset; 3] = [
    Asset {
        path: "/",
        summary: "The page",
        media_type: "text/html; charset=utf-8",
        content: &[
            include_str!("head.html"),
            "<template id=\"drawing\">\n",
            DRAWING,
            "</template>\n<template id=\"form\">\n",
            FORM,
            "</template>\n<main>\n",
            RESULTS,
            include_str!("mistakes.html"),
            PASTE,
            "</main>\n</body>\n</html>\n",
        ],
    },
    Asset {
        path: "/page.js",
        summary: "Script of the page",
        media_type: "text/javascript; charset=utf-8",
        content: &[
            SCRIPTS[0],
            SCRIPTS[1],
            SCRIPTS[2],
            SCRIPTS[3],
            include_str!("client.js"),
            include_str!("page.js"),
        ],
    },
    Asset {
        path: "/page.css",
        summary: "Style of the page",
        media_type: "text/css; charset=utf-8",
        content: &[report::STYLE, STYLE, include_str!("page.css")],
    },
];

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.media_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (headers, self.content.concat()).into_response()
    }
}
