//! Rows that repeat, in one data set or in two.

use mlp_data::random::{Purpose, Stream};
use mlp_data::{Dataset, Duplicates, Features, Schema, SharedRows};
use proptest::prelude::*;

fn dataset(features: Features, labels: Option<Vec<u32>>, columns: usize) -> Dataset {
    Dataset::new(
        Schema::of_numbers(
            (0..columns).map(|column| format!("c{column}")).collect(),
            vec!["p".to_owned(), "q".to_owned()],
        ),
        features,
        labels,
    )
}

proptest! {
    /// Few values and few columns, so that many rows are equal; held against a comparison of all pairs.
    #[test]
    fn every_pair_of_equal_rows_is_found(
        values in prop::collection::vec(prop::sample::select(vec![0.0_f32, -0.0, 1.0, 255.0, f32::NAN]), 0..120),
        bytes in prop::collection::vec(prop::sample::select(vec![0_u8, 1, 255]), 0..60),
        seed in any::<u64>(),
    ) {
        let rows = |count: usize| count / 2;
        let labels = |count: usize| {
            let stream = Stream::new(seed, Purpose::Synthesis, count as u64);
            let draws = (0..rows(count) as u64).map(|row| u32::try_from(stream.below(row, 2)).unwrap());
            Some(draws.collect::<Vec<_>>())
        };
        let mut floats = values.clone();
        floats.truncate(2 * rows(values.len()));
        let mut small = bytes.clone();
        small.truncate(2 * rows(bytes.len()));
        let key = |pair: &[f32]| pair.iter().map(|value| format!("{:?}", value + 0.0)).collect::<Vec<_>>();
        let keys: Vec<_> = floats.chunks(2).map(key).collect();
        let widened: Vec<f32> = small.iter().map(|&byte| f32::from(byte)).collect();
        let other_keys: Vec<_> = widened.chunks(2).map(key).collect();
        let one = dataset(Features::Floats(floats), labels(values.len()), 2);
        let other = dataset(Features::Bytes(small), labels(bytes.len()), 2);

        let repeats = (0..keys.len()).filter(|row| keys[..*row].contains(&keys[*row])).count();
        let found = Duplicates::of(&one);
        prop_assert_eq!(found.rows, repeats);
        for group in &found.groups {
            let key = &keys[group.rows[0] as usize];
            let equal: Vec<u32> = (0_u32..).zip(&keys).filter(|(_, other)| *other == key).map(|(row, _)| row).collect();
            prop_assert_eq!(&group.rows, &equal);
        }
        let shared = SharedRows::between(&one, &other);
        let expected: Vec<usize> = (0..other_keys.len()).filter(|row| keys.contains(&other_keys[*row])).collect();
        let mut rows: Vec<usize> = shared.pairs.iter().map(|pair| pair.second as usize).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, expected);
        for pair in &shared.pairs {
            prop_assert_eq!(&keys[pair.first as usize], &other_keys[pair.second as usize]);
            let own = other.labels().unwrap()[pair.second as usize];
            let with_own = (0..keys.len()).any(|row| keys[row] == other_keys[pair.second as usize] && one.labels().unwrap()[row] == own);
            prop_assert_eq!(pair.is_conflicting(), !with_own);
        }
    }
}
