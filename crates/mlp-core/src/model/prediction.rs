//! What a model says of rows.

use mlp_data::TargetColumn;

use crate::metrics::{argmax, softmax};

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
    /// Index of the most probable class.
    pub class: u32,
    /// Probability of each class.
    pub probabilities: Vec<f64>,
    /// Logarithm of the softmax normaliser: `ln p[c] = logits[c] − log_normaliser`.
    pub log_normaliser: f64,
    /// Outputs of the last layer.
    pub logits: Vec<f32>,
}

impl Predictions {
    /// Interprets outputs `[rows, outputs]`, row-major, of a network that predicts `target`.
    #[must_use]
    pub fn of(outputs: &[f32], target: &TargetColumn) -> Self {
        match target {
            TargetColumn::Class { classes } => {
                let rows = outputs.chunks_exact(classes.len().max(1));
                Self::Classes(rows.map(ClassPrediction::of).collect())
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
    /// Creates a prediction from the logits, `[classes]`, of at least one class.
    #[must_use]
    pub fn of(logits: &[f32]) -> Self {
        let (probabilities, log_normaliser) = softmax(logits);
        let class = argmax(logits) as u32;
        Self {
            class,
            probabilities,
            log_normaliser,
            logits: logits.to_vec(),
        }
    }

    /// Returns the probability of the predicted class.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.class as usize]
    }

    /// Returns the cross-entropy, in nats, for a row of class `label`.
    #[must_use]
    pub fn loss(&self, label: u32) -> f64 {
        self.log_normaliser - f64::from(self.logits[label as usize])
    }
}
