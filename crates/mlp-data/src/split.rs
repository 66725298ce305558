//! Split of the rows into training and validation.

use crate::error::PreparationError;
use crate::random::{Purpose, Stream};

/// Row numbers of both splits, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on.
    pub train: Vec<u32>,
    /// Rows to validate on; empty without validation.
    pub validation: Vec<u32>,
}

/// Splits rows at random: `⌈rows · validation⌉` of them are for validation, the others for training.
///
/// `labels` holds the class of each row. A stratified split distributes the validation rows among the classes in
/// proportion to their sizes, each within one row of its exact share (largest remainders first, the Hare–Niemeyer
/// method). Their total is rounded up as in scikit-learn's `StratifiedShuffleSplit`.
///
/// # Errors
/// If `validation` leaves a side empty, or a class of a stratified split has a single row.
pub fn split(
    labels: &[u32],
    validation: f64,
    stratified: bool,
    seed: u64,
) -> Result<Split, PreparationError> {
    let rows = labels.len();
    if validation == 0.0 {
        return Ok(Split {
            train: (0_u32..).take(rows).collect(),
            validation: Vec::new(),
        });
    }
    // Rows are counted in 32 bits; a share out of range saturates and is refused below.
    let held_out = (rows as f64 * validation).ceil() as usize;
    if held_out == 0 || held_out >= rows {
        let side = if held_out == 0 {
            "validation"
        } else {
            "training"
        };
        return Err(PreparationError::EmptySide {
            share: validation,
            rows,
            side,
        });
    }
    let groups = if stratified {
        by_class(labels)
    } else {
        vec![(0_u32..).take(rows).collect()]
    };
    if let Some((class, _)) = (0_u32..)
        .zip(&groups)
        .find(|(_, group)| stratified && group.len() == 1)
    {
        return Err(PreparationError::ClassTooSmall { class });
    }
    let mut is_validation = vec![false; rows];
    let shares = shares(&groups, held_out, rows);
    for ((class, mut group), share) in (0_u64..).zip(groups).zip(shares) {
        Stream::new(seed, Purpose::Split, class).shuffle(&mut group);
        for &row in &group[..share] {
            is_validation[row as usize] = true;
        }
    }
    let (validation, train) = (0_u32..)
        .take(rows)
        .partition(|&row| is_validation[row as usize]);
    Ok(Split { train, validation })
}

/// The rows of each class, in ascending order.
fn by_class(labels: &[u32]) -> Vec<Vec<u32>> {
    let classes = labels.iter().max().map_or(0, |&last| last as usize + 1);
    let mut groups = vec![Vec::new(); classes];
    for (row, &class) in (0_u32..).zip(labels) {
        groups[class as usize].push(row);
    }
    groups
}

/// Validation rows of each group: its exact share rounded down, and one more for the largest remainders.
fn shares(groups: &[Vec<u32>], held_out: usize, rows: usize) -> Vec<usize> {
    // Integer arithmetic, because floats would round the remainders of group · held_out / rows.
    let exact = |group: &Vec<u32>| group.len() as u128 * held_out as u128;
    let mut shares: Vec<usize> = groups
        .iter()
        .map(|group| (exact(group) / rows as u128) as usize)
        .collect();
    let mut largest_first: Vec<usize> = (0..groups.len()).collect();
    // A stable sort: equal remainders come in the order of the classes.
    largest_first.sort_by_key(|&class| std::cmp::Reverse(exact(&groups[class]) % rows as u128));
    let remaining = held_out - shares.iter().sum::<usize>();
    for &class in &largest_first[..remaining] {
        shares[class] += 1;
    }
    shares
}
