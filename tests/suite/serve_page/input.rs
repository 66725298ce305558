//! Rows of other things than pictures.

use serde_json::{Value, json};

use super::{PLANE, assert_clean, open, settle, text};

#[test]
fn a_network_of_other_things_has_a_form() {
    let Some((mut browser, server)) = open(PLANE, &[]) else {
        return;
    };
    assert_eq!(
        browser.evaluate("document.getElementById('pad')"),
        Value::Null
    );
    let names = browser.evaluate(
        "[...document.querySelectorAll('#fields label')].map(label => label.textContent)",
    );
    assert_eq!(names.as_array().unwrap().len(), 2, "{names}");
    settle(&mut browser);
    let typical = text(&mut browser, "answer");
    assert!(typical.contains('%'), "{typical}");
    for value in ["0.5", "-1.25"] {
        browser.press("Tab");
        browser.call("Input.insertText", &json!({"text": value}));
        settle(&mut browser);
    }
    let by_field = text(&mut browser, "answer");
    assert!(by_field.contains('%') && by_field != typical, "{by_field}");
    browser.evaluate(
        "(() => { const field = document.activeElement; field.value = ''; field.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    assert_eq!(text(&mut browser, "answer"), "–", "half a row says nothing");
    browser.click("#clear");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "answer"), typical);
    browser.click("summary");
    browser.evaluate("document.getElementById('numbers').value = '0.5; -1.25'");
    browser.click("#paste button");
    settle(&mut browser);
    assert_eq!(text(&mut browser, "answer"), by_field);
    assert_clean(&browser, &server);
}
