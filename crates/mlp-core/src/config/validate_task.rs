//! Validation of the keys that belong to one task: classes or numbers to predict.

use super::sections::{ClassWeightRule, ClassWeights, Config, TargetTransform, TaskChoice};
use super::validate::Finding;
use super::{ConfigError, ConfigPlace};
use crate::task::Task;

/// Returns the findings about keys that do not belong to the task that the config states; none if it leaves that to the
/// rows.
pub(super) fn stated_task_findings(config: &Config) -> Vec<Finding> {
    let task = match config.data.task {
        TaskChoice::Auto => return Vec::new(),
        TaskChoice::Classification => Task::Multiclass,
        TaskChoice::Regression => Task::Regression,
    };
    let findings = findings(config, task).into_iter();
    findings
        .map(|finding| finding.because("data.task"))
        .collect()
}

/// Checks that a config has no keys of another task than its rows turned out to have.
///
/// # Errors
/// All such keys.
pub fn validate_task(config: &Config, task: Task) -> Result<(), ConfigError> {
    let findings = findings(config, task).into_iter();
    let problems: Vec<_> = findings
        .map(|finding| finding.into_problem(ConfigPlace::Unwritten))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::new(problems, None))
    }
}

fn findings(config: &Config, task: Task) -> Vec<Finding> {
    let mut findings = Vec::new();
    let training = &config.training;
    if let Some(loss) = training.loss
        && loss.task() != task
    {
        let message = match task {
            Task::Multiclass => format!(
                "`training.loss` cannot be \"{}\" for classes: it compares numbers",
                loss.name()
            ),
            Task::Regression => format!(
                "`training.loss` cannot be \"{}\" for a regression: it compares classes",
                loss.name()
            ),
        };
        let help = match task {
            Task::Multiclass => {
                "leave it out, or set data.task = \"regression\" if the label is a number to predict"
            }
            Task::Regression => {
                "write mse, mae or huber, or set data.task = \"classification\" to take each value for a class"
            }
        };
        findings.push(Finding::new("training.loss", message).help(help));
    }
    findings.extend(watched_metrics(config, task));
    match task {
        Task::Multiclass => {
            if config.data.target_transform != TargetTransform::None {
                let key = "data.target_transform";
                let message = format!("`{key}` belongs to a regression, and the label is a class");
                let help = "leave it out, or set data.task = \"regression\" if the label is a number to predict";
                findings.push(Finding::new(key, message).help(help));
            }
        }
        Task::Regression => findings.extend(class_keys(config)),
    }
    findings
}

/// Returns a finding for each watched metric of the other task.
fn watched_metrics(config: &Config, task: Task) -> Vec<Finding> {
    let stopping = &config.early_stopping;
    let condition = stopping.stop_when.map(|condition| condition.metric);
    let keys = [
        ("early_stopping.metric", Some(stopping.metric)),
        ("early_stopping.stop_when.metric", condition),
    ];
    let other = keys.into_iter().filter_map(|(key, watched)| {
        let watched = watched?;
        let belongs = watched.metric().task().is_some_and(|of| of != task);
        belongs.then(|| {
            let (message, help) = match task {
                Task::Multiclass => (
                    format!("`{key}` cannot be {} for classes: it measures numbers", watched.name()),
                    "watch validation_loss or validation_roc_auc, for example",
                ),
                Task::Regression => (
                    format!("`{key}` belongs to a classification, and a number is predicted"),
                    "numbers have no classes to measure: watch validation_loss or validation_rmse, for example",
                ),
            };
            Finding::new(key, message).help(help)
        })
    });
    other.collect()
}

/// Returns a finding for each key that only classes have.
fn class_keys(config: &Config) -> Vec<Finding> {
    let training = &config.training;
    let keys = [
        (
            "training.class_weights",
            training.class_weights != ClassWeights::Named(ClassWeightRule::None),
            "there are no classes to weigh: leave it out",
        ),
        (
            "training.label_smoothing",
            training.label_smoothing > 0.0,
            "there are no classes to spread a target over: leave it out",
        ),
        (
            "data.stratified",
            config.data.stratified.is_some(),
            "there are no classes to hold out equal shares of: leave it out",
        ),
        (
            "data.positive",
            config.data.positive.is_some(),
            "there are no classes, of which one could be the positive one: leave it out",
        ),
        (
            "decision.threshold",
            !config.decision.threshold.is_default(),
            "there are no probabilities to decide by: leave it out",
        ),
    ];
    let set = keys.into_iter().filter(|(_, is_set, _)| *is_set);
    set.map(|(key, _, help)| {
        let message = format!("`{key}` belongs to a classification, and a number is predicted");
        Finding::new(key, message).help(help)
    })
    .collect()
}
