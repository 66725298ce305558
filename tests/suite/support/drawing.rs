//! Digits drawn on the pad of a page, along the skeletons of the built-in ones.

use mlp::data::{Point, skeletons, spline};
use serde_json::json;

use super::browser::Browser;

/// What draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointer {
    Mouse,
    Finger,
}

impl Pointer {
    /// Moves it along a stroke.
    fn draw(self, browser: &mut Browser, points: &[[f64; 2]]) {
        let last = points.len() - 1;
        for (index, [x, y]) in points.iter().enumerate() {
            self.send(browser, [0, 1][index.min(1)], *x, *y);
            if index == last {
                self.send(browser, 2, *x, *y);
            }
        }
    }

    /// Down (0), along (1) or up (2).
    fn send(self, browser: &mut Browser, what: usize, x: f64, y: f64) {
        match self {
            Self::Mouse => {
                let kind = ["mousePressed", "mouseMoved", "mouseReleased"][what];
                let event = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1});
                browser.call("Input.dispatchMouseEvent", &event);
            }
            Self::Finger => {
                let kind = ["touchStart", "touchMove", "touchEnd"][what];
                let points = if what == 2 {
                    json!([])
                } else {
                    json!([{"x": x, "y": y}])
                };
                let event = json!({"type": kind, "touchPoints": points});
                browser.call("Input.dispatchTouchEvent", &event);
            }
        }
    }
}

/// Draws a digit on the pad, fitted into a square of it: `[left, top, side]` as shares of its edge.
pub fn draw(browser: &mut Browser, pointer: Pointer, digit: usize, place: [f64; 3]) {
    let pad = browser.evaluate(
        "(() => { const pad = document.getElementById('pad'); pad.scrollIntoView({block: 'center'}); const box = pad.getBoundingClientRect(); return [box.x, box.y, box.width]; })()",
    );
    let number = |index: usize| pad[index].as_f64().unwrap();
    let skeleton = &skeletons(digit)[0];
    let strokes: Vec<Vec<Point>> = skeleton
        .strokes
        .iter()
        .map(|stroke| spline(stroke))
        .collect();
    let range = |axis: usize| {
        let values = || strokes.iter().flatten().map(move |point| point[axis]);
        (
            values().fold(f64::MAX, f64::min),
            values().fold(f64::MIN, f64::max),
        )
    };
    let (x, y) = (range(0), range(1));
    let scale = place[2] * number(2) / (x.1 - x.0).max(y.1 - y.0);
    for stroke in &strokes {
        let thinned = stroke.iter().step_by(3).chain(stroke.last());
        let placed = thinned.map(|point| {
            [
                number(0) + place[0] * number(2) + (point[0] - x.0) * scale,
                number(1) + place[1] * number(2) + (point[1] - y.0) * scale,
            ]
        });
        pointer.draw(browser, &placed.collect::<Vec<_>>());
    }
    // What is drawn is shown with the next frame.
    browser.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))",
    );
}
