//! RMSE, mean and median absolute error and R² are scikit-learn's.

use mlp::metrics::{RegressionReport, ValueRow};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    labels: Vec<f64>,
    predictions: Vec<f64>,
    rmse: f64,
    mae: f64,
    r2: f64,
    median_absolute_error: f64,
}

#[test]
fn errors_are_those_of_scikit_learn() {
    let text = include_str!("../fixtures/sklearn_regression.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    assert!(fixture.source.starts_with("scikit-learn "));
    assert!(fixture.cases.len() > 8);
    for case in fixture.cases {
        let rows = case.labels.iter().zip(&case.predictions).zip(0..);
        let rows: Vec<ValueRow> = rows
            .map(|((&label, &prediction), row)| ValueRow {
                row,
                label,
                prediction,
            })
            .collect();
        let report = RegressionReport::new(&rows, None, 0.0, None);
        let pairs = [
            ("RMSE", report.rmse, case.rmse),
            ("mean absolute error", report.mae, case.mae),
            ("R²", report.r2.unwrap(), case.r2),
            (
                "median absolute error",
                report.median_absolute_error,
                case.median_absolute_error,
            ),
        ];
        for (metric, ours, theirs) in pairs {
            let tolerance = 1e-12 * theirs.abs().max(f64::MIN_POSITIVE);
            assert!(
                (ours - theirs).abs() <= tolerance,
                "{}: {metric} {ours}, scikit-learn has {theirs}",
                case.name
            );
        }
    }
}
