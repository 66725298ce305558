//! Runs that predict numbers, from the table to what is made of the run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mlp::random::{Purpose, Stream};
use mlp::run::{Scope, Split};
use mlp::task::Metric;
use serde_json::Value;

use crate::support::assert_close;
use crate::support::devices::cpu_backends;
use crate::support::experiment::Experiment;
use crate::support::http::Request;
use crate::support::runs::{assert_same, assert_tidy, last, manifest, metrics, weights};
use crate::support::server::Server;

/// 4 epochs of 10 updates, the last with a smaller batch, and everything in play that has a memory.
const NUMBERS: &str = r#"
name = "numbers"
seed = 7

[data]
train = "prices.csv"
test = "more.csv"
label = "price"
scale = "standard"

[model]
hidden = [9, 7]
dropout = 0.1

[optimizer]
kind = "adam"
learning_rate = 0.01
clip_norm = 5.0

[schedule]
kind = "cosine"
warmup_epochs = 1.0

[training]
epochs = 4
batch_size = 16
drop_last = false
log_every_steps = 3
evaluate_every_steps = 7

[checkpoint]
every_steps = 4
keep_last = 2
"#;

/// Prices around 500 of three numbers and a text.
fn write_prices(path: &Path, rows: u64, seed: u64) {
    let mut text = String::from("area,age,noise,kind,price\n");
    for row in 0..rows {
        let stream = Stream::new(seed, Purpose::Synthesis, row);
        let [area, age, noise] = [0, 1, 2].map(|at| stream.normal(at));
        let kind = ["old", "new"][stream.below(100, 2)];
        let shift = if kind == "new" { 80.0 } else { 0.0 };
        let price = 500.0 + 90.0 * area - 40.0 * age * age.abs().min(1.0) + shift;
        let price = (price + 5.0 * stream.normal(3)).max(20.0);
        let _ = writeln!(text, "{area:.4},{age:.4},{noise:.4},{kind},{price:.3}");
    }
    fs::write(path, text).unwrap();
}

fn experiment(config: &str) -> Experiment {
    let experiment = Experiment::new(config);
    write_prices(&experiment.path("prices.csv"), 190, 1);
    write_prices(&experiment.path("more.csv"), 60, 2);
    experiment
}

fn json(experiment: &Experiment, arguments: &[&str]) -> Value {
    let ran = experiment.run(arguments).success();
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Longer, so that something is learnt.
const LONGER: [&str; 2] = ["--set", "training.epochs=60"];

#[test]
fn a_column_of_numbers_is_learnt_and_scored_in_its_unit() {
    let experiment = experiment(NUMBERS);
    let ran = experiment.train("run", &LONGER);
    ran.says(&[
        "the label is a number to predict (a regression)",
        "predicts the number price; loss mse",
        "linear output",
        "validation loss",
        "RMSE",
    ]);
    let evaluation = json(&experiment, &["evaluate", "run", "--json"]);
    let test = &evaluation["test"];
    let number = |key: &str| test[key].as_f64().unwrap();
    assert!(number("rmse") < 40.0, "{test}");
    assert!(number("baseline_rmse") > 80.0, "{test}");
    assert!(number("r2") > 0.8, "{test}");
    assert!(number("mae") <= number("rmse") && number("median_absolute_error") > 0.0);
    assert!(test["accuracy"].is_null());
    // The loss is of standardised targets: the same squared error, by their variance.
    let scaling = manifest(&experiment.path("run")).schema.target_scaling();
    let scale = scaling.unwrap().scale;
    let squared = (number("rmse") / scale).powi(2);
    assert_close("loss", &[number("loss")], &[squared], 1e-9);
    let records = metrics(&experiment.path("run"));
    let has = |metric| records.iter().all(|of| of.scores.get(metric).is_some());
    assert!(has(Metric::Rmse) && has(Metric::Loss));
    let log = fs::read_to_string(experiment.path("run/metrics.jsonl")).unwrap();
    assert!(!log.contains("accuracy"), "{log}");
    let scored = records
        .iter()
        .find(|of| (of.split, of.scope) == (Split::Test, Scope::Split));
    let logged = scored.unwrap().scores.get(Metric::Rmse).unwrap();
    assert_close("logged", &[logged], &[number("rmse")], 1e-9);
    let config = fs::read_to_string(experiment.path("run/config.toml")).unwrap();
    assert!(config.contains("task = \"regression\"") && config.contains("loss = \"mse\""));
}

#[test]
fn predictions_are_those_that_were_scored() {
    let experiment = experiment(NUMBERS);
    experiment.train("run", &LONGER);
    let ran = experiment.run(&["predict", "run", "more.csv"]).success();
    let predicted: Vec<f64> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(ran.stdout.lines().next(), Some("prediction"));
    let text = fs::read_to_string(experiment.path("run/predictions.csv")).unwrap();
    assert!(text.starts_with("split,row,label,prediction\n"), "{text}");
    let scored: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with("test,"))
        .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(predicted, scored);
    for flag in ["--probabilities", "--show"] {
        let ran = experiment.run(&["predict", "run", "more.csv", flag]);
        ran.assert_error(2, &[flag, "predicts a number"]);
    }
    let suspects = ["data", "inspect", "more.csv", "--run", "run"];
    experiment
        .run(&suspects)
        .assert_error(2, &["predicts a number"]);
}

#[test]
fn limits_are_those_of_numbers() {
    let experiment = experiment(NUMBERS);
    experiment.train("run", &LONGER);
    let evaluate = |more: &[&str]| experiment.run(&[&["evaluate", "run"], more].concat());
    let said = evaluate(&["--max-rmse", "400"]).success().stdout;
    let parts = ["RMSE of the mean", "R²", "largest errors of the test rows"];
    assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    evaluate(&["--max-rmse", "0.5"]).assert_error(1, &["the test RMSE is", "above the 0.5"]);
    evaluate(&["--min-accuracy", "0.5"]).assert_error(2, &["--min-accuracy", "--max-rmse"]);
    evaluate(&["--max-rmse", "inf"]).assert_error(2, &["a number from 0"]);
    let list = json(&experiment, &["runs", "list", "run", "--json"]);
    let run = &list["runs"][0];
    assert!(run["test_rmse"].as_f64().is_some_and(|rmse| rmse < 400.0));
    assert!(run["test_accuracy"].is_null());
    let shown = experiment.run(&["runs", "show", "run"]).success().stdout;
    assert!(
        shown.contains("predicts    price") && shown.contains("MAE"),
        "{shown}"
    );
}

#[test]
fn every_loss_trains_the_same_on_any_number_of_threads_and_is_reproduced() {
    for backend in cpu_backends() {
        for loss in ["mse", "mae", "huber"] {
            let experiment = experiment(NUMBERS);
            let loss = format!("training.loss=\"{loss}\"");
            for threads in ["1", "2", "3"] {
                let set = format!("training.threads={threads}");
                let more = ["--set", &loss, "--set", &set, "--backend", backend.name()];
                experiment.train(threads, &more);
            }
            for threads in ["2", "3"] {
                assert_same(&experiment.path("1"), &experiment.path(threads));
            }
            let verdict = json(&experiment, &["reproduce", "1", "--json"]);
            assert_eq!(verdict["reproduced"], true, "{verdict:#}");
            assert_eq!(verdict["rmse"]["then"], verdict["rmse"]["now"]);
            assert!(verdict["accuracy"].is_null());
        }
    }
}

#[test]
fn killed_at_any_moment_a_training_on_numbers_ends_as_if_it_never_was() {
    for backend in cpu_backends() {
        let experiment = experiment(NUMBERS);
        let more = ["--backend", backend.name()];
        experiment.train("whole", &more);
        let start = [
            &["--config", "config.toml", "--run-dir", "killed"],
            &more[..],
        ]
        .concat();
        let resume = ["--resume", "killed"];
        let moments = [
            "step:6",
            "checkpoint-model:1",
            "checkpoint-linked:2",
            "metrics:3",
            "step:9",
        ];
        for (index, moment) in moments.iter().enumerate() {
            let arguments = if index == 0 { &start[..] } else { &resume };
            experiment.run_with_fault(moment, arguments).killed();
        }
        experiment.run(&resume).success();
        assert_same(&experiment.path("whole"), &experiment.path("killed"));
        assert_tidy(&experiment.path("killed"));
        let refused = ["--resume", "killed", "--set", "training.loss=\"mae\""];
        experiment.run(&refused).assert_error(2, &["training.loss"]);
    }
}

#[test]
fn logarithms_are_of_positive_numbers_only() {
    let experiment = experiment(NUMBERS);
    let log = [&LONGER[..], &["--set", "data.target_transform=\"log\""]].concat();
    experiment.train("run", &log).says(&["by its logarithm"]);
    let evaluation = json(&experiment, &["evaluate", "run", "--json"]);
    assert!(
        evaluation["test"]["r2"].as_f64().unwrap() > 0.7,
        "{evaluation}"
    );
    let text = fs::read_to_string(experiment.path("prices.csv")).unwrap();
    let (head, cell) = text.trim_end().rsplit_once(',').unwrap();
    assert!(cell.parse::<f64>().is_ok());
    fs::write(experiment.path("prices.csv"), format!("{head},-3.5\n")).unwrap();
    let config = [
        "--config",
        "config.toml",
        "--set",
        "data.target_transform=\"log\"",
    ];
    experiment
        .run(&config)
        .assert_error(4, &["prices.csv:191", "-3.5", "target_transform"]);
}

#[test]
fn keys_of_classes_are_refused() {
    let experiment = experiment(NUMBERS);
    let stated = "data.task=\"regression\"";
    for key in [
        "training.class_weights=\"balanced\"",
        "training.label_smoothing=0.1",
        "data.stratified=true",
        "training.loss=\"cross_entropy\"",
    ] {
        let name = key.split('=').next().unwrap();
        let dry = ["--config", "config.toml", "--dry-run", "--set", key];
        experiment.run(&dry).assert_error(2, &[name]);
        // Before any data is read.
        let arguments = [
            &dry[..],
            &["--set", stated, "--set", "data.train='none.csv'"],
        ]
        .concat();
        experiment.run(&arguments).assert_error(2, &[name]);
    }
    let of_classes = ["--config", "config.toml", "--set", "data.label=\"kind\""];
    let loss = [&of_classes[..], &["--set", "training.loss=\"mse\""]].concat();
    experiment.run(&loss).assert_error(2, &["training.loss"]);
    let log = [&of_classes[..], &["--set", "data.target_transform=\"log\""]].concat();
    experiment
        .run(&log)
        .assert_error(2, &["data.target_transform"]);
    let text = [
        "--config",
        "config.toml",
        "--set",
        "data.label=\"kind\"",
        "--set",
        stated,
    ];
    experiment.run(&text).assert_error(4, &["(kind)"]);
}

#[test]
fn a_table_without_a_config_predicts_its_numbers() {
    let experiment = experiment(NUMBERS);
    let train = [
        "train",
        "prices.csv",
        "--label",
        "price",
        "--run-dir",
        "run",
    ];
    experiment
        .run(&train)
        .success()
        .says(&["the label is a number to predict (a regression)", "RMSE"]);
    let init = ["init", "prices.csv", "--label", "price", "-o", "made.toml"];
    experiment.run(&init).success();
    let made = fs::read_to_string(experiment.path("made.toml")).unwrap();
    assert!(!made.contains("class_weights ="), "{made}");
    let again = ["train", "--config", "made.toml", "--run-dir", "again"];
    experiment.run(&again).success();
    let of = |run: &str| weights(&last(&experiment.path(run)));
    assert_eq!(of("run"), of("again"));
    let inspected = ["data", "inspect", "prices.csv", "--label", "price"];
    let said = experiment.run(&inspected).success().stdout;
    assert!(
        said.contains("a number") && said.contains("median"),
        "{said}"
    );
    let document = json(&experiment, &[&inspected[..], &["--json"]].concat());
    assert!(document["files"][0]["target"]["median"].as_f64().unwrap() > 100.0);
}

const BUGS: [&str; 5] = [
    "sign-flipped",
    "missing-mean",
    "wrong-activation",
    "forgotten-bias",
    "off-by-one-rows",
];

#[test]
fn gradients_of_numbers_are_checked_and_planted_mistakes_found() {
    let experiment = experiment(NUMBERS);
    let check =
        |more: &[&str]| experiment.run(&[&["gradcheck", "--config", "config.toml"], more].concat());
    for loss in ["mse", "mae", "huber"] {
        let set = format!("training.loss=\"{loss}\"");
        check(&["--set", &set]).success();
        for bug in BUGS {
            check(&["--set", &set, "--inject-bug", bug]).code(1);
        }
    }
    // The way back from the only output has nothing to transpose.
    let transposed = check(&["--inject-bug", "transposed-weight"]);
    transposed.assert_error(2, &["more than one output"]);
}

#[test]
fn configs_are_compared_by_their_errors() {
    let experiment = experiment(NUMBERS);
    let text = fs::read_to_string(experiment.path("config.toml")).unwrap();
    let text = text.replace("name = \"numbers\"", "name = \"slow\"");
    let text = text.replace("learning_rate = 0.01", "learning_rate = 0.00001");
    fs::write(experiment.path("slow.toml"), text).unwrap();
    let arguments = [
        "compare",
        "config.toml",
        "slow.toml",
        "--seeds",
        "3",
        "--json",
    ];
    let found = json(
        &experiment,
        &[&arguments[..], &["--set", "training.epochs=20"]].concat(),
    );
    assert_eq!(found["pairs"][0]["ahead"], "numbers", "{found:#}");
    let mae = |config: usize| found["configs"][config]["mae"]["mean"].as_f64().unwrap();
    assert!(mae(0) < mae(1), "{found:#}");
    let difference = found["pairs"][0]["difference"].as_f64().unwrap();
    assert_close("difference", &[difference], &[mae(1) - mae(0)], 1e-9);
    let conclusion = found["conclusion"][0].as_str().unwrap();
    assert!(conclusion.contains("mean absolute error"), "{conclusion}");
}

#[test]
fn a_server_answers_with_numbers() {
    let experiment = experiment(NUMBERS);
    experiment.train("run", &[]);
    let server = Server::start(&experiment.path("run"), &[]);
    let body = r#"{"rows": [[0.5, -1.25, 0.0, "new"], [1, 1, 1, null]]}"#;
    let request = Request::post("/v1/predict?details=true", "application/json", body);
    let answer = server.ask(&request).good().json();
    fs::write(
        experiment.path("two.csv"),
        "area,age,noise,kind\n0.5,-1.25,0.0,new\n1,1,1,\n",
    )
    .unwrap();
    let ran = experiment.run(&["predict", "run", "two.csv"]).success();
    let lines: Vec<f64> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|l| l.parse().unwrap())
        .collect();
    let found = |row: usize| &answer["predictions"][row];
    for (row, expected) in lines.iter().enumerate() {
        assert_close(
            "served",
            &[found(row)["prediction"].as_f64().unwrap()],
            &[*expected],
            1e-9,
        );
        assert!(found(row)["confidence"].is_null() && found(row)["hidden"].is_array());
    }
    let csv = "area,age,noise,kind\n0.5,-1.25,0.0,new\n";
    let mut request = Request::post("/v1/predict", "text/csv", csv);
    request = request.header("Accept", "text/csv");
    let text = server.ask(&request).good().text();
    assert_eq!(text.lines().next(), Some("prediction"));
    let about = server.get("/v1/model").good().json();
    assert!(
        about["evaluation"]["splits"][0]["rmse"].as_f64().is_some(),
        "{about}"
    );
    let described = server.get("/openapi.json").good().json();
    let schema = &described["components"]["schemas"]["Prediction"]["properties"]["prediction"];
    assert_eq!(schema["type"], "number", "{schema}");
}

#[test]
fn the_report_has_the_charts_of_errors_and_no_classes() {
    let experiment = experiment(NUMBERS);
    experiment.train("run", &[]);
    let page = fs::read_to_string(experiment.path("run/report.html")).unwrap();
    for part in [
        "Predicted against true values, test rows",
        "Residuals against predicted values",
        "Histogram of the residuals",
        "Error by true value",
        "Largest errors",
        "RMSE of the mean",
        "Root mean squared error",
    ] {
        assert!(page.contains(part), "no {part:?}");
    }
    for part in [
        "Confusion matrix",
        "Calibration",
        "Mistakes",
        "cross-entropy",
    ] {
        assert!(!page.contains(part), "there is {part:?}");
    }
    for chart in [
        "predicted_against_true",
        "residuals",
        "residual_histogram",
        "error_by_decile",
        "rmse",
    ] {
        for end in ["svg", "png"] {
            let path = format!("run/plots/{chart}.{end}");
            assert!(experiment.path(&path).exists(), "{path}");
        }
    }
}
