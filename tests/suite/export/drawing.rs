//! Digits drawn on the page by mouse and by finger, and read back.

use std::fs;
use std::path::{Path, PathBuf};

use mlp::data::{Dataset, Features, Schema, digits, write_csv};
use mlp::export::{Exported, Format};
use mlp::inference::LoadedRun;
use mlp::run::Which;
use serde_json::Value;

use super::images;
use crate::support::browser::Browser;
use crate::support::drawing::{Pointer, draw};
use crate::support::pictures::{assert_looks_like, open_in_kept_font};
use crate::support::program::{Ran, mlp};
use crate::support::repository;
use crate::support::runs::open;

/// Maximum number of digits that may be misread: the network is small, and the strokes are nobody's handwriting.
const MAX_WRONG: usize = 1;

/// The answer, the widths of the bars in per cent, and the 28×28 grey levels that are seen.
fn shown(browser: &mut Browser) -> (String, Vec<f64>, Vec<f64>) {
    let shown = browser.evaluate(
        "[document.getElementById('answer').textContent, [...document.querySelectorAll('.bar')].map(bar => parseFloat(bar.style.width)), \
         [...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, index) => index % 4 === 0)]",
    );
    let numbers = |value: &Value| -> Vec<f64> {
        let values = value.as_array().unwrap().iter();
        values.map(|value| value.as_f64().unwrap()).collect()
    };
    (
        shown[0].as_str().unwrap().to_owned(),
        numbers(&shown[1]),
        numbers(&shown[2]),
    )
}

fn write_page(model: &Exported, folder: &Path) -> PathBuf {
    let path = folder.join("page.html");
    fs::write(&path, Format::Html.write(model).unwrap()).unwrap();
    path
}

#[test]
fn all_ten_digits_are_drawn_and_read_wherever_they_are() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = write_page(&images().exported(), folder.path());
    browser.view(800, 900, 1.0);
    browser.open_file(&path);
    for (pointer, place) in [
        (Pointer::Mouse, [0.25, 0.15, 0.7]),
        (Pointer::Finger, [0.5, 0.55, 0.35]),
    ] {
        let mut wrong = Vec::new();
        for digit in 0..10 {
            browser.click("#clear");
            draw(&mut browser, pointer, digit, place);
            let (answer, bars, ink) = shown(&mut browser);
            assert!((bars.iter().sum::<f64>() - 100.0).abs() < 0.1, "{bars:?}");
            assert!(
                ink.iter().sum::<f64>() > 28.0 * 28.0 * 8.0,
                "digit {digit}: nothing is seen"
            );
            let is_border =
                |at: &usize| [0, 27].contains(&(at % 28)) || [0, 27].contains(&(at / 28));
            let border: f64 = (0..28 * 28).filter(is_border).map(|at| ink[at]).sum();
            assert!(border == 0.0, "the digit lies within its box");
            if !answer.starts_with(&digit.to_string()) {
                wrong.push(format!("{digit} is read as {answer}"));
            }
        }
        println!(
            "{pointer:?} at {place:?}: {} of 10 read; {wrong:?}",
            10 - wrong.len()
        );
        assert!(wrong.len() <= MAX_WRONG, "{wrong:?}");
    }
    browser.click("#clear");
    let (answer, bars, ink) = shown(&mut browser);
    assert_eq!(answer, "–");
    assert!(
        bars.iter().chain(&ink).all(|value| *value == 0.0),
        "all is cleared"
    );
    assert_eq!(browser.errors, Vec::<String>::new());
}

/// Digits of 14×14, black on white.
fn small_and_dark(digits: &Dataset) -> Dataset {
    let Features::Bytes(pixels) = &digits.features else {
        panic!("pixels are bytes");
    };
    let mut values = Vec::new();
    for row in pixels.chunks_exact(784) {
        for (y, x) in (0..14).flat_map(|y| (0..14).map(move |x| (2 * y, 2 * x))) {
            let four = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
            let sum: f32 = four.map(|(y, x)| f32::from(row[28 * y + x])).iter().sum();
            values.push(255.0 - sum / 4.0);
        }
    }
    let names = (0..196).map(|at| format!("pixel{at}")).collect();
    let schema = Schema::of_numbers(names, digits.classes().to_vec());
    let labels = digits.labels().map(<[u32]>::to_vec);
    Dataset::new(schema, Features::Floats(values), labels)
}

#[test]
fn drawings_take_the_form_of_the_rows() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows = small_and_dark(&digits(3000, 5));
    write_csv(&path.join("train.csv"), &rows).unwrap();
    write_csv(&path.join("test.csv"), &small_and_dark(&digits(300, 6))).unwrap();
    let config = repository("configs/digits.toml");
    let trained = mlp(path)
        .args(["--config", config.to_str().unwrap(), "--quiet"])
        .args(["--set", "data.train=\"train.csv\""])
        .args(["--set", "data.test=\"test.csv\""])
        .args(["--set", "data.scale=\"standard\""])
        .output();
    Ran::of(trained.unwrap()).success();
    let run = open(&path.join("artifacts"));
    let trained = LoadedRun::load(&run, Which::Chosen).unwrap();
    let page = write_page(
        &Exported::of(&trained).with_images(&run, &trained).unwrap(),
        path,
    );
    browser.view(800, 900, 1.0);
    browser.open_file(&page);
    let mut wrong = Vec::new();
    for digit in 0..10 {
        browser.click("#clear");
        draw(&mut browser, Pointer::Mouse, digit, [0.25, 0.15, 0.7]);
        let answer = browser.evaluate("document.getElementById('answer').textContent");
        if !answer.as_str().unwrap().starts_with(&digit.to_string()) {
            wrong.push(format!("{digit} is read as {answer}"));
        }
    }
    println!(
        "14×14, black on white: {} of 10 read; {wrong:?}",
        10 - wrong.len()
    );
    assert!(wrong.len() <= 2 * MAX_WRONG, "{wrong:?}");
    assert_eq!(
        browser.evaluate("document.getElementById('seen').width"),
        14
    );
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn it_looks_as_it_did() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = open(&repository("tests/fixtures/runs/digits"));
    let trained = LoadedRun::load(&run, Which::Chosen).unwrap();
    let path = write_page(
        &Exported::of(&trained).with_images(&run, &trained).unwrap(),
        folder.path(),
    );
    for (device, width, height) in [("phone", 360, 1400), ("desktop", 1280, 1000)] {
        for scheme in ["light", "dark"] {
            browser.view(width, height, 1.0);
            browser.colour_scheme(scheme);
            open_in_kept_font(&mut browser, &path);
            draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
            browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
            let picture = browser.screenshot();
            let kept = format!("tests/screenshots/export-{device}-{scheme}.png");
            assert_looks_like(&kept, &picture, 0.02);
        }
    }
    assert_eq!(browser.errors, Vec::<String>::new());
}
