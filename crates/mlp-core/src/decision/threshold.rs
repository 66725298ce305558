//! The probability from which on the positive one of two classes is predicted.

use crate::config::ThresholdRule;
use crate::metrics::{Counts, Ranking};
use crate::model::ClassPrediction;

/// Returns the class with the fewest rows, the last of several; `None` unless there are two classes.
#[must_use]
pub fn rarer_class(class_counts: &[usize]) -> Option<u32> {
    match class_counts {
        [first, second] => Some(u32::from(second <= first)),
        _ => None,
    }
}

/// Returns of each row its probability of the positive class, and whether it is of that class.
pub fn positive_scores(
    predictions: &[ClassPrediction],
    labels: impl IntoIterator<Item = u32>,
    positive: u32,
) -> Vec<(f64, bool)> {
    let rows = predictions.iter().zip(labels);
    rows.map(|(prediction, label)| {
        (
            prediction.probabilities[positive as usize],
            label == positive,
        )
    })
    .collect()
}

/// Returns the threshold with the highest F1 of the positive class, or balanced accuracy, on rows; each is its
/// probability of the positive class and whether it is of that class. Of several thresholds, the nearest to ½ is taken.
///
/// A threshold lies midway between the scores of two rows, so that rounding changes no prediction of these rows. `None`
/// unless there are rows of both classes.
#[must_use]
pub fn best_threshold(rule: ThresholdRule, scores: &[(f64, bool)]) -> Option<f64> {
    let ranking = Ranking::new(scores)?;
    let (positives, negatives) = (ranking.positives, ranking.negatives);
    let mut best: Option<(f64, f64)> = None;
    for (at, (score, counts)) in ranking.steps.iter().enumerate() {
        let Counts {
            true_positives,
            false_positives,
        } = *counts;
        let below = ranking.steps.get(at + 1).map_or(0.0, |next| next.0);
        let quality = match rule {
            ThresholdRule::F1 => {
                2.0 * true_positives as f64 / (positives + true_positives + false_positives) as f64
            }
            ThresholdRule::BalancedAccuracy => {
                let recall = true_positives as f64 / positives as f64;
                let specificity = (negatives - false_positives) as f64 / negatives as f64;
                f64::midpoint(recall, specificity)
            }
        };
        let middle = f64::midpoint(below, *score);
        let threshold = if middle > below { middle } else { *score };
        let is_better = best.is_none_or(|(highest, chosen)| {
            let is_nearer = (threshold - 0.5).abs() < (chosen - 0.5).abs();
            quality > highest || (quality >= highest && is_nearer)
        });
        if is_better {
            best = Some((quality, threshold));
        }
    }
    best.map(|(_, threshold)| threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(f64, bool); 6] = [
        (0.9, true),
        (0.4, true),
        (0.3, false),
        (0.3, true),
        (0.2, false),
        (0.1, false),
    ];

    #[test]
    fn the_rarer_class_is_positive_and_the_second_of_equals() {
        assert_eq!(rarer_class(&[3, 2]), Some(1));
        assert_eq!(rarer_class(&[2, 3]), Some(0));
        assert_eq!(rarer_class(&[2, 2]), Some(1));
        assert_eq!(rarer_class(&[1, 2, 3]), None);
    }

    #[test]
    fn a_threshold_lies_midway_between_rows() {
        // With the two highest: F1 = 4/5; with the tie, too: 6/7.
        let threshold = best_threshold(ThresholdRule::F1, &ROWS).unwrap();
        assert!((threshold - 0.25).abs() < 1e-12, "{threshold}");
        // Recall 2/3 and no false positive: 5/6; with the tie 1 and 2/3: 5/6, too, farther from ½.
        let threshold = best_threshold(ThresholdRule::BalancedAccuracy, &ROWS).unwrap();
        assert!((threshold - 0.35).abs() < 1e-12, "{threshold}");
    }

    #[test]
    fn every_threshold_is_tried() {
        let quality = |threshold: f64| {
            let count = |is_positive: bool| {
                let rows = ROWS.iter().filter(|row| row.1 == is_positive);
                rows.filter(|row| row.0 >= threshold).count() as f64
            };
            2.0 * count(true) / (3.0 + count(true) + count(false))
        };
        let best = best_threshold(ThresholdRule::F1, &ROWS).unwrap();
        for threshold in (1..100).map(|percent| f64::from(percent) / 100.0) {
            assert!(quality(best) >= quality(threshold), "{threshold}");
        }
    }

    #[test]
    fn rows_of_one_class_have_no_threshold() {
        assert_eq!(best_threshold(ThresholdRule::F1, &[(0.5, true)]), None);
        let equal = [(0.5, true), (0.5, false)];
        assert_eq!(best_threshold(ThresholdRule::F1, &equal), Some(0.25));
    }
}
