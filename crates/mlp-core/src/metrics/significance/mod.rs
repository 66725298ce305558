//! Whether one way of training is better than another, judged by networks that were scored on the same
//! rows.
//!
//! A difference between two accuracies has two sources of chance, and a claim has to survive both:
//!
//! * **Rows.** Other rows would have been held out. The test of McNemar (1947) looks only at the rows that
//!   one network got right and the other wrong; see `rows`.
//! * **Seeds.** Another seed would have trained another network. With several seeds a config, this is
//!   Welch's t-test (1947) of their accuracies. With one seed the spread is not known, and McNemar's test,
//!   however small its p, says only that these two *networks* differ: the difference has to be so large
//!   that no usual spread explains it; see `seeds`.
//!
//! The p of a [`PairedComparison`] is the larger of the two: the claim "better" needs both null
//! hypotheses refused, and such an intersection–union test keeps its level without a correction (Berger,
//! "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 1982). Beside it stands
//! a bootstrap interval of the difference that resamples rows and seeds at once; see `bootstrap`. A
//! difference is claimed where p is below [`LEVEL`] and the interval excludes 0. With more than two
//! configs, p is first corrected for their number of pairs ([`holm`]).

mod bootstrap;
mod rows;
mod seeds;

pub use bootstrap::SAMPLES;
pub use rows::McNemar;

use serde::Serialize;

/// Below this p a difference is claimed.
pub const LEVEL: f64 = 0.05;

/// How the networks of two configs compare, on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedComparison {
    /// Mean accuracy of the first config's networks less that of the second's, in shares of 1.
    pub difference: f64,
    /// 95 % of the bootstrap samples of the difference lie between these.
    pub interval: [f64; 2],
    /// Of the hypothesis that other rows explain the difference.
    pub p_rows: f64,
    /// Of the hypothesis that other seeds explain it.
    pub p_seeds: f64,
    /// The larger of both.
    pub p: f64,
    /// McNemar's test of each seed of the first against the same one of the second.
    pub mcnemar: Vec<McNemar>,
}

impl PairedComparison {
    /// Compares two configs by their networks: which rows each of them got right, `[seeds][rows]`.
    ///
    /// There must be at least one seed and one row, and every network must have all rows.
    #[must_use]
    pub fn new(first: &[Vec<bool>], second: &[Vec<bool>]) -> Self {
        let pairs = first.iter().zip(second);
        let mcnemar: Vec<McNemar> = pairs.map(|(a, b)| McNemar::new(a, b)).collect();
        let (first_accuracies, second_accuracies) = (accuracies(first), accuracies(second));
        let p_rows = match mcnemar.as_slice() {
            [only] => only.p,
            _ => rows::over_seeds(first, second),
        };
        let p_seeds = seeds::p(
            &first_accuracies,
            &second_accuracies,
            first[0].len(),
            &mcnemar,
        );
        Self {
            difference: mean(&first_accuracies) - mean(&second_accuracies),
            interval: bootstrap::interval(first, second),
            p_rows,
            p_seeds,
            p: p_rows.max(p_seeds),
            mcnemar,
        }
    }

    /// Whether a difference is claimed at this p, which [`holm`] may have raised.
    #[must_use]
    pub fn is_claimed(&self, p: f64) -> bool {
        let [low, high] = self.interval;
        p < LEVEL && (low > 0.0 || high < 0.0)
    }
}

/// Corrects the p of several hypotheses for their number, so that the chance of one false claim among
/// all of them keeps its level (Holm, "A simple sequentially rejective multiple test procedure", 1979).
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

/// Share of the rows that each network got right.
fn accuracies(networks: &[Vec<bool>]) -> Vec<f64> {
    let right = |rows: &Vec<bool>| rows.iter().filter(|right| **right).count();
    networks
        .iter()
        .map(|rows| right(rows) as f64 / rows.len() as f64)
        .collect()
}

/// Mean of numbers; 0 of none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Sample variance, with `n − 1` below; 0 of fewer than two numbers.
#[must_use]
pub fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / values.len().saturating_sub(1).max(1) as f64
}
