//! What `mlp data inspect` finds wrong with data: rows that repeat, rows in two files, the wrong scale.

use std::fs;
use std::path::Path;

use mlp::data::{Dataset, Duplicates, Features, SharedRows};
use mlp::random::{Purpose, Stream};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::program::{json as json_of, stdout};

fn dataset(features: Features, labels: Option<Vec<u32>>, columns: usize) -> Dataset {
    Dataset {
        features,
        labels,
        class_names: vec!["p".to_owned(), "q".to_owned()],
        feature_names: (0..columns).map(|column| format!("c{column}")).collect(),
    }
}

fn inspect(folder: &Path, arguments: &[&str]) -> Value {
    json_of(
        folder,
        &[&["data", "inspect", "--json"], arguments].concat(),
    )
}

#[test]
fn rows_that_repeat_are_told_with_their_labels() {
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

proptest! {
    /// Few values and few columns, so that many rows are equal; held against a comparison of all pairs.
    #[test]
    fn every_pair_of_equal_rows_is_found(
        values in prop::collection::vec(prop::sample::select(vec![0.0_f32, -0.0, 1.0, 255.0, f32::NAN]), 0..120),
        bytes in prop::collection::vec(prop::sample::select(vec![0_u8, 1, 255]), 0..60),
        seed in any::<u64>(),
    ) {
        let rows = |count: usize| count / 2;
        let labels = |count: usize| {
            let stream = Stream::new(seed, Purpose::Synthesis, count as u64);
            let draws = (0..rows(count) as u64).map(|row| u32::try_from(stream.below(row, 2)).unwrap());
            Some(draws.collect::<Vec<_>>())
        };
        let mut floats = values.clone();
        floats.truncate(2 * rows(values.len()));
        let mut small = bytes.clone();
        small.truncate(2 * rows(bytes.len()));
        let key = |pair: &[f32]| pair.iter().map(|value| format!("{:?}", value + 0.0)).collect::<Vec<_>>();
        let keys: Vec<_> = floats.chunks(2).map(key).collect();
        let widened: Vec<f32> = small.iter().map(|&byte| f32::from(byte)).collect();
        let other_keys: Vec<_> = widened.chunks(2).map(key).collect();
        let one = dataset(Features::Floats(floats), labels(values.len()), 2);
        let other = dataset(Features::Bytes(small), labels(bytes.len()), 2);

        let repeats = (0..keys.len()).filter(|row| keys[..*row].contains(&keys[*row])).count();
        let found = Duplicates::of(&one);
        prop_assert_eq!(found.rows, repeats);
        for group in &found.groups {
            let key = &keys[group.rows[0] as usize];
            let equal: Vec<u32> = (0_u32..).zip(&keys).filter(|(_, other)| *other == key).map(|(row, _)| row).collect();
            prop_assert_eq!(&group.rows, &equal);
        }
        let shared = SharedRows::between(&one, &other);
        let expected: Vec<usize> = (0..other_keys.len()).filter(|row| keys.contains(&other_keys[*row])).collect();
        let mut rows: Vec<usize> = shared.pairs.iter().map(|pair| pair.second as usize).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, expected);
        for pair in &shared.pairs {
            prop_assert_eq!(&keys[pair.first as usize], &other_keys[pair.second as usize]);
            let own = other.labels.as_ref().unwrap()[pair.second as usize];
            let with_own = (0..keys.len()).any(|row| keys[row] == other_keys[pair.second as usize] && one.labels.as_ref().unwrap()[row] == own);
            prop_assert_eq!(pair.is_conflicting(), !with_own);
        }
    }
}

#[test]
fn rows_in_two_files_are_told_whatever_the_order_of_columns() {
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
    let told = "3 rows of the second file are in the first as well (60.00 %)\n  1 of them WITH ANOTHER LABEL\n";
    assert!(text.contains(told), "{text}");

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
fn the_range_of_the_values_tells_which_scale_fits() {
    let folder = tempfile::tempdir().unwrap();
    let of = |csv: &str| {
        fs::write(folder.path().join("a.csv"), csv).unwrap();
        let file = inspect(folder.path(), &["a.csv"])["files"][0].clone();
        let text = stdout(folder.path(), &["data", "inspect", "a.csv"]);
        (file, text)
    };
    for (csv, range, scale) in [
        ("label,a,b\nx,0,255\ny,200,3\n", "0-255", "unit"),
        ("label,a,b\nx,0,0.25\ny,1,0.5\n", "0-1", "none"),
        ("label,a,b\nx,-1,0.25\ny,1,0.5\n", "other", "standard"),
    ] {
        let (file, text) = of(csv);
        assert_eq!(file["value_range"], range);
        assert_eq!(file["fitting_scale"], scale);
        assert!(
            text.contains(&format!("`data.scale` = \"{scale}\" fits")),
            "{text}"
        );
    }
    let (file, text) = of("label,a,b,c\nx,1,,0\ny,1,,5\n");
    assert_eq!(file["constant_column_names"], json!(["a", "b"]));
    assert!(text.contains("2 columns: a, b\n"), "{text}");
    assert!(text.contains("duplicates   no rows\n"), "{text}");
}
