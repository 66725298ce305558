//! Metrics of classes, of their probabilities and of numbers are scikit-learn's, without weights and with them.

#![allow(
    clippy::cast_possible_truncation,
    reason = "classes are few, and logits are 32 bits wide"
)]

use std::collections::BTreeMap;

use mlp_core::metrics::{ClassMetrics, ClassRow, RegressionReport, ValueRow, argmax, rank};
use mlp_core::task::Metric;
use serde::Deserialize;

/// As `tests/fixtures/sklearn_scores.py` writes it.
#[derive(Deserialize)]
struct Fixture {
    source: String,
    classes: Vec<Case<u32, Vec<f64>>>,
    numbers: Vec<Case<f64, f64>>,
}

#[derive(Deserialize)]
struct Case<L, P> {
    name: String,
    labels: Vec<L>,
    /// Probabilities of the classes, or predicted numbers.
    predicted: Vec<P>,
    weighted: Vec<Weighted>,
}

#[derive(Deserialize)]
struct Weighted {
    weights: Option<Vec<f64>>,
    /// `None` where scikit-learn does not define the metric.
    scores: BTreeMap<String, Option<f64>>,
}

fn fixture() -> Fixture {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../fixtures/sklearn_scores.json")).unwrap();
    assert!(fixture.source.starts_with("scikit-learn "));
    fixture
}

/// Compares all metrics of a task with those of the fixture, which must be as many.
fn compare(
    case: &str,
    theirs: &Weighted,
    metrics: &[Metric],
    ours: impl Fn(Metric) -> Option<f64>,
) {
    assert_eq!(theirs.scores.len(), metrics.len(), "{case}");
    for metric in metrics {
        let (ours, theirs) = (ours(*metric), theirs.scores[metric.name()]);
        let is_close = match (ours, theirs) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0),
            (ours, theirs) => ours == theirs,
        };
        assert!(
            is_close,
            "{case}: {} {ours:?}, scikit-learn has {theirs:?}",
            metric.name()
        );
    }
}

#[test]
fn metrics_of_classes_are_those_of_scikit_learn() {
    let metrics = [
        Metric::LogLoss,
        Metric::Accuracy,
        Metric::BalancedAccuracy,
        Metric::Precision,
        Metric::Recall,
        Metric::F1,
        Metric::RocAuc,
        Metric::AveragePrecision,
        Metric::Brier,
        Metric::Mcc,
        Metric::Top2Accuracy,
    ];
    for case in fixture().classes {
        let classes = case.predicted[0].len();
        for theirs in &case.weighted {
            let rows = case.labels.iter().zip(&case.predicted).enumerate();
            let rows: Vec<ClassRow> = rows
                .map(|(index, (&label, probabilities))| {
                    let logits: Vec<f32> = probabilities.iter().map(|p| p.ln() as f32).collect();
                    ClassRow {
                        label,
                        prediction: argmax(&logits) as u32,
                        probabilities,
                        loss: -probabilities[label as usize].ln(),
                        is_in_top_2: rank(&logits, label as usize) < 2,
                        weight: theirs.weights.as_ref().map_or(1.0, |own| own[index]),
                    }
                })
                .collect();
            let ours = ClassMetrics::new(&rows, classes, None);
            compare(&case.name, theirs, &metrics, |metric| ours.value(metric));
            if rows.iter().all(|row| row.loss.is_finite()) {
                let loss = ours.value(Metric::Loss).unwrap();
                assert!((loss - theirs.scores["log_loss"].unwrap()).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn metrics_of_numbers_are_those_of_scikit_learn() {
    let metrics = [
        Metric::Rmse,
        Metric::Mae,
        Metric::R2,
        Metric::MedianAbsoluteError,
    ];
    for case in fixture().numbers {
        for theirs in &case.weighted {
            let rows = case.labels.iter().zip(&case.predicted).zip(0..);
            let rows: Vec<ValueRow> = rows
                .map(|((&label, &prediction), row)| ValueRow {
                    row,
                    label,
                    prediction,
                })
                .collect();
            let ours = RegressionReport::new(&rows, theirs.weights.as_deref(), 0.5, None);
            compare(&case.name, theirs, &metrics, |metric| ours.value(metric));
        }
    }
}

#[test]
fn rows_that_do_not_define_a_metric_have_none() {
    let none = ClassMetrics::new(&[], 3, None);
    for metric in Metric::ALL {
        assert_eq!(none.value(metric), None, "{}", metric.name());
    }
    // More classes than are ranked: each would sort all rows.
    let probabilities = vec![1.0 / 1001.0; 1001];
    let row = |label| ClassRow {
        label,
        prediction: 0,
        probabilities: &probabilities,
        loss: 1001_f64.ln(),
        is_in_top_2: label < 2,
        weight: 1.0,
    };
    let rows = [row(0), row(1000)];
    let many = ClassMetrics::new(&rows, 1001, None);
    assert_eq!(many.value(Metric::RocAuc), None);
    assert_eq!(many.value(Metric::AveragePrecision), None);
    assert_eq!(many.value(Metric::Accuracy), Some(0.5));
}
