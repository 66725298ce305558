//! The page of the server, in a real browser: digits are drawn on it and read back.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};
use crate::support::pictures::{assert_looks_like, keep_font};
use crate::support::server::Server;
use crate::support::repository;

/// Longest wait for the page to show what the server says.
const PATIENCE: Duration = Duration::from_secs(60);

const DIGITS: &str = "tests/fixtures/runs/digits";
const PLANE: &str = "tests/fixtures/runs/plane";

/// A browser with the page of a run open; `None` if there is no browser.
fn open(run: &str) -> Option<(Browser, Server)> {
    let mut browser = Browser::start()?;
    let server = Server::start(&repository(run), &[]);
    browser.network(true);
    browser.view(1280, 1000, 1.0);
    browser.open(&server.address);
    settle(&mut browser);
    Some((browser, server))
}

/// Waits until the page has an answer to all that it has asked.
#[track_caller]
fn settle(browser: &mut Browser) {
    wait_for(browser, "document.getElementById('results').getAttribute('aria-busy') === 'false'");
}

/// Waits until a script says true.
#[track_caller]
fn wait_for(browser: &mut Browser, condition: &str) {
    let started = Instant::now();
    while browser.evaluate(condition) != Value::Bool(true) {
        assert!(started.elapsed() < PATIENCE, "it never comes true: {condition}");
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
    for request in &browser.requests {
        assert!(request.starts_with(&server.address), "{request}");
    }
}

#[test]
fn all_ten_digits_are_drawn_and_read() {
    let Some((mut browser, server)) = open("artifacts/pretrained") else {
        return;
    };
    for (pointer, place) in [
        (Pointer::Mouse, [0.25, 0.15, 0.7]),
        (Pointer::Finger, [0.5, 0.55, 0.35]),
    ] {
        for digit in 0..10 {
            browser.click("#clear");
            draw(&mut browser, pointer, digit, place);
            settle(&mut browser);
            let answer = text(&mut browser, "answer");
            println!("{pointer:?} draws {digit}: {answer}");
            assert!(answer.starts_with(&digit.to_string()), "{pointer:?} draws {digit}: {answer}");
            let shown = browser.evaluate(
                "[[...document.querySelectorAll('.bar')].reduce((sum, bar) => sum + parseFloat(bar.style.width), 0), \
                 [...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].reduce((sum, level, at) => sum + (at % 4 ? 0 : level), 0) / 784, \
                 document.querySelector('.unit-map').getAttribute('aria-label')]",
            );
            let whole = shown[0].as_f64().unwrap();
            assert!((whole - 100.0).abs() < 0.1, "the bars come to {whole} %");
            let ink = shown[1].as_f64().unwrap();
            assert!((8.0..90.0).contains(&ink), "the picture seen has a mean level of {ink}");
            assert!(shown[2].as_str().unwrap().starts_with("160 activations"), "{}", shown[2]);
        }
    }
    browser.click("#clear");
    assert_eq!(text(&mut browser, "answer"), "–");
    assert_eq!(browser.evaluate("document.getElementById('mistakes').hidden"), true);
    assert_clean(&browser, &server);
}

#[test]
fn the_last_stroke_is_taken_back() {
    let Some((mut browser, server)) = open("artifacts/pretrained") else {
        return;
    };
    draw(&mut browser, Pointer::Mouse, 1, [0.4, 0.1, 0.5]);
    settle(&mut browser);
    let first = text(&mut browser, "bars");
    draw(&mut browser, Pointer::Mouse, 0, [0.1, 0.4, 0.5]);
    settle(&mut browser);
    assert_ne!(text(&mut browser, "bars"), first);
    browser.click("#undo");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "bars"), first);
    browser.click("#undo");
    assert_eq!(text(&mut browser, "answer"), "–");
    assert_clean(&browser, &server);
}

#[test]
fn a_seven_is_drawn_by_keyboard_and_read_out_once_the_pen_is_lifted() {
    let Some((mut browser, server)) = open("artifacts/pretrained") else {
        return;
    };
    let count_readings = "window.read = []; new MutationObserver(() => window.read.push(document.getElementById('said').textContent)) \
        .observe(document.getElementById('said'), {childList: true})";
    browser.evaluate(count_readings);
    browser.press("Tab");
    assert_eq!(browser.evaluate("document.activeElement.id"), "pad");
    let outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid", "the focus is seen");
    let press = |browser: &mut Browser, key: &str, times: usize| {
        for _ in 0..times {
            browser.press(key);
        }
    };
    press(&mut browser, "ArrowLeft", 4);
    press(&mut browser, "ArrowUp", 6);
    press(&mut browser, " ", 1);
    assert_eq!(text(&mut browser, "pen"), "Pen down");
    press(&mut browser, "ArrowRight", 8);
    press(&mut browser, "End", 3); // down and to the left
    press(&mut browser, "ArrowDown", 9);
    settle(&mut browser);
    std::thread::sleep(Duration::from_secs(1)); // longer than an answer waits before it is read out
    assert_eq!(browser.evaluate("window.read.length"), 0, "nothing is said while the pen is down");
    press(&mut browser, " ", 1);
    assert_eq!(text(&mut browser, "pen"), "Pen up");
    wait_for(&mut browser, "window.read.length > 0");
    let read = browser.evaluate("window.read");
    assert_eq!(read.as_array().unwrap().len(), 1, "{read}");
    assert!(read[0].as_str().unwrap().starts_with("7, "), "{read}");
    assert!(text(&mut browser, "answer").starts_with('7'));
    browser.press("Escape");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "answer"), "–");
    assert_clean(&browser, &server);
}

#[test]
fn the_nearest_mistakes_are_shown() {
    let Some((mut browser, server)) = open(DIGITS) else {
        return;
    };
    draw(&mut browser, Pointer::Mouse, 4, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    let shown = browser.evaluate(
        "[...document.querySelectorAll('#mistake-list li')].map(item => [item.textContent, item.querySelector('canvas').width])",
    );
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), 5, "{shown:?}");
    for mistake in shown {
        let said = mistake[0].as_str().unwrap();
        assert!(said.contains(", read as ") && said.contains("row "), "{said}");
        assert_eq!(mistake[1], 28);
    }
    browser.click("#clear");
    assert_eq!(browser.evaluate("document.querySelectorAll('#mistake-list li').length"), 0);
    assert_clean(&browser, &server);
}

#[test]
fn a_network_of_other_things_has_a_form() {
    let Some((mut browser, server)) = open(PLANE) else {
        return;
    };
    assert_eq!(browser.evaluate("document.getElementById('pad')"), Value::Null);
    let names = browser.evaluate("[...document.querySelectorAll('#fields label')].map(label => label.textContent)");
    assert_eq!(names.as_array().unwrap().len(), 2, "{names}");
    for value in ["0.5", "-1.25"] {
        assert_eq!(text(&mut browser, "answer"), "–", "half a row says nothing");
        browser.press("Tab");
        browser.call("Input.insertText", &serde_json::json!({"text": value}));
        settle(&mut browser);
    }
    let by_field = text(&mut browser, "answer");
    assert!(by_field.contains('%'), "{by_field}");
    browser.click("#clear");
    assert_eq!(text(&mut browser, "answer"), "–");
    browser.click("summary");
    browser.evaluate("document.getElementById('numbers').value = '0.5; -1.25'");
    browser.click("#paste button");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "answer"), by_field);
    assert_clean(&browser, &server);
}

#[test]
fn troubles_are_told_in_words_and_pass() {
    let Some((mut browser, server)) = open("artifacts/pretrained") else {
        return;
    };
    // A server that has too much to do, for once.
    browser.evaluate(
        "window.honest = window.fetch; window.fetch = async () => { window.fetch = window.honest; \
         return new Response('{}', {status: 503, headers: {'Retry-After': '1'}}); }",
    );
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    wait_for(&mut browser, "document.getElementById('problem').textContent.includes('too much to do')");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "problem"), "");
    assert!(text(&mut browser, "answer").starts_with('3'));
    assert_clean(&browser, &server);

    // One that is gone, and comes back.
    browser.network(false);
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    wait_for(&mut browser, "document.getElementById('problem').textContent.includes('does not answer')");
    assert_eq!(browser.evaluate("document.getElementById('results').matches('.stale')"), true);
    browser.network(true);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "problem"), "");
    assert_eq!(browser.evaluate("document.getElementById('results').matches('.stale')"), false);
}

#[test]
fn what_the_server_refuses_is_told() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&repository("artifacts/pretrained"), &["--max-body", "100"]);
    browser.network(true);
    browser.view(1280, 1000, 1.0);
    browser.open(&server.address);
    settle(&mut browser);
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    let problem = text(&mut browser, "problem");
    assert!(problem.starts_with("The server refuses:") && problem.contains("100"), "{problem}");
    browser.click("#clear");
    assert_eq!(text(&mut browser, "problem"), "");
}

#[test]
fn nothing_runs_that_is_not_the_pages_own() {
    let Some((mut browser, _server)) = open(PLANE) else {
        return;
    };
    let tried = "(() => { const script = document.createElement('script'); script.textContent = 'window.foreign = 1'; \
        document.body.append(script); return typeof window.foreign; })()";
    assert_eq!(browser.evaluate(tried), "undefined");
}

#[test]
fn it_looks_as_it_did() {
    for (name, run, height) in [("serve", DIGITS, 1250), ("serve-form", PLANE, 1000)] {
        let Some((mut browser, server)) = open(run) else {
            return;
        };
        for (device, width, height) in [("phone", 360, height + 450), ("desktop", 1280, height)] {
            for scheme in ["light", "dark"] {
                browser.view(width, height, 1.0);
                browser.colour_scheme(scheme);
                browser.call("Page.setBypassCSP", &serde_json::json!({"enabled": true}));
                browser.open(&server.address);
                keep_font(&mut browser);
                settle(&mut browser);
                fill_in(&mut browser, run);
                settle(&mut browser);
                let wide = browser.evaluate("document.documentElement.scrollWidth");
                assert_eq!(wide, width, "{name} on a {device}");
                browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
                let picture = browser.screenshot();
                let kept = format!("tests/screenshots/{name}-{device}-{scheme}.png");
                assert_looks_like(&kept, &picture, 0.02);
            }
        }
        assert_clean(&browser, &server);
    }
}

fn fill_in(browser: &mut Browser, run: &str) {
    if run == DIGITS {
        draw(browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    } else {
        browser.evaluate(
            "document.querySelectorAll('#fields input').forEach((field, column) => { field.value = [0.5, -1.25][column]; }); \
             document.getElementById('fields').dispatchEvent(new Event('input'))",
        );
    }
}
