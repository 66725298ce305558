//! Fits how a checkpoint decides to the rows that its run keeps.

use serde::{Deserialize, Serialize};

use super::{
    CalibrationRows, CalibrationSource, ChosenThreshold, ConformalScores, Decision, KeptOutputs,
    StoredDecision, best_threshold, fit_temperature, positive_scores,
};
use crate::config::Threshold;
use crate::metrics::Calibration;
use crate::model::{ClassPrediction, Model};
use mlp_data::options::TargetTransform;

/// What a decision was fitted on, and what that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedOn {
    /// What the rows were held out for.
    pub source: CalibrationSource,
    /// Number of rows.
    pub rows: usize,
    /// Mean cross-entropy of a row, in nats; `None` of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<BeforeAfter<f64>>,
    /// Confidence of the most probable class in comparison with accuracy; `None` of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<BeforeAfter<Calibration>>,
}

/// A measurement of the fitted rows with the temperature 1 and with the one that was fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeforeAfter<T> {
    /// With the temperature 1.
    pub before: T,
    /// With the fitted temperature.
    pub after: T,
}

impl StoredDecision {
    /// Fits temperature, threshold and interval quantiles of a model to the rows that its run keeps, which must be of that
    /// model.
    #[must_use]
    pub fn fit(kept: &CalibrationRows, model: &Model, rule: Threshold) -> Self {
        let mut stored = Self::new(kept.step);
        let mut fitted = FittedOn {
            source: kept.source,
            rows: kept.rows.len(),
            log_loss: None,
            calibration: None,
        };
        if let KeptOutputs::Classes { logits, labels } = &kept.outputs {
            let temperature = fit_temperature(logits, labels);
            let [before, after] = [1.0, temperature].map(|temperature| {
                let decision = Decision {
                    temperature,
                    ..Decision::default()
                };
                let rows = logits.chunks_exact(model.classes().len().max(1));
                rows.map(|row| decision.predict(row)).collect::<Vec<_>>()
            });
            fitted.log_loss = Some(BeforeAfter {
                before: log_loss(&before, labels),
                after: log_loss(&after, labels),
            });
            fitted.calibration = Some(BeforeAfter {
                before: reliability(&before, labels),
                after: reliability(&after, labels),
            });
            stored.temperature = Some(temperature);
            stored.threshold = model.decision.positive.and_then(|positive| {
                let value = match rule {
                    Threshold::Rule(rule) => {
                        let labels = labels.iter().copied();
                        best_threshold(rule, &positive_scores(&after, labels, positive))
                    }
                    fixed @ Threshold::Value(_) => fixed.fixed(),
                };
                Some(ChosenThreshold {
                    positive: model.classes().get(positive as usize)?.clone(),
                    value: value?,
                    rule,
                })
            });
        }
        let decision = stored.decision(model.classes(), model.decision.positive);
        let scaling = model.schema.target_scaling();
        let transform = scaling.map_or(TargetTransform::None, |scaling| scaling.transform);
        stored.set_intervals(&ConformalScores::of(kept, &decision, transform));
        stored.fitted = Some(fitted);
        stored
    }
}

/// Returns the mean cross-entropy of rows with these labels.
fn log_loss(predictions: &[ClassPrediction], labels: &[u32]) -> f64 {
    let rows = predictions.iter().zip(labels);
    let sum: f64 = rows
        .map(|(prediction, label)| prediction.loss(*label))
        .sum();
    sum / labels.len().max(1) as f64
}

fn reliability(predictions: &[ClassPrediction], labels: &[u32]) -> Calibration {
    let rows = predictions.iter().zip(labels);
    Calibration::new(
        rows.map(|(prediction, label)| (prediction.confidence(), prediction.class == *label)),
    )
}
