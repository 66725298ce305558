//! What `mlp predict` makes of rows that cannot be read, and the forms that predictions come in.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::program::Ran;
use crate::support::trained_run::TrainedRun;

fn predict(trained: &TrainedRun, arguments: &[&str]) -> Ran {
    trained.call(&[&["predict", "artifacts"], arguments].concat())
}

/// Rows of which some cannot be read: a bad cell, wrong numbers of cells, text behind a quote; and one that is fine in
/// front of each.
const BAD: &str = "width,height\n2.5,4\nabc,4\n3.5,1\n1\n2,2,2\n4,4\n\"1\"x,2\n2.5,4\n";

#[test]
fn a_row_that_cannot_be_read_is_an_empty_line() {
    let trained = TrainedRun::on_a_table();
    trained.write("bad.csv", BAD);
    trained.write("good.csv", "width,height\n2.5,4\n3.5,1\n4,4\n2.5,4\n");
    predict(&trained, &["bad.csv"]).assert_error(4, &["bad.csv:3: column 1 (width)", "`abc`"]);
    let good = predict(&trained, &["good.csv"]).success().stdout;
    let good: Vec<&str> = good.lines().collect();
    let blank = predict(&trained, &["bad.csv", "--on-error", "blank"]);
    blank.assert_error(
        0,
        &[
            "no prediction for row 2: bad.csv:3: column 1 (width): `abc`",
            "row 4: bad.csv:5",
            "row 5: bad.csv:6",
            "row 7: bad.csv:8",
            "bad.csv: 4 rows without a prediction are blank",
        ],
    );
    let lines: Vec<&str> = blank.stdout.lines().collect();
    assert_eq!(
        lines,
        [good[0], good[1], "", good[2], "", "", good[3], "", good[4]]
    );
    let quiet = predict(&trained, &["bad.csv", "--on-error", "blank", "--quiet"]);
    assert_eq!(quiet.stdout, blank.stdout);
    assert_eq!(quiet.stderr.lines().count(), 1, "{}", quiet.stderr);

    // Wherever in the file they are, and however many: behind the rows that tell what the columns are, too.
    let mut text = "width,height\n".to_owned();
    let is_bad = |row: usize| row % 700 > 695;
    for row in 0..5000 {
        text += if is_bad(row) { "x,1\n" } else { "2.5,4\n" };
    }
    trained.write("long.csv", &text);
    let long = predict(&trained, &["long.csv", "--on-error", "blank"]);
    let lines: Vec<&str> = long.stdout.lines().skip(1).collect();
    assert_eq!(lines.len(), 5000);
    for (row, line) in lines.iter().enumerate() {
        assert_eq!(line.is_empty(), is_bad(row), "{row}");
        assert!(line.is_empty() || *line == good[1], "{row}: {line}");
    }
    assert_eq!(long.stderr.lines().count(), 6, "{}", long.stderr);
}

#[test]
fn a_row_beyond_32_bits_is_blank_and_an_open_quote_is_not() {
    let trained = TrainedRun::on_a_table();
    trained.write("huge.csv", "width,height\n2.5,4\n3e38,-3e38\n2.5,4\n");
    predict(&trained, &["huge.csv"]).assert_error(4, &["huge.csv:3", "column 1 (width)"]);
    let blank = predict(&trained, &["huge.csv", "--on-error", "blank"]).success();
    let lines: Vec<&str> = blank.stdout.lines().collect();
    assert_eq!((lines[2], lines[3]), ("", lines[1]));
    trained.write("open.csv", "width,height\n2.5,4\n\"3,4\n2,2\n");
    let open = predict(&trained, &["open.csv", "--on-error", "blank"]);
    open.assert_error(4, &["open.csv:3", "quote"]);
}

#[test]
fn images_that_do_not_decode_are_blank() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let digit = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/data/digits/seven.png");
    fs::create_dir(trained.path("scans")).unwrap();
    let digit = fs::read(digit).unwrap();
    trained.write("scans/a.png", &digit);
    trained.write("scans/b.png", &digit[..digit.len() / 2]);
    trained.write("scans/c.png", "no image at all");
    trained.write("scans/d.png", &digit);
    assert_eq!(predict(&trained, &["scans"]).code, Some(4));
    let blank = predict(&trained, &["scans", "--on-error", "blank"]);
    blank.assert_error(0, &["row 2: scans/b.png", "row 3: scans/c.png", "2 rows"]);
    let lines: Vec<&str> = blank.stdout.lines().skip(1).collect();
    assert!(lines[0].starts_with("scans/a.png,"), "{lines:?}");
    assert_eq!((lines[1], lines[2]), ("", ""));
    assert!(lines[3].starts_with("scans/d.png,"), "{lines:?}");
    let document = predict(&trained, &["scans", "--on-error", "blank", "--json"]).success();
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["inputs"][0]["input"], "scans");
    assert_eq!(document["inputs"][0]["failed_rows"], 2);
}

#[test]
fn one_document_has_predictions_and_what_became_of_each_input() {
    let trained = TrainedRun::on_a_table();
    trained.write("bad.csv", BAD);
    trained.write("far.csv", "width,height\n2.5,4\n9000,4\n");
    let files = ["bad.csv", "far.csv", "--on-error", "blank", "--json"];
    let all = predict(&trained, &[&files[..], &["--probabilities"]].concat()).success();
    let document: Value = serde_json::from_str(&all.stdout).unwrap();
    let predictions = document["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 10);
    assert_eq!(predictions[1], Value::Null);
    assert_eq!(predictions[0], predictions[8]);
    let first = &predictions[0];
    let prediction = first["prediction"].as_str().unwrap();
    assert_eq!(first[format!("p_{prediction}")], first["confidence"]);
    let [bad, far] = [&document["inputs"][0], &document["inputs"][1]];
    assert_eq!(
        (&bad["input"], &bad["rows"], &bad["failed_rows"]),
        (&json!("bad.csv"), &json!(8), &json!(4))
    );
    let failures = bad["failures"].as_array().unwrap();
    assert_eq!(failures[0]["row"], 2);
    assert!(failures[0]["error"].as_str().unwrap().contains("bad.csv:3"));
    assert_eq!(bad["new_values"], json!([]));
    assert_eq!(far["new_values"][0]["column"], "width");
    assert_eq!(far["new_values"][0]["far_outside"], 1);

    let file = predict(&trained, &[&files[..], &["-o", "out.csv"]].concat()).success();
    let document: Value = serde_json::from_str(&file.stdout).unwrap();
    assert_eq!(document["output"], "out.csv");
    assert!(document.get("predictions").is_none());
    assert_eq!(document["inputs"][0]["failed_rows"], 4);
    let text = fs::read_to_string(trained.path("out.csv")).unwrap();
    assert_eq!(text.lines().count(), 11);

    trained.write("none.csv", "width,height\n");
    let none = predict(&trained, &["none.csv", "--json"]).success();
    let document: Value = serde_json::from_str(&none.stdout).unwrap();
    assert_eq!(document["predictions"], json!([]));
}

#[test]
fn names_of_any_kind_survive_every_form() {
    let trained = TrainedRun::on_a_table();
    let name = "quo\"te\nline</script>\u{202e},";
    let field = format!("\"{}\"", name.replace('"', "\"\""));
    trained.write("new.csv", format!("{field},width,height\n{field},2.5,4\n"));
    let document = predict(&trained, &["new.csv", "--keep", name, "--json"]).success();
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["predictions"][0][name], name);
    trained.write("two.csv", "prediction,width,height\n1,2.5,4\n");
    let two = predict(&trained, &["two.csv", "--keep", "prediction", "--json"]);
    assert_ne!(two.code, Some(0));
    assert!(two.stderr.contains("`prediction`"), "{}", two.stderr);
    let renamed = [
        "two.csv",
        "--keep",
        "prediction",
        "--json",
        "--columns",
        "prediction=said",
    ];
    predict(&trained, &renamed).success();
}

#[test]
fn an_output_is_compressed_as_its_name_says() {
    let trained = TrainedRun::on_a_table();
    let plain = predict(&trained, &["test.csv"]).success().stdout;
    predict(&trained, &["test.csv", "-o", "out.csv.gz"]).success();
    let mut text = String::new();
    let file = fs::File::open(trained.path("out.csv.gz")).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain);
    predict(&trained, &["test.csv", "-o", "out.csv.zst"]).success();
    let inspected = trained.result_of(&["data", "inspect", "out.csv.zst", "--json"]);
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["files"][0]["rows"], 50);
    #[cfg(not(feature = "parquet"))]
    predict(&trained, &["test.csv", "-o", "out.parquet"])
        .assert_error(4, &["out.parquet", "Parquet", "--features"]);
}
