//! The task of a model, the loss that its training minimises, and the metrics of its predictions.

use std::fmt;

use mlp_data::TargetColumn;
use schemars::JsonSchema;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Kind of prediction that a model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Prediction of one of several classes.
    Multiclass,
    /// Prediction of a number.
    Regression,
}

impl Task {
    /// Returns the task of predicting such a column.
    #[must_use]
    pub const fn of(target: &TargetColumn) -> Self {
        match target {
            TargetColumn::Class { .. } => Self::Multiclass,
            TargetColumn::Value(_) => Self::Regression,
        }
    }

    /// Returns the loss that trainings of the task minimise unless a config says otherwise.
    #[must_use]
    pub const fn default_loss(self) -> Loss {
        match self {
            Self::Multiclass => Loss::CrossEntropy,
            Self::Regression => Loss::Mse,
        }
    }
}

/// The loss that a training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Cross-entropy of the softmax of the outputs.
    #[default]
    CrossEntropy,
    /// Mean squared error of standardised targets.
    Mse,
    /// Mean absolute error of standardised targets.
    Mae,
    /// Half the squared error up to 1, the absolute error less ½ beyond, of standardised targets (Huber 1964).
    Huber,
}

impl Loss {
    /// Returns the task that the loss belongs to.
    #[must_use]
    pub const fn task(self) -> Task {
        match self {
            Self::CrossEntropy => Task::Multiclass,
            Self::Mse | Self::Mae | Self::Huber => Task::Regression,
        }
    }

    /// Returns the word for it in a config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross_entropy",
            Self::Mse => "mse",
            Self::Mae => "mae",
            Self::Huber => "huber",
        }
    }

    /// Returns the loss of an `error`, the output less the standardised target; NaN for a loss of classes.
    #[inline]
    #[must_use]
    pub fn of_error(self, error: f64) -> f64 {
        match self {
            Self::CrossEntropy => f64::NAN,
            Self::Mse => error * error,
            Self::Mae => error.abs(),
            Self::Huber if error.abs() <= HUBER_DELTA => error * error / 2.0,
            Self::Huber => HUBER_DELTA * (error.abs() - HUBER_DELTA / 2.0),
        }
    }

    /// Returns the derivative of [`Self::of_error`]; 0 for the absolute error of 0, as in `PyTorch`.
    #[inline]
    #[must_use]
    pub fn slope(self, error: f64) -> f64 {
        match self {
            Self::CrossEntropy => f64::NAN,
            Self::Mse => 2.0 * error,
            Self::Mae if error == 0.0 => error,
            Self::Mae => error.signum(),
            Self::Huber => error.clamp(-HUBER_DELTA, HUBER_DELTA),
        }
    }
}

/// The error up to which Huber's loss is quadratic, in standard deviations of the target.
pub const HUBER_DELTA: f64 = 1.0;

/// A measure of the quality of predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean loss of a row; for classes the cross-entropy, in nats, for numbers the loss of the training, of standardised
    /// targets.
    Loss,
    /// Mean cross-entropy of a row, in nats, with probabilities of at least 2.2e-16.
    LogLoss,
    /// Share of rows that are predicted correctly.
    Accuracy,
    /// Mean recall of the classes that have rows.
    BalancedAccuracy,
    /// Mean over classes of the share of the rows predicted as the class that belong to it.
    Precision,
    /// Mean over classes of the share of the rows of the class that are predicted as it.
    Recall,
    /// Mean over classes of the harmonic mean of precision and recall.
    F1,
    /// Area under the ROC curve.
    RocAuc,
    /// Average precision over all thresholds.
    AveragePrecision,
    /// Mean squared distance of the probabilities from the true distribution.
    Brier,
    /// Matthews' correlation coefficient.
    Mcc,
    /// Share of rows whose class is one of the two most probable.
    #[serde(rename = "top_2_accuracy")]
    Top2Accuracy,
    /// Root of the mean squared error, in the target's unit.
    Rmse,
    /// Mean absolute error, in the target's unit.
    Mae,
    /// Coefficient of determination: 1 less the squared errors as a share of those of the mean of the rows.
    R2,
    /// Median absolute error, in the target's unit.
    MedianAbsoluteError,
}

/// The direction in which a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is better.
    Minimize,
    /// Larger is better.
    Maximize,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 16] = [
        Self::Loss,
        Self::LogLoss,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::Brier,
        Self::Mcc,
        Self::Top2Accuracy,
        Self::Rmse,
        Self::Mae,
        Self::R2,
        Self::MedianAbsoluteError,
    ];

    /// Returns the direction in which the metric improves.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Loss
            | Self::LogLoss
            | Self::Brier
            | Self::Rmse
            | Self::Mae
            | Self::MedianAbsoluteError => Direction::Minimize,
            Self::Accuracy
            | Self::BalancedAccuracy
            | Self::Precision
            | Self::Recall
            | Self::F1
            | Self::RocAuc
            | Self::AveragePrecision
            | Self::Mcc
            | Self::Top2Accuracy
            | Self::R2 => Direction::Maximize,
        }
    }

    /// Returns whether the metric lies between 0 and 1.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(
            self,
            Self::Accuracy
                | Self::BalancedAccuracy
                | Self::Precision
                | Self::Recall
                | Self::F1
                | Self::RocAuc
                | Self::AveragePrecision
                | Self::Top2Accuracy
        )
    }

    /// Returns the task that the metric belongs to; `None` if both have it.
    #[must_use]
    pub const fn task(self) -> Option<Task> {
        match self {
            Self::Loss => None,
            Self::LogLoss
            | Self::Accuracy
            | Self::BalancedAccuracy
            | Self::Precision
            | Self::Recall
            | Self::F1
            | Self::RocAuc
            | Self::AveragePrecision
            | Self::Brier
            | Self::Mcc
            | Self::Top2Accuracy => Some(Task::Multiclass),
            Self::Rmse | Self::Mae | Self::R2 | Self::MedianAbsoluteError => Some(Task::Regression),
        }
    }

    /// Returns `true` if `value` is better than `other`; NaN never is.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        self.is_better_by(value, other, 0.0)
    }

    /// Returns `true` if `value` is better than `other` by more than `delta`; NaN never is.
    #[must_use]
    pub fn is_better_by(self, value: f64, other: f64, delta: f64) -> bool {
        match self.direction() {
            Direction::Minimize => value < other - delta,
            Direction::Maximize => value > other + delta,
        }
    }

    /// Returns the name of the metric in the files of a run.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::LogLoss => "log_loss",
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::Brier => "brier",
            Self::Mcc => "mcc",
            Self::Top2Accuracy => "top_2_accuracy",
            Self::Rmse => "rmse",
            Self::Mae => "mae",
            Self::R2 => "r2",
            Self::MedianAbsoluteError => "median_absolute_error",
        }
    }
}

/// Metrics of predictions, in the order in which they are reported.
///
/// In JSON they are a map from the names of the metrics to numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(Vec<(Metric, f64)>);

impl Scores {
    /// Returns the value of a metric, if it is one of the scores.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<f64> {
        let mut scores = self.iter();
        scores.find_map(|(own, value)| (own == metric).then_some(value))
    }

    /// Returns the loss; NaN if it is not one of the scores.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.get(Metric::Loss).unwrap_or(f64::NAN)
    }

    /// Returns the accuracy; NaN if it is not one of the scores.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.get(Metric::Accuracy).unwrap_or(f64::NAN)
    }

    /// Iterates over the metrics and their values.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.0.iter().copied()
    }
}

impl Extend<(Metric, f64)> for Scores {
    fn extend<I: IntoIterator<Item = (Metric, f64)>>(&mut self, scores: I) {
        self.0.extend(scores);
    }
}

impl FromIterator<(Metric, f64)> for Scores {
    fn from_iter<I: IntoIterator<Item = (Metric, f64)>>(scores: I) -> Self {
        Self(scores.into_iter().collect())
    }
}

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(metric, value)| (metric.name(), value)))
    }
}

impl<'de> Deserialize<'de> for Scores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ScoresVisitor)
    }
}

/// Reads the entries of a map that are metrics; in a flattened map there are others.
struct ScoresVisitor;

impl<'de> Visitor<'de> for ScoresVisitor {
    type Value = Scores;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map from metrics to numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scores, A::Error> {
        let mut scores = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match Metric::ALL.into_iter().find(|metric| metric.name() == name) {
                Some(metric) => scores.push((metric, map.next_value()?)),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Scores(scores))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_back_from_their_map() {
        let scores: Scores = [(Metric::Loss, 0.1 + 0.2), (Metric::Accuracy, 0.75)]
            .into_iter()
            .collect();
        let json = serde_json::to_string(&scores).unwrap();
        assert_eq!(json, r#"{"loss":0.30000000000000004,"accuracy":0.75}"#);
        assert_eq!(serde_json::from_str::<Scores>(&json).unwrap(), scores);
        assert_eq!(scores.get(Metric::Accuracy), Some(0.75));
        assert!(Scores::default().loss().is_nan());
    }

    #[test]
    fn a_value_that_is_no_number_is_an_error() {
        assert!(serde_json::from_str::<Scores>(r#"{"loss":"low"}"#).is_err());
    }
}
