//! Digits drawn on the page with a pen, and read back.

use std::fs;

use mlp::data::{Point, skeletons, spline};
use mlp::export::Format;
use serde_json::json;

use super::images;
use crate::support::browser::Browser;

/// Most digits that may be misread: the network is small, and the strokes are nobody's handwriting.
const MOST_WRONG: usize = 1;

/// Draws on the pad: strokes fitted into a square of it, `[left, top, side]` as shares of its edge.
fn draw(browser: &mut Browser, strokes: &[&[Point]], place: [f64; 3]) {
    let pad = browser.evaluate(
        "(() => { const pad = document.getElementById('pad'); pad.scrollIntoView({block: 'center'}); const box = pad.getBoundingClientRect(); return [box.x, box.y, box.width]; })()",
    );
    let number = |index: usize| pad[index].as_f64().unwrap();
    let strokes: Vec<Vec<Point>> = strokes.iter().map(|stroke| spline(stroke)).collect();
    let points = || strokes.iter().flatten();
    let range = |axis: usize| {
        let values = || points().map(move |point| point[axis]);
        (
            values().fold(f64::MAX, f64::min),
            values().fold(f64::MIN, f64::max),
        )
    };
    let (x, y) = (range(0), range(1));
    let scale = place[2] * number(2) / (x.1 - x.0).max(y.1 - y.0);
    let mut send = |kind: &str, point: &Point| {
        let event = json!({
            "type": kind, "button": "left", "buttons": 1, "clickCount": 1, "pointerType": "mouse",
            "x": number(0) + place[0] * number(2) + (point[0] - x.0) * scale,
            "y": number(1) + place[1] * number(2) + (point[1] - y.0) * scale,
        });
        browser.call("Input.dispatchMouseEvent", &event);
    };
    for stroke in &strokes {
        send("mousePressed", &stroke[0]);
        for point in stroke.iter().skip(1).step_by(3).chain(stroke.last()) {
            send("mouseMoved", point);
        }
        send("mouseReleased", &stroke[stroke.len() - 1]);
    }
    // What is drawn is shown with the next frame.
    browser.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))",
    );
}

#[test]
fn all_ten_digits_are_drawn_and_read_wherever_they_are() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, images().export(Format::Html)).unwrap();
    browser.view(800, 900, 1.0);
    browser.open_file(&path);
    for place in [[0.25, 0.15, 0.7], [0.5, 0.55, 0.35]] {
        let mut wrong = Vec::new();
        for digit in 0..10 {
            browser.click("#clear");
            draw(&mut browser, skeletons(digit)[0].strokes, place);
            let shown = browser.evaluate(
                "[document.getElementById('answer').textContent, [...document.querySelectorAll('.bar')].map(bar => parseFloat(bar.style.width)), \
                 [...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, index) => index % 4 === 0)]",
            );
            let answer = shown[0].as_str().unwrap();
            let total: f64 = shown[1]
                .as_array()
                .unwrap()
                .iter()
                .map(|width| width.as_f64().unwrap())
                .sum();
            assert!((total - 100.0).abs() < 0.1, "{shown}");
            let ink: Vec<u64> = shown[2]
                .as_array()
                .unwrap()
                .iter()
                .map(|pixel| pixel.as_u64().unwrap())
                .collect();
            let mass: u64 = ink.iter().sum();
            assert!(mass > 28 * 28 * 8, "digit {digit}: nothing is seen: {mass}");
            let border = (0..28 * 28)
                .filter(|at| at % 28 == 0 || at % 28 == 27 || at / 28 == 0 || at / 28 == 27);
            assert!(
                border.map(|at| ink[at]).all(|level| level == 0),
                "the digit lies within its box"
            );
            if !answer.starts_with(&digit.to_string()) {
                wrong.push(format!("{digit} is read as {answer}"));
            }
        }
        println!(
            "drawn at {place:?}: {} of 10 read; {wrong:?}",
            10 - wrong.len()
        );
        assert!(wrong.len() <= MOST_WRONG, "{wrong:?}");
    }
    browser.click("#clear");
    let answer = browser.evaluate("document.getElementById('answer').textContent");
    assert_eq!(answer, "–");
    assert_eq!(browser.errors, Vec::<String>::new());
}
