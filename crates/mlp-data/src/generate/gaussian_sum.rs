//! Sums of normal features in three classes: the smallest data set worth training on.

use crate::random::{Purpose, Stream};
use crate::{Dataset, Features, Schema};

/// Standard deviation of each feature.
const DEVIATION: f64 = 10.0;
/// A sum is "between" from `-BOUND` to `BOUND`, both included.
const BOUND: f64 = 10.0;

/// Draws `rows` rows of `columns` features from N(0, 10²), labelled by their sum: "below" −10, "between" −10 and 10
/// (both included), "above" 10.
///
/// A row depends on `seed`, its position and `columns` alone, so a longer data set begins with a shorter one.
#[must_use]
pub fn gaussian_sum(rows: usize, columns: usize, seed: u64) -> Dataset {
    let mut features = Vec::with_capacity(rows * columns);
    let mut labels = Vec::with_capacity(rows);
    for row in 0..rows {
        let stream = Stream::new(seed, Purpose::Synthesis, row as u64);
        features
            .extend((0..columns).map(|column| (DEVIATION * stream.normal(column as u64)) as f32));
        labels.push(class_of(&features[row * columns..]));
    }
    let schema = Schema::of_numbers(
        (1..=columns).map(|column| format!("x{column}")).collect(),
        ["below", "between", "above"].map(String::from).to_vec(),
    );
    Dataset::new(schema, Features::Floats(features), Some(labels))
}

/// Index into the class names. The sum is in f64, in which the order of f32 terms does not matter in practice.
fn class_of(row: &[f32]) -> u32 {
    let sum: f64 = row.iter().copied().map(f64::from).sum();
    u32::from(sum >= -BOUND) + u32::from(sum > BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_belong_to_the_middle_class() {
        let cases = [(-10.001, 0), (-10.0, 1), (0.0, 1), (10.0, 1), (10.001, 2)];
        for (sum, class) in cases {
            assert_eq!(class_of(&[sum - 3.0, 3.0]), class, "sum {sum}");
        }
    }
}
