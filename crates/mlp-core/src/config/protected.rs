//! Keys that a resumed run may not change, and other comparisons of two configs.

use std::fmt;

use super::show::{values, written};
use super::{Config, MissingPolicy, MissingPolicyName, ScaleKind, Schedule, TaskChoice, schema};

/// Keys that say how files are read, on which rows and weights depend.
const READING: [&str; 8] = [
    "data.label",
    "data.task",
    "data.header",
    "data.delimiter",
    "data.decimal",
    "data.na",
    "data.columns",
    "data.max_categories",
];

/// Further keys and sections on which the weights depend. All others may change: `training.epochs` may grow, and
/// the data is compared by content rather than by path.
const PROTECTED: [&str; 26] = [
    "seed",
    "data.target_transform",
    "data.positive",
    "data.scale",
    "data.smooth_clip",
    "data.missing",
    "data.validation",
    "data.calibration",
    "data.stratified",
    "data.split_seed",
    "data.limit",
    "model",
    "optimizer",
    "schedule",
    "augment",
    "training.steps_per_epoch",
    "training.batch_size",
    "training.drop_last",
    "training.loss",
    "training.label_smoothing",
    "training.class_weights",
    "training.gradients",
    "early_stopping.metric",
    "early_stopping.min_delta",
    "early_stopping.start_epoch",
    "early_stopping.stop_when",
];

/// Keys that a resumed run may change but on which the finally evaluated network depends.
const DECIDING: [&str; 7] = [
    "backend",
    "device",
    "training.epochs",
    "training.evaluate_every_steps",
    "checkpoint.keep_best",
    "early_stopping.patience",
    "decision.threshold",
];

/// Further keys that determine the rows, the held-out rows and the labels.
const ROWS: [&str; 9] = [
    "data.train",
    "data.test",
    "data.if_missing",
    "data.validation",
    "data.calibration",
    "data.stratified",
    "data.limit",
    "data.test_limit",
    "data.synthetic_rows",
];

/// A key whose value differs between two configs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Dotted key.
    pub key: String,
    /// Value in the saved config, as TOML; `None` if unset.
    pub saved: Option<String>,
    /// Value in the new config, as TOML; `None` if unset.
    pub new: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let saved = self.saved.as_deref().unwrap_or("unset");
        let new = self.new.as_deref().unwrap_or("unset");
        write!(f, "`{}` is {saved} in the run and {new} now", self.key)
    }
}

/// Returns the differences that prevent resuming the run of `saved` with `new`, in the order of the config.
///
/// Keys whose default depends on the rows are no difference where `new` leaves them to the rows: the same rows give the same value.
///
/// If the schedule has a horizon, it is `schedule.epochs` or else `training.epochs`: a change of the epochs
/// without `schedule.epochs` is a difference, because it would change the curve.
#[must_use]
pub fn protected_differences(saved: &Config, new: &Config) -> Vec<Difference> {
    let mut differences = differences(saved, new, |path| {
        is_protected(path) && !is_of_content(saved, new, path)
    });
    differences.retain(|difference| match difference.key.as_str() {
        "data.task" => new.data.task != TaskChoice::Auto,
        "data.positive" => new.data.positive.is_some(),
        "data.scale" => new.data.scale != ScaleKind::Auto,
        "data.missing" => new.data.missing != MissingPolicy::Named(MissingPolicyName::Auto),
        "training.loss" => new.training.loss.is_some(),
        "training.drop_last" => new.training.drop_last.is_some(),
        key if is_listed(&["model.weight_init"], key) => new.model.weight_init.is_some(),
        _ => true,
    });
    differences
}

/// Returns the differences, in the order of the config, that can lead to different networks on the same rows: the
/// protected keys, and those that may change within one run.
#[must_use]
pub fn deciding_differences(saved: &Config, new: &Config) -> Vec<Difference> {
    let decides = |path: &str| {
        (is_protected(path) && !is_of_content(saved, new, path)) || is_listed(&DECIDING, path)
    };
    differences(saved, new, decides)
}

/// Returns the differences, in the order of the config, that can lead to different rows for evaluation.
#[must_use]
pub fn row_differences(first: &Config, other: &Config) -> Vec<Difference> {
    differences(first, other, |path| {
        is_listed(&READING, path) || is_listed(&ROWS, path)
    })
}

/// Returns whether a key names a file in both configs, which is compared by content as that of the training rows is.
fn is_of_content(saved: &Config, new: &Config, path: &str) -> bool {
    let is_file = |config: &Config| config.data.validation.file().is_some();
    path == "data.validation" && is_file(saved) && is_file(new)
}

fn differences(saved: &Config, new: &Config, counts: impl Fn(&str) -> bool) -> Vec<Difference> {
    let (saved, new) = (comparable(saved), comparable(new));
    // A config that cannot be written as TOML was never saved, so both conversions succeed.
    let (Ok(saved), Ok(new)) = (values(&saved), values(&new)) else {
        return Vec::new();
    };
    let paths = schema::paths_with(saved.keys().chain(new.keys()));
    paths
        .into_iter()
        .filter(|path| counts(path))
        .filter(|path| saved.get(path) != new.get(path))
        .map(|key| Difference {
            saved: saved.get(&key).map(written),
            new: new.get(&key).map(written),
            key,
        })
        .collect()
}

fn is_protected(path: &str) -> bool {
    is_listed(&READING, path) || is_listed(&PROTECTED, path)
}

/// Returns whether a list has the key or a table that it lies in.
fn is_listed(list: &[&str], path: &str) -> bool {
    let is_in = |known: &str| {
        let rest = path.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    list.iter().any(|known| is_in(known))
}

/// Fills in values that default to those of other keys.
fn comparable(config: &Config) -> Config {
    let mut config = config.clone();
    config.data.stratified.get_or_insert(true);
    config.data.split_seed = config.data.split_seed.filter(|seed| *seed != config.seed);
    if let Schedule::Linear { epochs, .. }
    | Schedule::Cosine { epochs, .. }
    | Schedule::OneCycle { epochs, .. } = &mut config.schedule.kind
    {
        epochs.get_or_insert(config.training.epochs as f64);
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ensures that a new key is added to one of the two lists.
    #[test]
    fn every_key_is_protected_or_free() {
        let free = [
            "name",
            "backend",
            "device",
            "data.train",
            "data.test",
            "data.if_missing",
            "data.test_limit",
            "data.synthetic_rows",
            "training.epochs",
            "training.log_every_steps",
            "training.evaluate_every_steps",
            "training.threads",
            "training.report",
            "checkpoint.every_epochs",
            "checkpoint.every_steps",
            "checkpoint.keep_last",
            "checkpoint.keep_best",
            "early_stopping.patience",
            "decision.threshold",
        ];
        let mut paths = schema::paths();
        paths.retain(|path| schema::find(path).is_some_and(|form| form.table.is_none()));
        paths.retain(|path| !is_protected(path));
        assert_eq!(paths, free);
        assert!(DECIDING.iter().all(|key| free.contains(key)));
        for path in READING.iter().chain(&PROTECTED).chain(&ROWS) {
            assert!(schema::find(path).is_some(), "{path}");
        }
    }
}
