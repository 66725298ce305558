//! Tests of whether the variation of seeds explains a difference.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

use super::{mean, variance};

/// Factor by which the standard deviation of the test of rows is widened if there is one seed per config, so that the
/// variation between seeds is unknown.
///
/// McNemar's test is valid between seeds if the networks' errors are independent on each row. This is nearly so
/// for large, fully trained networks (Jordan, "On the variance of neural network training with respect to
/// test sets and distributions", 2023); small networks differ in overall quality. On MNIST with 12,000
/// held-out rows, McNemar's test alone rejects 7 % of the pairs among 24 seeds of 784–128–10 (tanh) at the
/// 5 % level, but 43 % among 40 seeds of 784–7–10 (relu). For the latter, a factor of 3 gives 7 %, and a
/// factor of 4 gives 4 %.
const SPREAD: f64 = 4.0;

/// Computes the two-sided p-value of the hypothesis that seeds explain the difference between the mean qualities of two
/// configs' networks, whose rounding has the variance `rounding`. `pairs` holds for each seed of the first config with one
/// of the second the sum of the differences of their rows and that of their squares.
///
/// With several seeds it is that of [`welch`]. With two or three seeds that test has little power even for large
/// differences, so the criterion for one seed also suffices if it holds for every pair.
pub(super) fn p(
    first: &[f64],
    second: &[f64],
    rounding: f64,
    pairs: impl Iterator<Item = (f64, f64)>,
) -> f64 {
    let beyond_any_spread = pairs
        .map(|(sum, squares)| of_one_pair(sum, squares))
        .fold(0.0, f64::max);
    if first.len().min(second.len()) == 1 {
        return beyond_any_spread;
    }
    welch(first, second, rounding).min(beyond_any_spread)
}

/// Computes the two-sided p-value of a difference between two networks from the sum of the differences of their rows and
/// that of their squares, whose root is the sum's standard deviation without a difference: McNemar's `√(b + c)`. It is
/// widened by the factor [`SPREAD`].
fn of_one_pair(sum: f64, squares: f64) -> f64 {
    if squares == 0.0 {
        return 1.0;
    }
    let deviations = sum.abs() / (SPREAD * squares.sqrt());
    erfc(deviations / std::f64::consts::SQRT_2)
}

/// Computes the two-sided p-value of Welch's t-test of two configs' mean qualities, at least two each
/// (Welch, "The generalization of 'Student's' problem when several different population variances are
/// involved", Biometrika 34, 1947).
///
/// Equal accuracies do not imply zero variance, because an accuracy is a multiple of `1/rows`: each variance is
/// at least that of the `rounding`.
fn welch(first: &[f64], second: &[f64], rounding: f64) -> f64 {
    let of_mean = |values: &[f64]| variance(values).max(rounding) / values.len() as f64;
    let (v1, v2) = (of_mean(first), of_mean(second));
    let squared_t = (mean(first) - mean(second)).powi(2) / (v1 + v2);
    let share = |v: f64, values: &[f64]| v.powi(2) / (values.len() - 1) as f64;
    let freedom = (v1 + v2).powi(2) / (share(v1, first) + share(v2, second));
    // P(|T| ≥ t) is the regularised incomplete beta function I_x(ν/2, ½) at x = ν/(ν + t²).
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + squared_t))
}
