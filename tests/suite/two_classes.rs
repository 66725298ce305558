//! Two classes: the positive one, its threshold, and its curves.

use std::fs;

use mlp::random::{Purpose, Stream};
use serde_json::Value;

use crate::support::experiment::{Experiment, PLAIN};
use crate::support::program::Ran;
use crate::support::runs::manifest;

/// Writes rows of which a fifth are of class `yes`, which overlaps with `no`.
pub fn write_two_classes(experiment: &Experiment, name: &str, rows: u64, seed: u64) {
    let mut text = String::from("label,a,b\n");
    for row in 0..rows {
        let stream = Stream::new(seed, Purpose::Synthesis, row);
        let is_yes = stream.below(1000, 5) == 0;
        let shift = if is_yes { 0.9 } else { -0.3 };
        let label = if is_yes { "yes" } else { "no" };
        let [a, b] = [0, 1].map(|column| stream.normal(column) + shift);
        text += &format!("{label},{a:.4},{b:.4}\n");
    }
    fs::write(experiment.path(name), text).unwrap();
}

/// A folder with training and test rows of two classes.
pub fn experiment(rows: u64) -> Experiment {
    let experiment = Experiment::new(PLAIN);
    write_two_classes(&experiment, "train.csv", rows, 1);
    write_two_classes(&experiment, "test.csv", 120, 2);
    experiment
}

fn read(experiment: &Experiment, name: &str) -> Value {
    serde_json::from_slice(&fs::read(experiment.path(name)).unwrap()).unwrap()
}

#[test]
fn the_rarer_class_is_positive_and_told() {
    let experiment = experiment(400);
    let Ran { stderr, .. } = experiment.train("run", &[]);
    assert!(
        stderr.contains("positive class: yes (the rarer one)"),
        "{stderr}"
    );
    assert_eq!(
        manifest(&experiment.path("run")).data.positive.unwrap(),
        "yes"
    );
    assert!(!experiment.path("run/decision.json").exists());
    experiment.train("no", &["--set", "data.positive='no'"]);
    assert_eq!(
        manifest(&experiment.path("no")).data.positive.unwrap(),
        "no"
    );

    let scores = read(&experiment, "run/evaluation.json");
    for split in ["test", "validation"] {
        let report = &scores[split]["two_classes"];
        assert_eq!(report["positive"], "yes");
        let roc = &report["roc"];
        let last = roc["x"].as_array().unwrap().len() - 1;
        assert!(last > 5);
        assert_eq!((&roc["x"][0], &roc["y"][0]), (&0.0.into(), &0.0.into()));
        assert_eq!(
            (&roc["x"][last], &roc["y"][last]),
            (&1.0.into(), &1.0.into())
        );
        let count = |name: &str| -> u64 {
            let counts = report[name].as_array().unwrap().iter();
            counts.map(|count| count.as_u64().unwrap()).sum()
        };
        let rows = scores[split]["rows"].as_u64().unwrap();
        assert_eq!(count("positive_scores") + count("negative_scores"), rows);
        assert_eq!(
            count("positive_scores"),
            scores[split]["per_class"][1]["support"]
        );
    }
    assert!(scores["train"].get("two_classes").is_none());
    let page = fs::read_to_string(experiment.path("run/report.html")).unwrap();
    for chart in ["roc", "precision_recall", "scores"] {
        assert!(page.contains(&format!("id=\"{chart}-title\"")), "{chart}");
        assert!(
            experiment
                .path("run/plots")
                .join(format!("{chart}.png"))
                .exists()
        );
    }
}

#[test]
fn a_threshold_is_chosen_on_validation_rows_and_used_everywhere() {
    let experiment = experiment(400);
    let set = ["--set", "decision.threshold='f1'"];
    experiment.train("run", &set);
    let decision = read(&experiment, "run/decision.json");
    let threshold = decision["threshold"]["value"].as_f64().unwrap();
    assert_eq!(decision["threshold"]["rule"], "f1");
    assert_eq!(decision["threshold"]["positive"], "yes");
    assert!(threshold < 0.5, "the class is rare: {threshold}");

    // No threshold of the kept curve has a better F1 on the validation rows.
    let scores = read(&experiment, "run/evaluation.json");
    let report = &scores["validation"];
    let f1 = report["per_class"][1]["f1"].as_f64().unwrap();
    let curve = &report["two_classes"]["precision_recall"];
    let points = curve["x"]
        .as_array()
        .unwrap()
        .iter()
        .zip(curve["y"].as_array().unwrap());
    for (recall, precision) in points {
        let [recall, precision] = [recall, precision].map(|value| value.as_f64().unwrap());
        let other = 2.0 * recall * precision / (recall + precision).max(1e-12);
        assert!(other <= f1 + 1e-12, "{other} {f1}");
    }
    let again = experiment.run(&["evaluate", "run", "--json"]).success();
    assert_eq!(
        serde_json::from_str::<Value>(&again.stdout).unwrap(),
        scores
    );

    let text = experiment
        .run(&["predict", "run", "test.csv", "--probabilities"])
        .success()
        .stdout;
    let mut found = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let is_yes = cells[3].parse::<f64>().unwrap() >= threshold;
        found += usize::from(is_yes);
        assert_eq!(cells[0] == "yes", is_yes, "{line}");
    }
    let matrix = &scores["test"]["confusion_matrix"];
    let by_evaluation = matrix[0][1].as_u64().unwrap() + matrix[1][1].as_u64().unwrap();
    assert_eq!(found as u64, by_evaluation);
    experiment.run(&["reproduce", "run"]).success();
    // The same weights predict otherwise without it.
    experiment.train("plain", &[]);
    let plain = read(&experiment, "plain/evaluation.json");
    assert_ne!(plain["test"]["confusion_matrix"], *matrix);
    assert_eq!(plain["test"]["loss"], scores["test"]["loss"]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let experiment = experiment(100);
    let refuse = |set: &[&str], parts: &[&str]| {
        let mut arguments = vec!["--config", "config.toml"];
        for set in set {
            arguments.extend(["--set", set]);
        }
        experiment.run(&arguments).assert_error(2, parts);
    };
    refuse(
        &["data.positive='yse'"],
        &["no class `yse`", "did you mean `yes`"],
    );
    refuse(&["data.positive=7"], &["no class `7`", "no and yes"]);
    refuse(
        &["decision.threshold='f1'", "data.validation=0"],
        &["decision.threshold", "validation rows"],
    );
    refuse(
        &["decision.threshold=1.5"],
        &["decision.threshold", "below 1"],
    );
    refuse(
        &["decision.threshold='f1'", "data.task='regression'"],
        &["`decision.threshold` belongs to a classification"],
    );
    let other = Experiment::new(PLAIN); // three classes
    for (set, part) in [
        ("data.positive='1'", "the data has 3"),
        ("decision.threshold='balanced_accuracy'", "the data has 3"),
        ("decision.threshold=0.3", "the data has 3"),
    ] {
        let ran = other.run(&["--config", "config.toml", "--set", set]);
        ran.assert_error(2, &[part]);
    }
}

#[test]
fn a_number_is_a_threshold_of_all_checkpoints() {
    let experiment = experiment(300);
    experiment.train(
        "run",
        &[
            "--set",
            "decision.threshold=0.25",
            "--set",
            "checkpoint.keep_last=2",
        ],
    );
    for checkpoint in ["best", "last"] {
        let arguments = [
            "predict",
            "run",
            "test.csv",
            "--probabilities",
            "--checkpoint",
            checkpoint,
        ];
        let text = experiment.run(&arguments).success().stdout;
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let is_yes = cells[3].parse::<f64>().unwrap() >= 0.25;
            assert_eq!(cells[0] == "yes", is_yes, "{line}");
        }
    }
}
