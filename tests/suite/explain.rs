//! `mlp explain` and `predict --explain`: which columns matter, on which rows, and that it is the same at any time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlp::random::{Purpose, Stream};
use serde_json::Value;

use crate::support::assert_close;
use crate::support::experiment::Experiment;
use crate::support::trained_run::{TrainedRun, cells};

/// Few rows and a large network: it learns the training rows by heart, noise included.
const BY_HEART: &str = r#"
name = "columns"
seed = 3

[data]
train = "rows.csv"
label = "answer"
scale = "standard"
validation = 0.4

[model]
hidden = [64]
activation = "relu"

[optimizer]
kind = "adam"
learning_rate = 0.01

[training]
epochs = 60
batch_size = 16
drop_last = false

[checkpoint]
keep_best = false
"#;

/// `signal,noise,"town, old",answer`: of the signal follows the answer, of the others nothing.
fn write_rows(path: &Path, rows: u64, answer: fn(f64) -> String) {
    let mut text = String::from("signal,noise,\"town, old\",answer\n");
    for row in 0..rows {
        let stream = Stream::new(11, Purpose::Synthesis, row);
        let (signal, noise) = (stream.normal(0), stream.normal(1));
        let town = ["here", "near", "far"][stream.below(1000, 3)];
        writeln!(text, "{signal:.4},{noise:.4},{town},{}", answer(signal)).unwrap();
    }
    fs::write(path, text).unwrap();
}

fn yes_or_no(signal: f64) -> String {
    if signal > 0.0 { "yes" } else { "no" }.to_owned()
}

fn experiment(answer: fn(f64) -> String, config: &str) -> Experiment {
    let experiment = Experiment::new(config);
    write_rows(&experiment.path("rows.csv"), 250, answer);
    experiment
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap()
}

/// Name and mean rise of the loss of each column.
fn importances(explanation: &Value) -> Vec<(&str, f64)> {
    let columns = explanation["columns"].as_array().unwrap().iter();
    columns
        .map(|column| {
            let name = column["column"].as_str().unwrap();
            (name, number(column, "/loss/mean"))
        })
        .collect()
}

#[test]
fn validation_rows_tell_the_signal_from_noise_that_was_learnt_by_heart() {
    for (answer, config) in [
        (yes_or_no as fn(f64) -> String, BY_HEART.to_owned()),
        (
            |signal| format!("{:.3}", 100.0 + 5.0 * signal),
            BY_HEART.to_owned(),
        ),
    ] {
        let experiment = experiment(answer, &config);
        let trained = experiment.train("run", &[]);
        assert!(
            trained.stdout.contains("depends most on: signal"),
            "{}",
            trained.stdout
        );
        let explanation = read(&experiment.path("run/explanation.json"));
        let evaluation = read(&experiment.path("run/evaluation.json"));
        assert_eq!(explanation["split"], "validation");
        assert_eq!(
            (&explanation["rows"], &explanation["repetitions"]),
            (&100.into(), &5.into())
        );
        assert_eq!(explanation["step"], evaluation["step"]);
        // The rows as they are have the loss of the validation rows, which is another than that of the training rows.
        let loss = number(&explanation, "/scores/loss");
        assert_close(
            "loss",
            &[loss],
            &[number(&evaluation, "/validation/loss")],
            1e-9,
        );
        assert!((loss - number(&evaluation, "/train/loss")).abs() > 1e-6);

        let found = importances(&explanation);
        let (name, signal) = found[0];
        assert_eq!(name, "signal");
        for (name, other) in &found[1..] {
            assert!(other.abs() < 0.15 * signal, "{name}: {other} of {signal}");
        }
    }
}

#[test]
fn shuffled_training_rows_would_show_what_was_learnt_by_heart() {
    // Labels drawn at random: nothing can be learnt but by heart.
    let config = BY_HEART.replace("validation = 0.4", "validation = 0.0");
    let random = |signal: f64| yes_or_no((signal * 1e4).rem_euclid(7.0) - 3.0);
    let on_training_rows = experiment(random, &config);
    on_training_rows.train("run", &[]);
    let explanation = read(&on_training_rows.path("run/explanation.json"));
    assert_eq!(
        (&explanation["split"], &explanation["rows"]),
        (&"train".into(), &250.into())
    );
    assert!(
        importances(&explanation)[0].1 > 0.1,
        "{:?}",
        importances(&explanation)
    );
    let told = on_training_rows.run(&["explain", "run"]).success();
    assert!(
        told.stderr.contains("no validation rows"),
        "{}",
        told.stderr
    );

    let on_others = experiment(random, BY_HEART);
    on_others.train("run", &[]);
    let explanation = read(&on_others.path("run/explanation.json"));
    let accuracy = number(&explanation, "/columns/0/metric/mean");
    assert!(accuracy < 0.15, "{accuracy}");
}

#[test]
fn any_number_of_threads_and_a_second_time_give_the_same_bytes() {
    let experiment = experiment(yes_or_no, BY_HEART);
    experiment.train("one", &["--set", "training.threads=1"]);
    experiment.train("three", &["--set", "training.threads=3"]);
    let bytes = |run: &str| fs::read(experiment.path(run).join("explanation.json")).unwrap();
    assert_eq!(bytes("one"), bytes("three"));
    fs::remove_file(experiment.path("three/explanation.json")).unwrap();
    let first = experiment.run(&["explain", "one"]).success().stdout;
    let again = experiment.run(&["explain", "three"]).success().stdout;
    assert_eq!(first.replace("one:", "three:"), again);
    assert_eq!(bytes("one"), bytes("three"));

    // Another number of repetitions is computed, not read; the first ones are the same.
    let more = experiment
        .run(&["explain", "one", "--repetitions", "7", "--json"])
        .success();
    let more: Value = serde_json::from_str(&more.stdout).unwrap();
    let few: Value = serde_json::from_slice(&bytes("three")).unwrap();
    let values = |explanation: &Value| {
        let columns = explanation["columns"].as_array().unwrap();
        let signal = columns.iter().find(|column| column["column"] == "signal");
        signal.unwrap()["loss"]["values"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(values(&more).len(), 7);
    assert_eq!(values(&more)[..5], values(&few)[..]);
}

#[test]
fn a_resumed_training_is_explained_as_one_that_was_never_stopped() {
    let experiment = experiment(yes_or_no, BY_HEART);
    let arguments = ["--config", "config.toml", "--run-dir", "killed"];
    assert_eq!(experiment.run_with_fault("step:300", &arguments).code, None);
    experiment.run(&["--resume", "killed"]).success();
    experiment.train("whole", &[]);
    let of = |run: &str| fs::read(experiment.path(run).join("explanation.json")).unwrap();
    assert_eq!(of("killed"), of("whole"));
}

#[test]
fn the_command_prints_a_table_and_explains_other_rows() {
    let experiment = experiment(yes_or_no, BY_HEART);
    experiment.train("run", &[]);
    let shown = experiment.run(&["explain", "run"]).success().stdout;
    let line = |name: &str| {
        shown
            .lines()
            .find(|line| line.trim_start().starts_with(name))
    };
    assert!(
        line("signal").unwrap().ends_with(&"█".repeat(24)),
        "{shown}"
    );
    assert!(
        line("town, old").is_some() && line("noise").is_some(),
        "{shown}"
    );
    assert!(shown.contains("100 validation rows: loss"), "{shown}");

    write_rows(&experiment.path("more.csv"), 400, yes_or_no);
    let document = experiment
        .run(&["explain", "run", "--data", "more.csv", "--json"])
        .success();
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(
        (&document["data"], &document["rows"]),
        (&"more.csv".into(), &400.into())
    );
    assert!(document["split"].is_null());
    assert_eq!(importances(&document)[0].0, "signal");
    let signal = &document["partial_dependence"][0];
    assert_eq!(
        (&signal["column"], &signal["grid"]["kind"]),
        (&"signal".into(), &"number".into())
    );
    let mean = signal["curves"][0]["mean"].as_array().unwrap();
    assert_eq!(mean.len(), 20);
    let (first, last) = (mean[0].as_f64().unwrap(), mean[19].as_f64().unwrap());
    assert!((first - last).abs() > 0.5, "{mean:?}");
}

#[test]
fn rows_that_changed_or_are_gone_are_told() {
    let experiment = experiment(yes_or_no, BY_HEART);
    experiment.train("run", &[]);
    fs::write(experiment.path("run/explanation.json"), "{\"format\": 1}").unwrap();
    let text = fs::read_to_string(experiment.path("rows.csv")).unwrap();
    fs::write(
        experiment.path("rows.csv"),
        text.replacen("here", "near", 1),
    )
    .unwrap();
    let explain = |more: &[&str]| experiment.run(&[&["explain", "run"], more].concat());
    explain(&[]).assert_error(4, &["rows.csv", "not the rows", "--data FILE"]);
    fs::remove_file(experiment.path("rows.csv")).unwrap();
    explain(&[]).assert_error(4, &["rows.csv"]);
    explain(&["--repetitions", "0"]).assert_error(2, &["from 1 to 1000"]);
    explain(&["--data", "none.csv"]).assert_error(4, &["none.csv"]);
    // A file that is damaged is written again.
    fs::write(experiment.path("rows.csv"), text).unwrap();
    let told = explain(&[]).success();
    assert!(told.stderr.contains("explanation.json"), "{}", told.stderr);
    assert_eq!(explain(&[]).success().stderr, "");
    // A newer format is one that this program does not know.
    fs::write(experiment.path("run/explanation.json"), "{\"format\": 99}").unwrap();
    experiment
        .run(&["report", "run"])
        .assert_error(2, &["explanation.json", "99"]);
}

#[test]
fn pictures_have_no_explanation() {
    let digits = TrainedRun::on_digits("[\"digits\"]");
    assert!(!digits.run().join("explanation.json").exists());
    let run = digits.run();
    let run = run.to_str().unwrap();
    digits
        .call(&["explain", run])
        .assert_error(2, &["pixels of an image of 28 × 28"]);
    let arguments = ["predict", run, "--explain", "-"];
    digits
        .call(&arguments)
        .assert_error(2, &["pixels of an image of 28 × 28"]);
}

#[test]
fn a_wide_table_is_explained_only_when_asked() {
    let experiment = Experiment::new(
        "name = \"wide\"\n[data]\ntrain = \"wide.csv\"\nlabel = \"y\"\nvalidation = 0.25\n[model]\nhidden = [64]\n[training]\nepochs = 1\nbatch_size = 8\n",
    );
    let columns = 600;
    let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let mut text = format!("{},y\n", names.join(","));
    for row in 0..40 {
        let stream = Stream::new(2, Purpose::Synthesis, row);
        for column in 0..columns {
            write!(text, "{:.2},", stream.normal(column)).unwrap();
        }
        writeln!(text, "{}", yes_or_no(stream.normal(0))).unwrap();
    }
    fs::write(experiment.path("wide.csv"), text).unwrap();
    let trained = experiment.train("run", &[]);
    let sentence = "importance of the 600 columns was not computed";
    assert!(trained.stderr.contains(sentence), "{}", trained.stderr);
    assert!(
        trained.stderr.contains("mlp explain run"),
        "{}",
        trained.stderr
    );
    assert!(!experiment.path("run/explanation.json").exists());
    let shown = experiment.run(&["explain", "run"]).success().stdout;
    assert!(shown.contains("560 more columns"), "{shown}");
    assert!(experiment.path("run/explanation.json").exists());
}

#[test]
fn predictions_come_with_the_columns_behind_them() {
    let experiment = experiment(yes_or_no, BY_HEART);
    experiment.train("run", &[]);
    let predict = |more: &[&str]| {
        let arguments = [&["predict", "run", "rows.csv"], more].concat();
        experiment.run(&arguments).success().stdout
    };
    let plain = cells(&predict(&[]));
    let explained = cells(&predict(&["--explain"]));
    assert_eq!(explained[0], ["prediction", "confidence", "explanation"]);
    let mut led_by_signal = 0;
    for (line, plain) in explained.iter().zip(&plain).skip(1) {
        assert_eq!(line[..2], plain[..]);
        let effects: Vec<&str> = line[2].split("; ").collect();
        assert!((1..=3).contains(&effects.len()), "{line:?}");
        let sizes: Vec<f64> = effects
            .iter()
            .map(|effect| {
                effect
                    .rsplit_once(' ')
                    .unwrap()
                    .1
                    .parse::<f64>()
                    .unwrap()
                    .abs()
            })
            .collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{line:?}");
        led_by_signal += usize::from(effects[0].starts_with("signal +"));
    }
    assert!(led_by_signal > 170, "{led_by_signal} of 250");
    let chosen = cells(&predict(&[
        "--explain",
        "--columns",
        "explanation=why,prediction",
    ]));
    assert_eq!(chosen[0], ["why", "prediction"]);
    assert_eq!(chosen[5][0], explained[5][2]);
    experiment
        .run(&["predict", "run", "rows.csv", "--columns", "explanation"])
        .assert_error(2, &["explanation"]);
}
