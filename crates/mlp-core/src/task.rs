//! The task of a model, the loss that its training minimises, and the metrics of its predictions.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Kind of prediction that a model makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Prediction of one of several classes.
    #[default]
    Multiclass,
}

impl Task {
    /// Returns the loss that trainings of the task minimise.
    #[must_use]
    pub const fn loss(self) -> Loss {
        match self {
            Self::Multiclass => Loss::CrossEntropy,
        }
    }
}

/// The loss that a training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Cross-entropy of the softmax of the outputs.
    #[default]
    CrossEntropy,
}

/// A measure of the quality of predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean loss of a row; for classes the cross-entropy, in nats.
    Loss,
    /// Share of rows that are predicted correctly.
    Accuracy,
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
    pub const ALL: [Self; 2] = [Self::Loss, Self::Accuracy];

    /// Returns the direction in which the metric improves.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Loss => Direction::Minimize,
            Self::Accuracy => Direction::Maximize,
        }
    }

    /// Returns `true` if `value` is better than `other`; NaN never is.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.direction() {
            Direction::Minimize => value < other,
            Direction::Maximize => value > other,
        }
    }

    /// Returns the name of the metric in the files of a run.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
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
