//! The server loads a newer network while the page is open.
#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};
use crate::support::server::Server;
use crate::support::{copy, repository};

use super::{DIGITS, PATIENCE, PRETRAINED, assert_clean, settle, text};

#[test]
fn the_page_becomes_that_of_the_newer_network() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("2026-01-01T00-00-00-0000");
    copy(&repository(DIGITS), &older);
    let server = Server::start(folder.path(), &[]);
    browser.network(true);
    browser.view(1280, 1000, 1.0);
    browser.open(&server.address);
    settle(&mut browser);
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "name"), "digits");

    copy(&repository(PRETRAINED), &folder.path().join("pretrained"));
    server.send("-HUP");
    let started = Instant::now();
    while !server.get("/v1/model").text().contains("pretrained") {
        assert!(started.elapsed() < PATIENCE, "it is not loaded");
        std::thread::sleep(Duration::from_millis(50));
    }
    // It has other layers, which the page learns of from the next answer.
    browser.reload_by(
        "document.getElementById('numbers').value = new Array(784).fill(0).join(); \
         setTimeout(() => document.getElementById('paste').requestSubmit())",
    );
    settle(&mut browser);
    assert_eq!(text(&mut browser, "name"), "pretrained");
    draw(&mut browser, Pointer::Mouse, 7, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    assert!(text(&mut browser, "answer").starts_with('7'));
    assert_clean(&browser, &server);
}
