//! Trainings on tables: where the validation rows come from, defaults that fit, labels and what their scores are worth.

use std::fmt::Write as _;
use std::fs;

use mlp::random::{Purpose, Stream};
use serde_json::Value;

use crate::support::experiment::{Experiment, PLAIN, write_rows};
use crate::support::runs::{assert_same, last, manifest, weights};

/// The parsed `evaluation.json` of a run.
fn evaluation(experiment: &Experiment, run: &str) -> Value {
    let path = experiment.path(run).join("evaluation.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn saved_config(experiment: &Experiment, run: &str) -> String {
    fs::read_to_string(experiment.path(run).join("config.toml")).unwrap()
}

/// Writes a table of noise with this label in each row.
fn write_labelled(experiment: &Experiment, name: &str, labels: &[&str], columns: u64) {
    let mut text = String::from("label");
    for column in 0..columns {
        let _ = write!(text, ",x{column}");
    }
    text.push('\n');
    for (row, label) in (0..).zip(labels) {
        let stream = Stream::new(5, Purpose::Synthesis, row);
        text += label;
        for column in 0..columns {
            let _ = write!(text, ",{:.3}", stream.normal(column));
        }
        text.push('\n');
    }
    fs::write(experiment.path(name), text).unwrap();
}

/// Copies a table with its columns in reverse order.
fn turn_columns(experiment: &Experiment, from: &str, to: &str) {
    let text = fs::read_to_string(experiment.path(from)).unwrap();
    let turned: String = text
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let turned: Vec<&str> = cells.into_iter().rev().collect();
            turned.join(",") + "\n"
        })
        .collect();
    fs::write(experiment.path(to), turned).unwrap();
}

#[test]
fn validation_rows_of_a_file_are_matched_by_name_and_known_by_their_content() {
    let experiment = Experiment::new(PLAIN);
    write_rows(&experiment.path("valid.csv"), 70, 3);
    let validation = ["--set", "data.validation='valid.csv'"];
    experiment.train("run", &validation);
    let data = manifest(&experiment.path("run")).data;
    assert_eq!((data.train_rows, data.validation_rows), (190, 70));
    let file = data.validation.unwrap();
    assert_eq!(file.rows, 70);
    assert_eq!(file.sha256.unwrap().len(), 64);
    let scores = evaluation(&experiment, "run");
    assert_eq!(scores["validation"]["rows"], 70);
    assert_eq!(scores["train"]["rows"], 190);
    let again = experiment.run(&["evaluate", "run", "--json"]).success();
    assert_eq!(
        serde_json::from_str::<Value>(&again.stdout).unwrap(),
        scores
    );

    // The same rows with other columns first give the same network and the same scores.
    turn_columns(&experiment, "valid.csv", "turned.csv");
    experiment.train("turned", &["--set", "data.validation='turned.csv'"]);
    assert_eq!(
        weights(&last(&experiment.path("run"))),
        weights(&last(&experiment.path("turned")))
    );
    assert_eq!(
        evaluation(&experiment, "turned")["validation"],
        scores["validation"]
    );

    let more = ["--resume", "run", "--set", "training.epochs=3"];
    let moved = ["--set", "data.validation='moved.csv'"];
    fs::rename(experiment.path("valid.csv"), experiment.path("moved.csv")).unwrap();
    experiment.run(&more).code(4).says(&["valid.csv"]);
    write_rows(&experiment.path("valid.csv"), 70, 4);
    experiment
        .run(&more)
        .code(2)
        .says(&["the validation rows are not those of the run", "SHA-256"]);
    experiment.run(&[&more[..], &moved].concat()).success();
}

#[test]
fn a_comparison_is_judged_by_the_rows_of_the_file() {
    let experiment = Experiment::new(PLAIN);
    write_rows(&experiment.path("valid.csv"), 70, 3);
    let compare = [
        "compare",
        "config.toml",
        "--baseline",
        "--seeds",
        "1",
        "--json",
        "--set",
        "data.validation='valid.csv'",
    ];
    let ran = experiment.run(&compare).success();
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["rows"], 70);
    assert_eq!(found["configs"][0]["name"], "plain");
    assert_eq!(found["configs"][1]["name"], "plain-linear");
    let parameters = |config: usize| found["configs"][config]["parameters"].as_u64();
    assert_eq!(
        [parameters(0), parameters(1)],
        [Some(83), Some(21)],
        "6–8–3 and 6–3"
    );
    let linear = experiment.run(&[&compare[..], &["--set", "model.hidden=[]"]].concat());
    linear.code(2).says(&["--baseline", "linear already"]);
}

#[test]
fn classes_are_weighed_by_name() {
    let experiment = Experiment::new(PLAIN);
    let unknown = ["--set", "training.class_weights={'11' = 5.0}"];
    experiment
        .run(&[&["--config", "config.toml"][..], &unknown].concat())
        .code(2)
        .says(&[
            "training.class_weights",
            "no class `11`",
            "did you mean `1`?",
        ]);
    experiment.train("named", &["--set", "training.class_weights={'1' = 5.0}"]);
    experiment.train("listed", &["--set", "training.class_weights=[1.0,5.0,1.0]"]);
    let [named, listed] = ["named", "listed"].map(|run| weights(&last(&experiment.path(run))));
    assert_eq!(named, listed);
    let ran = experiment.train("again", &["--set", "training.class_weights.1=5.0"]);
    assert!(ran.stderr.contains("1: 5"), "{}", ran.stderr);
    assert!(saved_config(&experiment, "again").contains("class_weights.1 = 5.0"));
}

#[test]
fn few_rows_are_all_used_and_the_run_says_so() {
    let experiment = Experiment::new(&PLAIN.replace("drop_last = true\n", ""));
    let few = ["--set", "data.limit=30", "--set", "training.batch_size=64"];
    experiment.train("few", &few);
    let config = saved_config(&experiment, "few");
    assert!(config.contains("drop_last = false"), "{config}");
    experiment.train("many", &["--set", "training.batch_size=15"]);
    let config = saved_config(&experiment, "many");
    assert!(config.contains("drop_last = true"), "{config}");
    assert!(config.contains("weight_init.kind = \"normal\""), "{config}");
    // The config that it was made with, which leaves both to the data, may continue it.
    let more = ["--config", "config.toml", "--set", "training.batch_size=15"];
    let resume = ["--resume", "many", "--set", "training.epochs=3"];
    experiment.run(&[&resume[..], &more].concat()).success();
}

#[test]
fn wide_tables_start_with_weights_that_fit() {
    let experiment = Experiment::new(PLAIN);
    let labels: Vec<&str> = (0..60).map(|row| ["a", "b"][row % 2]).collect();
    write_labelled(&experiment, "train.csv", &labels, 785);
    let test = ["--set", "data.test='train.csv'"];
    experiment.train("wide", &test);
    let config = saved_config(&experiment, "wide");
    assert!(
        config.contains("weight_init = \"xavier_uniform\""),
        "{config}"
    );
}

#[test]
fn a_class_with_one_row_is_trained_on_and_named() {
    let experiment = Experiment::new(PLAIN);
    let mut labels: Vec<&str> = (0..190).map(|row| ["a", "b"][row % 2]).collect();
    labels[40] = "rare";
    write_labelled(&experiment, "train.csv", &labels, 4);
    let ran = experiment.train("run", &["--set", "data.test='train.csv'"]);
    assert!(
        ran.stderr.contains("class `rare` (row 41) has one row"),
        "{}",
        ran.stderr
    );
    let run = evaluation(&experiment, "run");
    assert_eq!(run["train"]["per_class"][2]["support"], 1);
    assert_eq!(run["validation"]["per_class"][2]["support"], 0);
}

#[test]
fn the_share_of_the_largest_class_is_beside_each_accuracy() {
    let experiment = Experiment::new(PLAIN);
    let labels: Vec<&str> = (0..200)
        .map(|row| if row % 20 == 0 { "yes" } else { "no" })
        .collect();
    write_labelled(&experiment, "train.csv", &labels, 3);
    write_labelled(&experiment, "test.csv", &labels[..50], 3);
    let ran = experiment.train("run", &["--set", "training.epochs=20"]);
    let scores = evaluation(&experiment, "run");
    assert_eq!(scores["test"]["baseline_accuracy"], 47.0 / 50.0);
    assert_eq!(scores["train"]["baseline_accuracy"], 152.0 / 160.0);
    assert!(ran.stdout.contains("largest class"), "{}", ran.stdout);
    assert!(ran.stdout.contains("94.00 %"), "{}", ran.stdout);
    // There is nothing to learn but the shares of the classes, and the program says so.
    let warning = "all 50 test rows are predicted as class `no`, which 94.0 % of them are";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
    let warnings = scores["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|text| text.as_str().unwrap().starts_with(warning))
    );
    let page = fs::read_to_string(experiment.path("run/report.html")).unwrap();
    assert!(page.contains("are of the largest class"));
    assert!(page.contains("all 50 test rows are predicted as class `no`"));
    let told = experiment.run(&["evaluate", "run"]).success();
    assert!(told.stdout.contains(warning), "{}", told.stdout);
    let of_file = ["evaluate", "run", "--data", "test.csv", "--json"];
    let of_file = experiment.run(&of_file).success();
    let of_file: Value = serde_json::from_str(&of_file.stdout).unwrap();
    assert_eq!(of_file["test"]["baseline_accuracy"], 0.94);
}

#[test]
fn thousands_of_classes_are_scored_in_a_small_file() {
    let experiment = Experiment::new(PLAIN);
    let names: Vec<String> = (0..1100).map(|class| format!("c{class}")).collect();
    let labels: Vec<&str> = (0..2200).map(|row| &*names[row / 2]).collect();
    write_labelled(&experiment, "train.csv", &labels, 2);
    let keys = [
        "--set",
        "data.test='train.csv'",
        "--set",
        "training.epochs=1",
    ];
    experiment.train("run", &keys);
    let size = fs::metadata(experiment.path("run/evaluation.json"))
        .unwrap()
        .len();
    assert!(size < 200_000, "{size} bytes");
    let scores = evaluation(&experiment, "run");
    assert_eq!(scores["test"]["omitted_classes"], 1100);
    assert_eq!(scores["test"]["confusion_matrix"], Value::Array(vec![]));
    let told = experiment.run(&["evaluate", "run"]).success();
    assert!(
        told.stdout.contains("1,100 classes: too many"),
        "{}",
        told.stdout
    );
    experiment.run(&["report", "run"]).success();
}

/// Starts from `base` and learns nothing: the scores are those of the initial weights.
const FROM_BASE: [&str; 6] = [
    "--init-from",
    "base",
    "--set",
    "optimizer.learning_rate=1e-30",
    "--set",
    "training.epochs=1",
];

#[test]
fn weights_of_another_run_follow_the_names_of_the_columns() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("base", &["--set", "training.epochs=5"]);
    turn_columns(&experiment, "train.csv", "turned.csv");
    let turned = ["--set", "data.train='turned.csv'"];
    let ran = experiment.train("turned", &[&FROM_BASE[..], &turned].concat());
    let note = "6 of 6 inputs matched by name; 3 of 3 classes matched by name";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    let [base, turned] = ["base", "turned"].map(|run| evaluation(&experiment, run));
    for split in ["train", "validation", "test"] {
        let (base, turned) = (&base[split], &turned[split]);
        assert_eq!(
            base["confusion_matrix"], turned["confusion_matrix"],
            "{split}"
        );
        assert!(
            base["accuracy"].as_f64().unwrap() > 0.55,
            "{split}: it learnt something"
        );
    }

    // A column that the run does not know has fresh weights, one that is gone is told.
    let text = fs::read_to_string(experiment.path("train.csv")).unwrap();
    let renamed = text.replacen("label,a,b,c", "label,new,b,c", 1);
    fs::write(experiment.path("renamed.csv"), renamed).unwrap();
    let renamed = [
        "--set",
        "data.train='renamed.csv'",
        "--set",
        "data.test='renamed.csv'",
    ];
    let ran = experiment.train("renamed", &[&FROM_BASE[..], &renamed].concat());
    let note =
        "5 of 6 inputs matched by name, new and starting afresh: `new`, no longer there: `a`";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    let first = |run: &str| last(&experiment.path(run)).network.layers.swap_remove(0);
    let (old, new) = (first("base"), first("renamed"));
    assert_eq!(old.weight[8..], new.weight[8..], "inputs b to f of 8 units");
    assert_ne!(old.weight[..8], new.weight[..8]);

    let strange = text.replacen("label,a,b,c,d,e,f", "label,u,v,w,x,y,z", 1);
    fs::write(experiment.path("strange.csv"), strange).unwrap();
    let strange = [
        "--set",
        "data.train='strange.csv'",
        "--set",
        "data.test='strange.csv'",
    ];
    let arguments = [&["--config", "config.toml"][..], &FROM_BASE, &strange].concat();
    let ran = experiment.run(&arguments).code(2);
    ran.says(&["--init-from", "none of the inputs has a name", "`u`", "`a`"]);
}

#[test]
fn weights_of_another_run_follow_the_names_of_the_classes() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("base", &["--set", "training.epochs=5"]);
    // Class 0 is called 3: the classes are 1, 2 and 3.
    for name in ["train.csv", "test.csv"] {
        let text = fs::read_to_string(experiment.path(name)).unwrap();
        let renamed = text.replace("\n0,", "\n3,");
        fs::write(experiment.path(name), renamed).unwrap();
    }
    let ran = experiment.train("run", &FROM_BASE);
    let note = "2 of 3 classes matched by name, new and starting afresh: `3`, no longer there: `0`";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    let output = |run: &str| last(&experiment.path(run)).network.layers.swap_remove(1);
    let (old, new) = (output("base"), output("run"));
    assert_eq!(old.bias[1..], new.bias[..2]);
    for unit in 0..8 {
        let (old, new) = (&old.weight[3 * unit..][..3], &new.weight[3 * unit..][..3]);
        assert_eq!(old[1..], new[..2], "unit {unit}");
    }
}

#[test]
fn the_preprocessing_of_the_run_that_is_started_from_is_kept() {
    let experiment = Experiment::new(PLAIN);
    experiment.train("base", &[]);
    write_rows(&experiment.path("train.csv"), 190, 9); // other means and deviations
    let from_base = ["--init-from", "base"];
    experiment.train("whole", &from_base);
    let preprocessing = |run: &str| manifest(&experiment.path(run)).preprocessing;
    assert_eq!(preprocessing("whole"), preprocessing("base"));
    let killed = ["--config", "config.toml", "--run-dir", "killed"];
    let killed = [&killed[..], &from_base].concat();
    experiment
        .run_with_fault("checkpoint-pruned:1", &killed)
        .killed();
    experiment.run(&["--resume", "killed"]).success();
    assert_same(&experiment.path("whole"), &experiment.path("killed"));
    experiment.run(&["reproduce", "whole"]).success();

    // Another scale than the run's is what is asked for.
    experiment.train(
        "own",
        &[&from_base[..], &["--set", "data.scale='robust'"]].concat(),
    );
    assert_ne!(preprocessing("own"), preprocessing("base"));
}

#[test]
fn the_scale_that_fits_is_taken_and_the_run_says_which() {
    let experiment = Experiment::new(&PLAIN.replace("scale = \"standard\"\n", ""));
    experiment.train("table", &[]);
    let config = saved_config(&experiment, "table");
    assert!(config.contains("scale = \"standard\""), "{config}");
    assert!(config.contains("missing = \"auto\""), "{config}");
    let digits = [
        "--set",
        "data.train='digits.csv'",
        "--set",
        "data.test='digits_test.csv'",
        "--set",
        "data.if_missing=['digits']",
        "--set",
        "data.synthetic_rows=100",
    ];
    experiment.train("pixels", &digits);
    let config = saved_config(&experiment, "pixels");
    assert!(config.contains("scale = \"unit\""), "{config}");
    assert!(config.contains("missing = \"error\""), "{config}");
    // Pixels have nothing to fill an empty cell with, in test rows either.
    let row = |cell: &str| format!("0,{cell}{}\n1,9{}\n", ",9".repeat(63), ",7".repeat(63));
    fs::write(experiment.path("train64.csv"), row("8").repeat(40)).unwrap();
    fs::write(experiment.path("test64.csv"), row("")).unwrap();
    let files = [
        "--set",
        "data.train='train64.csv'",
        "--set",
        "data.test='test64.csv'",
        "--set",
        "data.label=0",
    ];
    experiment
        .run(&[&["--config", "config.toml"][..], &files].concat())
        .assert_error(4, &["test64.csv:1", "empty"]);
    // The config that leaves the scale to the rows may continue the run.
    let resume = ["--resume", "table", "--set", "training.epochs=3"];
    let own = ["--config", "config.toml"];
    experiment.run(&[&resume[..], &own].concat()).success();
}
