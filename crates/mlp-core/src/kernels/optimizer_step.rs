//! What becomes of a gradient: it is stored, or the weight takes its step at once; and the steps of optimizers with
//! state, in one pass over the values of a parameter.
//!
//! The formulas are those of `PyTorch`'s optimizers. Products and sums of the optimizers with state are rounded one by
//! one, as they are where each is an operation on a whole tensor.

use pulp::{Simd, WithSimd};

use super::dense::{Epilogue, PANEL_VECTORS};
use super::simd::{dispatch, load, load_all, store, store_all};
use super::thread_pool::ThreadPool;

/// Values of a parameter that one thread takes at a time.
const PART: usize = 1 << 14;

/// What the gradient of a weight matrix becomes while it is in registers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Update<'a> {
    /// Itself, for an optimizer to use.
    Gradient,
    /// The weights after a step of plain gradient descent, `w − rate·gradient`; `weights` are `[inputs, outputs]`.
    Descent { weights: &'a [f32], rate: f32 },
}

impl Update<'_> {
    /// Writes the results for `VECTORS` vectors of row `row` of the whole matrix, from column `at` on, to that row's
    /// place `out`. If they are not `WHOLE`, the last may reach beyond its end.
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

/// The [`Update`] of a range of rows of a weight matrix.
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

/// One step of an optimizer that keeps `STATES` values for each weight.
pub trait OptimizerStep<const STATES: usize>: Copy + Send + Sync {
    /// Returns the weights and their states after the step.
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        states: [S::f32s; STATES],
    ) -> (S::f32s, [S::f32s; STATES]);
}

/// Gradient descent with momentum: `v ← µ·v + g + λ·w`, `w ← w − η·v`.
#[derive(Clone, Copy, Debug)]
pub struct Momentum {
    /// η
    pub rate: f32,
    /// µ
    pub momentum: f32,
    /// λ
    pub decay: f32,
    /// Whether the step is along `g + λ·w + µ·v` instead of `v`.
    pub nesterov: bool,
}

impl OptimizerStep<1> for Momentum {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [velocity]: [S::f32s; 1],
    ) -> (S::f32s, [S::f32s; 1]) {
        let gradients = decayed(simd, weights, gradients, self.decay);
        let velocity = simd.add_f32s(gradients, scaled(simd, velocity, self.momentum));
        let direction = if self.nesterov {
            simd.add_f32s(scaled(simd, velocity, self.momentum), gradients)
        } else {
            velocity
        };
        let weights = descended(simd, weights, direction, self.rate);
        (weights, [velocity])
    }
}

/// One step of Adam (Kingma and Ba 2015, the form at the end of section 2): with `g` for the gradient plus the
/// coupled decay, `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, `w ← kept·w − η·correction·m/(√v + ε)`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// η
    pub rate: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// `√(1 − β₂ᵗ) / (1 − β₁ᵗ)` at the t-th step.
    pub correction: f32,
    /// `ε·√(1 − β₂ᵗ)`.
    pub epsilon: f32,
    /// λ of a weight decay that is part of the gradient, `g + λ·w`.
    pub coupled_decay: f32,
    /// What is left of a weight after decoupled weight decay (Loshchilov and Hutter 2019); 1 without.
    pub kept: f32,
}

impl OptimizerStep<2> for Adam {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [mean, square]: [S::f32s; 2],
    ) -> (S::f32s, [S::f32s; 2]) {
        let [beta1, beta2] = self.betas;
        let gradients = decayed(simd, weights, gradients, self.coupled_decay);
        let mean = averaged(simd, mean, gradients, beta1);
        let square = averaged(simd, square, simd.mul_f32s(gradients, gradients), beta2);
        let deviation = root(simd, square, self.epsilon);
        let direction = simd.div_f32s(scaled(simd, mean, self.correction), deviation);
        let kept = scaled(simd, weights, self.kept);
        let weights = descended(simd, kept, direction, self.rate);
        (weights, [mean, square])
    }
}

/// Plain gradient descent, `w ← w − η·(g + λ·w)`.
#[derive(Clone, Copy, Debug)]
pub struct Descent {
    /// η
    pub rate: f32,
    /// λ
    pub decay: f32,
}

impl OptimizerStep<0> for Descent {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        []: [S::f32s; 0],
    ) -> (S::f32s, [S::f32s; 0]) {
        let gradients = decayed(simd, weights, gradients, self.decay);
        let weights = descended(simd, weights, gradients, self.rate);
        (weights, [])
    }
}

/// One step of `RMSprop` (Tieleman and Hinton 2012): with `g` for the gradient plus `λ·w`, `v ← α·v + (1 − α)·g²` and
/// `w ← w − η·g/(√v + ε)`; with momentum `b ← µ·b + g/(√v + ε)` and `w ← w − η·b`.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    /// η
    pub rate: f32,
    /// α
    pub alpha: f32,
    /// ε
    pub epsilon: f32,
    /// λ
    pub decay: f32,
    /// µ, of no effect without a state for it.
    pub momentum: f32,
}

impl RmsProp {
    /// Returns `g/(√v + ε)` and `v`.
    #[inline(always)]
    fn direction<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        square: S::f32s,
    ) -> (S::f32s, S::f32s) {
        let gradients = decayed(simd, weights, gradients, self.decay);
        let squares = simd.mul_f32s(gradients, gradients);
        let square = averaged(simd, square, squares, self.alpha);
        let deviation = root(simd, square, self.epsilon);
        (simd.div_f32s(gradients, deviation), square)
    }
}

impl OptimizerStep<1> for RmsProp {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [square]: [S::f32s; 1],
    ) -> (S::f32s, [S::f32s; 1]) {
        let (direction, square) = self.direction(simd, weights, gradients, square);
        let weights = descended(simd, weights, direction, self.rate);
        (weights, [square])
    }
}

impl OptimizerStep<2> for RmsProp {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [square, buffer]: [S::f32s; 2],
    ) -> (S::f32s, [S::f32s; 2]) {
        let (direction, square) = self.direction(simd, weights, gradients, square);
        let buffer = simd.add_f32s(scaled(simd, buffer, self.momentum), direction);
        let weights = descended(simd, weights, buffer, self.rate);
        (weights, [square, buffer])
    }
}

/// One step of `AdaGrad` (Duchi, Hazan and Singer 2011): with `g` for the gradient plus `λ·w`, `s ← s + g²`,
/// `w ← w − η·g/(√s + ε)`.
#[derive(Clone, Copy, Debug)]
pub struct AdaGrad {
    /// η
    pub rate: f32,
    /// ε
    pub epsilon: f32,
    /// λ
    pub decay: f32,
}

impl OptimizerStep<1> for AdaGrad {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [sum]: [S::f32s; 1],
    ) -> (S::f32s, [S::f32s; 1]) {
        let gradients = decayed(simd, weights, gradients, self.decay);
        let sum = simd.add_f32s(sum, simd.mul_f32s(gradients, gradients));
        let deviation = root(simd, sum, self.epsilon);
        let direction = simd.div_f32s(gradients, deviation);
        let weights = descended(simd, weights, direction, self.rate);
        (weights, [sum])
    }
}

/// One step of Lion (Chen et al. 2023): `w ← kept·w − η·sign(β₁·m + (1 − β₁)·g)`, `m ← β₂·m + (1 − β₂)·g`.
#[derive(Clone, Copy, Debug)]
pub struct Lion {
    /// η
    pub rate: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// What is left of a weight after decoupled weight decay; 1 without.
    pub kept: f32,
}

impl OptimizerStep<1> for Lion {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [mean]: [S::f32s; 1],
    ) -> (S::f32s, [S::f32s; 1]) {
        let [beta1, beta2] = self.betas;
        let [zero, one] = [0.0, 1.0].map(|value| simd.splat_f32s(value));
        let direction = averaged(simd, mean, gradients, beta1);
        let is_positive = simd.less_than_f32s(zero, direction);
        let is_negative = simd.less_than_f32s(direction, zero);
        // What is neither is 0, or no number, and stays that.
        let sign = simd.select_f32s(is_negative, simd.neg_f32s(one), direction);
        let sign = simd.select_f32s(is_positive, one, sign);
        let kept = scaled(simd, weights, self.kept);
        let weights = descended(simd, kept, sign, self.rate);
        (weights, [averaged(simd, mean, gradients, beta2)])
    }
}

#[inline(always)]
fn scaled<S: Simd>(simd: S, values: S::f32s, by: f32) -> S::f32s {
    simd.mul_f32s(values, simd.splat_f32s(by))
}

/// `λ·w + g`
#[inline(always)]
fn decayed<S: Simd>(simd: S, weights: S::f32s, gradients: S::f32s, decay: f32) -> S::f32s {
    simd.add_f32s(scaled(simd, weights, decay), gradients)
}

/// `β·old + (1 − β)·new`
#[inline(always)]
fn averaged<S: Simd>(simd: S, old: S::f32s, new: S::f32s, beta: f32) -> S::f32s {
    simd.add_f32s(scaled(simd, old, beta), scaled(simd, new, 1.0 - beta))
}

/// `√v + ε`
#[inline(always)]
fn root<S: Simd>(simd: S, squares: S::f32s, epsilon: f32) -> S::f32s {
    simd.add_f32s(simd.sqrt_f32s(squares), simd.splat_f32s(epsilon))
}

/// `w − η·d`
#[inline(always)]
fn descended<S: Simd>(simd: S, weights: S::f32s, direction: S::f32s, rate: f32) -> S::f32s {
    simd.sub_f32s(weights, scaled(simd, direction, rate))
}

/// Takes an optimizer's step for a parameter; all slices have its length.
///
/// The new weights replace the gradients, because the old weights may still be in use elsewhere.
pub fn apply_step<O: OptimizerStep<STATES>, const STATES: usize>(
    pool: &ThreadPool,
    step: O,
    weights: &[f32],
    gradients: &mut [f32],
    states: [&mut [f32]; STATES],
) {
    let mut states = states.map(|state| state.chunks_mut(PART));
    let parts = weights.chunks(PART).zip(gradients.chunks_mut(PART));
    let parts = parts.map(|(weights, gradients)| StepOfPart {
        step,
        weights,
        gradients,
        states: states
            .each_mut()
            .map(|state| state.next().unwrap_or_default()),
    });
    pool.for_each(parts.collect(), dispatch);
}

/// The step for some values of a parameter.
struct StepOfPart<'a, O, const STATES: usize> {
    step: O,
    weights: &'a [f32],
    gradients: &'a mut [f32],
    states: [&'a mut [f32]; STATES],
}

impl<O: OptimizerStep<STATES>, const STATES: usize> WithSimd for StepOfPart<'_, O, STATES> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            step,
            weights,
            gradients,
            mut states,
        } = self;
        for at in (0..weights.len()).step_by(S::F32_LANES) {
            let mut vectors = [simd.splat_f32s(0.0); STATES];
            for (vector, state) in vectors.iter_mut().zip(&states) {
                *vector = load(simd, state, at);
            }
            let (updated, vectors) = step.apply(
                simd,
                load(simd, weights, at),
                load(simd, gradients, at),
                vectors,
            );
            store(simd, gradients, at, updated);
            for (state, vector) in states.iter_mut().zip(vectors) {
                store(simd, state, at, vector);
            }
        }
    }
}
