//! Accuracy, precision, recall and F1 are scikit-learn's.

use mlp::metrics::{Calibration, ClassificationReport, ConfusionMatrix};
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
        let mut matrix = ConfusionMatrix::new(case.classes);
        for (label, prediction) in case.labels.iter().zip(&case.predictions) {
            matrix.add(*label, *prediction);
        }
        let names: Vec<String> = (0..case.classes).map(|class| class.to_string()).collect();
        let report = ClassificationReport::new(matrix, 0.0, 0, Calibration::new([]), &names);
        let name = &case.name;
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
