//! Rows in the order of their times.

use std::collections::BTreeMap;

use crate::error::PreparationError;

/// Rows of the same time, the oldest first. A group has the time of its newest row.
pub(super) fn blocks(times: &[f64], groups: Option<&[u32]>) -> Vec<Vec<u32>> {
    let known = |time: f64| {
        if time.is_nan() {
            f64::NEG_INFINITY
        } else {
            time + 0.0 // −0 is 0
        }
    };
    let mut newest = BTreeMap::<u32, f64>::new();
    for (&group, &time) in groups.unwrap_or_default().iter().zip(times) {
        let newest = newest.entry(group).or_insert(f64::NEG_INFINITY);
        *newest = newest.max(known(time));
    }
    let time = |row: u32| match groups {
        Some(groups) => newest[&groups[row as usize]],
        None => known(times[row as usize]),
    };
    let mut rows: Vec<u32> = (0..).take(times.len()).collect();
    rows.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    let blocks = rows.chunk_by(|&a, &b| time(a).total_cmp(&time(b)).is_eq());
    blocks.map(<[u32]>::to_vec).collect()
}

/// Returns the part of each row. Part `i` ends where the number of rows up to there is nearest to `ends[i]`, between two
/// blocks; the last part has the rest. No part is empty.
pub(super) fn parts(
    blocks: &[Vec<u32>],
    rows: usize,
    ends: &[usize],
) -> Result<Vec<usize>, PreparationError> {
    let parts = ends.len() + 1;
    if blocks.len() < parts {
        return Err(PreparationError::TooFewToDivide {
            what: "times",
            needed: parts,
            found: blocks.len(),
        });
    }
    let mut rows_before = vec![0];
    for block in blocks {
        rows_before.push(rows_before[rows_before.len() - 1] + block.len());
    }
    let mut part_of = vec![ends.len(); rows];
    let mut first = 0;
    for (part, &end) in ends.iter().enumerate() {
        // At least one block here, and one for each of the parts that follow.
        let candidates = first + 1..=blocks.len() - (ends.len() - part);
        let nearest = candidates.min_by_key(|&block| rows_before[block].abs_diff(end));
        let last = nearest.unwrap_or(first);
        for &row in blocks[first..last].iter().flatten() {
            part_of[row as usize] = part;
        }
        first = last;
    }
    Ok(part_of)
}
