//! Tests of whether the variation of rows explains a difference.

use serde::Serialize;
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

use super::{mean, variance};

/// McNemar's exact test of two networks on the same rows.
///
/// If both are equally good, a row on which exactly one is correct is equally likely to be the first's or the
/// second's: the count is binomial with probability ½ (McNemar, "Note on the sampling error of the
/// difference between correlated proportions or percentages", Psychometrika 12, 1947).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Number of rows that only the first network predicts correctly.
    pub only_first: u64,
    /// Number of rows that only the second network predicts correctly.
    pub only_second: u64,
    /// Two-sided p-value.
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

/// Twice the probability of at most `min(a, b)` heads in `a + b` tosses of a fair coin; at most 1.
fn two_sided_binomial(a: u64, b: u64) -> f64 {
    if a == b {
        return 1.0;
    }
    // P(X ≤ k) for n tosses is the regularised incomplete beta function I_½(n − k, k + 1).
    let (fewer, more) = (a.min(b) as f64, a.max(b) as f64);
    (2.0 * beta_reg(more, fewer + 1.0, 0.5)).min(1.0)
}

/// Computes the p-value of McNemar's test for two configs with several networks each, `[seeds][rows]`.
///
/// A row's advantage `d` is the share of the first config's networks that are correct minus that of the second's.
/// Rows are independent, the networks on one row are not: `(|Σd| − max|d|) / √Σd²` is compared with the normal
/// distribution. This is the test for clustered pairs, with a row as a cluster, of Durkalski, Palesch,
/// Lipsitz and Rust ("Analysis of clustered matched-pair data", Statistics in Medicine 22, 2003) with the
/// continuity correction of Edwards (1948). With one network each it is McNemar's approximation.
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

/// Computes the p-value of Student's t-test of the paired differences of absolute errors, each averaged over the
/// networks of a config, `[seeds][rows]`: rows are independent, the networks on one row are not.
pub(super) fn of_errors(first: &[Vec<f64>], second: &[Vec<f64>]) -> f64 {
    let of_row = |networks: &[Vec<f64>], row: usize| {
        networks.iter().map(|errors| errors[row]).sum::<f64>() / networks.len() as f64
    };
    let rows = 0..first[0].len();
    let advantages: Vec<f64> = rows
        .map(|row| of_row(second, row) - of_row(first, row))
        .collect();
    let (mean, variance) = (mean(&advantages), variance(&advantages));
    if advantages.len() < 2 || mean == 0.0 {
        return 1.0;
    }
    let freedom = (advantages.len() - 1) as f64;
    let squared_t = mean * mean * advantages.len() as f64 / variance;
    // P(|T| ≥ t) is the regularised incomplete beta function I_x(ν/2, ½) at x = ν/(ν + t²).
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + squared_t))
}

fn share_right(networks: &[Vec<bool>], row: usize) -> f64 {
    let right = networks.iter().filter(|rows| rows[row]).count();
    right as f64 / networks.len() as f64
}
