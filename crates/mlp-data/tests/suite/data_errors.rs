//! Errors of files, rows and values name their place, their cause and their remedy.

use std::error::Error as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use mlp_data::options::{LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};
use mlp_data::read;

use crate::support::{assert_error, assert_plain, error_of, labelled, of_model, plain, with};

#[test]
fn files_that_are_not_there_or_hold_nothing() {
    let error = read(Path::new("no/such.csv"), &plain()).unwrap_err();
    assert_eq!(error.to_string(), "no/such.csv: there is no such file");
    assert!(error.remedy().contains("check the path"));

    assert_plain("", "rows.csv: the file is empty", "again");
    assert_plain("\n \r\n\n", "rows.csv: the file is empty", "again");
    assert_plain("\u{feff}", "rows.csv: the file is empty", "again");
    assert_plain(
        "label,a\n\n",
        "rows.csv: the file has a header and no rows",
        "add rows",
    );
    assert_plain(
        "label\nx\n",
        "rows.csv:1: the only column is the label: there are no features",
        "add columns",
    );
}

#[test]
fn a_folder_is_named_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), &plain()).unwrap_err();
    assert!(
        matches!(*error.kind, mlp_data::error::DataErrorKind::Folder),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_told_from_one_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loop.csv");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = read(&path, &plain()).unwrap_err();
    assert!(
        error.to_string().contains(": the file cannot be opened: "),
        "{error}"
    );
    assert!(error.source().is_some());
    assert!(error.remedy().contains("may read it"));
}

#[test]
fn rows_of_another_width() {
    assert_plain(
        "label,a,b\nx,1,2\ny,1\n",
        "rows.csv:3: 3 columns expected, 2 found",
        "as many columns",
    );
    assert_plain(
        "label,a,b\nx,1,2,3,4\n",
        "rows.csv:2: 3 columns expected, 5 found",
        "as many columns",
    );
    assert_plain(
        "label,a,b\nx,1,2,\ny,1,2,,\n",
        "rows.csv:3: 3 columns expected, 5 found",
        "as many columns",
    );
    let of_network = of_model(plain(), 3, &["x"]);
    assert_error(
        "label,a,b\nx,1,2\n",
        &of_network,
        "rows.csv:1: 3 features expected, 2 found beside the label",
        "data.label",
    );
}

/// Asserts what the error is of a file with columns of numbers.
#[track_caller]
fn assert_number(content: &str, message: &str, remedy: &str) {
    let columns = content
        .lines()
        .next()
        .map_or(0, |line| line.split(',').count() - 1);
    let options = of_model(plain(), columns, &["5", "6"]);
    assert_error(content, &options, message, remedy);
}

#[test]
fn values_that_are_no_numbers_of_the_range() {
    assert_number(
        "label,1x1,1x2\n5,0,abc\n",
        "rows.csv:2: column 3 (1x2): `abc` is not a number",
        "must be numbers",
    );
    for (text, what) in [
        ("-inf", "`-inf` is not a finite number"),
        ("Infinity", "`Infinity` is not a finite number"),
        ("1e999", "`1e999` is not a finite number"),
        ("3e38", "3e38 is too large for computing with 32 bits"),
        ("-1e99", "-1e99 is too large for computing with 32 bits"),
    ] {
        let message = format!("rows.csv:3: column 2 (a): {what}");
        let text = format!("label,a\n5,1\n6,{text}\n");
        assert_number(&text, &message, "");
        assert_plain(&text, &message, "");
    }
    let strict = with(LabelColumn::Name("label".to_owned()), |section| {
        section.scale = ScaleKind::Unit;
        section.missing = MissingPolicy::Named(MissingPolicyName::Error);
    });
    let outside = "lies outside 0–255, the range of `scale = \"unit\"`";
    for value in ["256", "-1", "255.5"] {
        let message = format!("rows.csv:3: column 2 (a): {value} {outside}");
        let text = format!("label,a\n5,1\n6,{value}\n");
        assert_error(&text, &strict, &message, "\"standard\"");
    }
    assert_error(
        "label,a,b\n5,,1\n6,2,3\n",
        &strict,
        "rows.csv:2: column 2 (a): the cell is empty",
        "data.missing",
    );
    let by_number = labelled(LabelColumn::Index(0));
    assert_error(
        "5,1\n6,x\n",
        &of_model(by_number, 1, &["5", "6"]),
        "rows.csv:2: column 2: `x` is not a number",
        "must be numbers",
    );
}

#[test]
fn a_long_or_unprintable_cell_is_shown_short() {
    let long = format!("label,a\n5,{}\n", "é\u{1b}".repeat(100));
    let shown = format!("{}…", "é\\u{1b}".repeat(20));
    assert_number(
        &long,
        &format!("rows.csv:2: column 2 (a): `{shown}` is not a number"),
        "must be numbers",
    );
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let text = "\u{feff}label,\"a\nb\"\r\n\r\n\"x\ny\",1\r\nz,2\r\n\nw,inf\r\n";
    let (message, _) = error_of("rows.csv", text.as_bytes(), &plain());
    assert_eq!(
        message,
        "rows.csv:8: column 2 (a\\nb): `inf` is not a finite number"
    );
}

#[test]
fn quotes_that_do_not_match() {
    let open = "rows.csv:3: column 2 (a): the quote that opens here is never closed";
    assert_plain("label,a\nx,1\ny,\"2\nz,3\n", open, "twice");
    assert_plain(
        &format!("label,a\nx,1\ny,\"{}", "2\n".repeat(1 << 20)),
        open,
        "twice",
    );
    let behind = "rows.csv:2: column 1 (label): text follows the closing quote";
    assert_plain("label,a\n\"x\"y,1\n", behind, "whole cell in quotes");
    let long = "rows.csv:2: column 2 (a): the cell is longer than 1048576 bytes";
    assert_plain(
        &format!("label,a\nx,{}", "2".repeat(3 << 20)),
        long,
        "line breaks",
    );
}

#[test]
fn a_gzip_file_that_is_cut_off_or_damaged() {
    let text: String = (0..200_000_u32)
        .map(|row| [row % 7, row.wrapping_mul(77_777) % 256])
        .flat_map(|[label, value]| {
            [
                label.to_string(),
                ",".into(),
                value.to_string(),
                "\n".into(),
            ]
        })
        .collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let options = labelled(LabelColumn::Index(0));
    // Not named .gz: the content decides.
    for length in [5, whole.len() / 2, whole.len() - 1] {
        let (message, remedy) = error_of("rows.csv", &whole[..length], &options);
        assert!(
            message.ends_with(": the gzip stream ends too early: the file is cut off"),
            "{message}"
        );
        assert!(remedy.contains("again"));
        // How far reading came: the line, but no cell.
        let line = message.split(':').nth(1).and_then(|part| part.parse().ok());
        assert_eq!(
            line.is_some_and(|line: u32| line > 10_000),
            length > 5,
            "{message}"
        );
        assert!(!message.contains("column"), "{message}");
    }
    let mut damaged = whole.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1; // in the checksum
    let (message, remedy) = error_of("rows.csv", &damaged, &options);
    assert!(
        message.contains(": the gzip stream is damaged: "),
        "{message}"
    );
    assert!(remedy.contains("again"));
}

#[test]
fn without_unit_scale_any_finite_number_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    fs::write(&path, "label,a\nx,-1e30\ny,256\n").unwrap();
    let mut options = plain();
    options.section.scale = ScaleKind::Standard;
    assert_eq!(read(&path, &options).unwrap().dataset.rows(), 2);
}
