//! The first layer on rows without their zeros: forward, and the gradient of its weights.
//!
//! Both walk over blocks of inputs, so that the block of the weights stays in the first-level cache while
//! all rows of the batch pass over it. Sums run in the order of the dense product, so that both give the
//! same bits.

use pulp::Simd;

use super::by_column::{GROUP, RowsByColumn};
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
            groups: &RowsByColumn::groups(parts, block),
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
        // Where a row of the weights is just these vectors, an entry's place needs neither check nor product.
        let lines = S::as_simd_f32s(self.weights).0.as_chunks::<VECTORS>().0;
        if WHOLE
            && units == VECTORS * S::F32_LANES
            && let Ok(lines) = <&[[S::f32s; VECTORS]; BLOCK]>::try_from(lines)
        {
            for (entries, sums) in rows.zip(self.sums.chunks_exact_mut(units)) {
                let mut vectors = load_all::<S, VECTORS, WHOLE>(simd, sums, from);
                for (offset, input) in entries {
                    let input = simd.splat_f32s(input);
                    for i in 0..VECTORS {
                        vectors[i] = simd.mul_add_e_f32s(input, lines[offset][i], vectors[i]);
                    }
                }
                store_all::<S, VECTORS, WHOLE>(simd, sums, from, vectors);
            }
            return;
        }
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
    groups: &'a [RowsByColumn<'a>],
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
        let zero = simd.splat_f32s(0.0);
        let last = self.groups.len() - 1;
        let groups = self.groups.iter().zip(self.errors.chunks(GROUP * units));
        for (number, (group, errors)) in groups.enumerate() {
            let mut lines = Lines([[zero; VECTORS]; GROUP]);
            for (line, errors) in lines.0.iter_mut().zip(errors.chunks_exact(units)) {
                *line = load_all::<S, VECTORS, WHOLE>(simd, errors, from);
            }
            let mut inputs = group.inputs.clone();
            let columns = group.columns.iter().zip(self.out.chunks_exact_mut(units));
            for (offset, (rows, out)) in columns.enumerate() {
                let mut gradient = match number {
                    0 => [zero; VECTORS],
                    _ => load_all::<S, VECTORS, WHOLE>(simd, out, from),
                };
                let mut rows = *rows;
                while rows != 0 {
                    let row = rows.trailing_zeros() as usize % GROUP;
                    rows &= rows - 1;
                    // A row has as many inputs as it has columns here.
                    let input = simd.splat_f32s(inputs[row].next().copied().unwrap_or_default());
                    for (sum, error) in gradient.iter_mut().zip(lines.0[row]) {
                        *sum = simd.mul_add_e_f32s(input, error, *sum);
                    }
                }
                if number == last {
                    let row = self.block * BLOCK + offset;
                    self.update
                        .apply::<S, VECTORS, WHOLE>(simd, gradient, row, from, out);
                } else {
                    store_all::<S, VECTORS, WHOLE>(simd, out, from, gradient);
                }
            }
        }
    }
}

/// Vectors for the units of a group of rows, at the beginning of a line of the cache: one that reaches over two
/// lines takes twice as long.
#[repr(align(64))]
struct Lines<Vector, const VECTORS: usize>([[Vector; VECTORS]; GROUP]);
