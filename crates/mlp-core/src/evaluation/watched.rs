//! Single metrics of held-out rows, watched during a training.

use super::ValueRow;
use crate::decision::Decision;
use crate::metrics::{ClassMetrics, ClassRow, MAX_MATRIX_CLASSES, RegressionReport};
use crate::model::ClassPrediction;
use crate::task::{Metric, Scores};
use mlp_data::{Target, TargetScaling};

/// Computes metrics, other than the loss of numbers, of outputs `[rows, outputs]` of rows with these targets and weights;
/// without those that the rows do not define. Classes are predicted by a `decision`.
#[must_use]
pub fn measure(
    metrics: &[Metric],
    outputs: &[f32],
    target: &Target,
    weights: Option<&[f64]>,
    scaling: &TargetScaling,
    decision: &Decision,
) -> Scores {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let with_value = |value: &dyn Fn(Metric) -> Option<f64>| {
        let metrics = metrics.iter();
        metrics
            .filter_map(|metric| Some((*metric, value(*metric)?)))
            .collect()
    };
    match target {
        Target::Class { labels } => {
            let classes = outputs.len() / labels.len().max(1);
            let predictions = outputs.chunks_exact(classes.max(1));
            let predictions: Vec<ClassPrediction> =
                predictions.map(|logits| decision.predict(logits)).collect();
            let rows = predictions.iter().zip(labels).enumerate();
            let rows: Vec<ClassRow> = rows
                .map(|(index, (row, label))| ClassRow {
                    weight: weight(index),
                    ..row.labelled(*label)
                })
                .collect();
            let of_rows = ClassMetrics::new(&rows, classes, decision.positive);
            with_value(&|metric| of_rows.value(metric))
        }
        Target::Value { values } => {
            let rows = outputs.iter().zip(values).zip(0..);
            let rows: Vec<ValueRow> = rows
                .map(|((output, label), row)| ValueRow {
                    row,
                    label: *label,
                    prediction: scaling.unscaled((*output).into()),
                })
                .collect();
            let report = RegressionReport::new(&rows, weights, f64::NAN, None);
            with_value(&|metric| report.value(metric).filter(|value| !value.is_nan()))
        }
    }
}

/// Returns the reason why rows with these targets, of this number of classes, do not define a metric, if they do not.
#[must_use]
pub fn why_undefined(metric: Metric, target: &Target, classes: usize) -> Option<String> {
    match (metric, target) {
        (Metric::RocAuc | Metric::AveragePrecision, Target::Class { labels }) => {
            if classes < 2 || labels.iter().all(|label| Some(label) == labels.first()) {
                Some("all of them are of one class".to_owned())
            } else if classes > MAX_MATRIX_CLASSES {
                Some(format!(
                    "with {classes} classes it takes too long: {MAX_MATRIX_CLASSES} is the limit"
                ))
            } else {
                None
            }
        }
        (Metric::R2, Target::Value { values }) if values.len() < 2 => {
            Some("it needs two rows".to_owned())
        }
        _ => None,
    }
}
