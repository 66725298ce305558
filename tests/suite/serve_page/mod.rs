//! The page of the server, in a real browser.

mod drawing;
mod input;
mod looks;
mod troubles;

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::repository;
use crate::support::server::Server;

/// Longest wait for the page to show what the server says.
const PATIENCE: Duration = Duration::from_mins(1);

/// A network that reads digits well.
const PRETRAINED: &str = "artifacts/pretrained";
/// A small network of digits, with rows that it got wrong.
const DIGITS: &str = "tests/fixtures/runs/digits";
/// A network of two numbers.
const PLANE: &str = "tests/fixtures/runs/plane";

/// A browser with the page of a run open; `None` if there is no browser.
fn open(run: &str, arguments: &[&str]) -> Option<(Browser, Server)> {
    let mut browser = Browser::start()?;
    let server = Server::start(&repository(run), arguments);
    browser.network(true);
    browser.view(1280, 1000, 1.0);
    browser.open(&server.address);
    settle(&mut browser);
    Some((browser, server))
}

/// Waits until the page has an answer to all that it has asked.
#[track_caller]
fn settle(browser: &mut Browser) {
    wait_for(
        browser,
        "document.getElementById('results').getAttribute('aria-busy') === 'false'",
    );
}

/// Waits until a script says true.
#[track_caller]
fn wait_for(browser: &mut Browser, condition: &str) {
    let started = Instant::now();
    while browser.evaluate(condition) != Value::Bool(true) {
        assert!(started.elapsed() < PATIENCE, "never true: {condition}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn text(browser: &mut Browser, id: &str) -> String {
    let text = browser.evaluate(&format!("document.getElementById('{id}').textContent"));
    text.as_str().unwrap().to_owned()
}

/// Asserts that the page asked nobody but its server, and that nothing went wrong in it.
#[track_caller]
fn assert_clean(browser: &Browser, server: &Server) {
    assert_eq!(browser.errors, Vec::<String>::new());
    assert!(!browser.requests.is_empty());
    for request in &browser.requests {
        assert!(request.starts_with(&server.address), "{request}");
    }
}
