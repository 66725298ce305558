//! Tables in the shapes that R's `write.csv` gives them: each trains by its file and its label alone.

use std::fmt::Write as _;
use std::fs;

use mlp::random::{Purpose, Stream};
use serde_json::Value;

use crate::support::program::{Ran, mlp};

const ROWS: u64 = 120;

/// A table: its header, the cells of a row, and the label's column.
struct Shape {
    name: &'static str,
    header: &'static str,
    row: fn(u64, &Draw) -> String,
    label: &'static str,
    /// Columns that must not become inputs.
    left_out: &'static [&'static str],
}

/// What the cells of a row are drawn from.
struct Draw {
    /// Standard normal.
    value: f64,
    /// Below 12.
    choice: usize,
    is_rare: bool,
}

/// The sites and what was found there, `choice` of them.
fn text(choice: usize) -> &'static str {
    ["north", "south", "east", "west"][choice % 4]
}

const SHAPES: [Shape; 10] = [
    Shape {
        name: "a row number without a name, and factors in quotes",
        header: r#""","length","site","sex""#,
        row: |row, draw| {
            let sex = if draw.value > 0.0 { "F" } else { "M" };
            format!(
                r#""{}",{:.3},"{}","{sex}""#,
                row + 1,
                draw.value,
                text(draw.choice)
            )
        },
        label: "sex",
        left_out: &[""],
    },
    Shape {
        name: "row numbers with gaps, as after a filter",
        header: r#""","length","sex""#,
        row: |row, draw| {
            let sex = if draw.value > 0.0 { "F" } else { "M" };
            format!(r#""{}",{:.3},"{sex}""#, 1 + row * 3 + row % 2, draw.value)
        },
        label: "sex",
        left_out: &[""],
    },
    Shape {
        name: "names of rows",
        header: r#""","power","weight","gears""#,
        row: |row, draw| {
            let gears = ["three", "four", "five"][draw.choice % 3];
            format!(
                r#""Model {row} {}",{:.1},{:.3},"{gears}""#,
                text(draw.choice),
                90.0 + 20.0 * draw.value,
                draw.value
            )
        },
        label: "gears",
        left_out: &[""],
    },
    Shape {
        name: "TRUE, FALSE and NA",
        header: r#""","dose","treated","age","outcome""#,
        row: |row, draw| {
            let treated = ["TRUE", "FALSE", "NA"][draw.choice % 3];
            let age = if draw.is_rare {
                "NA".to_owned()
            } else {
                (20 + draw.choice).to_string()
            };
            let outcome = if draw.value > 0.3 { "better" } else { "same" };
            format!(
                r#""{}",{:.2},{treated},{age},"{outcome}""#,
                row + 1,
                draw.value
            )
        },
        label: "outcome",
        left_out: &[""],
    },
    Shape {
        name: "a logical label, with NA",
        header: r#""","x","passed""#,
        row: |row, draw| {
            let passed = match draw.value {
                _ if draw.is_rare => "NA",
                value if value > 0.0 => "TRUE",
                _ => "FALSE",
            };
            format!(r#""{}",{:.2},{passed}"#, row + 1, draw.value)
        },
        label: "passed",
        left_out: &[""],
    },
    Shape {
        name: "levels that one row has",
        header: r#""","count","species""#,
        row: |row, draw| {
            let species = if row == 17 { "rare" } else { text(draw.choice) };
            format!(r#""{}",{},"{species}""#, row + 1, draw.choice * 3)
        },
        label: "species",
        left_out: &[""],
    },
    Shape {
        name: "dates and times",
        header: r#""","day","taken","level","alarm""#,
        row: |row, draw| {
            let (month, day) = (1 + draw.choice, 1 + row % 28);
            let alarm = if draw.value > 0.5 { "yes" } else { "no" };
            format!(
                r#""{}","1998-{month:02}-{day:02}","1998-{month:02}-{day:02} {:02}:30:00",{:.1},"{alarm}""#,
                row + 1,
                draw.choice,
                draw.value
            )
        },
        label: "alarm",
        left_out: &[""],
    },
    Shape {
        name: "a subject with several rows, few values, and a constant",
        header: r#""","subject","visit","group","year","state""#,
        row: |row, draw| {
            let state = if draw.value > 0.0 { "on" } else { "off" };
            format!(
                r#""{}",{},{},{},2001,"{state}""#,
                row + 1,
                row / 4 + 1,
                row % 4 + 1,
                draw.choice % 2
            )
        },
        label: "state",
        left_out: &["", "year"],
    },
    Shape {
        name: "only texts",
        header: r#""","wind","answer""#,
        row: |row, draw| {
            let answer = if draw.choice % 4 < 2 {
                "agree"
            } else {
                "disagree"
            };
            format!(r#""{}","{}","{answer}""#, row + 1, text(draw.choice))
        },
        label: "answer",
        left_out: &[""],
    },
    Shape {
        name: "large numbers and scientific notation",
        header: r#""","income","share","vote""#,
        row: |row, draw| {
            let vote = ["a, b", "c \"\"d\"\"", "é"][draw.choice % 3];
            format!(
                r#""{}",{:e},{:e},"{vote}""#,
                row + 1,
                1e6 + 1e5 * draw.value,
                1e-5 * draw.value
            )
        },
        label: "vote",
        left_out: &[""],
    },
];

#[test]
fn tables_as_r_writes_them_train_and_what_counts_the_rows_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    for (seed, shape) in (0..).zip(SHAPES) {
        let mut table = format!("{}\n", shape.header);
        for row in 0..ROWS {
            let stream = Stream::new(seed, Purpose::Synthesis, row);
            let draw = Draw {
                value: stream.normal(0),
                choice: stream.below(1, 12),
                is_rare: stream.below(2, 15) == 0,
            };
            let _ = writeln!(table, "{}", (shape.row)(row, &draw));
        }
        let file = format!("{seed}.csv");
        let run = seed.to_string();
        fs::write(folder.path().join(&file), table).unwrap();
        let arguments = [
            "train",
            &file,
            "--label",
            shape.label,
            "--run-dir",
            &run,
            "--set",
            "training.epochs=2",
            "--set",
            "training.report=false",
        ];
        let ran = Ran::of(mlp(folder.path()).args(arguments).output().unwrap());
        assert_eq!(ran.code, Some(0), "{}: {}", shape.name, ran.stderr);

        let manifest = fs::read_to_string(folder.path().join(&run).join("run.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let columns = manifest["schema"]["columns"].as_array().unwrap();
        let kind = |name: &str| {
            let name = if name.is_empty() { "Unnamed: 0" } else { name };
            let column = columns.iter().find(|column| column["name"] == name);
            column.unwrap_or_else(|| panic!("{}: no column `{name}`", shape.name))["kind"].clone()
        };
        for name in shape.left_out {
            assert_eq!(kind(name), "ignore", "{}: `{name}`", shape.name);
        }
        let names = shape.header.split(',').map(|name| name.trim_matches('"'));
        let inputs = names.filter(|name| !shape.left_out.contains(name) && *name != shape.label);
        for name in inputs {
            assert_ne!(kind(name), "ignore", "{}: `{name}`", shape.name);
        }
    }
}
