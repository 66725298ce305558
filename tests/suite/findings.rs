//! What the owner of a table is told of it: by `mlp data inspect`, and by a training.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlp::random::{Purpose, Stream};
use serde_json::{Value, json};

use crate::support::program::{Ran, json as json_of, mlp, stdout};

fn findings(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let all = [&["data", "inspect", "--json"], arguments].concat();
    let found = json_of(folder, &all)["files"][0]["findings"].clone();
    found.as_array().unwrap().clone()
}

fn of_kind<'a>(found: &'a [Value], kind: &str) -> Vec<&'a Value> {
    found
        .iter()
        .filter(|finding| finding["kind"] == kind)
        .collect()
}

/// A table with something of everything; the last column says what the label says.
fn everything() -> String {
    let mut text = "user_id,same,city,account,delay,paid,churned\n".to_owned();
    for row in 0..200_u64 {
        let draw = Stream::new(5, Purpose::Synthesis, row);
        let churned = draw.below(0, 3) == 0;
        let city = ["Graz", "graz ", "Porto", "Lille"][draw.below(1, 4)];
        let delay = if draw.below(2, 20) == 0 {
            "-999".to_owned()
        } else {
            (3 + draw.below(3, 9)).to_string()
        };
        let _ = writeln!(
            text,
            "u{row}x{},1,\"{city}\",{},{delay},{},{}",
            draw.below(4, 1000),
            9_100_000_000_000_000_u64 + draw.below(5, 1_000_000) as u64 * 1000,
            if churned {
                draw.below(6, 10)
            } else {
                500 + draw.below(6, 10)
            },
            if churned { "yes" } else { "no" },
        );
    }
    text
}

#[test]
fn everything_that_may_be_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), everything()).unwrap();
    let arguments = ["a.csv", "--label", "churned"];
    let found = findings(folder.path(), &arguments);
    let left_out = of_kind(&found, "left_out");
    assert_eq!(left_out[0]["reason"], "id");
    assert_eq!(left_out[0]["columns"], json!(["user_id"]));
    assert_eq!(left_out[1]["columns"], json!(["same"]));
    let leaks = of_kind(&found, "leak");
    assert_eq!(leaks.len(), 1, "{found:?}");
    assert_eq!(leaks[0]["column"], "paid");
    assert!(leaks[0]["accuracy"].as_f64().unwrap() > 0.98);
    let sentinels = of_kind(&found, "sentinel");
    assert_eq!(
        (&sentinels[0]["column"], &sentinels[0]["value"]),
        (&json!("delay"), &json!("-999"))
    );
    assert_eq!(of_kind(&found, "loses_digits")[0]["column"], "account");
    let similar = of_kind(&found, "similar_categories");
    assert_eq!(similar[0]["column"], "city");
    assert_eq!(similar[0]["categories"].as_array().unwrap().len(), 2);
    assert!(of_kind(&found, "unbalanced").is_empty());
    let text = stdout(
        folder.path(),
        &[&["data", "inspect"], &arguments[..]].concat(),
    );
    for part in [
        "names each row: `user_id`",
        "gives the answer away: `paid` alone predicts",
        "`delay` is -999 in ",
        "loses digits: `account`",
        "categories of `city` that differ",
    ] {
        assert!(text.contains(part), "no {part:?}: {text}");
    }
}

#[test]
fn rare_classes_and_many_categories_with_any_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "\"na\"\"me\n</script>\u{202e}\",x,label\n".to_owned();
    for row in 0..10_000 {
        let label = if row < 30 { "rare" } else { "usual" };
        let _ = writeln!(text, "c{},{},{label}", row % 5_000, (row * 7919) % 1000);
    }
    fs::write(folder.path().join("a.csv"), text).unwrap();
    let found = findings(folder.path(), &["a.csv", "--label", "label"]);
    let rare = of_kind(&found, "unbalanced");
    assert_eq!(
        (&rare[0]["smallest"], &rare[0]["smallest_rows"]),
        (&json!("rare"), &json!(30))
    );
    assert!(of_kind(&found, "leak").is_empty(), "{found:?}");
    let text = stdout(
        folder.path(),
        &["data", "inspect", "a.csv", "--label", "label"],
    );
    assert!(!text.contains('\u{202e}'), "a name turns the text around");
}

/// A table of typed columns, and the rows whose label is another one.
fn flipped(rows: u64, flip: impl Fn(u64) -> bool) -> (String, Vec<u64>) {
    let mut text = "kind,when,member,size,answer\n".to_owned();
    let mut wrong = Vec::new();
    for row in 0..rows {
        let draw = Stream::new(rows, Purpose::Synthesis, row);
        let kind = draw.below(0, 3);
        let size = draw.uniform(1);
        let answer = (kind == 2) ^ flip(row);
        if flip(row) {
            wrong.push(row);
        }
        let _ = writeln!(
            text,
            "{},2024-{:02}-03,{},{size:.3},{}",
            ["ash", "oak", "yew"][kind],
            1 + draw.below(2, 12),
            if draw.below(3, 2) == 0 { "yes" } else { "no" },
            if answer { "in" } else { "out" },
        );
    }
    (text, wrong)
}

#[test]
fn wrong_labels_of_a_typed_table_are_the_first_suspects() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = flipped(400, |_| false);
    let (new, wrong) = flipped(200, |row| row % 20 == 7);
    fs::write(folder.path().join("train.csv"), train).unwrap();
    fs::write(folder.path().join("new.csv"), new).unwrap();
    let train = [
        "train",
        "train.csv",
        "--label",
        "answer",
        "--run-dir",
        "run",
        "--quiet",
    ];
    stdout(folder.path(), &train);
    let all = json_of(
        folder.path(),
        &["data", "inspect", "new.csv", "--run", "run", "--json"],
    );
    let suspects = all["files"][0]["label_check"]["suspects"]
        .as_array()
        .unwrap();
    let first = suspects.iter().take(wrong.len());
    let found = first.filter(|row| wrong.contains(&row["row"].as_u64().unwrap()));
    assert!(found.count() >= 9, "{suspects:?}");
}

#[test]
fn a_training_tells_of_rows_that_are_on_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = flipped(300, |_| false);
    let test: Vec<&str> = train.lines().take(11).collect();
    fs::write(folder.path().join("train.csv"), &train).unwrap();
    fs::write(folder.path().join("test.csv"), test.join("\n") + "\n").unwrap();
    let arguments = [
        "train",
        "train.csv",
        "--label",
        "answer",
        "--test",
        "test.csv",
        "--run-dir",
        "run",
        "--set",
        "data.validation=0",
        "--set",
        "early_stopping.patience=0",
        "--set",
        "training.epochs=1",
    ];
    let trained = Ran::of(mlp(folder.path()).args(arguments).output().unwrap()).success();
    let warning = "10 of 10 test rows (100.0 %) equal a training row in all columns";
    assert!(trained.stderr.contains(warning), "{}", trained.stderr);
    let read = |name: &str| fs::read_to_string(folder.path().join("run").join(name)).unwrap();
    let manifest: Value = serde_json::from_str(&read("run.json")).unwrap();
    assert_eq!(manifest["data"]["repeated_rows"]["test"], 10);
    assert!(read("evaluation.json").contains(warning));
    assert!(read("report.html").contains(warning));
}
