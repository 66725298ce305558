//! Rows that belong together and go to one part as a whole.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::error::PreparationError;
use crate::random::{Purpose, Stream};

/// Returns the part of each row: all rows of a group have the same, and part `i` has about `shares[i]` of all rows and of
/// the rows of each class. No part is empty.
///
/// Groups are placed one after the other, those of more rows first, in random order among groups of similar size. Each
/// goes where the parts come nearest to their shares: the sum over parts and classes of `filled² / share` stays smallest,
/// where `filled` is the share of the class's rows that are in the part. All rows together count as one more class.
pub(super) fn parts(
    groups: &[u32],
    classes: Option<&[u32]>,
    shares: &[f64],
    seed: u64,
) -> Result<Vec<usize>, PreparationError> {
    let groups = Groups::new(groups, classes);
    if groups.rows.len() < shares.len() {
        return Err(PreparationError::TooFewToDivide {
            what: "groups",
            needed: shares.len(),
            found: groups.rows.len(),
        });
    }
    let mut part_of = groups.place(shares, seed);
    groups.fill_empty(&mut part_of, shares.len());
    let mut parts = vec![0; groups.all_rows];
    for (rows, part) in groups.rows.iter().zip(part_of) {
        for &row in rows {
            parts[row as usize] = part;
        }
    }
    Ok(parts)
}

/// Groups and what they count.
struct Groups {
    /// Rows of each group, in ascending order.
    rows: Vec<Vec<u32>>,
    /// Rows of each group by class; the class behind the last is that of all rows.
    counts: Vec<Vec<(usize, f64)>>,
    /// Rows of each class, of all groups.
    totals: Vec<f64>,
    all_rows: usize,
}

impl Groups {
    fn new(groups: &[u32], classes: Option<&[u32]>) -> Self {
        let mut rows_of = BTreeMap::<u32, Vec<u32>>::new();
        for (row, &group) in (0_u32..).zip(groups) {
            rows_of.entry(group).or_default().push(row);
        }
        let classes = classes.unwrap_or_default();
        let any = classes.iter().max().map_or(0, |&last| last as usize + 1);
        let mut totals = vec![0.0; any + 1];
        totals[any] = groups.len() as f64;
        for &class in classes {
            totals[class as usize] += 1.0;
        }
        let count = |rows: &Vec<u32>| {
            let mut counts = BTreeMap::new();
            for &row in rows.iter().filter(|row| (**row as usize) < classes.len()) {
                *counts.entry(classes[row as usize] as usize).or_insert(0.0) += 1.0;
            }
            counts.insert(any, rows.len() as f64);
            counts.into_iter().collect()
        };
        let rows: Vec<Vec<u32>> = rows_of.into_values().collect();
        Self {
            counts: rows.iter().map(count).collect(),
            rows,
            totals,
            all_rows: groups.len(),
        }
    }

    /// Returns the part of each group.
    fn place(&self, shares: &[f64], seed: u64) -> Vec<usize> {
        let stream = Stream::new(seed, Purpose::Split, 0);
        let mut order = stream.permutation(self.rows.len());
        // A stable sort: groups of similar size stay in random order.
        order.sort_by_key(|&group| Reverse(self.rows[group as usize].len().ilog2()));
        let mut filled = vec![vec![0.0; self.totals.len()]; shares.len()];
        let mut part_of = vec![0; self.rows.len()];
        for group in order {
            let counts = &self.counts[group as usize];
            let cost = |part: usize| -> f64 {
                let costs = counts.iter().map(|&(class, count)| {
                    let more = count * (2.0 * filled[part][class] + count);
                    more / (self.totals[class] * self.totals[class])
                });
                costs.sum::<f64>() / shares[part]
            };
            let parts = (0..shares.len()).map(|part| (cost(part), part));
            let best = parts.min_by(|a, b| a.0.total_cmp(&b.0));
            let part = best.map_or(0, |(_, part)| part);
            part_of[group as usize] = part;
            for &(class, count) in counts {
                filled[part][class] += count;
            }
        }
        part_of
    }

    /// Moves the smallest group of the part with the most groups to each part that has none.
    fn fill_empty(&self, part_of: &mut [usize], parts: usize) {
        for empty in 0..parts {
            let count = |part: usize| part_of.iter().filter(|of| **of == part).count();
            if count(empty) > 0 {
                continue;
            }
            let fullest = (0..parts).max_by_key(|&part| count(part)).unwrap_or(0);
            let smallest = (0..part_of.len())
                .filter(|&group| part_of[group] == fullest)
                .min_by_key(|&group| self.rows[group].len());
            if let Some(group) = smallest {
                part_of[group] = empty;
            }
        }
    }
}
