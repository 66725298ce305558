//! The right factor of a matrix product, laid out as the kernel reads it.

use pulp::{Simd, WithSimd};

use super::simd::{dispatch, lanes, load_all, store_all};
use super::team::Team;

/// Vectors side by side in a panel: with six rows, twelve running sums, enough to hide that each
/// multiply-add takes four cycles and two of them start in one.
pub(super) const PANEL_VECTORS: usize = 2;

/// Values that one thread copies sooner than a team has agreed on who does.
const SMALL_COPY: usize = 1 << 13;

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
}

/// A panel to be filled from a row-major matrix.
pub(super) struct Packing<'a> {
    pub place: &'a mut [f32],
    /// The panel's first column.
    pub first: usize,
    pub matrix: &'a [f32],
    /// Columns of the stored matrix.
    pub stored: usize,
    /// Whether the panel is one of the matrix's transpose.
    pub transposed: bool,
}

/// Fills panels; if they are many, all members of the team do.
pub(super) fn pack(team: &mut Team, panels: Vec<Packing<'_>>) {
    if panels.iter().map(|panel| panel.place.len()).sum::<usize>() < SMALL_COPY {
        panels.into_iter().for_each(dispatch);
    } else {
        team.each(panels, dispatch);
    }
}

impl WithSimd for Packing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = PANEL_VECTORS * S::F32_LANES;
        if self.transposed {
            return self.transpose(width);
        }
        let place = self.place.chunks_exact_mut(width);
        let rows = self.matrix.chunks_exact(self.stored);
        if self.first + width <= self.stored {
            for (place, row) in place.zip(rows) {
                let vectors = load_all::<S, PANEL_VECTORS, true>(simd, row, self.first);
                store_all::<S, PANEL_VECTORS, true>(simd, place, 0, vectors);
            }
        } else {
            for (place, row) in place.zip(rows) {
                let vectors = load_all::<S, PANEL_VECTORS, false>(simd, row, self.first);
                store_all::<S, PANEL_VECTORS, true>(simd, place, 0, vectors);
            }
        }
    }
}

impl Packing<'_> {
    /// A row of the matrix for each column of the panel; behind the last, zeros.
    fn transpose(self, width: usize) {
        let rows = self.matrix[self.first * self.stored..].chunks_exact(self.stored);
        let count = rows.len().min(width);
        for (column, row) in rows.take(width).enumerate() {
            let places = self.place[column..].iter_mut().step_by(width);
            for (place, &value) in places.zip(row) {
                *place = value;
            }
        }
        if count < width {
            for place in self.place.chunks_exact_mut(width) {
                place[count..].fill(0.0);
            }
        }
    }
}

/// A row of a panel as vectors.
#[inline(always)]
pub(super) fn vectors<S: Simd>(row: &[f32]) -> [S::f32s; PANEL_VECTORS] {
    let vectors = S::as_simd_f32s(row).0;
    [vectors[0], vectors[1]]
}
