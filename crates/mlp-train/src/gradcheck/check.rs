//! The check itself: which gradients are compared, and which of them is wrong.

use std::time::{Duration, Instant};

use burn::tensor::{DType, Device};
use serde::Serialize;

use super::compare::Gradient;
use super::sample::sample;
use super::{Bar, Bug, Comparison, Differences, Float64, Pair, Problem, autodiff, gradients};

/// Parameters of each tensor on which the time of all is estimated.
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
    /// In words.
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

/// What is checked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the device can do.
    pub float64: Float64,
    /// A mistake planted in the closed form.
    pub bug: Option<Bug>,
    /// Parameters of each tensor whose central differences are taken; all without it.
    pub sample: Option<usize>,
    /// Of the sample.
    pub seed: u64,
}

/// What was found: each two gradients that were compared.
#[derive(Clone, Debug)]
pub struct Check {
    /// Central differences are of the sampled parameters, all others of every parameter.
    pub pairs: Vec<Pair>,
}

/// Computes all gradients of a problem on `device`, which is without automatic differentiation, and
/// compares them. `done` is called for each central difference.
///
/// # Panics
/// Where the driver beneath the device does.
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

/// The pairs that say most, and what each is held to.
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

/// Whether a mistake changes any gradient of this problem beyond the bar.
#[must_use]
pub fn shows(problem: &Problem, bug: Bug) -> bool {
    let (right, wrong) = (gradients(problem, None), gradients(problem, Some(bug)));
    let (right, wrong) = (Gradient::Full(&right), Gradient::Full(&wrong));
    !Pair::new(problem, [ClosedForm; 2], Bar::FLOAT64, &right, &wrong).passed()
}

/// About how long the central differences will take, from those of a few parameters.
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
    /// Whether every bar was kept.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.pairs.iter().all(Pair::passed)
    }

    /// The tensors that missed a bar, with the pair that did. An error travels from the last layer to
    /// the first: those closest to the output come first, and are where to look for its cause.
    #[must_use]
    pub fn missed(&self) -> Vec<(&Pair, &Comparison)> {
        let all = self.pairs.iter();
        let all = all.flat_map(|pair| pair.tensors.iter().map(move |tensor| (pair, tensor)));
        let mut missed: Vec<_> = all.filter(|(_, tensor)| !tensor.passed).collect();
        missed.sort_by_key(|(_, tensor)| std::cmp::Reverse(tensor.layer)); // stable
        missed
    }

    /// The method that is wrong: others agree without it, and none agrees with it.
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

    /// Gives the inputs of the first layer their names.
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
