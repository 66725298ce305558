//! How often `compare` claims a difference: hardly ever between seeds of one config, always between a
//! small network and a good one.

use std::fmt::Write as _;
use std::path::Path;

use mlp::comparison::{Candidate, Network, RowQuality, Study};
use mlp::config::{Config, IfMissing, LabelColumn, Optimizer, Validation};
use mlp::metrics::significance::PairedComparison;
use mlp::random::{Purpose, Stream};
use mlp::run::Split;
use mlp::training::{Followers, Start, launch};

use crate::support::devices::cpu_backends;

/// Pairs that are compared.
const PAIRS: usize = 20;

/// A network on the built-in digits, trained in a moment.
fn config(hidden: usize) -> Config {
    let mut config = Config {
        name: format!("hidden-{hidden}"),
        backend: cpu_backends()[0],
        ..Config::default()
    };
    config.data.train = "no/train.csv".into();
    config.data.if_missing = vec![IfMissing::Digits];
    config.data.synthetic_rows = 1500;
    config.data.validation = Validation::Share(0.4);
    config.model.hidden = vec![hidden];
    config.training.epochs = 3;
    config.training.batch_size = 32;
    config.training.log_every_steps = 0;
    config.checkpoint.every_epochs = 0;
    config.checkpoint.keep_best = false;
    config
}

/// A network on numbers that follow from two columns, with noise, trained in a moment.
fn config_of_numbers(folder: &Path, hidden: usize) -> Config {
    let file = folder.join("numbers.csv");
    if !file.exists() {
        let mut text = String::from("a,b,y\n");
        for row in 0..1200 {
            let stream = Stream::new(17, Purpose::Synthesis, row);
            let [a, b, noise] = [0, 1, 2].map(|at| stream.normal(at));
            let y = (2.0 * a).sin() + 0.5 * a * b + 0.2 * noise;
            writeln!(text, "{a:.4},{b:.4},{y:.4}").unwrap();
        }
        std::fs::write(&file, text).unwrap();
    }
    let mut config = config(hidden);
    config.name = format!("numbers-{hidden}");
    config.data.train = file;
    config.data.label = LabelColumn::Name("y".into());
    config.data.if_missing = vec![IfMissing::Error];
    config.optimizer.kind = Optimizer::Adam {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };
    config.optimizer.learning_rate = 0.01;
    config.training.epochs = 20;
    config
}

/// What each of n seeds makes of the validation rows.
fn networks(folder: &Path, config: &Config, seeds: usize) -> Vec<RowQuality> {
    let candidate = Candidate {
        name: config.name.clone(),
        config: config.clone(),
    };
    let study = Study::load(vec![candidate], Split::Validation, seeds, &[], &mut |_| {}).unwrap();
    let train = |number: usize| {
        let prepared = study.prepared(0, number);
        let start = Start::New {
            run_dir: Some(folder.join(format!("{}-{number}", config.name))),
            init_from: None,
        };
        let summary = launch(&prepared, start, Followers::default()).unwrap();
        let network = Network::score(&summary.run, &prepared, Split::Validation).unwrap();
        network.rows
    };
    (0..seeds).map(train).collect()
}

fn claims(first: &[RowQuality], second: &[RowQuality]) -> bool {
    let right = |networks: &[RowQuality]| -> Vec<Vec<bool>> {
        let of_classes = networks.iter().filter_map(|network| match network {
            RowQuality::Right(right) => Some(right.clone()),
            RowQuality::Errors(_) => None,
        });
        of_classes.collect()
    };
    let errors = |networks: &[RowQuality]| -> Vec<Vec<f64>> {
        let of_numbers = networks.iter().filter_map(|network| match network {
            RowQuality::Right(_) => None,
            RowQuality::Errors(errors) => Some(errors.clone()),
        });
        of_numbers.collect()
    };
    let comparison = match first[0] {
        RowQuality::Right(_) => PairedComparison::new(&right(first), &right(second)),
        RowQuality::Errors(_) => PairedComparison::of_errors(&errors(first), &errors(second)),
    };
    comparison.is_claimed(comparison.p)
}

/// Address of a data set in memory.
fn address(rows: &mlp::data::Dataset) -> usize {
    std::ptr::from_ref(rows).addr()
}

#[test]
fn configs_that_train_on_the_same_rows_hold_them_in_memory_once() {
    let candidates = [3, 5].map(|hidden| Candidate {
        name: hidden.to_string(),
        config: config(hidden),
    });
    let study = Study::load(candidates.to_vec(), Split::Validation, 2, &[], &mut |_| {}).unwrap();
    let first = study.prepared(0, 0);
    for (candidate, number) in [(0, 1), (1, 0), (1, 1)] {
        let other = study.prepared(candidate, number);
        assert_eq!(address(&other.rows), address(&first.rows));
        assert_eq!(address(other.stored.dataset()), address(&first.rows));
    }
}

/// Asserts that hardly any difference is claimed between seeds of a good config, and one with a small network always.
fn assert_claims(folder: &Path, good: &Config, small: &Config) {
    let name = &good.name;
    let good = networks(folder, good, 2 * PAIRS);
    let small = networks(folder, small, PAIRS / 2);
    let some = |networks: &[RowQuality], first: usize, count: usize| -> Vec<RowQuality> {
        (first..first + count)
            .map(|number| networks[number % networks.len()].clone())
            .collect()
    };
    for seeds in [1, 2, 3] {
        // The second of a pair is half the networks further on, so that both never share one.
        let between_seeds = (0..PAIRS)
            .filter(|pair| {
                claims(
                    &some(&good, *pair, seeds),
                    &some(&good, pair + PAIRS, seeds),
                )
            })
            .count();
        println!(
            "{name}, {seeds} seeds: {between_seeds} of {PAIRS} claimed between seeds of one config"
        );
        assert!(
            between_seeds <= 2,
            "{seeds} seeds: {between_seeds} of {PAIRS}"
        );
        for pair in 0..PAIRS {
            let (good, small) = (some(&good, pair, seeds), some(&small, pair, seeds));
            assert!(claims(&good, &small), "{seeds} seeds, pair {pair}");
        }
    }
}

#[test]
fn differences_are_claimed_between_configs_and_not_between_seeds() {
    let folder = tempfile::tempdir().unwrap();
    assert_claims(folder.path(), &config(32), &config(3));
}

#[test]
fn differences_are_claimed_between_configs_of_numbers_and_not_between_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let of = |hidden| config_of_numbers(folder.path(), hidden);
    assert_claims(folder.path(), &of(32), &of(1));
}
