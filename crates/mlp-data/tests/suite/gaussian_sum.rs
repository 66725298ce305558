//! The three classes of sums of normal features.

use mlp_data::{Dataset, Features, gaussian_sum};
use proptest::prelude::*;

fn values(dataset: &Dataset) -> &[f32] {
    match &dataset.features {
        Features::Floats(values) => values,
        _ => panic!("normal features are floats"),
    }
}

fn labels(dataset: &Dataset) -> &[u32] {
    dataset.labels().expect("generated rows have labels")
}

proptest! {
    #[test]
    fn labels_follow_from_the_features(rows in 0_usize..200, columns in 1_usize..9, seed: u64) {
        let dataset = gaussian_sum(rows, columns, seed);
        prop_assert_eq!((dataset.rows(), dataset.columns()), (rows, columns));
        prop_assert_eq!(labels(&dataset).len(), rows);
        for (row, &label) in values(&dataset).chunks(columns).zip(labels(&dataset)) {
            let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
            let expected = if sum < -10.0 { "below" } else if sum <= 10.0 { "between" } else { "above" };
            prop_assert_eq!(&dataset.classes()[label as usize], expected, "sum {}", sum);
        }
    }

    #[test]
    fn a_longer_data_set_begins_with_a_shorter_one(rows in 1_usize..100, seed: u64) {
        let (short, long) = (gaussian_sum(rows, 3, seed), gaussian_sum(2 * rows, 3, seed));
        prop_assert_eq!(values(&short), &values(&long)[..3 * rows]);
        prop_assert_eq!(labels(&short), &labels(&long)[..rows]);
        prop_assert_ne!(values(&short), &values(&long)[3 * rows..]);
    }
}

#[test]
fn features_have_mean_0_and_standard_deviation_10() {
    let dataset = gaussian_sum(50_000, 2, 3);
    let mean_of = |f: fn(f64) -> f64| {
        values(&dataset)
            .iter()
            .map(|&x| f(f64::from(x)))
            .sum::<f64>()
            / 100_000.0
    };
    assert!(mean_of(|x| x).abs() < 0.1, "mean {}", mean_of(|x| x));
    assert!(
        (mean_of(|x| x * x) - 100.0).abs() < 2.0,
        "variance {}",
        mean_of(|x| x * x)
    );
}

#[test]
fn names_are_in_order() {
    let dataset = gaussian_sum(1, 3, 0);
    assert_eq!(dataset.classes(), ["below", "between", "above"]);
    assert_eq!(dataset.feature_names(), ["x1", "x2", "x3"]);
}
