//! The gradient check: computes the gradients, compares them in pairs and finds the wrong one.

use std::time::{Duration, Instant};

use burn::tensor::{DType, Device};
use serde::Serialize;

use super::compare::Gradient;
use super::sample::sample;
use super::{Bar, Bug, Comparison, Differences, Float64, Pair, Problem, autodiff, gradients};

/// Parameters of each tensor that are timed for [`estimate`].
const TRIAL: usize = 48;

/// A way to compute a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // their names are their definitions
pub enum Method {
    #[serde(rename = "autodiff_float64")]
    Autodiff64,
    #[serde(rename = "autodiff_float32")]
    Autodiff32,
    ClosedForm,
    CentralDifferences,
}

use Method::{Autodiff32, Autodiff64, CentralDifferences, ClosedForm};

impl Method {
    /// Returns the name shown to users.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Autodiff64 => "autodiff",
            Autodiff32 => "float32 autodiff",
            ClosedForm => "closed form",
            CentralDifferences => "central differences",
        }
    }
}

/// Options of a gradient check.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Float64 support of the device.
    pub float64: Float64,
    /// Mistake inserted into the closed form, if any.
    pub bug: Option<Bug>,
    /// Number of parameters per tensor for which central differences are computed; `None` for all.
    pub sample: Option<usize>,
    /// Seed of the sample.
    pub seed: u64,
}

/// Result of a gradient check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Compared pairs. Pairs with central differences cover the sampled parameters, the others all of them.
    pub pairs: Vec<Pair>,
}

/// Computes all gradients of a problem and compares them.
///
/// `device` must not be an autodiff device. `done` is called after each central difference.
///
/// # Panics
/// If the device's driver panics.
#[must_use]
pub fn check(
    problem: &Problem,
    device: &Device,
    options: &Options,
    done: &(dyn Fn() + Sync),
) -> Check {
    let differences = Differences::new(problem);
    let tensors = problem.places().into_iter().enumerate();
    let slopes = tensors.map(|(number, place)| {
        let length = place.of(&problem.layers).len();
        let indices = sample(options.sample, length, options.seed, number);
        let slopes = differences.slopes(place, &indices, done);
        (indices, slopes)
    });
    let slopes: Vec<_> = slopes.collect();
    let by_hand = gradients(problem, options.bug);
    let single = autodiff(problem, device, DType::F32);
    let double = match options.float64 {
        Float64::Missing => Vec::new(), // in no pair
        Float64::Exact | Float64::RoundedInActivation => autodiff(problem, device, DType::F64),
    };
    let gradient = |method| match method {
        Autodiff64 => Gradient::Full(&double),
        Autodiff32 => Gradient::Full(&single),
        ClosedForm => Gradient::Full(&by_hand),
        CentralDifferences => Gradient::Sampled(&slopes),
    };
    let pairs = pairs(options.float64).into_iter();
    let pairs = pairs.map(|(methods, bar)| {
        let [a, b] = methods.map(gradient);
        Pair::new(problem, methods, bar, &a, &b)
    });
    Check {
        pairs: pairs.collect(),
    }
}

/// Returns the pairs to compare, each with its tolerance.
fn pairs(float64: Float64) -> Vec<([Method; 2], Bar)> {
    let exact = ([ClosedForm, CentralDifferences], Bar::FLOAT64);
    let double = match float64 {
        Float64::Exact => Bar::FLOAT64,
        Float64::RoundedInActivation => Bar::FLOAT32,
        Float64::Missing => {
            return vec![
                ([Autodiff32, ClosedForm], Bar::FLOAT32),
                ([Autodiff32, CentralDifferences], Bar::FLOAT32),
                exact,
            ];
        }
    };
    vec![
        ([Autodiff64, ClosedForm], double),
        ([Autodiff64, CentralDifferences], double),
        exact,
        ([Autodiff32, ClosedForm], Bar::FLOAT32),
    ]
}

/// Returns whether a mistake changes any gradient of this problem by more than the float64 tolerance.
#[must_use]
pub fn shows(problem: &Problem, bug: Bug) -> bool {
    let (right, wrong) = (gradients(problem, None), gradients(problem, Some(bug)));
    let (right, wrong) = (Gradient::Full(&right), Gradient::Full(&wrong));
    !Pair::new(problem, [ClosedForm; 2], Bar::FLOAT64, &right, &wrong).passed()
}

/// Estimates the time that the central differences take, by timing those of a few parameters.
#[must_use]
pub fn estimate(problem: &Problem, options: &Options) -> Duration {
    let differences = Differences::new(problem);
    let tensors = problem.places().into_iter().enumerate();
    let times = tensors.map(|(number, place)| {
        let length = place.of(&problem.layers).len();
        let asked = options.sample.unwrap_or(length).min(length);
        let trial = sample(Some(TRIAL), asked, options.seed, number);
        let started = Instant::now();
        let _ = differences.slopes(place, &trial, &|| {});
        let factor = asked as f64 / trial.len().max(1) as f64;
        started.elapsed().mul_f64(factor)
    });
    times.sum()
}

impl Check {
    /// Returns whether all pairs passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.pairs.iter().all(Pair::passed)
    }

    /// Returns the tensors whose error exceeds the tolerance, each with its pair.
    ///
    /// Tensors closest to the output come first: an error propagates from the last layer to the first, so
    /// its cause is most likely there.
    #[must_use]
    pub fn missed(&self) -> Vec<(&Pair, &Comparison)> {
        let all = self.pairs.iter();
        let all = all.flat_map(|pair| pair.tensors.iter().map(move |tensor| (pair, tensor)));
        let mut missed: Vec<_> = all.filter(|(_, tensor)| !tensor.passed).collect();
        missed.sort_by_key(|(_, tensor)| std::cmp::Reverse(tensor.layer)); // stable
        missed
    }

    /// Returns the method that is likely wrong: every pair with it failed and every pair without it passed.
    #[must_use]
    pub fn suspect(&self) -> Option<Method> {
        let all = [Autodiff64, Autodiff32, ClosedForm, CentralDifferences];
        all.into_iter().find(|method| {
            let missed = |pair: &Pair| !pair.passed();
            let (with, without): (Vec<_>, Vec<_>) = self
                .pairs
                .iter()
                .partition(|pair| pair.methods.contains(method));
            !with.is_empty() && with.into_iter().all(missed) && !without.into_iter().any(missed)
        })
    }

    /// Sets the feature names of the first layer's inputs.
    pub fn name_features(&mut self, names: &[String]) {
        for tensor in self.pairs.iter_mut().flat_map(|pair| &mut pair.tensors) {
            if tensor.layer == 1
                && let Some(worst) = &mut tensor.worst
            {
                worst.feature = worst.input.and_then(|input| names.get(input).cloned());
            }
        }
    }
}
