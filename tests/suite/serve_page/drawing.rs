//! Digits are drawn by mouse, finger and keyboard, and read back.

use std::time::Duration;

use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};

use super::{DIGITS, PRETRAINED, assert_clean, open, settle, text, wait_for};

#[test]
fn all_ten_digits_are_drawn_and_read() {
    let Some((mut browser, server)) = open(PRETRAINED, &[]) else {
        return;
    };
    for (pointer, place, [width, height]) in [
        (Pointer::Mouse, [0.25, 0.15, 0.7], [1280, 1000]),
        (Pointer::Finger, [0.5, 0.55, 0.35], [360, 740]),
    ] {
        browser.view(width, height, 1.0);
        for digit in 0..10 {
            browser.click("#clear");
            draw(&mut browser, pointer, digit, place);
            settle(&mut browser);
            let answer = text(&mut browser, "answer");
            println!("{pointer:?} draws {digit}: {answer}");
            assert!(
                answer.starts_with(&digit.to_string()),
                "{pointer:?} draws {digit}: {answer}"
            );
            let shown = browser.evaluate(
                "[[...document.querySelectorAll('.bar')].reduce((sum, bar) => sum + parseFloat(bar.style.width), 0), \
                 [...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].reduce((sum, level, at) => sum + (at % 4 ? 0 : level), 0) / 784, \
                 document.querySelector('.unit-map').getAttribute('aria-label')]",
            );
            let whole = shown[0].as_f64().unwrap();
            assert!((whole - 100.0).abs() < 0.1, "the bars come to {whole} %");
            let ink = shown[1].as_f64().unwrap();
            assert!(
                (8.0..90.0).contains(&ink),
                "the picture seen has a mean level of {ink}"
            );
            assert!(
                shown[2].as_str().unwrap().starts_with("160 activations"),
                "{}",
                shown[2]
            );
        }
    }
    browser.click("#clear");
    assert_eq!(text(&mut browser, "answer"), "–");
    assert_eq!(
        browser.evaluate("document.getElementById('mistakes').hidden"),
        true
    );
    assert_clean(&browser, &server);
}

#[test]
fn the_last_stroke_is_taken_back() {
    let Some((mut browser, server)) = open(PRETRAINED, &[]) else {
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
    let Some((mut browser, server)) = open(PRETRAINED, &[]) else {
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
    assert_eq!(
        browser.evaluate("window.read.length"),
        0,
        "nothing is said while the pen is down"
    );
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
    let Some((mut browser, server)) = open(DIGITS, &[]) else {
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
        assert!(
            said.contains(", taken for ") && said.contains(" row "),
            "{said}"
        );
        assert_eq!(mistake[1], 28);
    }
    browser.click("#clear");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('#mistake-list li').length"),
        0
    );
    assert_clean(&browser, &server);
}

#[test]
fn one_question_is_on_its_way_at_a_time_and_the_newest_counts() {
    let Some((mut browser, server)) = open(PRETRAINED, &[]) else {
        return;
    };
    // A server that takes its time.
    browser.evaluate(
        "(() => { let now = 0; window.most = 0; const honest = window.fetch; window.fetch = async (...question) => { \
           now += 1; window.most = Math.max(window.most, now); await new Promise(done => setTimeout(done, 300)); \
           try { return await honest(...question); } finally { now -= 1; } } })()",
    );
    draw(&mut browser, Pointer::Mouse, 8, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    assert!(text(&mut browser, "answer").starts_with('8'));
    assert_eq!(browser.evaluate("window.most"), 1);

    browser.click("#clear");
    draw(&mut browser, Pointer::Mouse, 1, [0.4, 0.15, 0.7]);
    browser.click("#clear");
    settle(&mut browser);
    assert_eq!(
        text(&mut browser, "answer"),
        "–",
        "an answer to what is gone"
    );
    assert_clean(&browser, &server);
}
