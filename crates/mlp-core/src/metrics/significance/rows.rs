//! Whether other rows explain a difference.

use serde::Serialize;
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

/// McNemar's exact test of two networks on the same rows.
///
/// Where both are equally good, each row that only one of them got right is as likely to be the first's
/// as the second's: their number is binomial with a chance of ½ (McNemar, "Note on the sampling error of
/// the difference between correlated proportions or percentages", Psychometrika 12, 1947).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Rows that only the first got right.
    pub only_first: u64,
    /// Rows that only the second got right.
    pub only_second: u64,
    /// Chance of a split at least as uneven between equally good networks, two-sided.
    pub p: f64,
}

impl McNemar {
    pub(super) fn new(first: &[bool], second: &[bool]) -> Self {
        let count = |wanted: (bool, bool)| {
            let rows = first.iter().zip(second);
            rows.filter(|(a, b)| (**a, **b) == wanted).count() as u64
        };
        let (only_first, only_second) = (count((true, false)), count((false, true)));
        Self {
            only_first,
            only_second,
            p: two_sided_binomial(only_first, only_second),
        }
    }
}

/// Twice the chance of at most `min(a, b)` heads among `a + b` throws of a fair coin; at most 1.
fn two_sided_binomial(a: u64, b: u64) -> f64 {
    if a == b {
        return 1.0;
    }
    // P(X ≤ k) of n throws is the regularised incomplete beta function I_½(n − k, k + 1).
    let (fewer, more) = (a.min(b) as f64, a.max(b) as f64);
    (2.0 * beta_reg(more, fewer + 1.0, 0.5)).min(1.0)
}

/// McNemar's test of two configs with several networks each, `[seeds][rows]`.
///
/// A row's advantage `d` is the share of the first's networks that got it right less that of the
/// second's. The networks that see one row are not independent, the rows are: `(|Σd| − max|d|) / √Σd²` is
/// compared to the normal distribution. That is the test for clustered pairs, a row being a cluster, of
/// Durkalski, Palesch, Lipsitz and Rust ("Analysis of clustered matched-pair data", Statistics in
/// Medicine 22, 2003) with the correction for continuity of Edwards (1948); with one network each it is
/// McNemar's own approximation.
pub(super) fn over_seeds(first: &[Vec<bool>], second: &[Vec<bool>]) -> f64 {
    let (mut sum, mut squares, mut largest) = (0.0, 0.0, 0.0_f64);
    for row in 0..first[0].len() {
        let advantage = share_right(first, row) - share_right(second, row);
        sum += advantage;
        squares += advantage * advantage;
        largest = largest.max(advantage.abs());
    }
    if squares == 0.0 {
        return 1.0;
    }
    let excess = (f64::abs(sum) - largest).max(0.0);
    erfc(excess / f64::sqrt(2.0 * squares))
}

fn share_right(networks: &[Vec<bool>], row: usize) -> f64 {
    let right = networks.iter().filter(|rows| rows[row]).count();
    right as f64 / networks.len() as f64
}
