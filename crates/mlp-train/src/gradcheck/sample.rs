//! Random sample of the parameters to check.

use std::collections::BTreeSet;

use mlp_data::random::{Purpose, Stream};

/// Draws `count` different indices below `length`, ascending; all of them if `count` is `None` or too large.
///
/// A pure function of its arguments, by Floyd's algorithm (Bentley and Floyd 1987, "A sample of brilliance").
pub(super) fn sample(count: Option<usize>, length: usize, seed: u64, tensor: usize) -> Vec<usize> {
    let count = count.unwrap_or(length).min(length);
    let stream = Stream::new(seed, Purpose::GradientCheck, tensor as u64);
    let mut chosen = BTreeSet::new();
    for last in length - count..length {
        let index = stream.below(last as u64, last + 1);
        if !chosen.insert(index) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_different_and_every_one_can_be_among_them() {
        let mut counts = [0; 20];
        for tensor in 0..400 {
            let chosen = sample(Some(5), 20, 1, tensor);
            assert_eq!(chosen.len(), 5);
            assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
            for index in chosen {
                counts[index] += 1;
            }
        }
        assert!(
            counts.iter().all(|count| (60..140).contains(count)),
            "{counts:?}"
        ); // 100 expected
    }

    #[test]
    fn all_are_taken_where_there_are_no_more() {
        for count in [None, Some(7), Some(100)] {
            assert_eq!(sample(count, 7, 1, 0), (0..7).collect::<Vec<_>>());
        }
    }
}
