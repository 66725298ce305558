//! A large file is read by all threads at once, and nothing of what it gives tells so.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use mlp_data::Dataset;
use mlp_data::options::LabelColumn;

use crate::support::{labelled, read_file};

/// Large enough for several parts.
const ROWS: usize = 200_000;

fn text(
    line_break: &str,
    label: impl Fn(usize) -> String,
    cell: impl Fn(usize) -> String,
) -> String {
    let mut text = format!("a,label,b,c{line_break}");
    for row in 0..ROWS {
        text += &format!(
            "{},{},{},{}{line_break}",
            row % 256,
            label(row),
            cell(row),
            row % 7
        );
    }
    text
}

/// Reads the text from a plain file, and compressed, which only goes from the beginning to the end.
fn both(folder: &Path, text: &str) -> [Result<Dataset, String>; 2] {
    let plain = folder.join("rows.csv");
    fs::write(&plain, text).unwrap();
    let packed = folder.join("rows.csv.gz");
    let mut encoder = GzEncoder::new(fs::File::create(&packed).unwrap(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    [plain, packed].map(|path| {
        let rows = read_file(&path, &labelled(LabelColumn::Name("label".to_owned())));
        rows.map_err(|error| error.to_string().replace(".csv.gz", ".csv"))
    })
}

/// Asserts that both are the same and gives one.
fn same(text: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let [plain, packed] = both(folder.path(), text);
    // Not `assert_eq`, which would print all of it.
    assert!(plain == packed, "{:?} and {:?}", plain.err(), packed.err());
    plain
}

#[test]
fn rows_labels_and_classes_are_those_of_reading_from_front_to_end() {
    let digit = |row: usize| (row * row % 10).to_string();
    for line_break in ["\n", "\r\n"] {
        let whole = text(line_break, digit, |row| (row * 31 % 256).to_string());
        assert!(whole.len() > 2 << 20);
        let rows = same(&whole).unwrap();
        assert_eq!(rows.rows(), ROWS);
        assert_eq!(rows.classes(), ["0", "1", "4", "5", "6", "9"]);
        same(whole.trim_end()).unwrap();
    }
    // Classes that appear in other parts first, and a fraction in the last row alone.
    let late = |row: usize| {
        if row + 50 > ROWS {
            "amber"
        } else {
            ["zinc", "moss"][row * 3 / ROWS % 2]
        }
        .to_owned()
    };
    let rows = same(&text("\n", late, |row| {
        if row + 1 == ROWS { "0.5" } else { "7" }.to_owned()
    }))
    .unwrap();
    assert_eq!(rows.classes(), ["amber", "moss", "zinc"]);
    assert_eq!(rows.class_counts(0..200_000)[0], 49);
}

#[test]
fn a_line_that_breaks_within_quotes_is_no_row() {
    let label = |row: usize| match row {
        60_000 => format!("\"{}\"", "1,2,3,4\n".repeat(120_000)),
        _ => "plain".to_owned(),
    };
    let rows = same(&text("\n", label, |_| "7".to_owned())).unwrap();
    assert_eq!(rows.rows(), ROWS);
    assert_eq!(rows.classes().len(), 2);
}

#[test]
fn an_error_names_its_line_in_the_whole_file() {
    let broken = |row: usize| if row == 150_000 { "-inf" } else { "7" }.to_owned();
    let label = |row: usize| ["x", "y"][row % 2].to_owned();
    let error = same(&text("\n", label, broken)).unwrap_err();
    assert!(
        error.contains("rows.csv:150002: column 3 (b): `-inf`"),
        "{error}"
    );
}
