//! Rows held out for calibration, `mlp calibrate`, and intervals.

use std::fs;

use mlp::decision::{CalibrationRows, CalibrationSource, KeptOutputs};
use mlp::inference::LoadedRun;
use mlp::random::{Purpose, Stream};
use mlp::run::Which;
use serde_json::Value;

use crate::support::experiment::{Experiment, PLAIN};
use crate::support::http::Request;
use crate::support::runs::{last, manifest, open, weights};
use crate::support::server::Server;
use crate::two_classes::experiment as two_classes;

/// 1 epoch on rows of numbers, with a tenth of them for calibration.
const REGRESSION: &str = r#"
name = "numbers"
seed = 3
[data]
train = "train.csv"
test = "test.csv"
label = "y"
task = "regression"
calibration = 0.3
[model]
hidden = [8]
[training]
epochs = 4
batch_size = 16
report = false
"#;

/// A folder with rows of `y = exp(a + noise)`.
fn numbers(config: &str) -> Experiment {
    let experiment = Experiment::new(config);
    for (name, rows, seed) in [("train.csv", 500_u64, 1), ("test.csv", 300, 2)] {
        let mut text = String::from("a,b,y\n");
        for row in 0..rows {
            let stream = Stream::new(seed, Purpose::Synthesis, row);
            let a = stream.normal(0);
            let y = (a + 0.5 * stream.normal(2)).exp();
            text += &format!("{a:.5},{:.5},{y:.6}\n", stream.normal(1));
        }
        fs::write(experiment.path(name), text).unwrap();
    }
    experiment
}

fn kept(experiment: &Experiment, run: &str) -> CalibrationRows {
    let run = open(&experiment.path(run));
    let trained = LoadedRun::load(&run, Which::Chosen).unwrap();
    let kept = CalibrationRows::read(&run, &trained.model.schema)
        .unwrap()
        .unwrap();
    assert_eq!(kept.step, trained.step);
    kept
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The cells of each line of a CSV without quoted commas, by the names of the columns.
fn column(text: &str, name: &str) -> Vec<f64> {
    let mut lines = text.lines();
    let at = lines
        .next()
        .unwrap()
        .split(',')
        .position(|column| column == name);
    let at = at.unwrap_or_else(|| panic!("no column {name}: {text}"));
    lines
        .map(|line| line.split(',').nth(at).unwrap().parse().unwrap())
        .collect()
}

#[test]
fn validation_rows_are_kept_unless_some_are_held_out_for_calibration() {
    let experiment = two_classes(400);
    experiment.train("run", &[]);
    let own = kept(&experiment, "run");
    assert_eq!(
        (own.source, own.rows.len()),
        (CalibrationSource::Validation, 80)
    );
    // Their logits give the log loss of the evaluation.
    let KeptOutputs::Classes { logits, labels } = &own.outputs else {
        panic!("classes are predicted");
    };
    let loss: f64 = logits
        .chunks(2)
        .zip(labels)
        .map(|(row, &label)| {
            let (_, normaliser) = mlp::metrics::softmax(row);
            normaliser - f64::from(row[label as usize])
        })
        .sum();
    let scores = json(&fs::read_to_string(experiment.path("run/evaluation.json")).unwrap());
    let expected = scores["validation"]["loss"].as_f64().unwrap();
    assert!((loss / 80.0 - expected).abs() < 1e-12);

    let ran = experiment.train("held", &["--set", "data.calibration=0.1"]);
    assert!(
        ran.stderr.contains("80 held out, 40 to calibrate"),
        "{}",
        ran.stderr
    );
    let held = kept(&experiment, "held");
    assert_eq!(
        (held.source, held.rows.len()),
        (CalibrationSource::Calibration, 40)
    );
    assert!(
        held.rows.iter().all(|row| !own.rows.contains(row)),
        "validation stays as it was"
    );
    let data = manifest(&experiment.path("held")).data;
    assert_eq!(
        (data.train_rows, data.validation_rows, data.calibration_rows),
        (280, 80, 40)
    );

    experiment.train("none", &["--set", "data.validation=0"]);
    assert!(!experiment.path("none/calibration.safetensors").exists());
    experiment.run(&["calibrate", "none"]).assert_error(
        4,
        &[
            "none",
            "no rows that it was not trained on",
            "data.calibration",
        ],
    );
}

#[test]
fn rows_for_calibration_train_nothing_and_a_resume_keeps_them() {
    let experiment = two_classes(400);
    // Stratified rows would be drawn otherwise with other labels.
    let set = [
        "--set",
        "data.calibration=0.1",
        "--set",
        "data.stratified=false",
    ];
    experiment.train("run", &set);
    let held = kept(&experiment, "run");
    let path = experiment.path("train.csv");
    let text = fs::read_to_string(&path).unwrap();
    let changed: Vec<String> = (0_u32..)
        .zip(text.lines())
        .map(|(line, text)| {
            let is_held = line > 0 && held.rows.contains(&(line - 1));
            let (label, features) = text.split_once(',').unwrap();
            let label = if is_held { "no" } else { label };
            format!("{label},{features}\n")
        })
        .collect();
    let changed = changed.concat();
    assert_ne!(changed, text);
    fs::write(&path, changed).unwrap();
    experiment.train("other", &set);
    assert_eq!(
        weights(&last(&experiment.path("run"))),
        weights(&last(&experiment.path("other")))
    );
    fs::write(&path, &text).unwrap();
    experiment
        .run(&[
            "--config",
            "config.toml",
            "--resume",
            "run",
            "--set",
            "data.calibration=0.2",
        ])
        .assert_error(2, &["data.calibration"]);
}

#[test]
fn a_calibration_improves_the_log_loss_of_its_rows_and_is_used() {
    let experiment = two_classes(600);
    let set = [
        "--set",
        "data.calibration=0.3",
        "--set",
        "optimizer.learning_rate=3",
        "--set",
        "training.epochs=20",
    ];
    experiment.train("run", &set);
    let before = json(
        &experiment
            .run(&["evaluate", "run", "--json"])
            .success()
            .stdout,
    );
    let text = experiment.run(&["calibrate", "run"]).success().stdout;
    assert!(
        text.contains("temperature") && text.contains("log loss"),
        "{text}"
    );
    let decision = json(&fs::read_to_string(experiment.path("run/decision.json")).unwrap());
    let temperature = decision["temperature"].as_f64().unwrap();
    assert!((temperature - 1.0).abs() > 0.01, "{temperature}");
    let fitted = &decision["fitted"];
    assert_eq!(
        (&fitted["rows"], &fitted["source"]),
        (&180.into(), &"calibration".into())
    );
    let loss = |when: &str| fitted["log_loss"][when].as_f64().unwrap();
    assert!(loss("after") < loss("before"));

    let levels: Vec<f64> = decision["intervals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["level"].as_f64().unwrap())
        .collect();
    assert_eq!(levels, [0.8, 0.9, 0.95]);
    experiment
        .run(&["calibrate", "run"])
        .assert_error(2, &["calibrated already", "--force"]);
    let report = experiment.run(&["report", "run"]).success();
    drop(report);
    let page = fs::read_to_string(experiment.path("run/report.html")).unwrap();
    assert!(
        page.contains("reliability_after-title") && page.contains("calibrated after it was scored")
    );
    let after = json(
        &experiment
            .run(&["evaluate", "run", "--json"])
            .success()
            .stdout,
    );
    assert_eq!(after["temperature"].as_f64(), Some(temperature));
    assert_ne!(after["test"]["loss"], before["test"]["loss"]);
    assert_eq!(
        after["test"]["accuracy"], before["test"]["accuracy"],
        "the same classes"
    );
    experiment.run(&["report", "run"]).success();
    let page = fs::read_to_string(experiment.path("run/report.html")).unwrap();
    assert!(!page.contains("calibrated after it was scored"));
    // Twice is the same.
    let again = experiment
        .run(&["calibrate", "run", "--force", "--json"])
        .success();
    assert_eq!(
        json(&again.stdout)["temperature"].as_f64(),
        Some(temperature)
    );
}

#[test]
fn calibration_on_few_validation_rows_warns() {
    let experiment = two_classes(300);
    experiment.train("run", &["--set", "decision.threshold='balanced_accuracy'"]);
    let decision = || json(&fs::read_to_string(experiment.path("run/decision.json")).unwrap());
    assert!(decision().get("temperature").is_none());
    let warned = experiment.run(&["calibrate", "run"]).success();
    let _ = warned.says(&["also chose the checkpoint", "only 60 rows"]);
    assert_eq!(decision()["threshold"]["rule"], "balanced_accuracy");
    let last = manifest(&experiment.path("run"));
    assert_eq!(last.data.positive.unwrap(), "yes");
}

#[test]
fn intervals_of_numbers_hold_what_they_promise() {
    let experiment = numbers(REGRESSION);
    experiment.train("run", &[]);
    let text = experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.8"])
        .success()
        .stdout;
    assert!(text.starts_with("prediction,low,high\n"), "{text}");
    let [prediction, low, high] = ["prediction", "low", "high"].map(|name| column(&text, name));
    let rows = fs::read_to_string(experiment.path("test.csv")).unwrap();
    let truth = column(&rows, "y");
    let mut covered = 0;
    for at in 0..truth.len() {
        let (below, above) = (prediction[at] - low[at], high[at] - prediction[at]);
        assert!((below - above).abs() < 1e-9 && below > 0.0);
        covered += usize::from(low[at] <= truth[at] && truth[at] <= high[at]);
    }
    let coverage = covered as f64 / truth.len() as f64;
    assert!((coverage - 0.8).abs() < 0.1, "{coverage}");
    let answer = experiment.run(&[
        "evaluate",
        "run",
        "--data",
        "test.csv",
        "--interval",
        "0.8",
        "--json",
    ]);
    let measured = &json(&answer.success().stdout)["interval"];
    assert_eq!(measured["test"]["coverage"].as_f64(), Some(coverage));
    assert_eq!(measured["calibration_rows"], 150);
    let width = measured["test"]["mean_width"].as_f64().unwrap();
    assert!((width - (high[0] - low[0])).abs() < 1e-9);
    let own = experiment
        .run(&["evaluate", "run", "--interval", "0.8"])
        .success()
        .stdout;
    assert!(
        own.contains("intervals of 80.00 %, which rest on 150 rows"),
        "{own}"
    );

    let columns = [
        "predict",
        "run",
        "test.csv",
        "--interval",
        "0.8",
        "--columns",
        "high=upper,low,prediction",
    ];
    let text = experiment.run(&columns).success().stdout;
    assert!(text.starts_with("upper,low,prediction\n"), "{text}");
    experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.999"])
        .assert_error(4, &["needs 999 held-out rows at least, and there are 150"]);
    experiment
        .run(&["predict", "run", "test.csv", "--interval", "90"])
        .assert_error(2, &["above 0 and below 1", "0.9"]);
    // Quantiles in decision.json serve a run without its rows.
    experiment.run(&["calibrate", "run"]).success();
    let known = experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.9"])
        .success()
        .stdout;
    fs::remove_file(experiment.path("run/calibration.safetensors")).unwrap();
    let without = experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.9"])
        .success()
        .stdout;
    assert_eq!(known, without);
    experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.85"])
        .assert_error(4, &["quantiles of 0.8, 0.9, 0.95, not of 0.85"]);
}

#[test]
fn the_server_gives_the_intervals_that_the_program_gives() {
    let experiment = numbers(REGRESSION);
    experiment.train("run", &[]);
    fs::write(experiment.path("row.csv"), "a,b\n0.5,-0.25\n").unwrap();
    let predicted = ["predict", "run", "row.csv", "--interval", "0.8", "--quiet"];
    let predicted = experiment.run(&predicted).success().stdout;
    let server = Server::start(&experiment.path("run"), &[]);
    let ask = |level: &str| {
        let target = format!("/v1/predict?interval={level}");
        server.ask(&Request::post(
            &target,
            "application/json",
            r#"{"rows": [[0.5, -0.25]]}"#,
        ))
    };
    let answer = ask("0.8").good().json();
    for name in ["prediction", "low", "high"] {
        let answered = answer["predictions"][0][name].as_f64();
        assert_eq!(answered, Some(column(&predicted, name)[0]), "{name}");
    }
    assert_eq!(ask("80").status, 422);
    assert_eq!(ask("0.9999").status, 422, "more rows are needed for that");
}

#[test]
fn intervals_of_logarithms_are_factors_and_positive() {
    let experiment = numbers(&REGRESSION.replace("task =", "target_transform = \"log\"\ntask ="));
    experiment.train("run", &[]);
    let text = experiment
        .run(&["predict", "run", "test.csv", "--interval", "0.9"])
        .success()
        .stdout;
    let [prediction, low, high] = ["prediction", "low", "high"].map(|name| column(&text, name));
    let factor = high[0] / prediction[0];
    for at in 0..prediction.len() {
        assert!(low[at] > 0.0);
        assert!((high[at] / prediction[at] / factor - 1.0).abs() < 1e-9);
        assert!((prediction[at] / low[at] / factor - 1.0).abs() < 1e-9);
    }
    let rows = fs::read_to_string(experiment.path("test.csv")).unwrap();
    let truth = column(&rows, "y");
    let covered = (0..truth.len()).filter(|&at| (low[at]..=high[at]).contains(&truth[at]));
    let coverage = covered.count() as f64 / truth.len() as f64;
    assert!((coverage - 0.9).abs() < 0.08, "{coverage}");
}

#[test]
fn sets_of_classes_are_lists_of_quoted_names() {
    let experiment = Experiment::new(PLAIN);
    for name in ["train.csv", "test.csv"] {
        let path = experiment.path(name);
        let text = fs::read_to_string(&path).unwrap();
        let renamed: String = text
            .lines()
            .map(|line| match line.split_once(',').unwrap() {
                ("0", rest) => format!("\"a, \"\"b\"\"\",{rest}\n"),
                ("1", rest) => format!("[c],{rest}\n"),
                (other, rest) => format!("{other},{rest}\n"),
            })
            .collect();
        fs::write(path, renamed).unwrap();
    }
    experiment.train("run", &["--set", "data.calibration=0.2"]);
    let arguments = [
        "predict",
        "run",
        "test.csv",
        "--interval",
        "0.9",
        "--probabilities",
    ];
    let ran = experiment
        .run(&arguments)
        .success()
        .says(&["rests on 38 rows only"]);
    let records = mlp::data::csv_records(ran.stdout.as_bytes(), "out".as_ref()).unwrap();
    let records: Vec<Vec<String>> = records.map(|record| record.unwrap().cells).collect();
    assert_eq!(records[0].last().unwrap(), "set");
    let names: Vec<&str> = records[0][2..5]
        .iter()
        .map(|name| name.strip_prefix("p_").unwrap())
        .collect();
    let mut sizes = 0;
    for record in &records[1..] {
        let set: Vec<String> = serde_json::from_str(record.last().unwrap()).unwrap();
        assert!(!set.is_empty() && set[0] == record[0], "{record:?}");
        let share = |name: &String| {
            let at = names.iter().position(|known| known == name).unwrap();
            record[2 + at].parse::<f64>().unwrap()
        };
        assert!(
            set.windows(2)
                .all(|pair| share(&pair[0]) >= share(&pair[1]))
        );
        sizes += set.len();
    }
    assert!(sizes > records.len(), "some sets have several classes");
    let answer = experiment
        .run(&["evaluate", "run", "--interval", "0.9", "--json"])
        .success();
    let measured = &json(&answer.stdout)["interval"];
    let mean = measured["test"]["mean_set_size"].as_f64().unwrap();
    assert!((mean - sizes as f64 / (records.len() - 1) as f64).abs() < 1e-9);
    assert!(measured["validation"]["coverage"].as_f64().unwrap() > 0.6);
}
