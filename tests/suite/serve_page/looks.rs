//! What the page looks like, and whether everyone can read it.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};
use crate::support::pictures::{assert_looks_like, keep_font};

use super::{DIGITS, PLANE, assert_clean, open, settle};

/// Texts with a contrast of less than 4.5 to their background (Web Content Accessibility Guidelines 2.2, 1.4.3).
const FAINT_TEXT: &str = "(() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = value => value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (node.data.trim() === '' || !element.checkVisibility({ contentVisibilityAuto: true })) continue;
    const pair = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) faint.push(`${node.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return faint;
})()";

#[test]
fn it_looks_as_it_did() {
    for (name, run, heights) in [
        ("serve", DIGITS, [1800, 1250]),
        ("serve-form", PLANE, [1100, 800]),
    ] {
        let Some((mut browser, server)) = open(run, &[]) else {
            return;
        };
        for (device, width, height) in [("phone", 360, heights[0]), ("desktop", 1280, heights[1])] {
            for scheme in ["light", "dark"] {
                browser.view(width, height, 1.0);
                browser.colour_scheme(scheme);
                browser.call("Page.setBypassCSP", &json!({"enabled": true}));
                browser.open(&server.address);
                keep_font(&mut browser);
                settle(&mut browser);
                fill_in(&mut browser, run);
                settle(&mut browser);
                let wide = browser.evaluate("document.documentElement.scrollWidth");
                assert_eq!(wide, width, "{name} on a {device}");
                let faint = browser.evaluate(FAINT_TEXT);
                assert_eq!(faint, json!([]), "{name} on a {device} in {scheme}");
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

#[test]
fn a_screen_reader_is_told_what_everything_is() {
    let Some((mut browser, server)) = open(DIGITS, &[]) else {
        return;
    };
    fill_in(&mut browser, DIGITS);
    settle(&mut browser);
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nodes: Vec<(&str, &str)> = tree["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["ignored"] == Value::Bool(false))
        .map(|node| {
            let text = |key: &str| node[key]["value"].as_str().unwrap_or_default();
            (text("role"), text("name"))
        })
        .collect();
    let named = |role: &str| -> Vec<&str> {
        let of_role = nodes.iter().filter(|(other, _)| *other == role);
        of_role.map(|(_, name)| *name).collect()
    };
    assert_eq!(named("application"), ["Drawing pad"]);
    assert_eq!(named("button"), ["Undo", "Clear"]);
    assert_eq!(named("table"), ["Probability of each class"]);
    let headings = [
        "digits",
        "Draw",
        "Prediction",
        "What the network sees",
        "Hidden activations",
        "Nearest mistakes",
    ];
    assert_eq!(named("heading"), headings);
    assert_eq!(named("status").len(), 2, "the pen, and what is predicted");
    let pictures = named("image");
    assert!(pictures.len() >= 2 + 5, "{pictures:?}");
    assert!(pictures.iter().all(|name| !name.is_empty()), "{pictures:?}");
    assert_clean(&browser, &server);
}
