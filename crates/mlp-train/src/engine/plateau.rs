//! The drops of a schedule that reduces the rate on a plateau. They are part of the checkpoint, so that the rate stays a
//! function of the step and of what is recorded.

use mlp_core::config::Schedule;
use mlp_core::run::Plateau;
use mlp_core::task::Metric;

/// Records the value of the watched metric at the end of an epoch, after `step` updates; returns the number of epochs
/// without improvement if they are enough for the rate to drop.
pub(super) fn record_epoch(
    schedule: Schedule,
    metric: Metric,
    value: f64,
    step: u64,
    plateau: &mut Plateau,
) -> Option<usize> {
    let Schedule::ReduceOnPlateau {
        patience,
        min_delta,
        ..
    } = schedule
    else {
        return None;
    };
    let mut best = plateau.best.iter();
    if best.all(|best| metric.is_better_by(value, *best, min_delta)) {
        plateau.best = Some(value);
        plateau.stale = 0;
        return None;
    }
    plateau.stale += 1;
    (plateau.stale >= patience).then(|| {
        plateau.drops.push(step);
        std::mem::take(&mut plateau.stale)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_drops_after_epochs_without_improvement_and_counts_anew() {
        let schedule = Schedule::ReduceOnPlateau {
            factor: 0.5,
            patience: 2,
            min_delta: 0.1,
            min_rate: 0.0,
        };
        let mut plateau = Plateau::default();
        let accuracies = [0.5, 0.55, 0.7, 0.7, 0.79, 0.79, 0.6, 0.95, 0.9, 0.9];
        let dropped: Vec<bool> = (1..)
            .zip(accuracies)
            .map(|(epoch, value)| {
                let step = 10 * epoch;
                record_epoch(schedule, Metric::Accuracy, value, step, &mut plateau).is_some()
            })
            .collect();
        let expected = [4, 6, 9].map(|index| index + 1).map(|epoch| epoch * 10);
        assert_eq!(plateau.drops, expected);
        assert_eq!(dropped.iter().filter(|dropped| **dropped).count(), 3);
        assert_eq!((plateau.best, plateau.stale), (Some(0.95), 0));
        let constant = record_epoch(Schedule::Constant, Metric::Loss, 1.0, 1, &mut plateau);
        assert_eq!(constant, None);
    }
}
