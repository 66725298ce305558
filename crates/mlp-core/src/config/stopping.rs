//! Whether the bars of early stopping can be measured, and reached.

use super::Config;
use super::finding::{Finding, percent};
use super::kinds::StoppingMetric;
use super::sections::StopCondition;

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let stopping = &config.early_stopping;
    let mut findings = Vec::new();
    let mut watch = |key, metric| {
        if config.data.validation == 0.0 {
            findings.extend(without_split(key, metric));
        }
    };
    if stopping.patience > 0 {
        watch("early_stopping.patience", stopping.metric);
    }
    if let Some(condition) = &stopping.stop_when {
        watch("early_stopping.stop_when.metric", condition.metric);
        findings.extend(bar(condition));
    }
    findings
}

/// A key that watches a figure of the validation split, where there is none.
fn without_split(key: &str, metric: StoppingMetric) -> Option<Finding> {
    let (figure, instead) = match metric {
        StoppingMetric::ValidationLoss => ("validation_loss", "train_loss"),
        StoppingMetric::ValidationAccuracy => ("validation_accuracy", "train_accuracy"),
        StoppingMetric::TrainLoss | StoppingMetric::TrainAccuracy => return None,
    };
    let message = format!(
        "`{key}` watches {figure}, but there is no validation split: `data.validation` is 0"
    );
    let help = format!("set data.validation, 0.2 for example, or watch {instead}");
    let finding = Finding::new(key, message).help(help);
    Some(finding.because("data.validation"))
}

/// A condition that has no bar, two bars, or one out of reach.
fn bar(condition: &StopCondition) -> Option<Finding> {
    let key = "early_stopping.stop_when";
    let metric_key = format!("{key}.metric");
    let one_of = |has, at: &str| {
        let message = format!("`{key}` needs one of `at_least` and `at_most`, and has {has}");
        let finding = Finding::new(key, message).at(at);
        Some(finding.help("an accuracy has at_least = 0.99, for example, a loss at_most = 0.05"))
    };
    let (name, bar) = match (condition.at_least, condition.at_most) {
        (Some(bar), None) => ("at_least", bar),
        (None, Some(bar)) => ("at_most", bar),
        (Some(_), Some(_)) => return one_of("both", &format!("{key}.at_most")),
        (None, None) => return one_of("neither", &metric_key),
    };
    let key = format!("{key}.{name}");
    let is_accuracy = matches!(
        condition.metric,
        StoppingMetric::TrainAccuracy | StoppingMetric::ValidationAccuracy
    );
    if !bar.is_finite() {
        let message = format!("`{key}` must be finite, not {bar}");
        Some(Finding::new(&key, message))
    } else if is_accuracy && !(0.0..=1.0).contains(&bar) {
        let message = format!("`{key}` of an accuracy must be between 0 and 1, not {bar}");
        let finding = Finding::new(&key, message).help(percent(bar));
        Some(finding.because(&metric_key))
    } else {
        None
    }
}
