//! How the outputs of a network become probabilities, a class, and intervals that can be relied on.
//!
//! | file | subject |
//! |---|---|
//! | `threshold` | the probability from which on the positive one of two classes is predicted |
//! | `temperature` | what makes the probabilities those of held-out rows |
//! | `interval` | intervals and sets of classes that hold the truth of a given share of rows |
//! | `kept` | the rows that a run keeps for that, `calibration.safetensors` |
//! | `fit` | all of it, fitted to these rows |
//! | `stored` | `decision.json` of a run |

mod fit;
mod interval;
mod kept;
mod stored;
mod temperature;
mod threshold;

pub use fit::{BeforeAfter, FittedOn};
pub use interval::{
    ConformalScores, FEW_ROWS, Interval, IntervalReport, Intervals, LEVELS, Levels, StoredInterval,
    TooFewRows, parse_level,
};
pub use kept::{CalibrationRows, CalibrationSource, KeptOutputs};
pub use stored::{ChosenThreshold, StoredDecision};
pub use temperature::{TEMPERATURES, fit_temperature};
pub use threshold::{best_threshold, positive_scores, rarer_class};

use crate::config::Threshold;
use crate::metrics::{argmax, softmax_with_temperature};
use crate::model::ClassPrediction;

/// Returns the number of the class of this name, if there is one.
#[must_use]
pub fn class_number(classes: &[String], name: &str) -> Option<u32> {
    let mut numbered = (0_u32..).zip(classes);
    numbered.find_map(|(number, class)| (class == name).then_some(number))
}

/// How the logits of a row become probabilities and a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The positive class; `None` unless there are two classes.
    pub positive: Option<u32>,
    /// Probability of the positive class from which on it is predicted; `None` predicts the most probable class.
    pub threshold: Option<f64>,
    /// What logits are divided by before the softmax (Guo et al. 2017, "On calibration of modern neural networks").
    pub temperature: f64,
}

/// The most probable class, by the probabilities as the network gives them.
impl Default for Decision {
    fn default() -> Self {
        Self {
            positive: None,
            threshold: None,
            temperature: 1.0,
        }
    }
}

impl Decision {
    /// Returns the decision that a config states; a threshold that is chosen by a rule is not known yet.
    #[must_use]
    pub fn configured(positive: Option<u32>, threshold: Threshold) -> Self {
        Self {
            positive,
            threshold: positive.and_then(|_| threshold.fixed()),
            temperature: 1.0,
        }
    }

    /// Decides on a row by its logits, `[classes]`, of at least one class.
    #[must_use]
    pub fn predict(&self, logits: &[f32]) -> ClassPrediction {
        let (probabilities, log_normaliser) = softmax_with_temperature(logits, self.temperature);
        let class = match (self.threshold, self.positive) {
            (Some(threshold), Some(positive)) if probabilities.len() == 2 => {
                let is_positive = probabilities[positive as usize] >= threshold;
                if is_positive { positive } else { 1 - positive }
            }
            _ => argmax(logits) as u32,
        };
        ClassPrediction {
            class,
            probabilities,
            log_normaliser,
            logits: logits.to_vec(),
            temperature: self.temperature,
        }
    }

    /// Returns the positive class and the probability from which on it is predicted, if that is not simply the most
    /// probable class.
    #[must_use]
    pub fn rule(&self) -> Option<(u32, f64)> {
        self.positive.zip(self.threshold)
    }
}
