//! What `mlp data inspect` finds wrong with data: rows that repeat, rows in two files, the wrong scale.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::program::{json as json_of, stdout};

fn inspect(folder: &Path, arguments: &[&str]) -> Value {
    json_of(
        folder,
        &[&["data", "inspect", "--json"], arguments].concat(),
    )
}

#[test]
fn rows_that_repeat_are_reported_with_their_labels() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "label,a,b\nx,1,2\ny,3,4\nx,1.0,2\nx,0,\ny,3,4\ny,-0,\nx,1,2.5\nx,1,2\n";
    fs::write(folder.path().join("a.csv"), csv).unwrap();
    let found = inspect(folder.path(), &["a.csv"]);
    assert_eq!(
        found["files"][0]["duplicates"],
        json!({"rows": 4, "conflicting_groups": 1, "groups": [
            {"rows": [3, 5], "labels": ["x", "y"]},
            {"rows": [0, 2, 7], "labels": ["x"]},
            {"rows": [1, 4], "labels": ["y"]},
        ]})
    );
    assert_eq!(found["shared_rows"], json!([]));
    let text = stdout(folder.path(), &["data", "inspect", "a.csv"]);
    for part in [
        "4 rows repeat an earlier one; 1 group with different labels",
        "    3, 5  DIFFERENT LABELS: x, y\n    0, 2, 7  all x\n    1, 4  all y\n",
    ] {
        assert!(text.contains(part), "no {part:?}: {text}");
    }
}

#[test]
fn rows_in_two_files_are_reported_whatever_the_order_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("train.csv", "label,a,b\nx,1,2\ny,3,4\ny,5,6\nx,5,6\n");
    write(
        "test.csv",
        "b,label,a\n2,x,1\n3,y,4\n4.0,x,3\n6,x,5\n0.5,x,1\n",
    );
    let found = inspect(folder.path(), &["train.csv", "test.csv"]);
    let pair = |first: u32, second: u32, labels: [&str; 2]| json!({"first": first, "second": second, "first_label": labels[0], "second_label": labels[1]});
    assert_eq!(
        found["shared_rows"],
        json!([{
            "first": "train.csv", "second": "test.csv", "rows": 3, "other_label": 1,
            "pairs": [pair(1, 2, ["y", "x"]), pair(0, 0, ["x", "x"]), pair(3, 3, ["x", "x"])],
        }])
    );
    let text = stdout(folder.path(), &["data", "inspect", "train.csv", "test.csv"]);
    let expected = "3 rows of the second file are in the first as well (60.00 %)\n  1 of them WITH ANOTHER LABEL\n";
    assert!(text.contains(expected), "{text}");

    write("wide.csv", "label,a,b,c\nx,1,2,3\ny,1,2,4\n");
    write("odd.csv", "label,a,c\nx,1,2\ny,1,4\n");
    let files = ["train.csv", "wide.csv", "odd.csv"];
    let found = inspect(folder.path(), &files)["shared_rows"].clone();
    let obstacles: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair["obstacle"].as_str().unwrap())
        .collect();
    let counts = "one has 2 features, the other 3 features";
    let names = "only some of their columns have the same names";
    assert_eq!(
        obstacles,
        [counts, names, "one has 3 features, the other 2 features"]
    );
}

#[test]
fn the_scale_that_is_taken_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let of = |csv: &str| {
        fs::write(folder.path().join("a.csv"), csv).unwrap();
        let file = inspect(folder.path(), &["a.csv"])["files"][0].clone();
        let text = stdout(folder.path(), &["data", "inspect", "a.csv"]);
        (file, text)
    };
    let pixels = format!(
        "label{}\nx{}\ny{}\n",
        ",p".repeat(64),
        ",0".repeat(64),
        ",255".repeat(64)
    );
    let names: Vec<String> = (0..64).map(|pixel| format!("p{pixel}")).collect();
    let pixels = pixels.replacen(&",p".repeat(64), &format!(",{}", names.join(",")), 1);
    for (csv, range, scale) in [
        ("label,a,b\nx,0,255\ny,200,3\n", "0-255", "standard"),
        ("label,a,b\nx,0,0.25\ny,1,0.5\n", "0-1", "standard"),
        ("label,a,b\nx,-1,0.25\ny,1,0.5\n", "other", "standard"),
        (&pixels, "0-255", "unit"),
    ] {
        let (file, text) = of(csv);
        assert_eq!(file["value_range"], range);
        assert_eq!(file["fitting_scale"], scale);
        assert!(
            text.contains(&format!("`data.scale` = \"auto\" takes \"{scale}\"")),
            "{text}"
        );
    }
    let (file, text) = of("label,a,b,c\nx,1,,0\ny,1,,5\n");
    assert_eq!(file["constant_column_names"], json!(["a", "b"]));
    assert!(text.contains("2 columns: a, b\n"), "{text}");
    assert!(text.contains("duplicates   no rows\n"), "{text}");
}
