//! The page at `/` and the files that it loads: draws or fills in a row, and shows its prediction at once.
//!
//! | file | subject |
//! |---|---|
//! | `head.html`, `mistakes.html` | HTML in addition to that of [`web`](mlp_report::web) |
//! | `client.js` | requests to the server, one at a time, and what its refusals mean |
//! | `page.js` | input → requests, responses → results |
//! | `page.css` | CSS rules in addition to those of `web` |

use axum::http::header;
use axum::response::{IntoResponse, Response};

use mlp_report::web::{DRAWING, FORM, PASTE, PREDICTION_STYLE, RESULTS, SCRIPTS, STYLE};

/// Content security policy: only scripts, styles and requests of this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// Path of the URL.
    pub path: &'static str,
    /// Description in `/openapi.json`.
    pub summary: &'static str,
    /// Media type.
    pub media_type: &'static str,
    /// Parts that are concatenated.
    content: &'static [&'static str],
}

/// All files of the page. They are the same for every network; the scripts request `/v1/model`.
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
        content: &[STYLE, PREDICTION_STYLE, include_str!("page.css")],
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
