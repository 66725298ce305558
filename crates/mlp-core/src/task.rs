//! The task of a model, its loss and its metrics.

use serde::{Deserialize, Serialize};

/// Kind of prediction that a model makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Prediction of one of several classes.
    #[default]
    Multiclass,
}

/// Loss function that training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Softmax and cross-entropy.
    #[default]
    CrossEntropy,
}

/// Metric of the quality of predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean loss per row; for classification, the cross-entropy in nats.
    Loss,
    /// Share of rows predicted correctly.
    Accuracy,
}

/// Direction in which a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is better.
    Minimize,
    /// Larger is better.
    Maximize,
}

impl Metric {
    /// Returns the direction in which the metric improves.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Loss => Direction::Minimize,
            Self::Accuracy => Direction::Maximize,
        }
    }

    /// Returns whether `value` is better than `other`; `false` if either is NaN.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.direction() {
            Direction::Minimize => value < other,
            Direction::Maximize => value > other,
        }
    }

    /// Returns the name used in the files of a run.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
        }
    }
}
