//! Vectors as wide as the processor's, chosen when the program runs.

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs an operation compiled for this processor's widest vectors: AVX-512, AVX2 with FMA, NEON, or none.
#[inline]
pub(super) fn dispatch<Operation: WithSimd>(operation: Operation) -> Operation::Output {
    ARCH.dispatch(operation)
}

/// Returns the number of values in a vector of this processor.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    dispatch(Lanes)
}

/// Loads the vector at `at`; behind the end of the slice it holds zeros.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, values: &[f32], at: usize) -> S::f32s {
    match values.get(at..at + S::F32_LANES) {
        Some(whole) => S::as_simd_f32s(whole).0[0],
        None => simd.partial_load_f32s(values.get(at..).unwrap_or_default()),
    }
}

/// Stores the part of a vector at `at` that lies before the end of the slice.
#[inline(always)]
pub(super) fn store<S: Simd>(simd: S, values: &mut [f32], at: usize, vector: S::f32s) {
    if let Some(whole) = values.get_mut(at..at + S::F32_LANES) {
        S::as_mut_simd_f32s(whole).0[0] = vector;
    } else if let Some(part) = values.get_mut(at..) {
        simd.partial_store_f32s(part, vector);
    }
}

/// Loads adjacent vectors from `at` on; if they are not `WHOLE`, as [`load`] does.
#[inline(always)]
pub(super) fn load_all<S: Simd, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    values: &[f32],
    at: usize,
) -> [S::f32s; VECTORS] {
    // Loops, not closures, which would not be compiled for the wide vectors.
    let mut vectors = [simd.splat_f32s(0.0); VECTORS];
    if WHOLE {
        let whole = S::as_simd_f32s(&values[at..at + VECTORS * S::F32_LANES]).0;
        for (vector, whole) in vectors.iter_mut().zip(whole) {
            *vector = *whole;
        }
    } else {
        for (i, vector) in vectors.iter_mut().enumerate() {
            *vector = load(simd, values, at + i * S::F32_LANES);
        }
    }
    vectors
}

/// Stores adjacent vectors from `at` on; if they are not `WHOLE`, as [`store`] does.
#[inline(always)]
pub(super) fn store_all<S: Simd, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    values: &mut [f32],
    at: usize,
    vectors: [S::f32s; VECTORS],
) {
    if WHOLE {
        let whole = S::as_mut_simd_f32s(&mut values[at..at + VECTORS * S::F32_LANES]).0;
        for (place, vector) in whole.iter_mut().zip(vectors) {
            *place = vector;
        }
    } else {
        for (i, vector) in vectors.into_iter().enumerate() {
            store(simd, values, at + i * S::F32_LANES, vector);
        }
    }
}

/// Replaces every value by a function of it, a vector at a time.
#[inline(always)]
pub(super) fn map<S: Simd>(simd: S, values: &mut [f32], function: impl Fn(S::f32s) -> S::f32s) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    for vector in vectors {
        *vector = function(*vector);
    }
    if !rest.is_empty() {
        let last = function(simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, last);
    }
}

/// Replaces every value by the first result of a function of it, and writes the second to `slopes`.
#[inline(always)]
pub(super) fn map_with<S: Simd>(
    simd: S,
    values: &mut [f32],
    slopes: &mut [f32],
    function: impl Fn(S::f32s) -> (S::f32s, S::f32s),
) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    let (slopes, rest_of_slopes) = S::as_mut_simd_f32s(slopes);
    for (vector, slope) in vectors.iter_mut().zip(slopes) {
        (*vector, *slope) = function(*vector);
    }
    if !rest.is_empty() {
        let (last, slope) = function(simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, last);
        simd.partial_store_f32s(rest_of_slopes, slope);
    }
}
