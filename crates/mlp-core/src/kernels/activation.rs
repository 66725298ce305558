//! Activations with their slopes, and the elementary functions of vectors that they and the loss are made of.
//!
//! `exp`, `tanh` and the logistic function are correct to about two units in the last place.

use pulp::Simd;

use super::simd::{map, map_with};
use crate::config::{Activation, LEAKY_RELU_SLOPE};

/// ln 2 in two parts; the first has so few digits that its product with a small whole number is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// 1.5·2²³: added to a small number, it leaves that number rounded to a whole one in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;
const EXPONENT_BIAS: u32 = 127;
const FRACTION_BITS: u32 = 23;

/// Computes `a = φ(z)` in place.
#[inline(always)]
pub(super) fn activate<S: Simd>(simd: S, activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Gelu => values.iter_mut().for_each(|z| *z = gelu(*z).0),
        activation => map(
            simd,
            values,
            #[inline(always)]
            |z| value_and_slope(simd, activation, z).0,
        ),
    }
}

/// Computes `a = φ(z)` in place, and `φ′(z)` into `slopes`. At 0, the kink of relu and leaky relu, the slope is Burn's.
#[inline(always)]
pub(super) fn activate_with_slope<S: Simd>(
    simd: S,
    activation: Activation,
    values: &mut [f32],
    slopes: &mut [f32],
) {
    // One loop for each activation, so that the choice is made outside of it.
    macro_rules! pass {
        ($($activation:ident),*) => {
            match activation {
                Activation::Gelu => {
                    for (z, slope) in values.iter_mut().zip(slopes) {
                        (*z, *slope) = gelu(*z);
                    }
                }
                $(Activation::$activation => map_with(simd, values, slopes, #[inline(always)] |z| {
                    value_and_slope(simd, Activation::$activation, z)
                }),)*
            }
        };
    }
    pass!(Tanh, Sigmoid, Relu, LeakyRelu, Silu, TanhDoubled);
}

#[inline(always)]
fn value_and_slope<S: Simd>(simd: S, activation: Activation, z: S::f32s) -> (S::f32s, S::f32s) {
    let one = simd.splat_f32s(1.0);
    let zero = simd.splat_f32s(0.0);
    match activation {
        Activation::Tanh => {
            let a = tanh(simd, z);
            (a, simd.negate_mul_add_e_f32s(a, a, one))
        }
        Activation::TanhDoubled => {
            let a = tanh(simd, simd.add_f32s(z, z));
            (a, simd.negate_mul_add_e_f32s(a, a, one))
        }
        Activation::Sigmoid => {
            let a = logistic(simd, z);
            (a, simd.mul_f32s(a, simd.sub_f32s(one, a)))
        }
        Activation::Relu => {
            let positive = simd.greater_than_f32s(z, zero);
            // The order of the operands lets NaN through: divergence must not be hidden.
            (simd.max_f32s(zero, z), one_where(simd, positive))
        }
        Activation::LeakyRelu => {
            let negative = one_where(simd, simd.less_than_f32s(z, zero));
            let less = simd.splat_f32s(1.0 - LEAKY_RELU_SLOPE as f32);
            let slope = simd.negate_mul_add_e_f32s(negative, less, one);
            (simd.mul_f32s(z, slope), slope)
        }
        Activation::Silu => {
            let share = logistic(simd, z);
            let a = simd.mul_f32s(z, share);
            // σ + zσ(1 − σ) = σ + a(1 − σ)
            let slope = simd.mul_add_e_f32s(a, simd.sub_f32s(one, share), share);
            (a, slope)
        }
        Activation::Gelu => (z, one), // has its own loops: the error function is not vectorised
    }
}

/// Returns 1 where the mask is set, 0 elsewhere.
#[inline(always)]
fn one_where<S: Simd>(simd: S, mask: S::m32s) -> S::f32s {
    // On integers: the library does not inline its selection of floats.
    let one = simd.splat_u32s(1.0_f32.to_bits());
    simd.transmute_f32s_u32s(simd.select_u32s(mask, one, simd.splat_u32s(0)))
}

/// Returns `zΦ(z)` and its derivative `Φ(z) + zφ(z)`, where Φ is the standard normal distribution and φ its density.
fn gelu(z: f32) -> (f32, f32) {
    let distribution = 0.5 * (1.0 + libm::erff(z * std::f32::consts::FRAC_1_SQRT_2));
    let density = libm::expf(-0.5 * z * z)
        * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2);
    (z * distribution, z * density + distribution)
}

/// Returns `2ⁿ` and `e^r − 1`, where `x = n·ln 2 + r` and `|r| ≤ ½ ln 2`; for `|x|` below 87.
#[inline(always)]
fn split_exponential<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let constant = |value| simd.splat_f32s(value);
    let rounded = simd.mul_add_e_f32s(x, constant(std::f32::consts::LOG2_E), constant(ROUNDER));
    let n = simd.sub_f32s(rounded, constant(ROUNDER));
    let r = simd.negate_mul_add_e_f32s(n, constant(LN_2_HIGH), x);
    let r = simd.negate_mul_add_e_f32s(n, constant(LN_2_LOW), r);

    let bits = simd.transmute_u32s_f32s(rounded);
    let exponent = simd.add_u32s(
        bits,
        simd.splat_u32s(EXPONENT_BIAS.wrapping_sub(ROUNDER.to_bits())),
    );
    let power = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(FRACTION_BITS));
    let power = simd.transmute_f32s_u32s(power); // 2ⁿ

    // Taylor series up to r⁷/7!: the next term is below 6e-9.
    let mut series = constant(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0] {
        series = simd.mul_add_e_f32s(series, r, constant(coefficient));
    }
    (power, simd.mul_f32s(series, r))
}

#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::f32s, limit: f32) -> S::f32s {
    // The order of the operands lets NaN through: divergence must not be hidden.
    let x = simd.min_f32s(simd.splat_f32s(limit), x);
    simd.max_f32s(simd.splat_f32s(-limit), x)
}

/// Computes `e^x`; constant beyond ±87.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let (power, rest) = split_exponential(simd, clamp(simd, x, 87.0));
    simd.mul_add_e_f32s(power, rest, power)
}

/// Computes `tanh x = t/(t + 2)` with `t = e^2x − 1`, which keeps all digits for small `x`.
#[inline(always)]
fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let doubled = clamp(simd, simd.add_f32s(x, x), 40.0); // tanh 20 is 1 in float32
    let (power, rest) = split_exponential(simd, doubled);
    let t = simd.mul_add_e_f32s(power, rest, simd.sub_f32s(power, simd.splat_f32s(1.0)));
    simd.div_f32s(t, simd.add_f32s(t, simd.splat_f32s(2.0)))
}

/// Computes `1/(1 + e^−x)`.
#[inline(always)]
fn logistic<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let power = exp(simd, simd.neg_f32s(x));
    simd.div_f32s(one, simd.add_f32s(one, power))
}
