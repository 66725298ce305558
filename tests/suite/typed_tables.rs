//! Tables with columns of every kind: what holds for plain numbers holds for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlp::random::{Purpose, Stream};
use serde_json::{Value, json};

use crate::support::devices::cpu_backends;
use crate::support::experiment::Experiment;
use crate::support::http::Request;
use crate::support::runs::{assert_same, last, manifest};
use crate::support::server::Server;

/// What a row may have as its city; the last two are rare, and a new file has others.
const CITIES: [&str; 5] = ["Lille", "Graz", "Porto", "Ávila", "Ålesund"];

/// Trained in a moment, with a checkpoint within each epoch.
const CONFIG: &str = r#"
name = "typed"
seed = 3

[data]
train = "typed.csv"
test = "new.csv"
label = "answer"
max_categories = 4
columns = { person = "group", income = { kind = "number", indicator = true } }

[model]
hidden = [8]
dropout = 0.1

[optimizer]
kind = "adam"

[training]
epochs = 3
batch_size = 16
drop_last = false

[checkpoint]
every_steps = 4
"#;

/// Writes a table with numbers, some of them missing or larger than 32 bits tell apart, a boolean, a text, a date, and
/// persons with several rows each.
fn write_table(path: &Path, rows: u64, seed: u64, more_cities: &[&str]) {
    let mut text = String::from("person,income,clock,member,city,when,answer\n");
    let cities: Vec<&str> = CITIES.iter().chain(more_cities).copied().collect();
    for row in 0..rows {
        let draw = Stream::new(seed, Purpose::Synthesis, row);
        let member = draw.below(0, 2) == 1;
        let city = draw.below(1, 3).max(draw.below(2, cities.len()));
        let income = 1000.0 + 300.0 * draw.normal(3);
        let answer = if income + 400.0 * f64::from(u8::from(member)) > 1200.0 {
            "yes"
        } else {
            "no"
        };
        let income = if draw.below(4, 9) == 0 {
            String::new()
        } else {
            format!("{income:.2}")
        };
        let _ = writeln!(
            text,
            "p{},{income},{},{member},{},2024-{:02}-{:02},{answer}",
            row / 4,
            1_700_000_000 + 48 * draw.below(5, 1000),
            cities[city],
            1 + draw.below(6, 12),
            1 + draw.below(7, 28),
        );
    }
    fs::write(path, text).unwrap();
}

fn experiment() -> Experiment {
    let experiment = Experiment::new(CONFIG);
    write_table(&experiment.path("typed.csv"), 240, 1, &[]);
    write_table(&experiment.path("new.csv"), 80, 2, &["Oslo"]);
    experiment
}

#[test]
fn a_killed_training_goes_on_exactly_with_any_number_of_threads_and_is_reproduced() {
    for backend in cpu_backends() {
        let experiment = experiment();
        let on = ["--backend", backend.name()];
        experiment.train("whole", &on);
        let threads = ["--set", "training.threads=2"];
        experiment.train("threads", &[&on[..], &threads].concat());
        assert_same(&experiment.path("whole"), &experiment.path("threads"));
        let killed = [&["--config", "config.toml", "--run-dir", "killed"][..], &on];
        experiment
            .run_with_fault("checkpoint-pruned:2", &killed.concat())
            .killed();
        experiment.run(&["--resume", "killed"]).success();
        assert_same(&experiment.path("whole"), &experiment.path("killed"));
        experiment.run(&["reproduce", "whole"]).success();
    }
}

#[test]
fn all_rows_of_a_group_are_on_one_side() {
    let experiment = experiment();
    experiment.train("run", &["--set", "data.validation=0.25"]);
    let text = fs::read_to_string(experiment.path("typed.csv")).unwrap();
    let person = |row: usize| {
        text.lines()
            .nth(row + 1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
    };
    let table = fs::read_to_string(experiment.path("run").join("predictions.csv")).unwrap();
    let mut sides: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if matches!(cells[0], "train" | "validation") {
            let row: usize = cells[1].parse().unwrap();
            sides.entry(person(row)).or_default().insert(cells[0]);
        }
    }
    let held_out = manifest(&experiment.path("run")).data.validation_rows;
    assert!((48..=72).contains(&held_out), "{held_out}");
    assert!(sides.values().all(|sides| sides.len() == 1), "{sides:?}");
}

#[test]
fn the_newest_rows_are_held_out() {
    let experiment = experiment();
    let by_time = [
        "--set",
        "data.columns={ person = 'ignore', when = { kind = 'date', role = 'time' } }",
    ];
    experiment.train("run", &by_time);
    let text = fs::read_to_string(experiment.path("typed.csv")).unwrap();
    let when = |row: usize| {
        text.lines()
            .nth(row + 1)
            .unwrap()
            .split(',')
            .nth(5)
            .unwrap()
    };
    let table = fs::read_to_string(experiment.path("run").join("predictions.csv")).unwrap();
    let of = |split: &str| -> Vec<&str> {
        let lines = table.lines().skip(1).filter(|line| line.starts_with(split));
        lines
            .map(|line| when(line.split(',').nth(1).unwrap().parse().unwrap()))
            .collect()
    };
    let oldest_held_out = of("validation").into_iter().min().unwrap();
    let held_out = of("validation").len();
    let older = text
        .lines()
        .skip(1)
        .filter(|line| line.split(',').nth(5).unwrap() < oldest_held_out);
    assert_eq!(older.count() + held_out, 240);
    experiment.run(&["reproduce", "run"]).success();
}

#[test]
fn the_server_answers_rows_as_the_program_does() {
    let experiment = experiment();
    experiment.train("run", &[]);
    let rows = json!([
        [1250.5, 1_700_000_480, true, "Graz", "2024-03-05"],
        [null, null, null, null, null],
        [900, 1_700_000_000, "no", "Oslo", "2024-12-31"],
    ]);
    fs::write(
        experiment.path("rows.csv"),
        "income,clock,member,city,when\n1250.5,1700000480,true,Graz,2024-03-05\nNA,,,,\n900,1700000000,no,Oslo,2024-12-31\n",
    )
    .unwrap();
    let predicted = experiment.run(&["predict", "run", "rows.csv"]).success();
    let expected: Vec<Vec<&str>> = predicted
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let server = Server::start(&experiment.path("run"), &[]);
    let ask = |body: &Value| {
        server.ask(&Request::post(
            "/v1/predict",
            "application/json",
            body.to_string(),
        ))
    };
    let answer = ask(&json!({ "rows": rows })).good().json();
    let answers = answer["predictions"].as_array().unwrap();
    assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(expected) {
        assert_eq!(answer["prediction"], expected[0]);
        assert_eq!(answer["confidence"].to_string(), expected[1]);
    }
    // The same is counted as in a file.
    let document = experiment
        .run(&["predict", "run", "rows.csv", "--json"])
        .success();
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(answer["new_values"], document["inputs"][0]["new_values"]);
    let cities = answer["new_values"].as_array().unwrap().iter();
    let unseen: Vec<&Value> = cities.filter(|new| new["column"] == "city").collect();
    assert_eq!(unseen[0]["unseen"], 1);
    let usual = ask(&json!({ "rows": [rows[0]] })).good().json();
    assert!(usual.get("new_values").is_none(), "{usual}");
    let named: Vec<Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            json!({ "when": row[4], "id": 7, "clock": row[1], "income": row[0], "city": row[3], "member": row[2] })
        })
        .collect();
    for key in ["rows", "records", "instances"] {
        assert_eq!(ask(&json!({ key: named })).good().json(), answer);
    }
    for (wrong, says) in [
        (
            json!([{ "income": 1, "city": "Graz", "when": null }]),
            "row 1 has no value for `clock`, `member`;",
        ),
        (
            json!(["Graz"]),
            "row 1: a list of 5 values expected, or an object",
        ),
        (
            json!([["a lot", 0, true, "Graz", "2024-03-05"]]),
            "row 1, value 1 (income)",
        ),
        (
            json!([[1, 0, true, "Graz", "soon"]]),
            "row 1, value 5 (when)",
        ),
        (
            json!([[1, 0, "perhaps", "Graz", "2024-03-05"]]),
            "row 1, value 3 (member): true, false, a word such as yes or null expected",
        ),
        (
            json!([["1", 0, true, "Graz", null]]),
            "value 1 (income): a number or null expected",
        ),
        (
            json!([[1, 0, true, "Graz", ""]]),
            "value 5 (when): a text with a date or null expected",
        ),
        (
            json!([[1, 0, [], "Graz", "2024-03-05"]]),
            "row 1, value 3 (member)",
        ),
        (json!([[1, 0, true]]), "row 1: 5 values expected, 3 found"),
    ] {
        let answer = ask(&json!({ "rows": wrong }));
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(says), "{says}: {}", answer.text());
    }
}

#[test]
fn every_backend_of_the_cpu_trains_alike() {
    for backend in cpu_backends().into_iter().skip(1) {
        check_backend(backend.name());
    }
}

/// Trains on a backend and on the first CPU backend, and compares what comes out.
pub fn check_backend(backend: &str) {
    let experiment = experiment();
    let still = ["--set", "model.dropout=0.0"];
    experiment.train("cpu", &still);
    experiment.train("other", &[&still[..], &["--backend", backend]].concat());
    let step = |run: &str| last(&experiment.path(run)).state.step;
    assert_eq!(step("cpu"), step("other"));
    let predict = |run: &str| -> Vec<f64> {
        let arguments = ["predict", run, "new.csv", "--probabilities", "--quiet"];
        let ran = experiment.run(&arguments).success();
        let lines = ran.stdout.lines().skip(1);
        lines
            .map(|line| line.split(',').nth(2).unwrap().parse().unwrap())
            .collect()
    };
    let (one, other) = (predict("cpu"), predict("other"));
    assert_eq!(one.len(), 80);
    let distance = one
        .iter()
        .zip(&other)
        .map(|(one, other)| (one - other).abs());
    let furthest = distance.fold(0.0, f64::max);
    assert!(furthest < 1e-3, "{furthest}");
}
