//! Bootstrap confidence interval of a difference in quality.

use std::collections::BTreeMap;

use mlp_data::random::{Purpose, Stream};

/// Number of bootstrap samples.
pub const SAMPLES: usize = 4000;
/// Share of the samples outside each end of the interval.
const TAIL: f64 = 0.025;

/// Percentile bootstrap interval (Efron, "Bootstrap methods: another look at the jackknife", 1979) of the
/// difference in mean accuracy between two configs' networks, `[seeds][rows]`.
///
/// Each sample draws rows, the same for all networks, and seeds of each config. Of `n > 1` seeds it draws
/// `n − 1`, so that the mean of a sample has the variance of the mean of `n` seeds; `n` draws would make the
/// interval too narrow by a factor of `√((n − 1)/n)`, which matters for few seeds (Rao and Wu, "Resampling
/// inference with complex survey data", JASA 83, 1988). A single seed is always drawn, and the interval then
/// reflects the variation of rows only.
pub(super) fn interval(first: &[Vec<bool>], second: &[Vec<bool>]) -> [f64; 2] {
    let (patterns, pattern_of_row) = patterns(first, second);
    let quality = |right: &bool| f64::from(u8::from(*right));
    let patterns: Vec<Vec<f64>> = patterns
        .iter()
        .map(|pattern| pattern.iter().map(quality).collect())
        .collect();
    percentiles(&patterns, &pattern_of_row, first.len(), second.len())
}

/// The same of the difference in mean absolute error, the second config's less the first's, given the absolute error of
/// each row for each network, `[seeds][rows]`.
pub(super) fn interval_of_errors(first: &[Vec<f64>], second: &[Vec<f64>]) -> [f64; 2] {
    let networks = || first.iter().chain(second);
    let quality = |row: usize| networks().map(move |errors| -errors[row]).collect();
    let patterns: Vec<Vec<f64>> = (0..first[0].len()).map(quality).collect();
    let each: Vec<u32> = (0..).take(patterns.len()).collect();
    percentiles(&patterns, &each, first.len(), second.len())
}

/// Returns the interval of the difference in mean quality. `patterns` holds the quality of each of the first config's
/// networks and then of the second's, `pattern_of_row` the number of each row's pattern.
fn percentiles(
    patterns: &[Vec<f64>],
    pattern_of_row: &[u32],
    first: usize,
    second: usize,
) -> [f64; 2] {
    let rows = pattern_of_row.len();
    let mut counts = vec![0_u32; patterns.len()];
    let mut differences: Vec<f64> = (0..SAMPLES as u64)
        .map(|sample| {
            let stream = Stream::new(0, Purpose::Bootstrap, sample);
            counts.fill(0);
            for draw in 0..rows {
                counts[pattern_of_row[stream.below(draw as u64, rows)] as usize] += 1;
            }
            let weights = weights(stream, rows, first, second);
            let of_pattern = patterns.iter().zip(&counts).map(|(pattern, count)| {
                let weighted = pattern.iter().zip(&weights);
                weighted
                    .map(|(quality, weight)| quality * weight)
                    .sum::<f64>()
                    * f64::from(*count)
            });
            of_pattern.sum::<f64>() / rows as f64
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    #[allow(clippy::cast_sign_loss)] // a number of samples
    let beyond = (TAIL * SAMPLES as f64) as usize;
    [differences[beyond], differences[SAMPLES - 1 - beyond]]
}

/// Groups the rows by pattern: whether each network is correct, the first config's networks before the second's.
/// Returns the patterns and the pattern number of each row. There are far fewer patterns than rows.
fn patterns(first: &[Vec<bool>], second: &[Vec<bool>]) -> (Vec<Vec<bool>>, Vec<u32>) {
    let mut numbers: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
    let mut of_row = Vec::with_capacity(first[0].len());
    for row in 0..first[0].len() {
        let pattern = first.iter().chain(second).map(|rows| rows[row]).collect();
        let next = numbers.len() as u32;
        of_row.push(*numbers.entry(pattern).or_insert(next));
    }
    let mut patterns = vec![Vec::new(); numbers.len()];
    for (pattern, number) in numbers {
        patterns[number as usize] = pattern;
    }
    (patterns, of_row)
}

/// Draws the weight of each network in the difference of one sample, from position `used` of the stream.
fn weights(stream: Stream, used: usize, first: usize, second: usize) -> Vec<f64> {
    let mut weights = vec![0.0; first + second];
    let mut position = used as u64;
    for (start, seeds, sign) in [(0, first, 1.0), (first, second, -1.0)] {
        let draws = (seeds - 1).max(1);
        for _ in 0..draws {
            weights[start + stream.below(position, seeds)] += sign / draws as f64;
            position += 1;
        }
    }
    weights
}
