//! What a model says of rows.

use mlp_data::TargetColumn;

use crate::decision::Decision;
use crate::metrics::{ClassRow, rank};

/// Predictions of rows, in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictions {
    /// Of classes.
    Classes(Vec<ClassPrediction>),
    /// Of numbers, in the unit of the training file.
    Values(Vec<f64>),
}

/// Prediction of the class of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPrediction {
    /// Index of the predicted class: the most probable one, unless a threshold decides otherwise.
    pub class: u32,
    /// Probability of each class.
    pub probabilities: Vec<f64>,
    /// Logarithm of the softmax normaliser: `ln p[c] = logits[c] / temperature − log_normaliser`.
    pub log_normaliser: f64,
    /// Outputs of the last layer.
    pub logits: Vec<f32>,
    /// What the logits were divided by before the softmax.
    pub temperature: f64,
}

impl Predictions {
    /// Interprets outputs `[rows, outputs]`, row-major, of a network that predicts `target`; classes by a `decision`.
    #[must_use]
    pub fn of(outputs: &[f32], target: &TargetColumn, decision: &Decision) -> Self {
        match target {
            TargetColumn::Class { classes } => {
                let rows = outputs.chunks_exact(classes.len().max(1));
                Self::Classes(rows.map(|logits| decision.predict(logits)).collect())
            }
            TargetColumn::Value(scaling) => {
                let values = outputs
                    .iter()
                    .map(|output| scaling.unscaled((*output).into()));
                Self::Values(values.collect())
            }
        }
    }

    /// Returns the predicted classes; empty where numbers are predicted.
    #[must_use]
    pub fn classes(&self) -> &[ClassPrediction] {
        match self {
            Self::Classes(classes) => classes,
            Self::Values(_) => &[],
        }
    }

    /// Returns the predicted numbers; empty where classes are predicted.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Classes(_) => &[],
            Self::Values(values) => values,
        }
    }

    /// Returns the first row whose prediction is not finite, because the network's outputs left the range of 32 bits.
    #[must_use]
    pub fn first_not_finite(&self) -> Option<usize> {
        (0..self.rows()).find(|row| !self.is_finite(*row))
    }

    /// Whether the prediction of a row is finite.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn is_finite(&self, row: usize) -> bool {
        match self {
            Self::Classes(classes) => classes[row].log_normaliser.is_finite(),
            Self::Values(values) => values[row].is_finite(),
        }
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values(values) => values.len(),
        }
    }
}

impl ClassPrediction {
    /// Returns the probability of the predicted class.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.class as usize]
    }

    /// Returns the prediction of a row of class `label`, of weight 1.
    #[must_use]
    pub fn labelled(&self, label: u32) -> ClassRow<'_> {
        ClassRow {
            label,
            prediction: self.class,
            probabilities: &self.probabilities,
            loss: self.loss(label),
            is_in_top_2: rank(&self.logits, label as usize) < 2,
            weight: 1.0,
        }
    }

    /// Returns the cross-entropy, in nats, for a row of class `label`.
    #[must_use]
    pub fn loss(&self, label: u32) -> f64 {
        self.log_normaliser - f64::from(self.logits[label as usize]) / self.temperature
    }
}
