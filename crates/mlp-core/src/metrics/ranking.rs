//! Metrics of an order of rows by a score: the areas under the ROC and the precision–recall curve.
//!
//! Both walk once through the sorted scores, and rows of one score count as one threshold. They are scikit-learn's
//! `roc_auc_score` and `average_precision_score`.

/// A row's score, whether it belongs to the positive class, and its weight.
pub(super) type Ranked = (f64, bool, f64);

/// Summed weights of the rows of one score.
#[derive(Clone, Copy, Debug, Default)]
struct Tie {
    positive: f64,
    negative: f64,
}

/// Rows sorted by score, once for both metrics.
pub(super) struct Order {
    /// The rows of each score, in ascending order of score.
    ties: Vec<Tie>,
    /// Summed weight of the positive rows.
    positive: f64,
}

impl Order {
    /// Sorts rows, whose scores must be at least 0.
    pub(super) fn new(rows: impl Iterator<Item = Ranked>) -> Self {
        let ties = ascending(rows);
        let positive = ties.iter().map(|tie| tie.positive).sum();
        Self { ties, positive }
    }

    /// Returns the area under the ROC curve: the probability that a positive row has a higher score than a negative one,
    /// where a tie counts one half (Mann and Whitney 1947). `None` without rows of both kinds.
    pub(super) fn roc_auc(&self) -> Option<f64> {
        let positive = self.positive;
        let mut below = 0.0;
        let mut won = 0.0;
        for tie in &self.ties {
            won += tie.positive * (below + tie.negative / 2.0);
            below += tie.negative;
        }
        (positive > 0.0 && below > 0.0).then(|| won / positive / below)
    }

    /// Returns the average precision, `Σ (R[t] − R[t−1]) · P[t]` over the thresholds from the highest score down. `None`
    /// without positive rows.
    pub(super) fn average_precision(&self) -> Option<f64> {
        let positive = self.positive;
        let (mut found, mut taken, mut sum) = (0.0, 0.0, 0.0);
        for tie in self.ties.iter().rev() {
            found += tie.positive;
            taken += tie.positive + tie.negative;
            if tie.positive > 0.0 {
                sum += tie.positive * (found / taken);
            }
        }
        (positive > 0.0).then(|| sum / positive)
    }
}

/// Sorts rows by score, which must be at least 0, and joins those of one score.
fn ascending(rows: impl Iterator<Item = Ranked>) -> Vec<Tie> {
    let rows: Vec<Ranked> = rows.collect();
    let are_weighted = rows.iter().any(|(.., weight)| weight.to_bits() != ONE);
    if are_weighted {
        let mut rows = rows;
        rows.sort_by(|a, b| a.0.total_cmp(&b.0)); // stable, so that the sums have one order
        return ties(rows.into_iter());
    }
    // The bits of numbers from 0 are in the numbers' order, and their sign bit is free.
    let key = |(score, is_positive, _): Ranked| (score.to_bits() << 1) | u64::from(is_positive);
    let mut keys: Vec<u64> = rows.into_iter().map(key).collect();
    keys.sort_unstable();
    ties(
        keys.into_iter()
            .map(|key| (f64::from_bits(key >> 1), key & 1 == 1, 1.0)),
    )
}

const ONE: u64 = 1.0_f64.to_bits();

fn ties(sorted: impl Iterator<Item = Ranked>) -> Vec<Tie> {
    let mut ties: Vec<Tie> = Vec::new();
    let mut last = None;
    for (score, is_positive, weight) in sorted {
        if last != Some(score.to_bits()) {
            ties.push(Tie::default());
            last = Some(score.to_bits());
        }
        if let Some(tie) = ties.last_mut() {
            let sum = if is_positive {
                &mut tie.positive
            } else {
                &mut tie.negative
            };
            *sum += weight;
        }
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn roc_auc(rows: impl Iterator<Item = Ranked>) -> Option<f64> {
        Order::new(rows).roc_auc()
    }

    fn average_precision(rows: impl Iterator<Item = Ranked>) -> Option<f64> {
        Order::new(rows).average_precision()
    }

    proptest! {
        /// The area by its definition: all pairs of a positive and a negative row.
        #[test]
        fn the_area_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((0_u8..6, any::<bool>(), 1_u8..4), 1..60),
        ) {
            let rows: Vec<Ranked> = rows
                .into_iter()
                .map(|(score, is_positive, weight)| (f64::from(score) / 8.0, is_positive, f64::from(weight)))
                .collect();
            let (mut won, mut all) = (0.0, 0.0);
            for (score, _, weight) in rows.iter().filter(|row| row.1) {
                for (other, _, other_weight) in rows.iter().filter(|row| !row.1) {
                    let share = if score > other { 1.0 } else { f64::from(u8::from(score >= other)) / 2.0 };
                    won += weight * other_weight * share;
                    all += weight * other_weight;
                }
            }
            match roc_auc(rows.iter().copied()) {
                Some(area) => prop_assert!((area - won / all).abs() < 1e-12),
                None => prop_assert!(all == 0.0),
            }
        }

        /// A weight is as many equal rows.
        #[test]
        fn a_weight_of_two_is_the_row_twice(
            rows in prop::collection::vec((0_u8..6, any::<bool>(), 1_u8..4), 1..60),
        ) {
            let row = |(score, is_positive, weight): (u8, bool, u8)| (f64::from(score) / 8.0, is_positive, f64::from(weight));
            let repeated = rows.iter().flat_map(|&(score, is_positive, weight)| {
                std::iter::repeat_n(row((score, is_positive, 1)), weight.into())
            });
            let weighted = || rows.iter().copied().map(row);
            let pairs = [
                (roc_auc(weighted()), roc_auc(repeated.clone())),
                (average_precision(weighted()), average_precision(repeated)),
            ];
            for (ours, theirs) in pairs {
                prop_assert_eq!(ours.is_some(), theirs.is_some());
                prop_assert!((ours.unwrap_or(0.0) - theirs.unwrap_or(0.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn rows_of_one_kind_have_no_curve() {
        let rows = |is_positive| [(0.25, is_positive, 1.0), (0.5, is_positive, 1.0)].into_iter();
        assert_eq!(roc_auc(rows(true)), None);
        assert_eq!(roc_auc(rows(false)), None);
        assert_eq!(average_precision(rows(false)), None);
        assert_eq!(average_precision(rows(true)), Some(1.0));
    }
}
