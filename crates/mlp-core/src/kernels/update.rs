//! What becomes of the gradient of a weight: it is stored, or the weight takes its step at once.

use pulp::Simd;

use super::panels::PANEL_VECTORS;
use super::product::Epilogue;
use super::simd::{load_all, store_all};

/// The gradient of a matrix of weights, or the matrix after a step along it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Update<'a> {
    /// The gradient itself, for an optimizer to use.
    Gradient,
    /// `w − rate·gradient` of these weights `[inputs, outputs]`: gradient descent without further ado.
    Descent { weights: &'a [f32], rate: f32 },
}

impl Update<'_> {
    /// Results for `VECTORS` vectors of the row `row` of the whole matrix, from column `at` on, into that row's
    /// place `out`; where they are not `WHOLE`, the last may reach beyond its end.
    #[inline(always)]
    pub fn apply<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        self,
        simd: S,
        gradient: [S::f32s; VECTORS],
        row: usize,
        at: usize,
        out: &mut [f32],
    ) {
        let result = match self {
            Self::Gradient => gradient,
            Self::Descent { weights, rate } => {
                let weights = &weights[row * out.len()..][..out.len()];
                let weights = load_all::<S, VECTORS, WHOLE>(simd, weights, at);
                let rate = simd.splat_f32s(rate);
                let mut result = weights;
                for (result, gradient) in result.iter_mut().zip(gradient) {
                    *result = simd.negate_mul_add_e_f32s(rate, gradient, *result);
                }
                result
            }
        };
        store_all::<S, VECTORS, WHOLE>(simd, out, at, result);
    }
}

/// [`Update`] of a range of rows of the matrix.
pub(super) struct UpdateRows<'a> {
    pub update: Update<'a>,
    /// `[rows, columns]` from row `first_row` on.
    pub out: &'a mut [f32],
    pub columns: usize,
    pub first_row: usize,
}

impl Epilogue for UpdateRows<'_> {
    #[inline(always)]
    fn take<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        sums: [S::f32s; PANEL_VECTORS],
    ) {
        let out = &mut self.out[(row - self.first_row) * self.columns..][..self.columns];
        if column + PANEL_VECTORS * S::F32_LANES <= self.columns {
            self.update
                .apply::<S, PANEL_VECTORS, true>(simd, sums, row, column, out);
        } else {
            self.update
                .apply::<S, PANEL_VECTORS, false>(simd, sums, row, column, out);
        }
    }
}
