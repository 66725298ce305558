//! The server loads a newer network while the page is open.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};
use crate::support::server::Server;
use crate::support::{copy, repository};

use super::{DIGITS, PATIENCE, PLANE, PRETRAINED, assert_clean, settle, text, wait_for};

/// A three, and a seven.
const PLACE: [f64; 3] = [0.2, 0.15, 0.7];

#[test]
fn the_page_becomes_that_of_the_newer_network() {
    let Some((mut browser, server, folder)) = opened() else {
        return;
    };
    draw(&mut browser, Pointer::Mouse, 3, PLACE);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "name"), "digits");

    copy(&repository(PRETRAINED), &folder.path().join("pretrained"));
    reload(&server, "pretrained");
    // It has other layers, which the page learns of from the next answer.
    paste(&mut browser);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "name"), "pretrained");
    draw(&mut browser, Pointer::Mouse, 7, PLACE);
    settle(&mut browser);
    assert!(text(&mut browser, "answer").starts_with('7'));
    assert_clean(&browser, &server);
}

#[test]
fn a_run_of_the_same_form_and_step_is_another_network() {
    let Some((mut browser, server, folder)) = opened() else {
        return;
    };
    let newer = folder.path().join("2026-01-02T00-00-00-0000");
    copy(&repository(DIGITS), &newer);
    rename(&newer, "digits", "other digits");
    reload(&server, "other digits");
    draw(&mut browser, Pointer::Mouse, 3, PLACE);
    wait_for(
        &mut browser,
        "document.getElementById('name').textContent === 'other digits'",
    );
    settle(&mut browser);
    assert!(text(&mut browser, "answer").starts_with('3')); // what was drawn stays, and is answered again
    assert_clean(&browser, &server);
}

/// The server refuses what the older form asks; the page asks why, and is that of the newer one.
#[test]
fn a_network_of_another_form_has_another_page() {
    let Some((mut browser, server, folder)) = opened() else {
        return;
    };
    copy(
        &repository(PLANE),
        &folder.path().join("2026-01-02T00-00-00-0000"),
    );
    reload(&server, "plane");
    paste(&mut browser);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "name"), "plane");
    wait_for(
        &mut browser,
        "document.querySelectorAll('#fields input').length === 2",
    );
    let refusals = browser.errors.iter().all(|error| error.contains("422"));
    assert!(refusals, "{:?}", browser.errors);
}

/// Asks about 784 values, whose answer reloads the page.
fn paste(browser: &mut Browser) {
    browser.reload_by(
        "document.getElementById('numbers').value = new Array(784).fill(0).join(); \
         setTimeout(() => document.getElementById('paste').requestSubmit())",
    );
}

/// The page of a server of a folder with one run, and that folder.
fn opened() -> Option<(Browser, Server, tempfile::TempDir)> {
    let mut browser = Browser::start()?;
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("2026-01-01T00-00-00-0000");
    copy(&repository(DIGITS), &older);
    let server = Server::start(folder.path(), &[]);
    browser.network(true);
    browser.view(1280, 1000, 1.0);
    browser.open(&server.address);
    settle(&mut browser);
    Some((browser, server, folder))
}

/// Gives a run's experiment another name.
fn rename(run: &Path, from: &str, to: &str) {
    let manifest = run.join("run.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let (from, to) = (
        format!("\"name\": \"{from}\""),
        format!("\"name\": \"{to}\""),
    );
    assert!(text.contains(&from), "{text}");
    fs::write(&manifest, text.replacen(&from, &to, 1)).unwrap();
}

/// Has the server load what is newest, and waits until that is a run of this name.
fn reload(server: &Server, name: &str) {
    server.send("-HUP");
    let started = Instant::now();
    while server.get("/v1/model").good().json()["name"] != name {
        assert!(started.elapsed() < PATIENCE, "it is not loaded");
        std::thread::sleep(Duration::from_millis(50));
    }
}
