//! Early stopping. Its state is part of the checkpoint, so that a resumed training stops at the same epoch.

use mlp_core::config::{EarlyStoppingSection, StopCondition, WatchedMetric};
use mlp_core::run::{Split, TrainingState};
use mlp_core::task::Scores;

/// Metrics of an epoch that has just ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct EpochMetrics<'a> {
    pub train: &'a Scores,
    pub validation: Option<&'a Scores>,
}

impl EpochMetrics<'_> {
    pub fn value(&self, metric: WatchedMetric) -> Option<f64> {
        let scores = match metric.split() {
            Split::Validation => self.validation?,
            Split::Train | Split::Test => self.train,
        };
        scores.get(metric.metric())
    }
}

/// Returns the name of a watched metric in a sentence.
pub(super) fn name(metric: WatchedMetric) -> String {
    let split = match metric.split() {
        Split::Validation => "validation",
        Split::Train | Split::Test => "training",
    };
    format!("{split} {}", metric.metric().name())
}

/// Records an epoch, whose number from 0 is `state.epoch`; returns the reason to stop, if there is one.
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
    let metric = section.metric.metric();
    if state.epoch < section.start_epoch {
        return None;
    }
    let improved = state
        .stopping_best
        .is_none_or(|best| metric.is_better_by(value, best, section.min_delta));
    if improved {
        state.stopping_best = Some(value);
        state.stopping_stale = 0;
        return None;
    }
    state.stopping_stale += 1;
    state.is_out_of_patience = section.patience > 0 && state.stopping_stale >= section.patience;
    state.is_out_of_patience.then(|| {
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
    use mlp_core::task::Metric;

    fn reason(
        section: &EarlyStoppingSection,
        (loss, accuracy): (f64, f64),
        state: &mut TrainingState,
    ) -> Option<String> {
        let scores = [(Metric::Loss, loss), (Metric::Accuracy, accuracy)]
            .into_iter()
            .collect();
        let metrics = EpochMetrics {
            train: &scores,
            validation: Some(&scores),
        };
        reason_to_stop(section, &metrics, state)
    }

    #[test]
    fn patience_counts_epochs_since_the_best() {
        let section = EarlyStoppingSection {
            patience: 2,
            ..EarlyStoppingSection::default()
        };
        let mut state = TrainingState::default();
        let mut stop = |loss| reason(&section, (loss, 0.5), &mut state).is_some();
        assert_eq!(
            [1.0, 1.1, 0.9, 1.0, 0.95].map(&mut stop),
            [false, false, false, false, true]
        );
    }

    #[test]
    fn small_improvements_and_first_epochs_do_not_count() {
        let section = EarlyStoppingSection {
            patience: 2,
            min_delta: 0.1,
            start_epoch: 2,
            ..EarlyStoppingSection::default()
        };
        let mut state = TrainingState::default();
        let losses = [0.2, 0.1, 1.0, 0.85, 0.8, 0.76];
        let stops = losses.map(|loss| {
            let stops = reason(&section, (loss, 0.5), &mut state).is_some();
            state.epoch += 1;
            stops
        });
        // From 1.0 on: 0.85 is better by more than 0.1, 0.8 and 0.76 are not.
        assert_eq!(stops, [false, false, false, false, false, true]);
        assert!(state.is_out_of_patience);
        assert_eq!(
            (state.continues_with(2), state.continues_with(3)),
            (false, true)
        );
        assert!(state.continues_with(0));
    }

    #[test]
    fn a_bar_stops_at_once() {
        let condition = StopCondition {
            metric: WatchedMetric::TrainAccuracy,
            at_least: Some(0.9),
            at_most: None,
        };
        let section = EarlyStoppingSection {
            stop_when: Some(condition),
            ..EarlyStoppingSection::default()
        };
        let mut state = TrainingState::default();
        assert_eq!(reason(&section, (1.0, 0.8), &mut state), None);
        let reason = reason(&section, (1.0, 0.9), &mut state);
        assert_eq!(
            reason.as_deref(),
            Some("the training accuracy reached 0.9000")
        );
    }
}
