//! Optimizers that remember gradients: their rules in one pass over the numbers of a parameter.
//!
//! The formulas are those of `PyTorch`'s optimizers. Products and sums are rounded one by one, as they are where
//! each is an operation on a whole tensor.

use pulp::{Simd, WithSimd};

use super::Team;
use super::simd::{dispatch, load, store};

/// Numbers of a parameter that one thread takes at a time.
const PART: usize = 1 << 14;

/// What becomes of a weight and of what is remembered of its gradients: `MEMORIES` numbers.
pub trait Rule<const MEMORIES: usize>: Copy + Send + Sync {
    /// The weights after the update, and what is remembered then.
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        memories: [S::f32s; MEMORIES],
    ) -> (S::f32s, [S::f32s; MEMORIES]);
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
    /// Whether the step is along `g + λ·w + µ·v` instead.
    pub nesterov: bool,
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [velocity]: [S::f32s; 1],
    ) -> (S::f32s, [S::f32s; 1]) {
        let gradients = simd.add_f32s(scaled(simd, weights, self.decay), gradients);
        let velocity = simd.add_f32s(gradients, scaled(simd, velocity, self.momentum));
        let direction = if self.nesterov {
            simd.add_f32s(scaled(simd, velocity, self.momentum), gradients)
        } else {
            velocity
        };
        let weights = simd.sub_f32s(weights, scaled(simd, direction, self.rate));
        (weights, [velocity])
    }
}

/// One update of Adam (Kingma and Ba 2015, the form at the end of section 2): with `g` for the gradient plus the
/// coupled decay, `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, `w ← kept·w − η·correction·m/(√v + ε)`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// η
    pub rate: f32,
    /// β₁ and β₂.
    pub betas: [f32; 2],
    /// `√(1 − β₂ᵗ) / (1 − β₁ᵗ)` at the t-th update.
    pub correction: f32,
    /// `ε·√(1 − β₂ᵗ)`.
    pub epsilon: f32,
    /// λ of a decay that is part of the gradient, `g + λ·w`.
    pub coupled_decay: f32,
    /// What is left of a weight after a decay of its own (Loshchilov and Hutter 2019); 1 is no decay.
    pub kept: f32,
}

impl Rule<2> for Adam {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        weights: S::f32s,
        gradients: S::f32s,
        [mean, square]: [S::f32s; 2],
    ) -> (S::f32s, [S::f32s; 2]) {
        let [beta1, beta2] = self.betas;
        let gradients = simd.add_f32s(scaled(simd, weights, self.coupled_decay), gradients);
        let mean = simd.add_f32s(
            scaled(simd, mean, beta1),
            scaled(simd, gradients, 1.0 - beta1),
        );
        let squares = simd.mul_f32s(gradients, gradients);
        let square = simd.add_f32s(
            scaled(simd, square, beta2),
            scaled(simd, squares, 1.0 - beta2),
        );
        let deviation = simd.add_f32s(simd.sqrt_f32s(square), simd.splat_f32s(self.epsilon));
        let direction = simd.div_f32s(scaled(simd, mean, self.correction), deviation);
        let kept = scaled(simd, weights, self.kept);
        let weights = simd.sub_f32s(kept, scaled(simd, direction, self.rate));
        (weights, [mean, square])
    }
}

#[inline(always)]
fn scaled<S: Simd>(simd: S, values: S::f32s, by: f32) -> S::f32s {
    simd.mul_f32s(values, simd.splat_f32s(by))
}

/// Updates a parameter. The new weights take the gradients' place, for somebody may still hold the old ones.
pub fn update<R: Rule<MEMORIES>, const MEMORIES: usize>(
    team: &mut Team,
    rule: R,
    weights: &[f32],
    gradients: &mut [f32],
    memories: [&mut [f32]; MEMORIES],
) {
    let mut memories = memories.map(|memory| memory.chunks_mut(PART));
    let parts = weights.chunks(PART).zip(gradients.chunks_mut(PART));
    let parts = parts.map(|(weights, gradients)| Part {
        rule,
        weights,
        gradients,
        memories: memories
            .each_mut()
            .map(|memory| memory.next().unwrap_or_default()),
    });
    team.each(parts.collect(), dispatch);
}

struct Part<'a, R, const MEMORIES: usize> {
    rule: R,
    weights: &'a [f32],
    gradients: &'a mut [f32],
    memories: [&'a mut [f32]; MEMORIES],
}

impl<R: Rule<MEMORIES>, const MEMORIES: usize> WithSimd for Part<'_, R, MEMORIES> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            rule,
            weights,
            gradients,
            mut memories,
        } = self;
        for at in (0..weights.len()).step_by(S::F32_LANES) {
            let mut remembered = [simd.splat_f32s(0.0); MEMORIES];
            for (vector, memory) in remembered.iter_mut().zip(&memories) {
                *vector = load(simd, memory, at);
            }
            let (updated, remembered) = rule.apply(
                simd,
                load(simd, weights, at),
                load(simd, gradients, at),
                remembered,
            );
            store(simd, gradients, at, updated);
            for (memory, vector) in memories.iter_mut().zip(remembered) {
                store(simd, memory, at, vector);
            }
        }
    }
}
