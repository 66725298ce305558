//! Comparison of two gradients.

use serde::Serialize;

use super::{Bar, Layer, Method, Parameter, Place, Problem};

/// Lower bound of the denominator `|a| + |b|` of a relative error.
pub(super) const FLOOR: f64 = 1e-8;

/// Comparison of the gradients of two methods, tensor by tensor.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The two methods.
    pub methods: [Method; 2],
    /// Tolerance.
    #[serde(flatten)]
    pub bar: Bar,
    /// Weights and biases of the first layer, then of the next, and so on.
    pub tensors: Vec<Comparison>,
}

/// Comparison of two gradients of one parameter tensor.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Layer, counted from 1.
    pub layer: usize,
    /// Weights or biases.
    pub parameter: Parameter,
    /// Number of parameters in the tensor.
    pub parameters: usize,
    /// Number of compared parameters.
    pub compared: usize,
    /// Number of parameters skipped because the loss has a kink there.
    pub at_kinks: usize,
    /// Number of compared parameters whose gradient is 0 by both methods; these are weak evidence.
    pub zeros: usize,
    /// Largest `|a − b| / max(|a| + |b|, 1e-8)`; `None` if a gradient is missing or not finite.
    pub largest_error: Option<f64>,
    /// Parameter with the largest error as compared with the tolerance; `None` if nothing was compared.
    pub worst: Option<Worst>,
    /// Whether all errors are within the tolerance.
    pub passed: bool,
}

/// The parameter whose gradients differ most.
#[derive(Clone, Debug, Serialize)]
pub struct Worst {
    /// `|a − b| / max(|a| + |b|, floor)`; `None` if a gradient is missing or not finite.
    pub error: Option<f64>,
    /// Input of the weight, counted from 0; `None` for a bias.
    pub input: Option<usize>,
    /// Name of that input, if it is a feature.
    pub feature: Option<String>,
    /// Unit of the parameter, counted from 0.
    pub unit: usize,
    /// Both gradients.
    pub values: [f64; 2],
}

/// A gradient to compare.
pub(super) enum Gradient<'a> {
    /// Of every parameter.
    Full(&'a [Layer]),
    /// For each tensor, the sampled parameter indices and their slopes, `None` at a kink.
    Sampled(&'a [(Vec<usize>, Vec<Option<f64>>)]),
}

impl Gradient<'_> {
    /// Returns the sampled indices of tensor `number`; `None` for a full gradient.
    fn indices(&self, number: usize) -> Option<&[usize]> {
        match self {
            Self::Full(_) => None,
            Self::Sampled(tensors) => Some(&tensors[number].0),
        }
    }

    /// Returns the gradient of parameter `index` of tensor `number`, the `position`-th of a sample; `None` at a
    /// kink. A missing gradient is NaN, which fails every tolerance.
    fn at(&self, number: usize, place: Place, position: usize, index: usize) -> Option<f64> {
        match self {
            Self::Full(layers) => Some(place.of(layers).get(index).copied().unwrap_or(f64::NAN)),
            Self::Sampled(tensors) => tensors[number].1[position],
        }
    }
}

impl Pair {
    /// Compares two gradients, of which at most one may be sampled.
    pub(super) fn new(
        problem: &Problem,
        methods: [Method; 2],
        bar: Bar,
        a: &Gradient,
        b: &Gradient,
    ) -> Self {
        let full = [a, b].into_iter().find_map(|gradient| match gradient {
            Gradient::Full(layers) => Some(*layers),
            Gradient::Sampled(_) => None,
        });
        let places = problem.places().into_iter().enumerate();
        let tensors = places.map(|(number, place)| {
            let floor = bar.floor(full.map_or(&[], |layers| place.of(layers)));
            let mut running = Running::new(floor);
            let mut add = |position, index| {
                let [a, b] = [a, b].map(|gradient| gradient.at(number, place, position, index));
                running.add(index, a.zip(b));
            };
            match a.indices(number).or(b.indices(number)) {
                Some(sampled) => sampled
                    .iter()
                    .enumerate()
                    .for_each(|(position, index)| add(position, *index)),
                None => (0..place.of(&problem.layers).len()).for_each(|index| add(index, index)),
            }
            running.conclude(problem, place, bar)
        });
        Self {
            methods,
            bar,
            tensors: tensors.collect(),
        }
    }

    /// Returns whether all tensors passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.tensors.iter().all(|tensor| tensor.passed)
    }
}

/// Largest errors so far. A missing or non-finite gradient counts as an infinite error.
struct Running {
    floor: f64,
    compared: usize,
    at_kinks: usize,
    zeros: usize,
    largest: f64,
    worst: f64,
    at: usize,
    values: [f64; 2],
}

impl Running {
    fn new(floor: f64) -> Self {
        Self {
            floor,
            compared: 0,
            at_kinks: 0,
            zeros: 0,
            largest: 0.0,
            worst: f64::NEG_INFINITY,
            at: 0,
            values: [f64::NAN; 2],
        }
    }

    fn add(&mut self, index: usize, values: Option<(f64, f64)>) {
        let Some((a, b)) = values else {
            self.at_kinks += 1;
            return;
        };
        self.compared += 1;
        self.zeros += usize::from(a == 0.0 && b == 0.0);
        let error = |floor: f64| {
            let error = (a - b).abs() / (a.abs() + b.abs()).max(floor);
            if error.is_nan() { f64::INFINITY } else { error }
        };
        self.largest = self.largest.max(error(FLOOR));
        let error = error(self.floor);
        if error > self.worst {
            (self.worst, self.at, self.values) = (error, index, [a, b]);
        }
    }

    fn conclude(self, problem: &Problem, place: Place, bar: Bar) -> Comparison {
        let outputs = problem.layers[place.layer].biases.len();
        let (input, unit) = place.input_and_unit(self.at, outputs);
        let finite = |error: f64| error.is_finite().then_some(error);
        let worst = Worst {
            error: finite(self.worst),
            input,
            feature: None,
            unit,
            values: self.values,
        };
        Comparison {
            layer: place.layer + 1,
            parameter: place.parameter,
            parameters: place.of(&problem.layers).len(),
            compared: self.compared,
            at_kinks: self.at_kinks,
            zeros: self.zeros,
            largest_error: finite(self.largest),
            worst: (self.compared > 0).then_some(worst),
            passed: self.worst <= bar.bar,
        }
    }
}
