//! Rows whose label may be wrong.

use super::{Scored, ScoredRow};
use crate::metrics::Mistake;

/// Returns the misclassified rows, those whose label is most likely wrong first.
///
/// They are sorted by the probability of the given label, the lowest first: the "self-confidence" of
/// Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels".
#[must_use]
pub fn label_suspects(scored: &Scored, class_names: &[String]) -> Vec<Mistake> {
    let mut rows: Vec<&ScoredRow> = scored.rows.iter().filter(|row| !row.is_right()).collect();
    rows.sort_by(|a, b| {
        let by_label = a.label_probability.total_cmp(&b.label_probability);
        by_label
            .then(b.confidence.total_cmp(&a.confidence))
            .then(a.row.cmp(&b.row))
    });
    rows.into_iter().map(|row| row.named(class_names)).collect()
}
