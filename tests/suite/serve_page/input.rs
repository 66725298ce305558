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
    for value in ["0.5", "-1.25"] {
        assert_eq!(text(&mut browser, "answer"), "–", "half a row says nothing");
        browser.press("Tab");
        browser.call("Input.insertText", &json!({"text": value}));
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
