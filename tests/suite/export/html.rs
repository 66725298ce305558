//! The page, in a real browser.

use std::fs;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mlp::data::{Schema, TargetColumn};
use mlp::export::Format;
use mlp::inference::Model;
use serde_json::Value;

use super::{Case, images, variants};
use crate::support::browser::{Browser, file_address};

/// Rows that are sent to the page at once.
const ROWS: usize = 1000;

/// Opens the page of a network.
fn open(browser: &mut Browser, case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, case.export(Format::Html)).unwrap();
    browser.requests.clear();
    browser.open_file(&path);
    assert_eq!(browser.requests, [file_address(&path)]);
    folder
}

pub fn probabilities(browser: &mut Browser, case: &Case) -> Vec<f64> {
    let _folder = open(browser, case);
    let columns = case.rows.columns();
    let mut all = Vec::new();
    for rows in case.values().chunks(ROWS * columns) {
        let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
        let script = format!(
            "(() => {{ const packed = atob('{}'); const all = new Float32Array(Uint8Array.from(packed, c => c.charCodeAt(0)).buffer); \
             const found = []; for (let at = 0; at < all.length; at += {columns}) found.push(...network.predict(all.slice(at, at + {columns})).probabilities); \
             return found; }})()",
            STANDARD.encode(bytes)
        );
        let found = browser.evaluate(&script);
        all.extend(
            found
                .as_array()
                .unwrap()
                .iter()
                .map(|value| value.as_f64().unwrap()),
        );
    }
    all
}

#[test]
fn the_page_says_of_every_image_what_the_program_says() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    images().assert_same("html", &probabilities(&mut browser, images()));
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn every_activation_and_scaling_is_in_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for case in variants() {
        case.assert_same("html", &probabilities(&mut browser, case));
    }
    assert_eq!(browser.errors, Vec::<String>::new());
}

fn answer(browser: &mut Browser) -> String {
    let text = browser.evaluate("document.getElementById('answer').textContent");
    text.as_str().unwrap().to_owned()
}

fn problem(browser: &mut Browser) -> String {
    let text = browser.evaluate("document.getElementById('problem').textContent");
    text.as_str().unwrap().to_owned()
}

/// Presses Tab until this element has the focus.
#[track_caller]
fn tab_to(browser: &mut Browser, selector: &str) {
    for _ in 0..40 {
        browser.press("Tab");
        let script = format!("document.activeElement.matches({selector:?})");
        if browser.evaluate(&script) == Value::Bool(true) {
            return;
        }
    }
    panic!("{selector} is not reached by Tab");
}

fn type_text(browser: &mut Browser, text: &str) {
    browser.call("Input.insertText", &serde_json::json!({"text": text}));
}

#[test]
fn a_table_is_filled_in_by_keyboard_and_names_mean_themselves() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let case = &variants()[2]; // no empty cells allowed
    let mut exported = case.exported();
    exported.name = "</title><script>alert(1)</script>".to_owned();
    let model = &exported.model;
    let mut schema = Schema::clone(&model.schema);
    let TargetColumn::Class { classes } = &mut schema.target else {
        panic!("classes are predicted");
    };
    classes[0] = "</script><img src=x onerror=alert(1)>".to_owned();
    schema.columns[0].name = "<b>width</b> & \"more\"".to_owned();
    exported.model = Arc::new(Model::new(
        schema,
        model.preprocessor.clone(),
        model.network.clone(),
        model.loss,
    ));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, Format::Html.write(&exported).unwrap()).unwrap();
    browser.open_file(&path);
    let shown = browser.evaluate(
        "[document.querySelector('#bars th').textContent, document.querySelector('#fields label').textContent, document.querySelector('h1').textContent, document.images.length]",
    );
    assert_eq!(shown[0], exported.classes()[0].as_str());
    assert_eq!(shown[1], exported.model.schema.columns[0].name.as_str());
    assert_eq!(shown[2], exported.name.as_str());
    assert_eq!(shown[3], 0);

    let typical = answer(&mut browser);
    assert!(typical.contains('%'), "{typical}");
    tab_to(&mut browser, "#field-0");
    type_text(&mut browser, "2");
    tab_to(&mut browser, "#field-1");
    browser.evaluate(
        "(() => { const field = document.activeElement; field.value = ''; field.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    assert_eq!(answer(&mut browser), "–", "half a row says nothing");
    type_text(&mut browser, "5.1");
    let by_field = answer(&mut browser);
    assert!(by_field.contains('%') && by_field != typical, "{by_field}");

    tab_to(&mut browser, "#clear");
    browser.press("Enter");
    assert_eq!(answer(&mut browser), typical);
    tab_to(&mut browser, "summary");
    browser.press("Enter");
    tab_to(&mut browser, "#numbers");
    type_text(&mut browser, "2; x");
    tab_to(&mut browser, "#paste button");
    browser.press("Enter");
    assert!(problem(&mut browser).contains("Value 2 is not a number: x"));
    browser.evaluate("document.getElementById('numbers').value = '2 5.1'; document.querySelector('#paste button').focus()");
    browser.press("Enter");
    assert_eq!(
        (answer(&mut browser), problem(&mut browser)),
        (by_field, String::new())
    );
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn nothing_is_wider_than_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for case in [images(), &variants()[0]] {
        for width in [360, 1280] {
            browser.view(width, 800, 1.0);
            let _folder = open(&mut browser, case);
            let page = browser.evaluate("document.documentElement.scrollWidth");
            assert_eq!(page, width, "{}", case.what);
        }
    }
}
