//! Weights of rows: a weight of two is the row twice, of zero no row, in the loss and in every metric.

use std::fmt::Write as _;
use std::fs;

use mlp::random::{Purpose, Stream};

use crate::support::assert_close;
use crate::support::devices::cpu_backends;
use crate::support::experiment::{EVENTFUL, Experiment};
use crate::support::runs::{assert_same, last, manifest};

/// One batch an epoch of all rows as they are.
const WHOLE: &str = r#"
name = "weighted"
seed = 5

[data]
train = "weighted.csv"
validation = 0.0
scale = "none"

[model]
hidden = [7]

[training]
report = false
epochs = 12
batch_size = 4096
drop_last = false
"#;

/// Rows with weights of 0 to 3, and the same rows written as often, without weights. The label is a class, one of which
/// has no row of a weight, or a number.
fn write_tables(experiment: &Experiment, is_number: bool) {
    let mut weighted = String::from("label,a,b,w\n");
    let mut repeated = String::from("label,a,b\n");
    for row in 0..90 {
        let stream = Stream::new(11, Purpose::Synthesis, row);
        let weight = row % 4;
        let class = stream.below(100, 3);
        let (a, b) = (stream.normal(0) + class as f64, stream.normal(1));
        let label = match (is_number, weight) {
            (true, _) => format!("{:.3}", a - 2.0 * b + stream.normal(2)),
            (false, 0) => "none".to_owned(),
            (false, _) => format!("c{class}"),
        };
        let cells = format!("{label},{a:.4},{b:.4}");
        let _ = writeln!(weighted, "{cells},{weight}");
        for _ in 0..weight {
            let _ = writeln!(repeated, "{cells}");
        }
    }
    fs::write(experiment.path("weighted.csv"), weighted).unwrap();
    fs::write(experiment.path("repeated.csv"), repeated).unwrap();
}

fn values(experiment: &Experiment, run: &str) -> Vec<f64> {
    let network = last(&experiment.path(run)).network;
    let layers = network.layers.iter();
    layers
        .flat_map(|layer| layer.values().map(f64::from))
        .collect()
}

fn evaluation(experiment: &Experiment, run: &str) -> serde_json::Value {
    let text = fs::read_to_string(experiment.path(run).join("evaluation.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_weight_of_two_is_the_row_twice_and_of_zero_no_row() {
    const WEIGHTS: &str = "data.columns.w='row_weight'";
    let class_metrics = [
        "loss",
        "accuracy",
        "balanced_accuracy",
        "precision",
        "f1",
        "roc_auc",
        "average_precision",
        "brier",
        "mcc",
        "top_2_accuracy",
        "baseline_accuracy",
    ];
    let value_metrics = [
        "loss",
        "rmse",
        "mae",
        "r2",
        "median_absolute_error",
        "baseline_rmse",
    ];
    for backend in cpu_backends() {
        for gradients in ["fused", "autodiff"] {
            for (number, keys, metrics) in [
                (false, "training.label_smoothing=0.1", &class_metrics[..]),
                (false, "training.class_weights='balanced'", &class_metrics),
                (true, "training.loss='huber'", &value_metrics),
                (true, "training.loss='mae'", &value_metrics),
                (true, "optimizer.gradient_reduction='sum'", &value_metrics),
            ] {
                let experiment = Experiment::new(WHOLE);
                write_tables(&experiment, number);
                let gradients = format!("training.gradients='{gradients}'");
                // The sum over 135 rows is so much more than the mean.
                let rate = if keys.contains("sum") {
                    "0.0002"
                } else {
                    "0.1"
                };
                let rate = format!("optimizer.learning_rate={rate}");
                let common = [
                    "--backend",
                    backend.name(),
                    "--set",
                    keys,
                    "--set",
                    &gradients,
                    "--set",
                    &rate,
                ];
                experiment.train("weighted", &[&common[..], &["--set", WEIGHTS]].concat());
                let repeated = ["--set", "data.train='repeated.csv'"];
                experiment.train("repeated", &[&common[..], &repeated].concat());

                let what = format!("{keys} {gradients} on {}", backend.name());
                let [weighted, repeated] =
                    ["weighted", "repeated"].map(|run| values(&experiment, run));
                assert_close(&what, &weighted, &repeated, 1e-6);
                let [one, other] = ["weighted", "repeated"].map(|run| evaluation(&experiment, run));
                assert_eq!(one["train"]["rows"], 67, "{what}");
                for metric in metrics {
                    let [one, other] = [&one, &other].map(|of| of["train"][metric].as_f64());
                    let what = format!("{what}: {metric}");
                    assert_close(&what, &[one.unwrap()], &[other.unwrap()], 1e-6);
                }
            }
        }
    }
}

#[test]
fn rows_without_weight_have_no_class_and_are_counted() {
    let experiment = Experiment::new(WHOLE);
    write_tables(&experiment, false);
    let ran = experiment.train("run", &["--set", "data.columns.w='row_weight'"]);
    ran.says(&["rows of weight 0, left out: 23"]);
    let manifest = manifest(&experiment.path("run"));
    assert_eq!(manifest.schema.classes(), ["c0", "c1", "c2"]);
    assert_eq!(manifest.schema.feature_names(), ["a", "b"]);
    assert_eq!(manifest.data.train_rows, 67);
    let total = evaluation(&experiment, "run")["train"]["weight"].as_f64();
    assert_eq!(total, Some(133.0)); // 23 rows of 1, 22 of 2 and 22 of 3
}

#[test]
fn killed_and_resumed_and_on_any_threads_a_weighted_training_is_the_same() {
    let config = EVENTFUL.replace(
        "scale = \"standard\"",
        "scale = \"standard\"\ncolumns = { f = \"row_weight\" }",
    );
    for backend in cpu_backends() {
        let experiment = Experiment::new(&config);
        for name in ["train.csv", "test.csv"] {
            let path = experiment.path(name);
            let text = fs::read_to_string(&path).unwrap();
            let positive = |(row, line): (usize, &str)| match row {
                0 => line.to_owned(),
                row => {
                    let (cells, _) = line.rsplit_once(',').unwrap();
                    format!("{cells},{}", 0.25 + (row % 5) as f64)
                }
            };
            let lines: Vec<String> = text.lines().enumerate().map(positive).collect();
            fs::write(&path, lines.join("\n")).unwrap();
        }
        let more = ["--backend", backend.name()];
        let one = ["--set", "training.threads=1"];
        experiment.train("whole", &[&more[..], &one].concat());
        let start = [
            &["--config", "config.toml", "--run-dir", "killed"][..],
            &more,
        ]
        .concat();
        experiment.run_with_fault("step:17", &start).killed();
        experiment.run(&["--resume", "killed"]).success();
        assert_same(&experiment.path("whole"), &experiment.path("killed"));
        experiment.run(&["reproduce", "whole"]).success();
    }
}

#[test]
fn weights_are_used_where_there_are_any_and_never_needed_to_predict() {
    let experiment = Experiment::new(WHOLE);
    write_tables(&experiment, false);
    experiment.train("run", &["--set", "data.columns.w='row_weight'"]);
    // A row of weight 0 counts for nothing, but its cells must be readable.
    let weighted = fs::read_to_string(experiment.path("weighted.csv")).unwrap();
    fs::write(
        experiment.path("weighted.csv"),
        weighted.replace("none,", "c0,"),
    )
    .unwrap();
    let evaluate = |file: &str| {
        let arguments = ["evaluate", "run", "--data", file, "--json"];
        let ran = experiment.run(&arguments).success();
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        (document["test"].clone(), ran)
    };
    let (weighted, _) = evaluate("weighted.csv");
    let (repeated, ran) = evaluate("repeated.csv");
    ran.says(&["no column `w`", "count alike"]);
    for metric in ["accuracy", "roc_auc", "log_loss", "f1"] {
        let [one, other] = [&weighted, &repeated].map(|of| of[metric].as_f64().unwrap());
        assert_close(metric, &[one], &[other], 1e-12);
    }
    assert_eq!(
        (&weighted["rows"], &repeated["rows"]),
        (&67.into(), &133.into())
    );
    let lines = |file: &str| {
        let ran = experiment.run(&["predict", "run", file]).success();
        ran.stdout.lines().count()
    };
    assert_eq!(lines("weighted.csv"), 91); // rows of weight 0 are predicted like any other
    assert_eq!(lines("repeated.csv"), 134);
}

#[test]
fn weights_that_are_none_are_errors_with_their_place() {
    for (cell, words) in [
        ("-1", &["below 0"][..]),
        ("", &["no weight"]),
        ("much", &["`much`"]),
        ("inf", &["inf"]),
    ] {
        let experiment = Experiment::new(WHOLE);
        write_tables(&experiment, false);
        let path = experiment.path("weighted.csv");
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (cells, _) = lines[40].rsplit_once(',').unwrap();
        lines[40] = format!("{cells},{cell}");
        fs::write(&path, lines.join("\n")).unwrap();
        let arguments = [
            "--config",
            "config.toml",
            "--set",
            "data.columns.w='row_weight'",
        ];
        let ran = experiment.run(&arguments).code(4);
        ran.says(&["weighted.csv:41", "column 4 (w)"]).says(words);
    }
}

#[test]
fn gradients_of_weighted_losses_are_right() {
    for number in [false, true] {
        let experiment = Experiment::new(WHOLE);
        write_tables(&experiment, number);
        for key in [
            "training.gradients='auto'",
            "optimizer.gradient_reduction='sum'",
        ] {
            let arguments = [
                "gradcheck",
                "--config",
                "config.toml",
                "--set",
                "data.columns.w='row_weight'",
                "--set",
                key,
            ];
            experiment.run(&arguments).success();
        }
    }
}
