//! The first layer on rows without their zeros: forward, and the gradient of its weights.
//!
//! Both walk over blocks of inputs, so that the block of the weights stays in the first-level cache while
//! all rows of the batch pass over it. Sums run in the order of the dense product, so that both give the
//! same bits.

use pulp::Simd;

use super::compressed::{BLOCK, Gathered};
use super::simd::{load, load_all, store_all};
use super::update::Update;

/// Vectors of units that one pass works on: eight running sums hide that an addition takes four cycles.
const PASS_VECTORS: usize = 8;

/// `sums = X·W + b` of these rows: `[rows, units]`.
#[inline(always)]
pub(super) fn forward<S: Simd>(
    simd: S,
    rows: &Gathered,
    weights: &[f32],
    bias: &[f32],
    sums: &mut [f32],
) {
    let units = bias.len();
    sums.fill(0.0);
    for (block, weights) in weights.chunks(BLOCK * units).enumerate() {
        passes(
            simd,
            units,
            &mut ForwardPass {
                rows,
                block,
                weights,
                sums,
            },
        );
    }
    for sums in sums.chunks_exact_mut(units) {
        for (sum, bias) in sums.iter_mut().zip(bias) {
            *sum += bias;
        }
    }
}

/// [`Update`] of the weights of a block of inputs with the gradient `Xᵀ·errors`.
///
/// `errors` are `[rows, units]` of the whole batch; `out` are the weights of the block, `[inputs, units]`.
#[inline(always)]
pub(super) fn update<S: Simd>(
    simd: S,
    parts: &[Gathered],
    block: usize,
    units: usize,
    errors: &[f32],
    update: Update<'_>,
    out: &mut [f32],
) {
    passes(
        simd,
        units,
        &mut UpdatePass {
            parts,
            block,
            errors,
            update,
            out,
        },
    );
}

/// What is done for `VECTORS` vectors of units, from unit `from` on; where they are not `WHOLE`, the one vector
/// reaches beyond the end.
trait Pass {
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    );
}

/// Goes over all units, as many at a time as there are.
#[inline(always)]
fn passes<S: Simd>(simd: S, units: usize, pass: &mut impl Pass) {
    let mut from = 0;
    while from < units {
        let vectors = match (units - from) / S::F32_LANES {
            0 => {
                pass.run::<S, 1, false>(simd, units, from);
                1
            }
            1 => {
                pass.run::<S, 1, true>(simd, units, from);
                1
            }
            2 | 3 => {
                pass.run::<S, 2, true>(simd, units, from);
                2
            }
            4..PASS_VECTORS => {
                pass.run::<S, 4, true>(simd, units, from);
                4
            }
            _ => {
                pass.run::<S, PASS_VECTORS, true>(simd, units, from);
                PASS_VECTORS
            }
        };
        from += vectors * S::F32_LANES;
    }
}

struct ForwardPass<'a> {
    rows: &'a Gathered,
    block: usize,
    weights: &'a [f32],
    sums: &'a mut [f32],
}

impl Pass for ForwardPass<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    ) {
        let rows = self.rows.of_block(self.block);
        for (entries, all_sums) in rows.zip(self.sums.chunks_exact_mut(units)) {
            let mut sums = load_all::<S, VECTORS, WHOLE>(simd, all_sums, from);
            for (offset, input) in entries {
                let input = simd.splat_f32s(input);
                let weights = &self.weights[offset * units..][..units];
                if WHOLE {
                    let weights = S::as_simd_f32s(&weights[from..from + VECTORS * S::F32_LANES]).0;
                    for i in 0..VECTORS {
                        sums[i] = simd.mul_add_e_f32s(input, weights[i], sums[i]);
                    }
                } else {
                    sums[0] = simd.mul_add_e_f32s(input, load(simd, weights, from), sums[0]);
                }
            }
            store_all::<S, VECTORS, WHOLE>(simd, all_sums, from, sums);
        }
    }
}

struct UpdatePass<'a> {
    parts: &'a [Gathered],
    block: usize,
    errors: &'a [f32],
    update: Update<'a>,
    out: &'a mut [f32],
}

impl Pass for UpdatePass<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    ) {
        let mut gradient = Lines([[simd.splat_f32s(0.0); VECTORS]; BLOCK]);
        let rows = self.parts.iter().flat_map(
            #[inline(always)]
            |part| part.of_block(self.block),
        );
        for (entries, errors) in rows.zip(self.errors.chunks_exact(units)) {
            let errors = load_all::<S, VECTORS, WHOLE>(simd, errors, from);
            for (offset, input) in entries {
                let input = simd.splat_f32s(input);
                for (sum, error) in gradient.0[offset].iter_mut().zip(errors) {
                    *sum = simd.mul_add_e_f32s(input, error, *sum);
                }
            }
        }
        for (offset, out) in self.out.chunks_exact_mut(units).enumerate() {
            let row = self.block * BLOCK + offset;
            let gradient = gradient.0[offset % BLOCK];
            self.update
                .apply::<S, VECTORS, WHOLE>(simd, gradient, row, from, out);
        }
    }
}

/// Vectors for the units of a block, at the beginning of a line of the cache: one that reaches over two lines
/// takes twice as long.
#[repr(align(64))]
struct Lines<Vector, const VECTORS: usize>([[Vector; VECTORS]; BLOCK]);
