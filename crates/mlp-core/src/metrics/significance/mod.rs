//! Significance of the difference in accuracy, or in the mean absolute error of numbers, between two configs, whose
//! networks are evaluated on the same rows.
//!
//! The difference has two sources of random variation, and both are tested:
//!
//! * **Rows.** Other rows could have been held out. McNemar's test (1947) uses only the rows on which exactly
//!   one of two networks is correct; see `rows`.
//!   Numbers are compared by Student's t-test of the paired differences of absolute errors.
//! * **Seeds.** Another seed would have produced another network. With several seeds per config, this is
//!   Welch's t-test (1947) of their accuracies. With one seed the variance is unknown, and McNemar's test
//!   only shows that these two *networks* differ: the difference must be larger than the usual variation
//!   between seeds; see `seeds`.
//!
//! The p-value of a [`PairedComparison`] is the larger of the two: both null hypotheses must be rejected, and such
//! an intersection–union test keeps its level without a correction (Berger, "Multiparameter hypothesis testing
//! and acceptance sampling", Technometrics 24, 1982). In addition, a bootstrap interval of the difference
//! resamples rows and seeds together; see `bootstrap`. A difference is significant if p is below [`LEVEL`] and
//! the interval excludes 0. With more than two configs, p is first corrected for the number of pairs ([`holm`]).

mod bootstrap;
mod rows;
mod seeds;

pub use bootstrap::SAMPLES;
pub use rows::McNemar;

use serde::Serialize;

/// Significance level.
pub const LEVEL: f64 = 0.05;

/// Comparison of the networks of two configs on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedComparison {
    /// By how much the first config is better: mean accuracy of its networks minus that of the second's, as a fraction; of
    /// numbers the mean absolute error of the second's networks minus that of the first's, in the target's unit.
    pub difference: f64,
    /// 95 % bootstrap confidence interval of the difference.
    pub interval: [f64; 2],
    /// p-value of the hypothesis that the variation of rows explains the difference.
    pub p_rows: f64,
    /// p-value of the hypothesis that the variation of seeds explains the difference.
    pub p_seeds: f64,
    /// The larger of `p_rows` and `p_seeds`.
    pub p: f64,
    /// McNemar's test of each seed of the first config in comparison with the same seed of the second; none of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mcnemar: Vec<McNemar>,
}

impl PairedComparison {
    /// Compares two configs, given for each network whether each row is predicted correctly, `[seeds][rows]`.
    ///
    /// # Panics
    /// If there is no seed or no row, or the networks differ in their number of rows.
    #[must_use]
    pub fn new(first: &[Vec<bool>], second: &[Vec<bool>]) -> Self {
        let pairs = first.iter().zip(second);
        let mcnemar: Vec<McNemar> = pairs.map(|(a, b)| McNemar::new(a, b)).collect();
        let (first_accuracies, second_accuracies) = (accuracies(first), accuracies(second));
        let p_rows = match mcnemar.as_slice() {
            [only] => only.p,
            _ => rows::over_seeds(first, second),
        };
        let pairs = mcnemar.iter().map(|test| {
            let (b, c) = (test.only_first as f64, test.only_second as f64);
            (b - c, b + c)
        });
        // An accuracy is a multiple of 1/rows: the variance of its rounding.
        let rounding = 1.0 / (12.0 * (first[0].len() as f64).powi(2));
        let p_seeds = seeds::p(&first_accuracies, &second_accuracies, rounding, pairs);
        Self {
            difference: mean(&first_accuracies) - mean(&second_accuracies),
            interval: bootstrap::interval(first, second),
            p_rows,
            p_seeds,
            p: p_rows.max(p_seeds),
            mcnemar,
        }
    }

    /// Compares two configs that predict numbers, given the absolute error of each row for each network, `[seeds][rows]`.
    ///
    /// # Panics
    /// If there is no seed or no row, or the networks differ in their number of rows.
    #[must_use]
    pub fn of_errors(first: &[Vec<f64>], second: &[Vec<f64>]) -> Self {
        let means = |networks: &[Vec<f64>]| -> Vec<f64> {
            networks.iter().map(|errors| mean(errors)).collect()
        };
        let (first_means, second_means) = (means(first), means(second));
        let pairs = first.iter().zip(second).map(|(a, b)| {
            let advantages = || a.iter().zip(b).map(|(a, b)| b - a);
            (advantages().sum(), advantages().map(|d| d * d).sum())
        });
        let p_rows = rows::of_errors(first, second);
        let p_seeds = seeds::p(&first_means, &second_means, f64::MIN_POSITIVE, pairs);
        Self {
            difference: mean(&second_means) - mean(&first_means),
            interval: bootstrap::interval_of_errors(first, second),
            p_rows,
            p_seeds,
            p: p_rows.max(p_seeds),
            mcnemar: Vec::new(),
        }
    }

    /// Returns whether the difference is significant at this p-value, which [`holm`] may have corrected.
    #[must_use]
    pub fn is_claimed(&self, p: f64) -> bool {
        let [low, high] = self.interval;
        p < LEVEL && (low > 0.0 || high < 0.0)
    }
}

/// Corrects p-values for multiple tests, which controls the family-wise error rate (Holm, "A simple sequentially
/// rejective multiple test procedure", 1979).
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut corrected = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max(p[index] * (p.len() - rank) as f64).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

/// Computes the accuracy of each network.
fn accuracies(networks: &[Vec<bool>]) -> Vec<f64> {
    let right = |rows: &Vec<bool>| rows.iter().filter(|right| **right).count();
    networks
        .iter()
        .map(|rows| right(rows) as f64 / rows.len() as f64)
        .collect()
}

/// Computes the mean; 0 for an empty slice.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Computes the sample variance, with divisor `n − 1`; 0 for fewer than two values.
#[must_use]
pub fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / values.len().saturating_sub(1).max(1) as f64
}
