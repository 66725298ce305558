//! Activations and their slopes, in one pass over the sums of a layer.

use pulp::Simd;

use super::elementary::{logistic, tanh};
use super::simd::{map, map_with};
use crate::config::{Activation, LEAKY_RELU_SLOPE};

/// `a = φ(z)` in place.
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

/// `a = φ(z)` in place, and `φ′(z)` into `slopes`. At 0, the kink of relu and leaky relu, the slope is Burn's.
#[inline(always)]
pub(super) fn activate_with_slope<S: Simd>(
    simd: S,
    activation: Activation,
    values: &mut [f32],
    slopes: &mut [f32],
) {
    // One loop each, so that the choice is made outside of it.
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
            // In this order NaN stays: a diverged network must show.
            (simd.max_f32s(zero, z), one_where(simd, positive))
        }
        #[allow(clippy::cast_possible_truncation)] // f32 is the network's type
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
        Activation::Gelu => (z, one), // has a loop of its own: the error function is not vectorised
    }
}

/// 1 where the mask is set, 0 elsewhere.
#[inline(always)]
fn one_where<S: Simd>(simd: S, mask: S::m32s) -> S::f32s {
    // On whole numbers: the library does not inline its selection of floats.
    let one = simd.splat_u32s(1.0_f32.to_bits());
    simd.transmute_f32s_u32s(simd.select_u32s(mask, one, simd.splat_u32s(0)))
}

/// `zΦ(z)` and `Φ(z) + zφ(z)` with the normal distribution and its density.
fn gelu(z: f32) -> (f32, f32) {
    let distribution = 0.5 * (1.0 + libm::erff(z * std::f32::consts::FRAC_1_SQRT_2));
    let density = libm::expf(-0.5 * z * z)
        * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2);
    (z * distribution, z * density + distribution)
}
