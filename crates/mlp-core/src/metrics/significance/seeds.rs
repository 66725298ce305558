//! Whether other seeds explain a difference.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

use super::{McNemar, mean, variance};

/// How much wider the accuracies of one config's networks are taken to spread than McNemar's test has it,
/// where one seed each leaves their spread unknown.
///
/// McNemar's test holds between seeds if each row is a throw of its own for each network. It nearly is for
/// large networks trained to the end (Jordan, "On the variance of neural network training with respect to
/// test sets and distributions", 2023); small ones are better or worse as a whole. On MNIST with 12,000
/// held-out rows, McNemar's test alone calls 7 % of the pairs among 24 seeds of 784–128–10 (tanh) different
/// at the 5 % level, but 43 % among 40 seeds of 784–7–10 (relu); with thrice its deviation these are 7 %,
/// with four times 4 %.
const SPREAD: f64 = 4.0;

/// Two-sided p of the hypothesis that seeds explain the difference in accuracy, measured on so many rows.
/// `pairs` are McNemar's tests of each seed of the first config against one of the second.
///
/// With several seeds each it is that of [`welch`]. Two or three seeds tell little of their spread,
/// however large the difference: where even the least of the pairs goes beyond any usual spread, that is
/// enough, as it is for one seed.
pub(super) fn p(first: &[f64], second: &[f64], rows: usize, pairs: &[McNemar]) -> f64 {
    let beyond_any_spread = pairs.iter().map(of_one_pair).fold(0.0, f64::max);
    if pairs.len() == 1 {
        return beyond_any_spread;
    }
    welch(first, second, rows).min(beyond_any_spread)
}

/// Two-sided p of a difference between one network each, with McNemar's deviation `√(b + c)` widened to
/// [`SPREAD`] times as much.
fn of_one_pair(test: &McNemar) -> f64 {
    let (b, c) = (test.only_first as f64, test.only_second as f64);
    if b + c == 0.0 {
        return 1.0;
    }
    let deviations = (b - c).abs() / (SPREAD * (b + c).sqrt());
    erfc(deviations / std::f64::consts::SQRT_2)
}

/// Two-sided p of Welch's t-test of two configs' accuracies, at least two each, measured on so many rows
/// (Welch, "The generalization of 'Student's' problem when several different population variances are
/// involved", Biometrika 34, 1947).
///
/// Seeds that come to the very same accuracy do not prove that there is no spread: an accuracy is a whole
/// number of rows, so that each variance is taken to be at least that of the rounding, `1/(12·rows²)`.
fn welch(first: &[f64], second: &[f64], rows: usize) -> f64 {
    let rounding = 1.0 / (12.0 * (rows as f64).powi(2));
    let of_mean = |values: &[f64]| variance(values).max(rounding) / values.len() as f64;
    let (v1, v2) = (of_mean(first), of_mean(second));
    let squared_t = (mean(first) - mean(second)).powi(2) / (v1 + v2);
    let share = |v: f64, values: &[f64]| v.powi(2) / (values.len() - 1) as f64;
    let freedom = (v1 + v2).powi(2) / (share(v1, first) + share(v2, second));
    // P(|T| ≥ t) is the regularised incomplete beta function I_x(ν/2, ½) at x = ν/(ν + t²).
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + squared_t))
}
