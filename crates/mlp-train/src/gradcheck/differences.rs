//! Central differences of the loss, `(f(θ + ε) − f(θ − ε))/2ε`, one parameter at a time.
//!
//! A parameter changes the sum z of one unit only, by ε times its input. The change of each row's loss is
//! computed directly instead of subtracting two losses, which agree in nearly all digits, so a small ε
//! loses no precision. Richardson extrapolation from ε and ε/2 removes the error of order ε².

use rayon::prelude::*;

use super::activation::change;
use super::closed_form::{Forward, forward};
use super::{Place, Problem};
use mlp_core::task::{HUBER_DELTA, Loss};

/// Initial ε for inputs of magnitude up to 1; a power of two, so that ε·x is exact.
const FIRST_STEP: f64 = 1.0 / 1024.0;
/// Maximum number of step sizes tried, each a sixteenth of the previous one, until no kink is crossed and the
/// error is small.
const TRIES: usize = 8;
/// Estimated error after extrapolation, as a fraction of the correction.
const LEFT_OVER: f64 = 1.0 / 4096.0;
/// Relative error at which no smaller step is tried.
const ENOUGH: f64 = 1e-8;
/// Lower bound of the denominator of the relative error.
const FLOOR: f64 = 1e-8;

/// Central differences of one problem.
pub struct Differences<'a> {
    problem: &'a Problem,
    forward: Forward,
}

impl<'a> Differences<'a> {
    /// Runs the forward pass that all differences share.
    #[must_use]
    pub fn new(problem: &'a Problem) -> Self {
        Self {
            problem,
            forward: forward(problem),
        }
    }

    /// Computes the derivative of the loss with respect to the parameters at `indices` of a weight matrix
    /// `[inputs, outputs]` or a bias vector; `None` where the loss has a kink.
    ///
    /// `done` is called after each. The result does not depend on the number of threads.
    #[must_use]
    pub fn slopes(
        &self,
        place: Place,
        indices: &[usize],
        done: &(dyn Fn() + Sync),
    ) -> Vec<Option<f64>> {
        let slope = |scratch: &mut Scratch, index: &usize| {
            let slope = self.slope(place, *index, scratch);
            done();
            slope
        };
        let indices = indices.par_iter();
        indices.map_init(Scratch::default, slope).collect()
    }

    fn slope(&self, place: Place, index: usize, scratch: &mut Scratch) -> Option<f64> {
        let inputs = &self.forward.inputs[place.layer];
        let outputs = self.problem.layers[place.layer].biases.len();
        let (input, unit) = place.input_and_unit(index, outputs);
        scratch.incoming.clear();
        let incoming = inputs.rows().map(|row| input.map_or(1.0, |i| row[i]));
        scratch.incoming.extend(incoming);
        let largest = scratch
            .incoming
            .iter()
            .fold(1.0_f64, |largest, x| largest.max(x.abs()));
        let mut step = FIRST_STEP / largest.log2().ceil().exp2();
        let mut best: Option<(f64, f64)> = None; // slope and its error
        for _ in 0..TRIES {
            let wide = self.central_difference(place.layer, unit, step, scratch);
            let narrow = self.central_difference(place.layer, unit, step / 2.0, scratch);
            step /= 16.0;
            let (Some(wide), Some(narrow)) = (wide, narrow) else {
                continue; // a kink is in the way
            };
            let correction = (narrow - wide) / 3.0;
            let (slope, error) = (narrow + correction, LEFT_OVER * correction.abs());
            if best.is_none_or(|(_, least)| error < least) {
                best = Some((slope, error));
            }
            if error <= ENOUGH * (2.0 * slope.abs()).max(FLOOR) {
                break;
            }
        }
        best.map(|(slope, _)| slope)
    }

    /// Returns `None` if a kink lies within the step.
    fn central_difference(
        &self,
        layer: usize,
        unit: usize,
        step: f64,
        scratch: &mut Scratch,
    ) -> Option<f64> {
        let mut sum = 0.0;
        for row in 0..scratch.incoming.len() {
            let moved = step * scratch.incoming[row];
            if moved != 0.0 {
                let change = self.loss_change(row, layer, unit, moved, scratch)?
                    - self.loss_change(row, layer, unit, -moved, scratch)?;
                sum += self.problem.row_weight(row) * change;
            }
        }
        Some(sum / (2.0 * step) / self.problem.divisor())
    }

    /// Change of a row's loss when the sum of one unit changes: `f(z + moved) − f(z)`.
    fn loss_change(
        &self,
        row: usize,
        layer: usize,
        unit: usize,
        moved: f64,
        scratch: &mut Scratch,
    ) -> Option<f64> {
        let (layers, sums) = (&self.problem.layers, &self.forward.sums);
        let activation = self.problem.activation;
        let p = self.forward.predictions.row(row);
        let y = self.problem.targets.row(row);
        let last = layers.len() - 1; // a network has at least its output layer
        let loss = self.problem.loss;
        if layer == last {
            return change_of_loss(loss, p, y, [(unit, moved)].into_iter());
        }
        // One unit changes every unit of the next layer, and each of those all units after it.
        let change_of_unit = change(activation, sums[layer].row(row)[unit], moved)?;
        let weights = layers[layer + 1].weights.row(unit);
        scratch.moved.clear();
        scratch
            .moved
            .extend(weights.iter().map(|weight| weight * change_of_unit));
        for l in layer + 1..last {
            let weights = &layers[l + 1].weights;
            scratch.next.clear();
            scratch.next.resize(weights.columns, 0.0);
            let units = scratch.moved.iter().zip(sums[l].row(row));
            for ((moved, z), weights) in units.zip(weights.rows()) {
                let change = change(activation, *z, *moved)?;
                if change != 0.0 {
                    for (sum, weight) in scratch.next.iter_mut().zip(weights) {
                        *sum += change * weight;
                    }
                }
            }
            std::mem::swap(&mut scratch.moved, &mut scratch.next);
        }
        let outputs = scratch.moved.iter().copied().enumerate();
        change_of_loss(loss, p, y, outputs)
    }
}

/// Change of a row's loss when each output changes by d; `None` if a kink of the loss lies in between.
fn change_of_loss(
    loss: Loss,
    p: &[f64],
    y: &[f64],
    mut moved: impl Iterator<Item = (usize, f64)>,
) -> Option<f64> {
    if loss == Loss::CrossEntropy {
        return Some(cross_entropy_change(p, y, moved));
    }
    moved.try_fold(0.0, |sum, (output, d)| {
        Some(sum + change_of_error(loss, p[output] - y[output], d)?)
    })
}

/// `ℓ(e + d) − ℓ(e)`, computed without cancellation; `None` if ℓ is not one polynomial from the one to the other.
fn change_of_error(loss: Loss, error: f64, d: f64) -> Option<f64> {
    let moved = error + d;
    let is_within = |bound: f64| error.abs() <= bound && moved.abs() <= bound;
    let is_beyond = |bound: f64| error.min(moved) > bound || error.max(moved) < -bound;
    let square = d * (2.0 * error + d); // (e + d)² − e²
    match loss {
        Loss::CrossEntropy | Loss::Mse => Some(square),
        Loss::Mae => is_beyond(0.0).then(|| d * error.signum()),
        Loss::Huber if is_within(HUBER_DELTA) => Some(square / 2.0),
        Loss::Huber => is_beyond(HUBER_DELTA).then(|| d * HUBER_DELTA * error.signum()),
    }
}

/// Change of `−Σ y·log softmax(z)` when each logit z changes by d:
/// `Σy·log Σ p·e^d − Σ y·d`, where p is the softmax before the change. For small d,
/// `log Σ p·e^d = log1p(Σ p·(e^d − 1))` avoids cancellation.
fn cross_entropy_change(p: &[f64], y: &[f64], moved: impl Iterator<Item = (usize, f64)>) -> f64 {
    let (mut growth, mut along_targets) = (0.0, 0.0);
    for (class, d) in moved {
        growth += p[class] * libm::expm1(d);
        along_targets += y[class] * d;
    }
    y.iter().sum::<f64>() * libm::log1p(growth) - along_targets
}

/// Buffers of one thread, reused for each parameter.
#[derive(Default)]
struct Scratch {
    /// Input of the changed unit, for each row.
    incoming: Vec<f64>,
    /// Changes of the sums of a layer's units.
    moved: Vec<f64>,
    /// Changes of the sums of the next layer's units.
    next: Vec<f64>,
}
