//! Charts and page of the kept runs, compared with snapshots byte by byte. `MLP_UPDATE_SNAPSHOTS=1` overwrites the
//! snapshots.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mlp_data::sha256;
use mlp_report::report::{Compared, comparison, page, plots};

use super::{decode, kept_run};

/// Replaces pictures by their size and a hash of their pixels, so that the compression of PNG does not matter.
fn without_pictures(text: &str) -> String {
    let beginning = "data:image/png;base64,";
    let mut parts = text.split(beginning);
    let mut short = parts.next().unwrap().to_owned();
    for part in parts {
        let is_data = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let end = part.find(|c| !is_data(c)).unwrap();
        let (width, height, pixels) = decode(&STANDARD.decode(&part[..end]).unwrap());
        let hash = short_hash(&pixels);
        short += &format!("{beginning}{width}x{height}:{hash}{}", &part[end..]);
    }
    short
}

/// Returns the first six bytes of the SHA-256 in base64.
fn short_hash(bytes: &[u8]) -> String {
    let hex = sha256(bytes);
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    STANDARD.encode((0..6).map(byte).collect::<Vec<u8>>())
}

/// Removes the predictions of training rows, whose last digits differ between processors.
fn without_training_rows(text: &str) -> String {
    let beginning = "class=\"examples\" data-split=\"train\">";
    let Some((before, after)) = text.split_once(beginning) else {
        return text.to_owned();
    };
    let end = after.find("</script>").unwrap();
    format!("{before}{beginning}…{}", &after[end..])
}

#[track_caller]
fn assert_kept(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("MLP_UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let line = kept
        .lines()
        .zip(actual.lines())
        .position(|(kept, actual)| kept != actual)
        .unwrap_or_else(|| kept.lines().count().min(actual.lines().count()));
    assert!(
        kept == actual,
        "tests/snapshots/{name}, line {}:\nkept: {}\nis:   {}\n(MLP_UPDATE_SNAPSHOTS=1 overwrites the snapshot)",
        line + 1,
        kept.lines().nth(line).unwrap_or("the end"),
        actual.lines().nth(line).unwrap_or("the end"),
    );
}

#[test]
fn charts_and_page_of_the_kept_runs_are_as_they_were() {
    for run in ["digits", "plane"] {
        let contents = kept_run(run);
        let charts = plots(&contents);
        for chart in &charts {
            let text = without_pictures(&chart.document());
            assert_kept(&format!("{run}/{}.svg", chart.name), &text);
        }
        let html = without_training_rows(&without_pictures(&page(&contents, &charts)));
        assert_kept(&format!("{run}/report.html"), &html);
    }
}

#[test]
fn a_comparison_is_as_it_was() {
    let bar = |name: &str, values: &[f64]| {
        let count = f64::from(u32::try_from(values.len()).unwrap());
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Compared {
            name: name.to_owned(),
            mean,
            deviation: (squares / (count - 1.0).max(1.0)).sqrt(),
            values: values.to_vec(),
        }
    };
    let bars = [
        bar("shallow", &[97.1, 97.4, 97.2, 97.0, 97.5]),
        bar(
            "deep & narrow <with a very long name that is cut>",
            &[97.9, 98.0, 98.2],
        ),
        bar("single", &[96.4]),
    ];
    let chart = comparison("Accuracy over seeds", "validation accuracy (%)", &bars);
    assert_kept("comparison.svg", &chart.document());
}
