//! The closed form and the central differences, held against each other and against plain formulas.

use mlp::backend;
use mlp::config::{Activation, BackendKind, Reduction};
use mlp::gradcheck::{
    Bar, Bug, Differences, Float64, Layer, Method, Options, Pair, Problem, check, gradients,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::devices::cpu_backends;
use crate::support::network::{Layers, Plain, scatter};
use crate::support::reference::{cross_entropy, logits};

const ACTIVATIONS: [Activation; 6] = [
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Gelu,
    Activation::Silu,
];
const CLASS_WEIGHTS: [f64; 3] = [0.5, 2.0, 1.25];

/// A network on a batch, and what a loss of it needs.
#[derive(Clone, Debug)]
struct Case {
    sizes: Vec<usize>,
    activation: Activation,
    reduction: Reduction,
    smoothing: f64,
    class_weights: [f64; 3],
    labels: Vec<usize>,
    spread: f64,
    seed: usize,
}

impl Case {
    fn plain(&self) -> Plain {
        let mut plain = Plain::new(&self.sizes);
        let all = plain.layers.iter_mut();
        let all = all.flat_map(|(weights, biases)| weights.iter_mut().chain(biases));
        let count = all.count();
        let drawn = scatter(count, self.seed);
        let all = plain.layers.iter_mut();
        let all = all.flat_map(|(weights, biases)| weights.iter_mut().chain(biases));
        all.zip(drawn)
            .for_each(|(value, drawn)| *value = self.spread * drawn);
        plain
    }

    fn inputs(&self) -> Vec<f64> {
        let inputs = scatter(self.labels.len() * self.sizes[0], self.seed + 7);
        // Some are 0, as most pixels are.
        inputs
            .iter()
            .map(|x| if *x < -0.2 { 0.0 } else { 4.0 * x })
            .collect()
    }

    /// `q[i, c] = w[c]·((1 − ε)·[c = label i] + ε/classes)`
    fn targets(&self) -> Vec<f64> {
        let classes = self
            .labels
            .iter()
            .flat_map(|label| (0..3).map(move |class| (*label, class)));
        let share = |(label, class): (usize, usize)| {
            let one_hot = if label == class {
                1.0 - self.smoothing
            } else {
                0.0
            };
            self.class_weights[class] * (one_hot + self.smoothing / 3.0)
        };
        classes.map(share).collect()
    }

    fn weight(&self) -> f64 {
        self.labels
            .iter()
            .map(|label| self.class_weights[*label])
            .sum()
    }

    fn problem(&self) -> Problem {
        let (inputs, targets) = (self.inputs(), self.targets());
        let batch = (&inputs[..], &targets[..], self.weight());
        self.plain().problem(self.activation, self.reduction, batch)
    }

    /// By the loss's definition, before its reduction.
    fn loss(&self, layers: &Layers) -> f64 {
        let logits = logits(layers, self.activation, &self.inputs());
        let mean = cross_entropy(&logits, &self.labels, &self.class_weights, self.smoothing);
        match self.reduction {
            Reduction::Mean => mean,
            Reduction::Sum => mean * self.weight(),
        }
    }
}

/// All gradients in order.
fn flat(problem: &Problem, layers: &[Layer]) -> Vec<f64> {
    let places = problem.places().into_iter();
    places.flat_map(|place| place.of(layers).to_vec()).collect()
}

fn slopes(problem: &Problem) -> Vec<Option<f64>> {
    let differences = Differences::new(problem);
    let places = problem.places().into_iter();
    let slopes = places.map(|place| {
        let all: Vec<usize> = (0..place.of(&problem.layers).len()).collect();
        differences.slopes(place, &all, &|| {})
    });
    slopes.collect::<Vec<_>>().concat()
}

fn error(a: f64, b: f64) -> f64 {
    (a - b).abs() / (a.abs() + b.abs()).max(1e-8)
}

fn cases() -> impl Strategy<Value = Case> {
    let sizes = (1..5_usize, vec(1..6_usize, 0..4))
        .prop_map(|(features, hidden)| [&[features][..], &hidden, &[3]].concat());
    (
        sizes,
        select(&ACTIVATIONS[..]),
        select(&[Reduction::Mean, Reduction::Sum][..]),
        select(&[0.0, 0.1, 0.3][..]),
        select(&[[1.0; 3], CLASS_WEIGHTS][..]),
        vec(0..3_usize, 1..6),
        select(&[0.5, 2.0, 6.0][..]),
        0..1000_usize,
    )
        .prop_map(
            |(sizes, activation, reduction, smoothing, class_weights, labels, spread, seed)| Case {
                sizes,
                activation,
                reduction,
                smoothing,
                class_weights,
                labels,
                spread,
                seed,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_closed_form_is_the_slope_of_the_loss(case in cases()) {
        let problem = case.problem();
        let by_hand = flat(&problem, &gradients(&problem, None));
        let slopes = slopes(&problem);
        prop_assert_eq!(by_hand.len(), slopes.len());
        for (index, (a, b)) in by_hand.iter().zip(&slopes).enumerate() {
            let b = b.expect("no random number lies at a kink");
            prop_assert!(error(*a, b) < 1e-6, "parameter {}: {:e} and {:e}", index, a, b);
        }
    }

    /// The differences above are of changes that were worked out; these are of the loss as defined.
    #[test]
    fn the_slope_is_that_of_the_loss_as_defined(case in cases(), at in 0.0..1.0) {
        let plain = case.plain();
        let problem = case.problem();
        let slopes = slopes(&problem);
        let index = (at * slopes.len() as f64) as usize;
        let moved = |by: f64| {
            let mut layers = plain.layers.clone();
            let mut all = layers.iter_mut().flat_map(|(weights, biases)| weights.iter_mut().chain(biases));
            *all.nth(index).unwrap() += by;
            drop(all);
            case.loss(&layers)
        };
        let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        let found = slopes[index].unwrap();
        prop_assert!((found - expected).abs() < 1e-6 * (1.0 + found.abs()), "{} and {}", found, expected);
    }
}

fn case(sizes: &[usize], activation: Activation) -> Case {
    Case {
        sizes: sizes.to_vec(),
        activation,
        reduction: Reduction::Mean,
        smoothing: 0.0,
        class_weights: [1.0; 3],
        labels: vec![0, 2, 1, 1, 2],
        spread: 2.0,
        seed: 1,
    }
}

#[test]
fn parameters_at_a_kink_have_no_slope() {
    for activation in ACTIVATIONS {
        let mut problem = case(&[4, 3, 3], activation).problem();
        let unit = 1; // of the first layer: its sum is 0 in every row
        for input in 0..4 {
            problem.layers[0].weights.values[input * 3 + unit] = 0.0;
        }
        problem.layers[0].biases[unit] = 0.0;
        let kinked = matches!(activation, Activation::Relu | Activation::LeakyRelu);
        let slopes = slopes(&problem);
        let places =
            (0..problem.layers[0].weights.values.len() + 3).filter(|index| index % 3 == unit);
        let expected: Vec<usize> = if kinked { places.collect() } else { Vec::new() };
        let found: Vec<usize> = (0..slopes.len())
            .filter(|index| slopes[*index].is_none())
            .collect();
        assert_eq!(found, expected, "{activation:?}");
    }
}

/// A sum that is almost 0: any usual step crosses the kink, so it has to be made smaller.
#[test]
fn a_kink_close_by_is_not_crossed() {
    let mut problem = case(&[4, 3, 3], Activation::Relu).problem();
    for input in 0..4 {
        problem.layers[0].weights.values[input * 3] = 0.0;
    }
    problem.layers[0].biases[0] = 1e-9; // of unit 0: active in every row, just so
    let by_hand = flat(&problem, &gradients(&problem, None));
    let slopes = slopes(&problem);
    let bias = 4 * 3;
    assert!(by_hand[bias].abs() > 1e-3, "{}", by_hand[bias]);
    for (a, b) in by_hand.iter().zip(&slopes) {
        assert!(error(*a, b.unwrap()) < 1e-9, "{a} and {b:?}");
    }
}

/// As a GPU is judged, here on a CPU.
#[test]
fn without_float64_the_bar_is_that_of_float32() {
    let problem = case(&[4, 3, 3], Activation::Tanh).problem();
    let device = backend::device(cpu_backends()[0], "auto").unwrap();
    let options = Options {
        float64: Float64::of(BackendKind::Wgpu, Activation::Tanh),
        bug: None,
        sample: None,
        seed: 0,
    };
    let found = check(&problem, &device, &options, &|| {});
    assert!(found.passed());
    let held_to = |pair: &Pair| (pair.methods, pair.bar);
    assert_eq!(
        found.pairs.iter().map(held_to).collect::<Vec<_>>(),
        [
            ([Method::Autodiff32, Method::ClosedForm], Bar::FLOAT32),
            (
                [Method::Autodiff32, Method::CentralDifferences],
                Bar::FLOAT32
            ),
            (
                [Method::ClosedForm, Method::CentralDifferences],
                Bar::FLOAT64
            ),
        ]
    );
    let bug = Some(Bug::ForgottenBias);
    let found = check(&problem, &device, &Options { bug, ..options }, &|| {});
    assert_eq!(found.suspect(), Some(Method::ClosedForm));
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let problem = case(&[9, 8, 7, 3], Activation::Gelu).problem();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| slopes(&problem))
    };
    assert_eq!(with(1), with(3));
}
