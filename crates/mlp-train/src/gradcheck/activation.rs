//! Activation functions in float64: values, derivatives and finite differences.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use libm::{erf, exp, expm1, tanh};

use mlp_core::config::Activation;

/// Slope of the leaky relu below 0.
const LEAKY_SLOPE: f64 = 0.01;

/// Returns `φ(z)`.
#[must_use]
pub fn value(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Tanh => tanh(z),
        Activation::Sigmoid => sigmoid(z),
        Activation::Relu => z.max(0.0),
        Activation::LeakyRelu => z.max(LEAKY_SLOPE * z),
        Activation::Gelu => z * normal_distribution(z),
        Activation::Silu => z * sigmoid(z),
        Activation::TanhDoubled => tanh(2.0 * z),
    }
}

/// Returns `φ′(z)`. At the kink z = 0 it follows Burn: 0 for relu, 1 for the leaky relu.
///
/// For [`Activation::TanhDoubled`] it returns half the true derivative, as that activation defines it.
/// [`change`] is exact, so the check fails for this activation.
#[must_use]
pub fn slope(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Tanh => 1.0 - tanh(z) * tanh(z),
        Activation::Sigmoid => sigmoid(z) * sigmoid(-z),
        Activation::Relu => f64::from(z > 0.0),
        Activation::LeakyRelu if z < 0.0 => LEAKY_SLOPE,
        Activation::LeakyRelu => 1.0,
        Activation::Gelu => normal_distribution(z) + z * normal_density(z),
        Activation::Silu => sigmoid(z) * (1.0 + z * sigmoid(-z)),
        Activation::TanhDoubled => 1.0 - tanh(2.0 * z) * tanh(2.0 * z),
    }
}

/// Returns `φ(z + step) − φ(z)`, computed without cancellation; `None` if a kink lies in the closed interval
/// between `z` and `z + step`.
#[must_use]
pub fn change(activation: Activation, z: f64, step: f64) -> Option<f64> {
    if step == 0.0 {
        return Some(0.0);
    }
    let moved = z + step;
    let linear = |slope_below: f64| {
        if z > 0.0 && moved > 0.0 {
            Some(step)
        } else if z < 0.0 && moved < 0.0 {
            Some(slope_below * step)
        } else {
            None
        }
    };
    match activation {
        // tanh z = 2σ(2z) − 1
        Activation::Tanh => Some(2.0 * sigmoid_change(2.0 * z, 2.0 * step)),
        Activation::TanhDoubled => Some(2.0 * sigmoid_change(4.0 * z, 4.0 * step)),
        Activation::Sigmoid => Some(sigmoid_change(z, step)),
        Activation::Relu => linear(0.0),
        Activation::LeakyRelu => linear(LEAKY_SLOPE),
        Activation::Gelu => {
            Some(step * normal_distribution(moved) + z * distribution_change(z, step))
        }
        Activation::Silu => Some(step * sigmoid(moved) + z * sigmoid_change(z, step)),
    }
}

/// `σ(z + step) − σ(z) = σ(z)·σ(−(z + step))·(e^step − 1)`.
fn sigmoid_change(z: f64, step: f64) -> f64 {
    sigmoid(z) * sigmoid(-(z + step)) * expm1(step)
}

/// `Φ(z + step) − Φ(z)`: the integral of the density by three-point Gauss–Legendre quadrature, on intervals
/// short enough for float64 precision.
fn distribution_change(z: f64, step: f64) -> f64 {
    const SHORT: f64 = 1.0 / 64.0;
    const LONG: f64 = 0.5;
    const POINTS: [(f64, f64); 3] = [
        (-0.774_596_669_241_483_4, 5.0 / 9.0), // −√(3/5)
        (0.0, 8.0 / 9.0),
        (0.774_596_669_241_483_4, 5.0 / 9.0),
    ];
    let half = step / 2.0;
    if step.abs() > LONG {
        normal_distribution(z + step) - normal_distribution(z) // nothing cancels
    } else if step.abs() > SHORT {
        distribution_change(z, half) + distribution_change(z + half, half)
    } else {
        let terms = POINTS.map(|(at, weight)| weight * normal_density(z + half * (1.0 + at)));
        half * terms.iter().sum::<f64>()
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z))
}

fn normal_density(z: f64) -> f64 {
    exp(-z * z / 2.0) / (2.0 * PI).sqrt()
}

/// The standard normal distribution function Φ.
fn normal_distribution(z: f64) -> f64 {
    0.5 * (1.0 + erf(z * FRAC_1_SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 6] = [
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Gelu,
        Activation::Silu,
    ];

    #[test]
    fn a_change_is_the_difference_of_two_values() {
        for activation in ALL {
            for z in [-30.0, -3.0, -0.7, 0.4, 2.5, 40.0] {
                for step in [-0.2, 1e-3, 0.3] {
                    let expected = value(activation, z + step) - value(activation, z);
                    let found = change(activation, z, step).unwrap();
                    assert!((found - expected).abs() < 1e-14, "{activation:?} at {z}");
                }
            }
        }
    }

    #[test]
    fn a_change_over_or_at_a_kink_is_none() {
        for activation in ALL {
            for (z, step) in [(0.1, -0.2), (-0.1, 0.1), (0.0, 0.1)] {
                let change = change(activation, z, step);
                let kinked = matches!(activation, Activation::Relu | Activation::LeakyRelu);
                assert_eq!(change.is_none(), kinked, "{activation:?}");
            }
        }
    }

    #[test]
    fn a_slope_is_the_limit_of_the_changes() {
        for activation in ALL {
            for z in [-3.0, -0.7, 0.4, 2.5] {
                let rise = |step| change(activation, z, step).unwrap();
                let expected = (rise(1e-4) - rise(-1e-4)) / 2e-4;
                let found = slope(activation, z);
                assert!((found - expected).abs() < 1e-8, "{activation:?} at {z}");
            }
        }
    }
}
