//! Early stopping. Its state is part of the checkpoint, so that a resumed training stops at the same epoch.

use mlp_core::config::{EarlyStoppingSection, StopCondition, StoppingMetric};
use mlp_core::metrics::MetricAccumulator;
use mlp_core::run::TrainingState;

/// Metrics of an epoch that has just ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct EpochMetrics {
    pub train: MetricAccumulator,
    pub validation: Option<MetricAccumulator>,
}

impl EpochMetrics {
    fn value(&self, metric: StoppingMetric) -> Option<f64> {
        match metric {
            StoppingMetric::TrainLoss => Some(self.train.loss()),
            StoppingMetric::TrainAccuracy => Some(self.train.accuracy()),
            StoppingMetric::ValidationLoss => self.validation.map(|metrics| metrics.loss()),
            StoppingMetric::ValidationAccuracy => self.validation.map(|metrics| metrics.accuracy()),
        }
    }
}

fn name(metric: StoppingMetric) -> &'static str {
    match metric {
        StoppingMetric::TrainLoss => "training loss",
        StoppingMetric::TrainAccuracy => "training accuracy",
        StoppingMetric::ValidationLoss => "validation loss",
        StoppingMetric::ValidationAccuracy => "validation accuracy",
    }
}

/// Records an epoch; returns the reason to stop, if there is one.
pub(super) fn reason_to_stop(
    section: &EarlyStoppingSection,
    metrics: &EpochMetrics,
    state: &mut TrainingState,
) -> Option<String> {
    if let Some(condition) = &section.stop_when
        && let Some(reached) = reached(condition, metrics)
    {
        return Some(reached);
    }
    let value = metrics.value(section.metric)?;
    let less_is_better = matches!(
        section.metric,
        StoppingMetric::TrainLoss | StoppingMetric::ValidationLoss
    );
    let improved = state.stopping_best.is_none_or(|best| {
        if less_is_better {
            value < best
        } else {
            value > best
        }
    });
    if improved {
        state.stopping_best = Some(value);
        state.stopping_stale = 0;
        return None;
    }
    state.stopping_stale += 1;
    (section.patience > 0 && state.stopping_stale >= section.patience).then(|| {
        format!(
            "the {} has not improved for {} epochs",
            name(section.metric),
            state.stopping_stale
        )
    })
}

fn reached(condition: &StopCondition, metrics: &EpochMetrics) -> Option<String> {
    let value = metrics.value(condition.metric)?;
    let hit = condition.at_least.is_some_and(|bar| value >= bar)
        || condition.at_most.is_some_and(|bar| value <= bar);
    hit.then(|| format!("the {} reached {value:.4}", name(condition.metric)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(loss: f64, correct: u64) -> EpochMetrics {
        let mut mean = MetricAccumulator::default();
        mean.add(loss, correct, 10);
        EpochMetrics {
            train: mean,
            validation: Some(mean),
        }
    }

    #[test]
    fn patience_counts_epochs_since_the_best() {
        let section = EarlyStoppingSection {
            patience: 2,
            ..EarlyStoppingSection::default()
        };
        let mut state = TrainingState::default();
        let mut stop = |loss| reason_to_stop(&section, &metrics(loss, 5), &mut state).is_some();
        assert_eq!(
            [1.0, 1.1, 0.9, 1.0, 0.95].map(&mut stop),
            [false, false, false, false, true]
        );
    }

    #[test]
    fn a_bar_stops_at_once() {
        let condition = StopCondition {
            metric: StoppingMetric::TrainAccuracy,
            at_least: Some(0.9),
            at_most: None,
        };
        let section = EarlyStoppingSection {
            stop_when: Some(condition),
            ..EarlyStoppingSection::default()
        };
        let mut state = TrainingState::default();
        assert_eq!(reason_to_stop(&section, &metrics(1.0, 8), &mut state), None);
        let reason = reason_to_stop(&section, &metrics(1.0, 9), &mut state);
        assert_eq!(
            reason.as_deref(),
            Some("the training accuracy reached 0.9000")
        );
    }
}
