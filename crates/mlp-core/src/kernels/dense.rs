//! Dense matrix products: the right factor packed into panels, the product tile by tile, and an epilogue for the sums
//! of each tile while they are in registers.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::pass::Inputs;
use super::simd::{dispatch, lanes, load, load_all, store, store_all};
use super::thread_pool::ThreadPool;
use crate::network::Network;

/// Vectors next to each other in a panel: with six rows, twelve running sums, enough to hide that each
/// multiply-add takes four cycles and two of them start in one.
pub(super) const PANEL_VECTORS: usize = 2;

/// Rows of a tile, at most: with two vectors each, twelve sums, two vectors of the right factor and one value
/// of the left fill the sixteen registers that AVX2 has.
const TILE_ROWS: usize = 6;

/// Fewer values are packed by one thread, sooner than the threads of a pool have agreed on who does.
const MIN_SHARED_PACKING: usize = 1 << 13;

/// A matrix `[depth, columns]` cut into panels of a few columns, each stored row after row. The last one is padded
/// with zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Panels {
    depth: usize,
    columns: usize,
    width: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Makes room for a matrix of this shape; the values are unspecified until they are packed.
    pub fn reshape(&mut self, depth: usize, columns: usize) {
        self.width = PANEL_VECTORS * lanes();
        self.depth = depth;
        self.columns = columns;
        let padded = columns.div_ceil(self.width) * self.width;
        self.values.resize(depth * padded, 0.0);
    }

    /// Returns the panel that begins with a column: `[depth, width]`.
    pub fn panel(&self, first_column: usize) -> &[f32] {
        let size = self.depth * self.width;
        let start = first_column / self.width * size;
        &self.values[start..start + size]
    }

    /// Returns what packs each panel from a row-major matrix of `columns` columns, or from its transpose.
    pub fn packing<'a>(
        &'a mut self,
        matrix: &'a [f32],
        columns: usize,
        transposed: bool,
    ) -> impl Iterator<Item = PackPanel<'a>> {
        let width = self.width;
        let size = (self.depth * self.width).max(1);
        let panels = self.values.chunks_exact_mut(size).enumerate();
        panels.map(move |(index, panel)| PackPanel {
            panel,
            first: index * width,
            matrix,
            columns,
            transposed,
        })
    }
}

/// Packs columns of a row-major matrix, or of its transpose, into a panel.
pub(super) struct PackPanel<'a> {
    panel: &'a mut [f32],
    /// The panel's first column.
    first: usize,
    matrix: &'a [f32],
    /// Columns of `matrix`.
    columns: usize,
    /// Whether the transpose of `matrix` is packed.
    transposed: bool,
}

/// Packs panels, on all threads of the pool if they are large.
pub(super) fn pack_panels(pool: &ThreadPool, panels: Vec<PackPanel<'_>>) {
    if panels.iter().map(|pack| pack.panel.len()).sum::<usize>() < MIN_SHARED_PACKING {
        panels.into_iter().for_each(dispatch);
    } else {
        pool.for_each(panels, dispatch);
    }
}

impl WithSimd for PackPanel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = PANEL_VECTORS * S::F32_LANES;
        if self.transposed {
            return self.transpose(width);
        }
        let panel = self.panel.chunks_exact_mut(width);
        let rows = self.matrix.chunks_exact(self.columns);
        if self.first + width <= self.columns {
            for (out, row) in panel.zip(rows) {
                let vectors = load_all::<S, PANEL_VECTORS, true>(simd, row, self.first);
                store_all::<S, PANEL_VECTORS, true>(simd, out, 0, vectors);
            }
        } else {
            for (out, row) in panel.zip(rows) {
                let vectors = load_all::<S, PANEL_VECTORS, false>(simd, row, self.first);
                store_all::<S, PANEL_VECTORS, true>(simd, out, 0, vectors);
            }
        }
    }
}

impl PackPanel<'_> {
    /// Writes a row of the matrix to each column of the panel, and zeros behind the last.
    fn transpose(self, width: usize) {
        let rows = self.matrix[self.first * self.columns..].chunks_exact(self.columns);
        let count = rows.len().min(width);
        for (column, row) in rows.take(width).enumerate() {
            let panel = self.panel[column..].iter_mut().step_by(width);
            for (out, &value) in panel.zip(row) {
                *out = value;
            }
        }
        if count < width {
            for row in self.panel.chunks_exact_mut(width) {
                row[count..].fill(0.0);
            }
        }
    }
}

/// Returns a row of a panel as vectors.
#[inline(always)]
pub(super) fn vectors<S: Simd>(row: &[f32]) -> [S::f32s; PANEL_VECTORS] {
    let vectors = S::as_simd_f32s(row).0;
    [vectors[0], vectors[1]]
}

/// The packed right factors of a layer's products.
#[derive(Debug, Default)]
pub(super) struct PackedLayer {
    /// Of the forward sums, `[inputs, outputs]`.
    pub weights: Panels,
    /// Of the errors of the layer before, `[outputs, inputs]`.
    pub transposed: Panels,
    /// Of the gradient, `[rows, outputs]`.
    pub errors: Panels,
}

/// The weights of a network, packed once for many batches: for a few rows packing takes longer than the products.
#[derive(Debug)]
pub struct PackedWeights(Vec<PackedLayer>);

impl PackedWeights {
    /// Packs the weights of a network.
    #[must_use]
    pub fn pack(network: &Network<&[f32]>) -> Self {
        let mut packed = Vec::new();
        let dense = Inputs::Scaled(&[]);
        pack_weights(&ThreadPool::new(1), network, &dense, false, &mut packed);
        Self(packed)
    }

    pub(super) fn layers(&self) -> &[PackedLayer] {
        &self.0
    }
}

/// Packs the weights for the products that need them: those of the first layer unless its inputs are sparse, and for
/// the backward pass the transposed ones of all other layers.
pub(super) fn pack_weights(
    pool: &ThreadPool,
    network: &Network<&[f32]>,
    inputs: &Inputs<'_>,
    backward: bool,
    packed: &mut Vec<PackedLayer>,
) {
    packed.resize_with(network.layers.len(), PackedLayer::default);
    let mut panels = Vec::new();
    for (index, (layer, packed)) in network.layers.iter().zip(packed).enumerate() {
        if index > 0 || inputs.sparse().is_none() {
            packed.weights.reshape(layer.inputs(), layer.outputs());
            panels.extend(packed.weights.packing(layer.weight, layer.outputs(), false));
        }
        if index > 0 && backward {
            let transposed = &mut packed.transposed;
            transposed.reshape(layer.outputs(), layer.inputs());
            panels.extend(transposed.packing(layer.weight, layer.outputs(), true));
        }
    }
    pack_panels(pool, panels);
}

/// The left factor, read as `[rows, depth]`.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Row-major.
    Rows(&'a [f32]),
    /// The transpose of a row-major matrix `[depth, rows]`, and its number of columns.
    Columns(&'a [f32], usize),
}

/// Receives the sums of a product, two vectors of a row at a time.
pub(super) trait Epilogue {
    /// Takes the sums of row `row` from column `column` on; those behind the last column are unspecified.
    fn take<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: [S::f32s; PANEL_VECTORS]);
}

/// Computes `left·right` for some rows of the left factor.
///
/// Each sum runs over the depth in order, one fused multiply-add after the other. It has the same bits
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
    for column in (0..right.columns).step_by(right.width) {
        let panel = right.panel(column);
        let mut row = rows.start;
        for index in 0..tiles {
            // Tiles of even height: a low one at the end has too few sums to keep the arithmetic units busy.
            let end = rows.start + count * (index + 1) / tiles;
            match end - row {
                1 => tile::<S, 1>(simd, left, row, right, panel, column, epilogue),
                2 => tile::<S, 2>(simd, left, row, right, panel, column, epilogue),
                3 => tile::<S, 3>(simd, left, row, right, panel, column, epilogue),
                4 => tile::<S, 4>(simd, left, row, right, panel, column, epilogue),
                5 => tile::<S, 5>(simd, left, row, right, panel, column, epilogue),
                _ => tile::<S, TILE_ROWS>(simd, left, row, right, panel, column, epilogue),
            }
            row = end;
        }
    }
}

/// Computes `HEIGHT` rows of a panel's columns.
#[inline(always)]
fn tile<S: Simd, const HEIGHT: usize>(
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
    let depth = right.depth;
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

/// Adds `left·right` to the sums of a row.
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

/// Multiplies each sum by the value in its place: an error by the slope of its unit.
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
