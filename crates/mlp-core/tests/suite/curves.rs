//! ROC and precision–recall curves against those of scikit-learn.

use mlp_core::metrics::{precision_recall_curve, roc_curve};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

/// Curves of scikit-learn; `None` is an infinite threshold.
#[derive(Deserialize)]
struct Case {
    name: String,
    labels: Vec<bool>,
    scores: Vec<f64>,
    false_positive_rate: Vec<Option<f64>>,
    true_positive_rate: Vec<Option<f64>>,
    roc_thresholds: Vec<Option<f64>>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    thresholds: Vec<Option<f64>>,
}

#[track_caller]
fn assert_equal(name: &str, ours: impl Iterator<Item = f64>, theirs: &[Option<f64>]) {
    let ours: Vec<f64> = ours.collect();
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        match theirs {
            Some(theirs) => assert!((ours - theirs).abs() <= 1e-12, "{name}: {ours} {theirs}"),
            None => assert!(ours.is_infinite(), "{name}: {ours}"),
        }
    }
}

#[test]
fn curves_are_those_of_scikit_learn() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../fixtures/sklearn_curves.json")).unwrap();
    assert!(fixture.cases.len() > 5);
    for case in fixture.cases {
        let scores: Vec<(f64, bool)> = case.scores.into_iter().zip(case.labels).collect();
        let name = case.name;
        let roc = roc_curve(&scores).unwrap();
        let of = |value: fn(&mlp_core::metrics::RocPoint) -> f64| roc.iter().map(value);
        assert_equal(
            &name,
            of(|at| at.false_positive_rate),
            &case.false_positive_rate,
        );
        assert_equal(
            &name,
            of(|at| at.true_positive_rate),
            &case.true_positive_rate,
        );
        assert_equal(&name, of(|at| at.threshold), &case.roc_thresholds);
        let both = precision_recall_curve(&scores).unwrap();
        assert_equal(&name, both.iter().map(|at| at.precision), &case.precision);
        assert_equal(&name, both.iter().map(|at| at.recall), &case.recall);
        let finite = both.len() - 1; // scikit-learn has no threshold for its last point
        let thresholds = both[..finite].iter().map(|at| at.threshold);
        assert_equal(&name, thresholds, &case.thresholds);
    }
}
