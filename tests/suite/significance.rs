//! The tests and intervals by which one config is said to be better than another.

use mlp::metrics::significance::{PairedComparison, holm};
use mlp::random::{Purpose, Stream};

use crate::support::assert_close;

/// Two networks on 1,000 rows: `both` rows right for both, then n for only one of them.
fn pair(both: usize, only_first: usize, only_second: usize) -> [Vec<bool>; 2] {
    let first = (0..1000).map(|row| row < both + only_first);
    let in_second =
        |row| row < both || (row >= both + only_first && row < both + only_first + only_second);
    [first.collect(), (0..1000).map(in_second).collect()]
}

fn compare(pair: [Vec<bool>; 2]) -> PairedComparison {
    let [first, second] = pair;
    PairedComparison::new(&[first], &[second])
}

/// A network that gets the first n of 100 rows right.
fn right_of_100(right: usize) -> Vec<bool> {
    (0..100).map(|row| row < right).collect()
}

#[test]
fn mcnemar_is_the_two_sided_binomial_test() {
    // 2·P(X ≤ k) by counting: (1 + 12 + 66)·2/2¹², 2/2⁵, and 1 where both are the same.
    for (b, c, p) in [
        (10, 2, 158.0 / 4096.0),
        (0, 5, 2.0 / 32.0),
        (7, 7, 1.0),
        (0, 0, 1.0),
    ] {
        let test = compare(pair(500, b, c)).mcnemar[0];
        assert_eq!((test.only_first, test.only_second), (b as u64, c as u64));
        assert_close(&format!("{b}:{c}"), &[test.p], &[p], 1e-12);
        let mirrored = compare(pair(500, c, b)).mcnemar[0];
        assert_close("mirrored", &[mirrored.p], &[p], 1e-12);
    }
    // Far out in the tail it is still a number above 0: 2/2³⁰⁰.
    let p = compare(pair(500, 300, 0)).mcnemar[0].p;
    assert!(p > 0.0 && p < 1e-89, "{p:e}");
}

#[test]
fn seeds_are_judged_by_welchs_test() {
    // Equal variances and two seeds each: 2 degrees of freedom, for which p = 1 − t/√(2 + t²); t² = 50.
    let first = [right_of_100(90), right_of_100(92)];
    let second = [right_of_100(80), right_of_100(82)];
    let comparison = PairedComparison::new(&first, &second);
    let p = 1.0 - (50.0_f64 / 52.0).sqrt();
    assert_close("p_seeds", &[comparison.p_seeds], &[p], 1e-9);
    assert_close("difference", &[comparison.difference], &[0.1], 1e-12);
    assert_close("p", &[comparison.p], &[p.max(comparison.p_rows)], 1e-9);
    // Variances of 16 and 1 points² of three seeds each: t = 4.2008 at 2.2490 degrees of freedom; p by
    // integrating the density numerically.
    let first = [right_of_100(86), right_of_100(90), right_of_100(94)];
    let second = [right_of_100(79), right_of_100(80), right_of_100(81)];
    let comparison = PairedComparison::new(&first, &second);
    assert_close("p_seeds", &[comparison.p_seeds], &[0.042_454_796_26], 1e-9);
}

#[test]
fn rows_are_judged_over_all_seeds() {
    // Two networks each that agree with each other: the first config has 30 rows of its own, the second
    // 10. z = (20 − 1)/√40 = 3.0042, two-sided 0.002663.
    let [first, second] = pair(500, 30, 10);
    let networks = [first, second].map(|network| [network.clone(), network]);
    let comparison = PairedComparison::new(&networks[0], &networks[1]);
    assert_close("p_rows", &[comparison.p_rows], &[0.002_663], 1e-5);
    // Equal accuracies of both seeds do not prove that seeds are all the same, but 20 rows are far more
    // than the rounding.
    assert!(comparison.p_seeds < 1e-3, "{}", comparison.p_seeds);
    assert_close("equal", &[compare(pair(500, 0, 0)).p], &[1.0], 0.0);
}

#[test]
fn the_interval_is_as_wide_as_theory_has_it() {
    // One seed each: the deviation is √(b + c − (b − c)²/n)/n.
    let comparison = compare(pair(500, 90, 30));
    let deviation = (120.0_f64 - 3.6).sqrt() / 1000.0;
    let theory = [0.06 - 1.96 * deviation, 0.06 + 1.96 * deviation];
    assert_close(
        "one seed",
        &comparison.interval,
        &theory,
        0.05 * deviation + 1e-3,
    );

    // Many seeds that differ much on many rows: nearly all of the width comes from them.
    let network = |right: u64| -> Vec<bool> { (0..1000).map(|row| row < right).collect() };
    let first: Vec<_> = (0..10).map(|seed| network(800 + 20 * (seed % 2))).collect();
    let second: Vec<_> = (0..10).map(|seed| network(700 + 20 * (seed % 2))).collect();
    let comparison = PairedComparison::new(&first, &second);
    let of_seeds = 0.02 / 2.0 * (10.0_f64 / 9.0).sqrt(); // sample deviation of an accuracy
    // 80 rows with an advantage of 1 and 40 with one of ½, less the square of the mean.
    let of_rows = ((0.09_f64 - 0.01) / 1000.0).sqrt();
    let deviation = (2.0 * of_seeds.powi(2) / 10.0 + of_rows.powi(2)).sqrt();
    let theory = [0.1 - 1.96 * deviation, 0.1 + 1.96 * deviation];
    // Without seeds it would be narrower by 0.23 deviations at each end.
    assert_close("ten seeds", &comparison.interval, &theory, 0.15 * deviation);
    assert_eq!(comparison, PairedComparison::new(&first, &second));
}

#[test]
fn holm_corrects_for_the_number_of_pairs() {
    assert_close(
        "holm",
        &holm(&[0.01, 0.04, 0.03]),
        &[0.03, 0.06, 0.06],
        1e-12,
    );
    assert_close("capped", &holm(&[0.6, 0.5]), &[1.0, 1.0], 1e-12);
    assert_eq!(holm(&[0.02]), [0.02]);
    assert!(holm(&[]).is_empty());
}

/// Networks of one config: each row has its own chance, each network a strength of its own.
fn networks(stream: Stream, first_position: u64, seeds: u64, strength: f64) -> Vec<Vec<bool>> {
    const ROWS: u64 = 400;
    let network = |seed: u64| {
        let position = first_position + seed * 10_000;
        let own = strength + 0.25 * stream.normal(position);
        (0..ROWS)
            .map(|row| {
                // The difficulty of a row is the same for all networks.
                let difficulty = 2.0 * stream.normal(500_000 + row);
                let chance = 1.0 / (1.0 + (difficulty - own).exp());
                stream.uniform(2 * position + 100_000_000 + row) < chance
            })
            .collect()
    };
    (0..seeds).map(network).collect()
}

#[test]
fn simulated_configs_are_told_apart_only_where_they_differ() {
    const SIMULATIONS: usize = 60;
    for seeds in [1, 2, 3, 5] {
        let claims = |strength: f64| {
            (0..SIMULATIONS)
                .filter(|simulation| {
                    let stream = Stream::new(1, Purpose::Synthesis, *simulation as u64);
                    let first = networks(stream, 1_000_000, seeds, 3.0 + strength);
                    let second = networks(stream, 2_000_000, seeds, 3.0);
                    let comparison = PairedComparison::new(&first, &second);
                    comparison.is_claimed(comparison.p)
                })
                .count()
        };
        let (same, different) = (claims(0.0), claims(4.0));
        println!("seed 1, {seeds} seeds: {same} and {different} of {SIMULATIONS}");
        // Twice as many as the level has it, for this is a matter of chance.
        assert!(
            20 * same <= 2 * SIMULATIONS,
            "{seeds} seeds: {same} false claims"
        );
        assert!(different > 50 || seeds < 3, "{seeds} seeds: {different}");
    }
}
