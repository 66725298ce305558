//! The right factor of a matrix product, laid out as the kernel reads it.

use pulp::Simd;

use super::simd::lanes;

/// Vectors side by side in a panel: with six rows, twelve running sums, enough to hide that each
/// multiply-add takes four cycles and two of them start in one.
pub(super) const PANEL_VECTORS: usize = 2;

/// Values that one thread copies sooner than a team has agreed on who does.
pub(super) const SMALL_COPY: usize = 1 << 15;

/// A matrix `[depth, columns]` cut into panels of a few columns, each stored row after row; the last is
/// filled up with zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Panels {
    depth: usize,
    columns: usize,
    width: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Makes room for a matrix of this shape; what it held before is of no meaning then.
    pub fn reshape(&mut self, depth: usize, columns: usize) {
        self.width = PANEL_VECTORS * lanes();
        self.depth = depth;
        self.columns = columns;
        let padded = columns.div_ceil(self.width) * self.width;
        self.values.resize(depth * padded, 0.0);
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The panel that begins with this column: `[depth, width]`.
    pub fn panel(&self, first_column: usize) -> &[f32] {
        let size = self.depth * self.width;
        let start = first_column / self.width * size;
        &self.values[start..start + size]
    }

    /// First column and place of each panel.
    pub fn parts(&mut self) -> impl Iterator<Item = (usize, &mut [f32])> {
        let width = self.width;
        let size = (self.depth * self.width).max(1);
        self.values
            .chunks_exact_mut(size)
            .enumerate()
            .map(move |(index, panel)| (index * width, panel))
    }

    /// Takes over the transpose of a matrix `[columns, depth]`, row-major.
    pub fn pack_transposed(&mut self, matrix: &[f32]) {
        let (width, depth, columns) = (self.width, self.depth, self.columns);
        for (first, panel) in self.parts() {
            let count = width.min(columns - first);
            let rows = &matrix[first * depth..(first + count) * depth];
            for (column, row) in rows.chunks_exact(depth.max(1)).enumerate() {
                for (&value, place) in row.iter().zip(panel[column..].iter_mut().step_by(width)) {
                    *place = value;
                }
            }
            for place in panel.chunks_exact_mut(width) {
                place[count..].fill(0.0);
            }
        }
    }
}

/// Fills the panel that begins with column `first` of a matrix `[_, columns]`, row-major.
pub(super) fn pack_panel(panel: &mut [f32], matrix: &[f32], columns: usize, first: usize) {
    let width = PANEL_VECTORS * lanes();
    let count = width.min(columns - first);
    for (place, row) in panel
        .chunks_exact_mut(width)
        .zip(matrix.chunks_exact(columns))
    {
        place[..count].copy_from_slice(&row[first..first + count]);
        place[count..].fill(0.0);
    }
}

/// A row of a panel as vectors.
#[inline(always)]
pub(super) fn vectors<S: Simd>(row: &[f32]) -> [S::f32s; PANEL_VECTORS] {
    let vectors = S::as_simd_f32s(row).0;
    [vectors[0], vectors[1]]
}
