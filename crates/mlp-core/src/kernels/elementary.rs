//! `exp`, `tanh` and the logistic function of vectors, correct to about two units in the last place.

use pulp::Simd;

/// ln 2 in two parts; the first has so few digits that its product with a small whole number is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// 1.5·2²³: added to a small number, it leaves that number rounded to a whole one in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;
const EXPONENT_BIAS: u32 = 127;
const FRACTION_BITS: u32 = 23;

/// `2ⁿ` and `e^r − 1` with `x = n·ln 2 + r`, `|r| ≤ ½ ln 2`; for `|x|` below 87.
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

    // Taylor's series to r⁷/7!: the next term is below 6e-9.
    let mut series = constant(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0] {
        series = simd.mul_add_e_f32s(series, r, constant(coefficient));
    }
    (power, simd.mul_f32s(series, r))
}

#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::f32s, limit: f32) -> S::f32s {
    // The order of the operands lets NaN through: a diverged network must show.
    let x = simd.min_f32s(simd.splat_f32s(limit), x);
    simd.max_f32s(simd.splat_f32s(-limit), x)
}

/// `e^x`; beyond ±87 it stays where it is there.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let (power, rest) = split_exponential(simd, clamp(simd, x, 87.0));
    simd.mul_add_e_f32s(power, rest, power)
}

/// `tanh x = t/(t + 2)` with `t = e^2x − 1`, which loses nothing for small `x`.
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let doubled = clamp(simd, simd.add_f32s(x, x), 40.0); // tanh 20 is 1 in float32
    let (power, rest) = split_exponential(simd, doubled);
    let t = simd.mul_add_e_f32s(power, rest, simd.sub_f32s(power, simd.splat_f32s(1.0)));
    simd.div_f32s(t, simd.add_f32s(t, simd.splat_f32s(2.0)))
}

/// `1/(1 + e^−x)`.
#[inline(always)]
pub(super) fn logistic<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let power = exp(simd, simd.neg_f32s(x));
    simd.div_f32s(one, simd.add_f32s(one, power))
}
