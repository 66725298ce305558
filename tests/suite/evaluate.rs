//! `mlp evaluate`: its metrics, compared with predictions counted here.

use std::fs;

use serde_json::Value;

use crate::support::trained_run::{SPECIES, TrainedRun, cells, flowers, table};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn figures_are_those_of_the_predictions() {
    let trained = TrainedRun::on_a_table();
    let report = json(&trained.result_of(&["evaluate", "artifacts", "--json"]))["test"].clone();
    let predictions =
        cells(&trained.result_of(&["predict", "artifacts", "test.csv", "--probabilities"]));
    let labels: Vec<&str> = flowers(50, 2).iter().map(|flower| flower.1).collect();

    let mut confusion = [[0_u64; 3]; 3];
    let mut loss = 0.0;
    let class = |name: &str| SPECIES.iter().position(|species| *species == name).unwrap();
    for (label, cells) in labels.iter().zip(&predictions[1..]) {
        confusion[class(label)][class(&cells[0])] += 1;
        loss -= cells[2 + class(label)].parse::<f64>().unwrap().ln() / 50.0;
    }
    let right = u32::try_from(confusion[0][0] + confusion[1][1] + confusion[2][2]).unwrap();
    assert!((20..50).contains(&right), "{right} of 50 test little");
    assert_eq!(report["accuracy"].as_f64(), Some(f64::from(right) / 50.0));
    assert!((report["loss"].as_f64().unwrap() - loss).abs() < 1e-9);
    assert_eq!(report["confusion_matrix"], serde_json::json!(confusion));
}

#[test]
fn json_is_one_document_with_every_split() {
    let trained = TrainedRun::on_a_table();
    let document = json(&trained.result_of(&["evaluate", "artifacts", "--json"]));
    for (split, rows) in [("test", 50), ("validation", 24), ("train", 96)] {
        let report = &document[split];
        assert_eq!(report["rows"], rows, "{split}");
        for metric in ["accuracy", "loss", "precision", "recall", "f1"] {
            assert!(report[metric].is_f64(), "{split} {metric}");
        }
        let matrix = report["confusion_matrix"].as_array().unwrap();
        let counts = matrix.iter().flat_map(|row| row.as_array().unwrap());
        assert_eq!(
            counts.map(|count| count.as_u64().unwrap()).sum::<u64>(),
            rows
        );
        assert_eq!(report["per_class"][0]["class"], SPECIES[0]);
    }
    assert!(document.get("fallback").is_none());

    let of_file = ["evaluate", "artifacts", "--json", "--data", "test.csv"];
    let of_file = json(&trained.result_of(&of_file));
    assert_eq!(of_file["test"], document["test"]);
    assert!(of_file.get("validation").is_none() && of_file.get("train").is_none());
}

#[test]
fn a_person_reads_tables() {
    let trained = TrainedRun::on_a_table();
    let text = trained.result_of(&["evaluate", "artifacts"]);
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[1], ["split", "test", "validation", "train"]);
    assert_eq!(lines[2], ["rows", "50", "24", "96"]);
    let report = &json(&trained.result_of(&["evaluate", "artifacts", "--json"]))["test"];
    let metrics = [
        ("top-2 accuracy", &report["top_2_accuracy"], 100.0),
        (
            "calibration error",
            &report["calibration"]["expected_calibration_error"],
            1.0,
        ),
    ];
    for (name, metric, factor) in metrics {
        let line = text.lines().find(|line| line.trim().starts_with(name));
        let printed: f64 = line.unwrap()[name.len() + 2..]
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (printed - metric.as_f64().unwrap() * factor).abs() < 0.006,
            "{name}: {printed}"
        );
    }
    for part in [
        "classes of the test rows",
        "true \\ predicted",
        "calibration of the test rows",
        "most confident mistakes of the test rows",
    ] {
        assert!(text.contains(part), "no {part}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn the_split_to_be_shown_can_be_chosen() {
    let trained = TrainedRun::on_a_table_with("validation = 0.0\n");
    let text = trained.result_of(&["evaluate", "artifacts", "--split", "train"]);
    for part in ["classes", "confusion matrix", "calibration"] {
        assert!(
            text.contains(&format!("{part} of the train rows")),
            "{text}"
        );
        assert!(
            !text.contains(&format!("{part} of the test rows")),
            "{text}"
        );
    }
    let refused = |arguments: &[&str], parts: &[&str]| {
        let all = [&["evaluate", "artifacts", "--split"], arguments].concat();
        trained.call(&all).assert_error(2, parts);
    };
    refused(&["validation"], &["no validation rows", "test, train"]);
    refused(&["tests"], &["train, validation or test"]);
    refused(&["test", "--json"], &["--json"]);
    refused(&["test", "--data", "test.csv"], &["--data"]);
}

#[test]
fn mistakes_are_listed_with_the_most_confident_first() {
    let trained = TrainedRun::on_a_table();
    let report = &json(&trained.result_of(&["evaluate", "artifacts", "--json"]))["test"];
    let mistakes = report["most_confident_mistakes"].as_array().unwrap();
    let predictions = cells(&trained.result_of(&["predict", "artifacts", "test.csv"]));
    let mut expected: Vec<(usize, &str, &str, f64)> = flowers(50, 2)
        .iter()
        .zip(&predictions[1..])
        .enumerate()
        .map(|(row, (flower, cells))| (row, flower.1, &*cells[0], cells[1].parse::<f64>().unwrap()))
        .filter(|(_, label, prediction, _)| label != prediction)
        .collect();
    expected.sort_by(|a, b| b.3.total_cmp(&a.3));
    assert!(expected.len() > 3, "{} test little", expected.len());
    assert_eq!(mistakes.len(), expected.len().min(30));
    for (mistake, (row, label, prediction, confidence)) in mistakes.iter().zip(&expected) {
        assert_eq!(mistake["row"], *row);
        assert_eq!(mistake["label"], *label);
        assert_eq!(mistake["prediction"], *prediction);
        assert_eq!(mistake["confidence"], *confidence);
        let of_label = mistake["label_probability"].as_f64().unwrap();
        assert!(of_label > 0.0 && of_label < *confidence, "{mistake}");
    }
    let text = trained.result_of(&["evaluate", "artifacts"]);
    let first = text
        .lines()
        .skip_while(|line| !line.contains("most confident mistakes"));
    let first: Vec<&str> = first.skip(2).collect();
    assert_eq!(first.len(), expected.len().min(10));
    assert!(
        first[0].trim().starts_with(&expected[0].0.to_string()),
        "{text}"
    );
}

#[test]
fn the_default_checkpoint_on_the_own_rows_is_stored_and_nothing_else() {
    let trained = TrainedRun::on_a_table();
    let stored = trained.run().join("evaluation.json");
    let by_training = json(&fs::read_to_string(&stored).unwrap());
    fs::remove_file(&stored).unwrap();
    trained.result_of(&["evaluate", "artifacts", "--checkpoint", "last"]);
    trained.result_of(&["evaluate", "artifacts", "--data", "train.csv"]);
    assert!(!stored.exists());
    let document = json(&trained.result_of(&["evaluate", "artifacts", "--json"]));
    assert_eq!(json(&fs::read_to_string(&stored).unwrap()), by_training);
    assert_eq!(document, by_training);
}

#[test]
fn each_checkpoint_can_be_scored() {
    let trained = TrainedRun::on_a_table();
    let first = &trained.checkpoints()[0];
    let name = first.file_name().unwrap().to_str().unwrap();
    let step: u64 = name.strip_prefix("step-").unwrap().parse().unwrap();
    let arguments = [
        "evaluate",
        "artifacts",
        "--json",
        "--checkpoint",
        &step.to_string(),
    ];
    assert_eq!(json(&trained.result_of(&arguments))["step"], step);
    let missing = trained.call(&["evaluate", "artifacts", "--checkpoint", "999"]);
    missing.assert_error(4, &["step 999"]);
    trained
        .call(&["evaluate", "artifacts", "--checkpoint", "newest"])
        .assert_error(2, &["best, last or a step"]);
}

#[test]
fn below_the_bar_is_exit_code_1_with_both_accuracies() {
    let trained = TrainedRun::on_a_table();
    let document = trained.result_of(&["evaluate", "artifacts", "--json", "--min-accuracy", "0"]);
    let accuracy = json(&document)["test"]["accuracy"].to_string();
    trained.result_of(&["evaluate", "artifacts", "--min-accuracy", &accuracy]);
    let missed = trained.call(&["evaluate", "artifacts", "--json", "--min-accuracy", "0.999"]);
    missed.assert_error(1, &["test accuracy", &accuracy, "0.999"]);
    assert_eq!(missed.stdout, document);
    for bar in ["1.5", "-0.1", "nan", "97%"] {
        let arguments = ["evaluate", "artifacts", &format!("--min-accuracy={bar}")];
        trained.call(&arguments).assert_error(2, &["from 0 to 1"]);
    }
}

#[test]
fn stored_metrics_are_the_fallback_for_data_that_is_gone() {
    let trained = TrainedRun::on_a_table();
    let before = trained.result_of(&["evaluate", "artifacts", "--json"]);
    fs::remove_file(trained.path("train.csv")).unwrap();
    let outcome = trained.call(&["evaluate", "artifacts", "--json"]);
    outcome.assert_error(
        0,
        &[
            "train.csv: there is no such file",
            "stored",
            "evaluation.json",
        ],
    );
    assert_eq!(outcome.stdout, before);
    let chosen = trained.call(&["evaluate", "artifacts", "--checkpoint", "last"]);
    chosen.assert_error(4, &["train.csv: there is no such file"]);
    let matrix = "\"confusion_matrix\": [";
    trained.edit("evaluation.json", |text| {
        text.replacen(matrix, &format!("{matrix}[7],"), 1)
    });
    let damaged = trained.call(&["evaluate", "artifacts"]);
    damaged.assert_error(4, &["evaluation.json", "do not fit"]);
    fs::remove_file(trained.run().join("evaluation.json")).unwrap();
    let nothing = trained.call(&["evaluate", "artifacts"]);
    nothing.assert_error(4, &["train.csv: there is no such file"]);
}

#[test]
fn other_rows_are_not_taken_for_those_of_the_run() {
    let trained = TrainedRun::on_a_table();
    let stored = fs::read_to_string(trained.run().join("evaluation.json")).unwrap();
    trained.write("test.csv", table(40, 5));
    let outcome = trained.call(&["evaluate", "artifacts", "--json"]);
    outcome.assert_error(0, &["test.csv", "not the test file"]);
    assert_eq!(json(&outcome.stdout)["test"]["rows"], 40);
    assert_eq!(
        fs::read_to_string(trained.run().join("evaluation.json")).unwrap(),
        stored
    );

    trained.write("train.csv", table(120, 9));
    let outcome = trained.call(&["evaluate", "artifacts"]);
    outcome.assert_error(
        4,
        &[
            "train.csv",
            "not the rows that this run was made of",
            "--data",
        ],
    );
}

#[test]
fn a_file_needs_the_labels_and_classes_of_the_run() {
    let trained = TrainedRun::on_a_table();
    let score = |content: &str| {
        trained.write("new.csv", content);
        trained.call(&["evaluate", "artifacts", "--data", "new.csv"])
    };
    score("width,height\n1,2\n").assert_error(4, &["new.csv"]);
    score("width,species,height\n1,elm,2\n").assert_error(4, &["new.csv:2", "`elm`"]);
    score("width,species\n1,oak\n").assert_error(4, &["a column is missing", "`height`"]);
    score("height,species,breadth\n1,oak,2\n").assert_error(4, &["`breadth`", "`width`"]);
}

#[test]
fn columns_of_a_file_are_matched_by_name() {
    let trained = TrainedRun::on_a_table();
    let mut turned = String::from("height,width,species\n");
    for (width, species, height) in flowers(50, 2) {
        turned += &[
            height.to_string(),
            width.to_string(),
            format!("\"{}\"\n", species.replace('"', "\"\"")),
        ]
        .join(",");
    }
    trained.write("turned.csv", turned);
    let score = |file| trained.call(&["evaluate", "artifacts", "--json", "--data", file]);
    let turned = score("turned.csv");
    turned.assert_error(0, &["matched by name"]);
    assert_eq!(turned.stdout, score("test.csv").stdout);
}

#[test]
fn a_fallback_is_reported_wherever_an_accuracy_is() {
    let trained = TrainedRun::on_digits("[\"download\", \"digits\"]");
    let table = trained.result_of(&["evaluate", "artifacts"]);
    assert!(
        table.contains("!! NOT THE CONFIGURED DATA: built-in digits, because"),
        "{table}"
    );
    let document = json(&trained.result_of(&["evaluate", "artifacts", "--json"]));
    assert!(
        document["fallback"]
            .as_str()
            .unwrap()
            .contains("built-in digits")
    );
    let missed = trained.call(&["evaluate", "artifacts", "--min-accuracy", "1"]);
    missed.assert_error(1, &["built-in digits"]);

    mlp::data::write_csv(&trained.path("new.csv"), &mlp::data::digits(30, 5)).unwrap();
    let of_file = trained.result_of(&["evaluate", "artifacts", "--data", "new.csv"]);
    assert!(
        of_file.contains("!! THE NETWORK WAS NOT TRAINED ON THE CONFIGURED DATA"),
        "{of_file}"
    );
    let configured = TrainedRun::on_digits("[\"digits\"]").result_of(&["evaluate", "artifacts"]);
    assert!(!configured.contains("!!"), "{configured}");
}
