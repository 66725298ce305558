//! `decision.json`: how a checkpoint of a run decides.

use serde::{Deserialize, Serialize};

use super::{Decision, FittedOn, StoredInterval, class_number};
use crate::config::Threshold;
use crate::error::RunError;
use crate::run::{RunDirectory, read_json, write_json};

/// Contents of `decision.json`, which belong to one checkpoint of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredDecision {
    /// Format version.
    pub format: u32,
    /// Step of the checkpoint.
    pub step: u64,
    /// Two classes: the probability from which on the positive one is predicted; `None` predicts the most probable class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ChosenThreshold>,
    /// What logits are divided by; `None` where no temperature was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Quantiles of intervals, by level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<StoredInterval>,
    /// What all of it was fitted on; `None` if only a threshold was chosen, when the training ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted: Option<FittedOn>,
}

/// A threshold and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChosenThreshold {
    /// Name of the positive class.
    pub positive: String,
    /// Probability of the positive class from which on it is predicted.
    pub value: f64,
    /// Rule by which it was chosen: a metric, or the number that the config has.
    pub rule: Threshold,
}

impl StoredDecision {
    /// Format version that this program reads and writes.
    pub const FORMAT: u32 = 1;

    /// Creates the decision of the checkpoint of a step, as if the run had none.
    #[must_use]
    pub const fn new(step: u64) -> Self {
        Self {
            format: Self::FORMAT,
            step,
            threshold: None,
            temperature: None,
            intervals: Vec::new(),
            fitted: None,
        }
    }

    /// Reads the decision of a run; `None` if the run has none.
    ///
    /// # Errors
    /// If the file is damaged, of another format version, or does not fit the classes.
    pub fn read(run: &RunDirectory, classes: &[String]) -> Result<Option<Self>, RunError> {
        let path = run.decision();
        if !path.exists() {
            return Ok(None);
        }
        let decision: Self = read_json(&path, Self::FORMAT)?;
        match decision.problem(classes) {
            None => Ok(Some(decision)),
            Some(cause) => Err(RunError::Damaged { path, cause }),
        }
    }

    /// Writes the decision into a run.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, run: &RunDirectory) -> Result<(), RunError> {
        write_json(&run.decision(), self)
    }

    /// Removes the decision of a run.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn remove(run: &RunDirectory) -> Result<(), RunError> {
        let path = run.decision();
        std::fs::remove_file(&path).map_err(RunError::writing(path))
    }

    /// Returns the decision for a model with these classes.
    #[must_use]
    pub fn decision(&self, classes: &[String], positive: Option<u32>) -> Decision {
        let threshold = self.threshold.as_ref();
        let class = threshold.and_then(|threshold| class_number(classes, &threshold.positive));
        Decision {
            positive: class.or(positive),
            threshold: threshold.map(|threshold| threshold.value),
            temperature: self.temperature.unwrap_or(1.0),
        }
    }

    /// Returns what is wrong with the contents.
    fn problem(&self, classes: &[String]) -> Option<String> {
        if let Some(temperature) = self.temperature
            && !(temperature.is_finite() && temperature > 0.0)
        {
            return Some(format!("its temperature is {temperature}"));
        }
        let threshold = self.threshold.as_ref()?;
        if classes.len() != 2 {
            return Some("it has a threshold, and the run does not have two classes".to_owned());
        }
        if class_number(classes, &threshold.positive).is_none() {
            let positive = &threshold.positive;
            return Some(format!("the run has no class `{positive}`"));
        }
        let value = threshold.value;
        (!(0.0..=1.0).contains(&value)).then(|| format!("its threshold is {value}"))
    }
}
