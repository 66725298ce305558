//! By which names the server is called, and pages of which origins may use it.

use super::{plane, rows};
use crate::support::http::Request;

#[test]
fn a_page_whose_name_was_made_to_point_here_is_refused() {
    let server = plane(&[]);
    for own in ["localhost:8080", "127.0.0.1", "[::1]:1"] {
        server.ask(&rows(1).host(own)).good();
    }
    for path in ["/", "/v1/model", "/metrics", "/nowhere"] {
        let answer = server.ask(&Request::new("GET", path).host("example.org"));
        assert_eq!(answer.status, 421, "{path}: {}", answer.text());
        assert!(answer.text().contains("--allow-host"), "{}", answer.text());
    }
    assert_eq!(server.ask(&rows(1).host("example.org")).status, 421);
    let named = plane(&["--allow-host", "models.example.org"]);
    named.ask(&rows(1).host("models.example.org:443")).good();
    assert_eq!(named.ask(&rows(1).host("example.org")).status, 421);
    // Who reaches a server through a network knows it by names that it does not know itself.
    let open = plane(&["--listen", "0.0.0.0:0"]);
    open.ask(&rows(1).host("models")).good();
}

#[test]
fn pages_of_other_origins_need_leave() {
    let page = "https://example.org";
    let preflight = Request::new("OPTIONS", "/v1/predict")
        .header("Origin", page)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let closed = plane(&[]);
    let answers = [
        closed.ask(&preflight),
        closed.ask(&rows(1).header("Origin", page)),
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [405, 200]);
    for answer in answers {
        let mut names = answer.headers.keys();
        assert!(
            !names.any(|name| name.starts_with("access-control")),
            "{answer:?}"
        );
    }

    let open = plane(&["--allow-origin", page]);
    let asked = open.ask(&preflight);
    assert_eq!(asked.status, 204);
    assert_eq!(asked.headers["access-control-allow-origin"], page);
    assert!(asked.headers["access-control-allow-methods"].contains("POST"));
    assert!(asked.headers["access-control-allow-headers"].contains("content-type"));
    let answer = open.ask(&rows(1).header("Origin", page)).good();
    assert_eq!(answer.headers["access-control-allow-origin"], page);
    assert!(
        answer.headers["vary"].contains("origin"),
        "{:?}",
        answer.headers
    );
    let wrong = rows(1).header("Origin", page).header("Accept", "text/html");
    let refused = open.ask(&wrong);
    assert_eq!(refused.status, 406);
    assert_eq!(refused.headers["access-control-allow-origin"], page); // a page may read why
    let other = open
        .ask(&rows(1).header("Origin", "https://example.com"))
        .good();
    assert!(!other.headers.contains_key("access-control-allow-origin"));
}
