//! The product of two matrices, tile by tile, and what becomes of each tile while it is in registers.

use std::ops::Range;

use pulp::Simd;

use super::panels::{PANEL_VECTORS, Panels, vectors};
use super::simd::{load, store};

/// Most rows of a tile: with two vectors each, twelve sums, two vectors of the right factor and one value
/// of the left fill the sixteen registers that AVX2 has.
const TILE_ROWS: usize = 6;

/// The left factor, read as `[rows, depth]`.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Stored like that, row-major.
    Rows(&'a [f32]),
    /// The transpose of a row-major matrix `[depth, rows]` of so many columns.
    Columns(&'a [f32], usize),
}

/// What is done with the sums of a row, two vectors at a time.
pub(super) trait Epilogue {
    /// Sums of row `row`, from column `column` on; those behind the last column are of no meaning.
    fn take<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: [S::f32s; PANEL_VECTORS]);
}

/// Forms `left·right` for these rows of the left factor.
///
/// Each sum runs over the depth in order, one fused multiply-add after the other: it is the same bits
/// whatever the tiles, the vectors and the threads, and a term that is zero can be left out.
#[inline(always)]
pub(super) fn product<S: Simd>(
    simd: S,
    left: Left<'_>,
    rows: Range<usize>,
    right: &Panels,
    epilogue: &mut impl Epilogue,
) {
    let count = rows.len();
    let tiles = count.div_ceil(TILE_ROWS);
    for column in (0..right.columns()).step_by(right.width()) {
        let panel = right.panel(column);
        let mut row = rows.start;
        for tile in 0..tiles {
            // Tiles of even height: a low one at the end would have too few sums to keep the units busy.
            let end = rows.start + count * (tile + 1) / tiles;
            match end - row {
                1 => tile_of::<S, 1>(simd, left, row, right, panel, column, epilogue),
                2 => tile_of::<S, 2>(simd, left, row, right, panel, column, epilogue),
                3 => tile_of::<S, 3>(simd, left, row, right, panel, column, epilogue),
                4 => tile_of::<S, 4>(simd, left, row, right, panel, column, epilogue),
                5 => tile_of::<S, 5>(simd, left, row, right, panel, column, epilogue),
                _ => tile_of::<S, TILE_ROWS>(simd, left, row, right, panel, column, epilogue),
            }
            row = end;
        }
    }
}

#[inline(always)]
fn tile_of<S: Simd, const HEIGHT: usize>(
    simd: S,
    left: Left<'_>,
    row: usize,
    right: &Panels,
    panel: &[f32],
    column: usize,
    epilogue: &mut impl Epilogue,
) {
    let zero = simd.splat_f32s(0.0);
    let mut sums = [[zero; PANEL_VECTORS]; HEIGHT];
    let depth = right.depth();
    let right = panel.chunks_exact(PANEL_VECTORS * S::F32_LANES);
    match left {
        Left::Rows(values) => {
            let rows: [&[f32]; HEIGHT] =
                std::array::from_fn(|i| &values[(row + i) * depth..(row + i + 1) * depth]);
            for (k, right) in right.enumerate().take(depth) {
                let right = vectors::<S>(right);
                for i in 0..HEIGHT {
                    add::<S>(simd, &mut sums[i], rows[i][k], right);
                }
            }
        }
        Left::Columns(values, columns) => {
            for (values, right) in values.chunks_exact(columns).zip(right) {
                let values = &values[row..row + HEIGHT];
                let right = vectors::<S>(right);
                for i in 0..HEIGHT {
                    add::<S>(simd, &mut sums[i], values[i], right);
                }
            }
        }
    }
    for (i, sums) in sums.into_iter().enumerate() {
        epilogue.take(simd, row + i, column, sums);
    }
}

#[inline(always)]
fn add<S: Simd>(
    simd: S,
    sums: &mut [S::f32s; PANEL_VECTORS],
    left: f32,
    right: [S::f32s; PANEL_VECTORS],
) {
    let left = simd.splat_f32s(left);
    for (sum, right) in sums.iter_mut().zip(right) {
        *sum = simd.mul_add_e_f32s(left, right, *sum);
    }
}

/// Adds a bias to each column and stores the sums.
pub(super) struct AddBias<'a> {
    pub bias: &'a [f32],
    /// `[rows, columns]`
    pub out: &'a mut [f32],
}

impl Epilogue for AddBias<'_> {
    #[inline(always)]
    fn take<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        sums: [S::f32s; PANEL_VECTORS],
    ) {
        let columns = self.bias.len();
        let out = &mut self.out[row * columns..][..columns];
        for (i, sum) in sums.into_iter().enumerate() {
            let at = column + i * S::F32_LANES;
            let bias = load(simd, self.bias, at);
            store(simd, out, at, simd.add_f32s(sum, bias));
        }
    }
}

/// Multiplies each sum by what is stored in its place: an error by the slope of its unit.
pub(super) struct MultiplyInPlace<'a> {
    /// `[rows, columns]`
    pub out: &'a mut [f32],
    pub columns: usize,
}

impl Epilogue for MultiplyInPlace<'_> {
    #[inline(always)]
    fn take<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        sums: [S::f32s; PANEL_VECTORS],
    ) {
        let out = &mut self.out[row * self.columns..][..self.columns];
        for (i, sum) in sums.into_iter().enumerate() {
            let at = column + i * S::F32_LANES;
            let factor = load(simd, out, at);
            store(simd, out, at, simd.mul_f32s(sum, factor));
        }
    }
}
