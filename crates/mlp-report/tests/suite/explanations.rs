//! The charts and the part of the page about the importance of columns.

use mlp_core::explanation::Explanation;
use mlp_report::report::{page, plots};
use serde_json::{Value, json};

use super::charts::assert_sound;
use super::kept_run;

const HOSTILE: &str =
    "an unusually long name of a column <script>alert(1)</script> & \"more\" that nobody can read";

fn repeated(mean: f64) -> Value {
    json!({"mean": mean, "standard_deviation": mean.abs() / 7.0, "values": [mean, 0.9 * mean, 1.1 * mean]})
}

/// Columns of falling importance, below 0 at last, and a panel for each grid.
fn explanation(columns: u32, metric: &str, panels: &[Value]) -> Explanation {
    let column = |number: u32| {
        let last = if number + 1 == columns { 0.45 } else { 0.0 };
        let mean = 0.4 / f64::from(1 + number) - last;
        let name = if number == 0 {
            HOSTILE.to_owned()
        } else {
            format!("column {number}")
        };
        json!({"column": name, "loss": repeated(mean), "metric": repeated(mean / 2.0)})
    };
    let columns: Vec<Value> = (0..columns).map(column).collect();
    let document = json!({
        "format": 1, "step": 5, "seed": 1, "repetitions": 3, "split": "validation", "rows": 5000,
        "available_rows": 12000, "metric": metric, "scores": {"loss": 0.5, metric: 0.8},
        "columns": columns, "partial_dependence": panels,
    });
    serde_json::from_value(document).unwrap()
}

fn curve(class: Option<&str>, values: &[f64]) -> Value {
    let shifted = |by: f64| values.iter().map(|value| value + by).collect::<Vec<_>>();
    json!({"class": class, "mean": values, "low": shifted(-0.1), "high": shifted(0.1)})
}

fn panel(column: &str, kind: &str, values: &Value, curves: &[Value]) -> Value {
    json!({"column": column, "grid": {"kind": kind, "values": values}, "omitted": 3, "rows": 1000, "curves": curves})
}

#[test]
fn importances_and_every_kind_of_column_can_be_drawn() {
    let names: Vec<String> = (0..20)
        .map(|number| format!("{HOSTILE} {number}"))
        .collect();
    let many: Vec<f64> = (0..20)
        .map(|number| 0.3 + 0.01 * f64::from(number))
        .collect();
    let one = [curve(Some(HOSTILE), &[0.1, 0.5, 0.2])];
    let five = ["a", "b", "c", "d", HOSTILE].map(|class| curve(Some(class), &[0.1, 0.5, 0.2]));
    let number = [curve(None, &[-1e6, 2e6, 3e6])];
    let flat = [curve(None, &[5.0, 5.0])];
    let year = json!([1.70e9, 1.71e9, 1.73e9]);
    let hours = json!([1.70e9, 1.700_01e9, 1.700_02e9]);
    let panels = [
        panel(HOSTILE, "number", &json!([0.0, 1.5, 1e9]), &one),
        panel("several", "number", &json!([-1.0, 0.0, 1.0]), &five),
        panel("year", "date", &year, &number),
        panel("hours", "date", &hours, &five),
        panel(
            "many",
            "category",
            &json!(names),
            &[curve(Some("yes"), &many)],
        ),
        panel("old", "category", &json!(["false", "true"]), &flat),
        panel("three", "category", &json!(["x", "y", "z"]), &five),
    ];
    for (columns, metric) in [(1, "accuracy"), (2, "rmse"), (200, "accuracy")] {
        let mut contents = kept_run("plane");
        contents.explanation = Some(explanation(columns, metric, &panels));
        let charts = plots(&contents);
        let own = |name: &str| name == "importance" || name.starts_with("partial_dependence_");
        let drawn: Vec<_> = charts.iter().filter(|chart| own(&chart.name)).collect();
        assert_eq!(drawn.len(), 1 + panels.len());
        for chart in drawn {
            assert_sound(chart);
        }
        let html = page(&contents, &charts);
        assert!(!html.contains("<script>alert"), "a name became markup");
        assert!(html.contains("<section id=\"importance\""));
        assert!(html.contains("5,000 of 12,000 validation rows"));
        assert_eq!(
            html.contains("the 30 most important of 200"),
            columns == 200
        );
        assert_eq!(html.contains("RMSE rises by"), metric == "rmse");
    }
}

#[test]
fn a_run_that_is_not_explained_has_no_such_part() {
    let contents = kept_run("plane");
    assert!(!page(&contents, &plots(&contents)).contains("id=\"importance\""));
}
