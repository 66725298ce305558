//! Rows held out or tested that the network is trained on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::duplicates::{cells, mix};
use crate::{Dataset, Features, Split, Target};

/// Bytes that a step of the hash takes: four words at once, so that none waits for another.
const LANES: usize = 4;
const STEP: usize = 8 * LANES;
const SEEDS: [u64; LANES] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
];

/// Held-out rows that are equal.
struct HeldOut<'a> {
    /// The first of them, and its data set.
    first: (&'a Dataset, u32),
    /// How many validation and test rows.
    rows: [usize; 2],
    is_trained_on: AtomicBool,
}

impl<'a> HeldOut<'a> {
    fn new(first: (&'a Dataset, u32)) -> Self {
        Self {
            first,
            rows: [0; 2],
            is_trained_on: AtomicBool::new(false),
        }
    }
}

/// Numbers of rows with exactly the features and the target of a training row: what they measure is memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedRows {
    /// Validation rows.
    #[serde(default)]
    pub validation: usize,
    /// Test rows.
    #[serde(default)]
    pub test: usize,
}

impl RepeatedRows {
    /// Counts them, in time proportional to the number of values. `validation` holds the held-out rows if they are none of
    /// `rows`; all have the same columns and classes.
    #[must_use]
    pub fn of(
        rows: &Dataset,
        split: &Split,
        validation: Option<&Dataset>,
        test: Option<&Dataset>,
    ) -> Self {
        if split.validation.is_empty() && test.is_none() {
            return Self::default();
        }
        let held_out = validation.unwrap_or(rows);
        let are_bytes = |dataset: &Dataset| matches!(dataset.features, Features::Bytes(_));
        // Rows of bytes and of other numbers have to have equal hashes if they are compared.
        let all_bytes = [Some(rows), Some(held_out), test]
            .into_iter()
            .flatten()
            .all(are_bytes);
        let all_test = test.map_or_else(Vec::new, Dataset::all_rows);
        let sets = [
            (held_out, &split.validation),
            (test.unwrap_or(rows), &all_test),
        ];
        // The held-out rows are remembered, of which there are usually fewer, and not those to train on.
        let mut known: HashMap<u64, HeldOut> = HashMap::new();
        for (set, (dataset, numbers)) in sets.into_iter().enumerate() {
            for &row in numbers {
                let first = (dataset, row);
                let same = known
                    .entry(hash(dataset, row, all_bytes))
                    .or_insert_with(|| HeldOut::new(first));
                same.rows[set] += usize::from(are_equal(same.first, first));
            }
        }
        split.train.par_iter().for_each(|&row| {
            if let Some(same) = known.get(&hash(rows, row, all_bytes))
                && !same.is_trained_on.load(Ordering::Relaxed)
                && are_equal(same.first, (rows, row))
            {
                same.is_trained_on.store(true, Ordering::Relaxed);
            }
        });
        let repeated = known.into_values();
        let repeated = repeated.filter(|same| same.is_trained_on.load(Ordering::Relaxed));
        repeated.fold(Self::default(), |found, same| Self {
            validation: found.validation + same.rows[0],
            test: found.test + same.rows[1],
        })
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.validation + self.test == 0
    }
}

fn hash(dataset: &Dataset, row: u32, all_bytes: bool) -> u64 {
    let columns = dataset.columns();
    let features = match &dataset.features {
        Features::Bytes(values) if all_bytes => {
            hash_bytes(&values[row as usize * columns..][..columns])
        }
        _ => cells(dataset, row).fold(SEEDS[0], mix),
    };
    mix(features, target_bits(dataset, row))
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut lanes = SEEDS;
    let (steps, rest) = bytes.as_chunks::<STEP>();
    for step in steps {
        let (words, _) = step.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let rest = rest.iter().map(|&byte| u64::from(byte));
    lanes.into_iter().chain(rest).fold(0, mix)
}

/// The target as bits that are equal if the targets are.
fn target_bits(dataset: &Dataset, row: u32) -> u64 {
    match &dataset.target {
        None => 0,
        Some(Target::Class { labels }) => labels[row as usize].into(),
        Some(Target::Value { values }) => (values[row as usize] + 0.0).to_bits(),
    }
}

fn are_equal((one, row): (&Dataset, u32), (other, other_row): (&Dataset, u32)) -> bool {
    target_bits(one, row) == target_bits(other, other_row)
        && cells(one, row).eq(cells(other, other_row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    fn rows(features: Features, labels: Vec<u32>) -> Dataset {
        let names = (1..=40).map(|column| format!("x{column}")).collect();
        let classes = vec!["a".to_owned(), "b".to_owned()];
        Dataset::new(Schema::of_numbers(names, classes), features, Some(labels))
    }

    /// Rows of 40 columns that differ in the last but one.
    fn bytes(kinds: &[u8]) -> Vec<u8> {
        let row = |&kind: &u8| (0..40).map(move |column| if column == 38 { kind } else { 7 });
        kinds.iter().flat_map(row).collect()
    }

    #[test]
    fn rows_with_the_same_features_and_target_are_counted_whatever_they_are_stored_as() {
        let train = rows(
            Features::Bytes(bytes(&[1, 2, 3, 1, 9])),
            vec![0, 0, 1, 0, 1],
        );
        let split = Split {
            calibration: Vec::new(),
            train: vec![0, 1, 2],
            validation: vec![3, 4],
        };
        let test = |kinds: &[u8], labels: Vec<u32>| rows(Features::Bytes(bytes(kinds)), labels);
        let tested = test(&[2, 3, 3, 5], vec![0, 0, 1, 0]);
        let expected = RepeatedRows {
            validation: 1,
            test: 2,
        };
        assert_eq!(
            RepeatedRows::of(&train, &split, None, Some(&tested)),
            expected
        );
        let floats = bytes(&[2, 3, 3, 5]).into_iter().map(f32::from).collect();
        let floats = rows(Features::Floats(floats), vec![0, 0, 1, 0]);
        assert_eq!(
            RepeatedRows::of(&train, &split, None, Some(&floats)),
            expected
        );
        let held_out = test(&[3, 8], vec![1, 1]);
        let split = Split {
            calibration: Vec::new(),
            train: train.all_rows(),
            validation: held_out.all_rows(),
        };
        let found = RepeatedRows::of(&train, &split, Some(&held_out), None);
        assert_eq!((found.validation, found.test), (1, 0));
    }
}
