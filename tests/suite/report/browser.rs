//! The page in a real browser: by mouse, by keyboard, in light and dark, on a phone and on a desktop.

use std::path::{Path, PathBuf};

use mlp::report::write;
use serde_json::Value;

use super::copy_of;
use crate::support::browser::{Browser, file_address};
use crate::support::pictures::{assert_looks_like, open_in_kept_font};
use crate::support::runs::open;

fn page_of(name: &str, folder: &Path) -> PathBuf {
    write(&open(&copy_of(name, folder))).unwrap()
}

/// Cell of the first matrix with a true and a predicted class.
fn cell(label: u32, prediction: u32) -> String {
    format!("details[open] td[data-label='{label}'][data-prediction='{prediction}'] button")
}

/// Heading of the panel, number of rows it shows, and how many its cell has.
fn panel(browser: &mut Browser) -> (String, u64, u64) {
    let script = "(() => { const panel = document.querySelector('.panel:not([hidden])'); if (!panel) return ['', 0, 0]; \
        const cell = document.querySelector('button[aria-pressed=true]').parentElement; \
        return [panel.querySelector('h4').textContent, panel.querySelectorAll('.tile, tbody tr').length, Number(cell.dataset.count)]; })()";
    let value = browser.evaluate(script);
    let number = |index: usize| value[index].as_u64().unwrap();
    (value[0].as_str().unwrap().to_owned(), number(1), number(2))
}

#[test]
fn every_cell_shows_its_rows_and_nothing_is_asked_of_a_network() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, unit) in [("digits", ".tile"), ("plane", "tbody tr")] {
        let path = page_of(name, folder.path());
        browser.requests.clear();
        browser.open_file(&path);
        let script = format!(
            "[...document.querySelectorAll('details.matrix')].map(matrix => [...matrix.querySelectorAll('.confusion button')].map(button => {{ \
             button.click(); const panel = matrix.querySelector('.panel'); \
             return [Number(button.parentElement.dataset.count), panel.querySelectorAll('{unit}').length, panel.querySelector('h4').textContent]; }}))"
        );
        let matrices = browser.evaluate(&script);
        let matrices = matrices.as_array().unwrap();
        assert_eq!(matrices.len(), 3, "{name}: test, validation and train");
        for (matrix, split) in matrices.iter().zip(["test", "validation", "train"]) {
            let cells = matrix.as_array().unwrap();
            assert!(cells.len() >= 3, "{name} {split}");
            let mut all_shown = 0;
            for cell in cells {
                let (count, shown) = (cell[0].as_u64().unwrap(), cell[1].as_u64().unwrap());
                let heading = cell[2].as_str().unwrap();
                let rows = if count == 1 {
                    "1 row".to_owned()
                } else {
                    format!("{count} rows")
                };
                assert!(heading.contains(&format!(": {rows}")), "{heading}");
                if shown == count {
                    all_shown += 1;
                } else {
                    let said = format!("{shown} of them kept to be shown");
                    assert!(
                        shown < count && heading.contains(&said),
                        "{heading}: {shown}"
                    );
                }
            }
            // Of the digits' training rows the fixture keeps 90 of 320.
            assert!(all_shown == cells.len() || (name == "digits" && split == "train"));
        }
        assert_eq!(browser.requests, [file_address(&path)], "{name}");
    }
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn the_mouse_chooses_a_cell_and_its_pictures_are_those_of_the_rows() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    browser.view(1280, 900, 1.0);
    browser.open_file(&page_of("digits", folder.path()));
    browser.click(&cell(0, 0));
    let (heading, shown, count) = panel(&mut browser);
    assert!(heading.starts_with("true 0, predicted 0: "), "{heading}");
    assert!(shown > 1 && shown == count);
    // The picture is the row's own: its brightness, drawn from the sprite, is that of the kept values.
    let script = "(async () => { const tile = document.querySelector('.panel .tile'); const style = getComputedStyle(tile); \
        const image = new Image(); image.src = style.backgroundImage.slice(5, -2); await image.decode(); \
        const [x, y] = style.backgroundPosition.split(' ').map(part => -parseFloat(part) / 2); \
        const canvas = document.createElement('canvas'); canvas.width = canvas.height = 28; \
        const context = canvas.getContext('2d'); context.drawImage(image, x, y, 28, 28, 0, 0, 28, 28); \
        const data = context.getImageData(0, 0, 28, 28).data; let sum = 0; for (let i = 0; i < data.length; i += 4) sum += data[i]; \
        return [Number(tile.getAttribute('aria-label').slice(4)), sum]; })()";
    let drawn = browser.evaluate(script);
    let row = drawn[0].as_u64().unwrap().to_string();
    let examples = std::fs::read_to_string(folder.path().join("digits/examples/test.csv")).unwrap();
    let numbers =
        std::fs::read_to_string(folder.path().join("digits/examples/test_rows.csv")).unwrap();
    let at = numbers.lines().position(|line| line == row).unwrap();
    let line = examples.lines().nth(at).unwrap();
    let sum: u64 = line
        .split(',')
        .skip(1)
        .map(|value| value.parse::<u64>().unwrap())
        .sum();
    assert_eq!(drawn[1], sum, "row {row}: {line}");

    browser.click(&cell(0, 0));
    assert_eq!(panel(&mut browser).1, 0, "a second click closes");
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn the_keyboard_alone_suffices() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    browser.open_file(&page_of("digits", folder.path()));
    let focused = "document.activeElement.getAttribute('aria-label') ?? ''";
    let is_cell = |label: &Value| label.as_str().unwrap().starts_with("true ");
    let mut stops = 0;
    while !is_cell(&browser.evaluate(focused)) {
        browser.press("Tab");
        stops += 1;
        assert!(stops < 40, "no cell is reached");
    }
    let first = browser.evaluate(focused);
    browser.press("ArrowDown");
    browser.press("ArrowRight");
    let moved = browser.evaluate(focused);
    assert!(is_cell(&moved) && moved != first, "{first} {moved}");
    browser.press("Enter");
    let (heading, shown, count) = panel(&mut browser);
    let named = moved.as_str().unwrap().split(':').next().unwrap();
    assert!(heading.starts_with(named), "{heading} is not of {named}");
    assert_eq!(shown, count);
    browser.press("Escape");
    assert_eq!(panel(&mut browser).1, 0);
    browser.press("Tab");
    assert!(
        !is_cell(&browser.evaluate(focused)),
        "the matrix is one stop"
    );
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn nothing_is_wider_than_a_phone_and_all_reads_without_scripts() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = page_of("digits", folder.path());
    for width in [360, 390, 768, 1280] {
        browser.view(width, 800, 1.0);
        browser.open_file(&path);
        let page = browser.evaluate("document.documentElement.scrollWidth");
        assert_eq!(page, width, "the page is wider than the view");
    }
    let disabled = serde_json::json!({"value": true});
    browser.call("Emulation.setScriptExecutionDisabled", &disabled);
    browser.open_file(&path);
    let text = browser.evaluate("document.querySelector('details.matrix table').innerText");
    assert!(text.as_str().unwrap().contains("predicted"), "{text}");
    let buttons = browser.evaluate("document.querySelectorAll('.confusion button').length");
    let hints = browser.evaluate(
        "[...document.querySelectorAll('.scripted')].filter(hint => hint.offsetParent).length",
    );
    assert_eq!(
        (buttons, hints),
        (0.into(), 0.into()),
        "nothing promises what needs a script"
    );
}

#[test]
fn it_looks_as_it_did() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = page_of("digits", folder.path());
    for (device, width, height) in [("phone", 390, 3200), ("desktop", 1280, 2600)] {
        for scheme in ["light", "dark"] {
            browser.view(width, height, 1.0);
            browser.colour_scheme(scheme);
            open_in_kept_font(&mut browser, &path);
            browser.evaluate("document.querySelector(\"details[open] td[data-label='1'][data-prediction='1'] button\").click(); document.activeElement.blur(); scrollTo(0, 0)");
            let picture = browser.screenshot();
            let kept = format!("tests/screenshots/report-{device}-{scheme}.png");
            assert_looks_like(&kept, &picture, 0.02);
        }
    }
    assert_eq!(browser.errors, Vec::<String>::new());
}
