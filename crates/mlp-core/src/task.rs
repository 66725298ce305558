//! What a model is for, and what says how good it is.

use serde::{Deserialize, Serialize};

/// What a model predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// One of several classes.
    #[default]
    Multiclass,
}

/// What a training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Softmax and cross-entropy.
    #[default]
    CrossEntropy,
}

/// A number that says how good predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean loss of a row; for classes the cross-entropy in nats.
    Loss,
    /// Share of rows predicted right.
    Accuracy,
}

/// Which way a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is better.
    Minimize,
    /// Larger is better.
    Maximize,
}

impl Metric {
    /// Which way it improves.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Loss => Direction::Minimize,
            Self::Accuracy => Direction::Maximize,
        }
    }

    /// Whether `value` is better than `other`; NaN never is.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.direction() {
            Direction::Minimize => value < other,
            Direction::Maximize => value > other,
        }
    }

    /// As the files of a run have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
        }
    }
}
