//! Rows that are independent of each other, drawn at random.

use crate::error::PreparationError;
use crate::random::{Purpose, Stream};

/// Draws the rows to hold out, `⌈share · rows⌉` of those that are not alone in their class, and marks them.
pub(super) fn held_out(
    rows: usize,
    classes: Option<&[u32]>,
    share: f64,
    seed: u64,
) -> Result<Vec<bool>, PreparationError> {
    let strata = strata(rows, classes);
    let divisible: usize = strata.iter().map(Vec::len).filter(|size| *size != 1).sum();
    let held_out = (divisible as f64 * share).ceil() as usize;
    if held_out == 0 {
        return Err(PreparationError::OnlySingleRows { rows });
    }
    let mut is_validation = vec![false; rows];
    let shares = shares(&strata, held_out, divisible);
    for ((class, mut rows), share) in (0_u64..).zip(strata).zip(shares) {
        Stream::new(seed, Purpose::Split, class).shuffle(&mut rows);
        for &row in &rows[..share] {
            is_validation[row as usize] = true;
        }
    }
    Ok(is_validation)
}

/// Deals the rows, class by class, to `k` folds in turn. Rows that are alone in their class get the number `k`.
pub(super) fn folds(
    rows: usize,
    classes: Option<&[u32]>,
    k: usize,
    seed: u64,
) -> Result<Vec<usize>, PreparationError> {
    let mut fold_of = vec![k; rows];
    let mut dealt = 0;
    for (class, mut rows) in (0_u64..).zip(strata(rows, classes)) {
        if rows.len() == 1 {
            continue;
        }
        Stream::new(seed, Purpose::Split, class).shuffle(&mut rows);
        for row in rows {
            fold_of[row as usize] = dealt % k;
            dealt += 1;
        }
    }
    if dealt < k {
        return Err(PreparationError::TooFewToDivide {
            what: "rows",
            needed: k,
            found: dealt,
        });
    }
    Ok(fold_of)
}

/// The rows of each class, or all rows where classes do not matter, in ascending order.
fn strata(rows: usize, classes: Option<&[u32]>) -> Vec<Vec<u32>> {
    let Some(classes) = classes else {
        return vec![(0_u32..).take(rows).collect()];
    };
    let count = classes.iter().max().map_or(0, |&last| last as usize + 1);
    let mut strata = vec![Vec::new(); count];
    for (row, &class) in (0_u32..).zip(classes) {
        strata[class as usize].push(row);
    }
    strata
}

/// Rows to hold out of each stratum: its exact share rounded down, and one more for the largest remainders. A stratum of a
/// single row has none.
fn shares(strata: &[Vec<u32>], held_out: usize, rows: usize) -> Vec<usize> {
    // Integer arithmetic, because floats would round the remainders of size · held_out / rows.
    let exact = |stratum: &Vec<u32>| match stratum.len() {
        1 => 0,
        size => size as u128 * held_out as u128,
    };
    let mut shares: Vec<usize> = strata
        .iter()
        .map(|stratum| (exact(stratum) / rows as u128) as usize)
        .collect();
    let mut largest_first: Vec<usize> = (0..strata.len()).collect();
    // A stable sort: equal remainders come in the order of the classes.
    largest_first.sort_by_key(|&class| std::cmp::Reverse(exact(&strata[class]) % rows as u128));
    let remaining = held_out - shares.iter().sum::<usize>();
    for &class in &largest_first[..remaining] {
        shares[class] += 1;
    }
    shares
}
