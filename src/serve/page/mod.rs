//! The page at `/`, and the files that it loads.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// What a browser lets the page do: its own scripts, styles and requests, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// Where it is.
    pub path: &'static str,
    /// What it is for, for the description of the interface.
    pub summary: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    content: &'static str,
}

/// All files of the page.
pub(super) const ASSETS: [Asset; 3] = [
    Asset {
        path: "/",
        summary: "The page",
        media_type: "text/html; charset=utf-8",
        content: include_str!("page.html"),
    },
    Asset {
        path: "/page.js",
        summary: "Script of the page",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("page.js"),
    },
    Asset {
        path: "/page.css",
        summary: "Style of the page",
        media_type: "text/css; charset=utf-8",
        content: include_str!("page.css"),
    },
];

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.media_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (headers, self.content).into_response()
    }
}
