//! Accuracy, precision, recall, F1, top-2 accuracy and calibration are scikit-learn's.

use mlp::decision::Decision;
use mlp::inference::ClassPrediction;
use mlp::metrics::{Calibration, ClassRow, ClassificationReport};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    classes: usize,
    labels: Vec<u32>,
    predictions: Vec<u32>,
    accuracy: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    per_class: Vec<ClassFigures>,
    confusion_matrix: Vec<Vec<u64>>,
    logits: Vec<Vec<f32>>,
    top_2_accuracy: f64,
    expected_calibration_error: f64,
    calibration: Vec<Bin>,
}

/// An interval of confidence that holds rows.
#[derive(Deserialize)]
struct Bin {
    rows: u64,
    confidence: f64,
    accuracy: f64,
}

#[derive(Deserialize)]
struct ClassFigures {
    precision: f64,
    recall: f64,
    f1: f64,
    support: u64,
}

#[track_caller]
fn assert_close(what: &str, ours: f64, theirs: f64) {
    assert!(
        (ours - theirs).abs() <= 1e-12,
        "{what}: {ours}, scikit-learn has {theirs}"
    );
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../fixtures/sklearn_metrics.json")).unwrap();
    assert!(fixture.source.starts_with("scikit-learn "));
    assert!(fixture.cases.len() > 8);
    for case in fixture.cases {
        let names: Vec<String> = (0..case.classes).map(|class| class.to_string()).collect();
        let predictions: Vec<ClassPrediction> = case
            .logits
            .iter()
            .map(|logits| Decision::default().predict(logits))
            .collect();
        let found: Vec<u32> = predictions.iter().map(|row| row.class).collect();
        assert_eq!(found, case.predictions, "{}", case.name);
        let rows = predictions.iter().zip(&case.labels);
        let rows: Vec<ClassRow> = rows.map(|(row, label)| row.labelled(*label)).collect();
        let report = ClassificationReport::new(&rows, &names, None, None);
        let name = &case.name;
        assert_close(name, report.top_2_accuracy, case.top_2_accuracy);
        assert_calibration(name, &report.calibration, &case);
        assert_eq!(
            report.confusion_matrix.counts(),
            case.confusion_matrix,
            "{name}"
        );
        assert_eq!(report.rows, case.labels.len() as u64, "{name}");
        assert_close(name, report.accuracy, case.accuracy);
        assert_close(name, report.precision, case.precision);
        assert_close(name, report.recall, case.recall);
        assert_close(name, report.f1, case.f1);
        assert_eq!(report.per_class.len(), case.per_class.len(), "{name}");
        for (ours, theirs) in report.per_class.iter().zip(&case.per_class) {
            let name = format!("{name}, class {}", ours.class);
            assert_eq!(ours.support, theirs.support, "{name}");
            assert_close(&name, ours.precision, theirs.precision);
            assert_close(&name, ours.recall, theirs.recall);
            assert_close(&name, ours.f1, theirs.f1);
        }
    }
}

#[track_caller]
fn assert_calibration(name: &str, ours: &Calibration, case: &Case) {
    assert_close(
        name,
        ours.expected_calibration_error,
        case.expected_calibration_error,
    );
    let filled: Vec<_> = ours.bins.iter().filter(|bin| bin.rows > 0).collect();
    assert_eq!(filled.len(), case.calibration.len(), "{name}");
    for (ours, theirs) in filled.into_iter().zip(&case.calibration) {
        assert_eq!(ours.rows, theirs.rows, "{name}");
        assert_close(name, ours.confidence, theirs.confidence);
        assert_close(name, ours.accuracy, theirs.accuracy);
    }
}
