//! Warnings about the course of a training.

use crate::run::{MetricsRecord, Scope, Split};
use crate::task::Metric;

/// Epochs from which on a course can be judged.
const MIN_EPOCHS: usize = 5;
/// Change of the training loss, as a share of its first value, below which it has not moved.
const STILL: f64 = 0.001;
/// Share of the epochs after which the best validation is no longer early.
const EARLY: f64 = 1.0 / 3.0;
/// Growth of the validation loss since its lowest value from which on the two losses part.
const GROWTH: f64 = 1.1;

/// Returns warnings about the losses that a metrics log has: a training loss that does not move, and a validation loss
/// that rises early while the training loss still falls. At most one of them; none of fewer than five epochs.
#[must_use]
pub fn history_warnings(records: &[MetricsRecord]) -> Vec<String> {
    let losses = |split: Split, scope: Scope| -> Vec<(usize, f64)> {
        let mut by_epoch: Vec<(usize, f64)> = Vec::new();
        let of_split = records
            .iter()
            .filter(|record| record.split == split && record.scope == scope);
        for record in of_split {
            let entry = (record.epoch, record.scores.loss());
            match by_epoch.last_mut() {
                Some(last) if last.0 == record.epoch => *last = entry, // the last of an epoch
                _ => by_epoch.push(entry),
            }
        }
        by_epoch
    };
    let train = losses(Split::Train, Scope::Epoch);
    let validation = losses(Split::Validation, Scope::Split);
    let warning = still(&train).or_else(|| parted(&train, &validation));
    warning.into_iter().collect()
}

fn still(train: &[(usize, f64)]) -> Option<String> {
    let (&(_, first), &(epochs, last)) = (train.first()?, train.last()?);
    let moves = |(_, loss): &(usize, f64)| (loss - first).abs() > STILL * first.abs();
    if train.len() < MIN_EPOCHS || train.iter().any(moves) {
        return None;
    }
    Some(format!(
        "the training loss has not moved: {first:.4} in the first epoch, {last:.4} in epoch {epochs}. Try a larger or much \
         smaller optimizer.learning_rate, another data.scale or another model.weight_init"
    ))
}

fn parted(train: &[(usize, f64)], validation: &[(usize, f64)]) -> Option<String> {
    let &(epochs, last) = validation.last()?;
    let mut lowest = *validation.first()?;
    for &(epoch, loss) in validation {
        if Metric::Loss.is_better(loss, lowest.1) {
            lowest = (epoch, loss);
        }
    }
    let (epoch, loss) = lowest;
    let train_at = |epoch| {
        let mut train = train.iter();
        train.find(|(of, _)| *of == epoch).map(|(_, loss)| *loss)
    };
    let is_early = epochs >= 2 * MIN_EPOCHS && (epoch as f64) <= EARLY * epochs as f64;
    let falls = train_at(epochs)? < train_at(epoch)?;
    (is_early && falls && last > GROWTH * loss).then(|| {
        format!(
            "training and validation part early: the validation loss was lowest in epoch {epoch} ({loss:.4}) and is {last:.4} in \
             epoch {epochs}, while the training loss still falls. Try early_stopping.patience, a smaller model.hidden, \
             model.dropout, optimizer.weight_decay or more rows"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(train: &[f64], validation: &[f64]) -> Vec<MetricsRecord> {
        let record = |split, scope, epoch, loss| MetricsRecord {
            step: epoch as u64,
            epoch,
            split,
            scope,
            scores: [(Metric::Loss, loss)].into_iter().collect(),
            learning_rate: 0.1,
            seconds: 0.0,
        };
        let of = |losses: &[f64], split, scope| -> Vec<MetricsRecord> {
            let epochs = (1..).zip(losses);
            epochs
                .map(|(epoch, loss)| record(split, scope, epoch, *loss))
                .collect()
        };
        let mut all = of(train, Split::Train, Scope::Epoch);
        all.extend(of(validation, Split::Validation, Scope::Split));
        all
    }

    #[test]
    fn a_loss_that_does_not_move_is_told() {
        let still = [1.7506, 1.7505, 1.7507, 1.7506, 1.7505];
        let warnings = history_warnings(&records(&still, &still));
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("has not moved"), "{warnings:?}");
        assert!(history_warnings(&records(&still[..4], &still[..4])).is_empty());
        let moves = [1.7506, 1.75, 1.7, 1.6, 1.5];
        assert!(history_warnings(&records(&moves, &moves)).is_empty());
    }

    #[test]
    fn losses_that_part_early_are_told() {
        let train: Vec<f64> = (0..12).map(|epoch| 1.0 / f64::from(epoch + 1)).collect();
        let rising: Vec<f64> = (0..12)
            .map(|epoch| 0.5 + 0.1 * f64::from((epoch - 2_i32).abs()))
            .collect();
        let warnings = history_warnings(&records(&train, &rising));
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].contains("lowest in epoch 3 (0.5000)"),
            "{warnings:?}"
        );
        let late: Vec<f64> = (0..12)
            .map(|epoch| 0.5 + 0.1 * f64::from((epoch - 8_i32).abs()))
            .collect();
        assert!(history_warnings(&records(&train, &late)).is_empty());
        assert!(history_warnings(&records(&rising, &rising)).is_empty());
        assert!(history_warnings(&records(&train, &[])).is_empty());
    }
}
