//! Rows that occur more than once, in one data set or in two.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use crate::{Dataset, Target};

/// Rows of a data set with exactly the same features. Empty cells equal each other, and so do 0 and −0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// Rows that repeat an earlier one.
    pub rows: usize,
    /// Groups whose rows do not all have the same label.
    pub conflicting_groups: usize,
    /// All groups: those with different labels first, then in the order of their first rows.
    pub groups: Vec<DuplicateGroup>,
}

/// Two or more rows with the same features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DuplicateGroup {
    /// Their numbers, counted from 0, ascending.
    pub rows: Vec<u32>,
    /// The distinct labels among them, in the order in which they occur; none without labels.
    pub labels: Vec<String>,
}

impl DuplicateGroup {
    /// Whether the same features have different labels.
    #[must_use]
    pub fn is_conflicting(&self) -> bool {
        self.labels.len() > 1
    }
}

/// Rows that two data sets have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedRows {
    /// Rows of the second that are in the first.
    pub rows: usize,
    /// Those among them that have another label than all such rows of the first.
    pub other_label: usize,
    /// Each of them: those with another label first, then in the order of the second.
    pub pairs: Vec<SharedRow>,
}

/// A row of the second data set that is in the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedRow {
    /// Number of such a row in the first, counted from 0: the first with the same label, if there is one.
    pub first: u32,
    /// Number of the row in the second, counted from 0.
    pub second: u32,
    /// Its label in the first, if it has labels.
    pub first_label: Option<String>,
    /// Its label in the second, if it has labels.
    pub second_label: Option<String>,
}

impl SharedRow {
    /// Whether both have labels, and not the same.
    #[must_use]
    pub fn is_conflicting(&self) -> bool {
        let labels = self.first_label.as_ref().zip(self.second_label.as_ref());
        labels.is_some_and(|(first, second)| first != second)
    }
}

impl Duplicates {
    /// Finds the duplicates in time proportional to the number of values.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let mut groups: Vec<DuplicateGroup> = RowIndex::new(dataset)
            .groups
            .into_iter()
            .filter(|rows| rows.len() > 1)
            .map(|rows| DuplicateGroup {
                labels: distinct(rows.iter().filter_map(|&row| label(dataset, row))),
                rows,
            })
            .collect();
        groups.sort_by_key(|group| (!group.is_conflicting(), group.rows[0]));
        Self {
            rows: groups.iter().map(|group| group.rows.len() - 1).sum(),
            conflicting_groups: groups.iter().filter(|group| group.is_conflicting()).count(),
            groups,
        }
    }
}

impl SharedRows {
    /// Finds the rows of `second` that are in `first`, in time proportional to the number of values. Both
    /// must have the same columns in the same order.
    #[must_use]
    pub fn between(first: &Dataset, second: &Dataset) -> Self {
        let index = RowIndex::new(first);
        let mut pairs: Vec<SharedRow> = hashes(second)
            .into_iter()
            .zip(0_u32..)
            .filter_map(|(hash, row)| {
                let group = &index.groups[index.find(hash, second, row)?];
                let second_label = label(second, row);
                let same = |found: &&u32| label(first, **found) == second_label;
                let found = *group.iter().find(same).unwrap_or(&group[0]);
                Some(SharedRow {
                    first: found,
                    second: row,
                    first_label: label(first, found).map(Cow::into_owned),
                    second_label: second_label.map(Cow::into_owned),
                })
            })
            .collect();
        pairs.sort_by_key(|pair| (!pair.is_conflicting(), pair.second));
        Self {
            rows: pairs.len(),
            other_label: pairs.iter().filter(|pair| pair.is_conflicting()).count(),
            pairs,
        }
    }
}

/// The rows of a data set, grouped by their features.
struct RowIndex<'a> {
    dataset: &'a Dataset,
    /// Rows of the same features, ascending, in the order of their first rows.
    groups: Vec<Vec<u32>>,
    /// Groups by the hash of their rows; more than one where hashes collide.
    by_hash: HashMap<u64, Vec<usize>>,
}

impl<'a> RowIndex<'a> {
    fn new(dataset: &'a Dataset) -> Self {
        let mut index = Self {
            dataset,
            groups: Vec::new(),
            by_hash: HashMap::with_capacity(dataset.rows()),
        };
        for (hash, row) in hashes(dataset).into_iter().zip(0_u32..) {
            if let Some(group) = index.find(hash, dataset, row) {
                index.groups[group].push(row);
            } else {
                index
                    .by_hash
                    .entry(hash)
                    .or_default()
                    .push(index.groups.len());
                index.groups.push(vec![row]);
            }
        }
        index
    }

    /// The group of rows like `row` of another data set of the same columns, whose hash is `hash`.
    fn find(&self, hash: u64, other: &Dataset, row: u32) -> Option<usize> {
        let candidates = self.by_hash.get(&hash)?;
        let is_equal = |group: &&usize| {
            let own = cells(self.dataset, self.groups[**group][0]);
            own.eq(cells(other, row))
        };
        candidates.iter().find(is_equal).copied()
    }
}

/// Hashes the features of each row: equal rows have equal hashes, whether they are stored as bytes or as floats.
fn hashes(dataset: &Dataset) -> Vec<u64> {
    let rows = (0_u32..).take(dataset.rows());
    rows.map(|row| cells(dataset, row).fold(0, mix)).collect()
}

/// Multiplies by an odd number, which loses no information, and mixes the high half into the low one, which a hash
/// table uses. It need not resist attacks: rows of equal hashes are compared in full.
pub(super) const fn mix(hash: u64, cell: u64) -> u64 {
    let product = (hash ^ cell).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

/// The values of a row as bits that are equal if the values are.
pub(super) fn cells(dataset: &Dataset, row: u32) -> impl Iterator<Item = u64> + '_ {
    let columns = dataset.columns();
    (0..columns).map(move |column| {
        let value = dataset.features.number(row as usize, column, columns);
        if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            (value + 0.0).to_bits() // −0 + 0 is 0
        }
    })
}

/// Returns the class of a row by name, or its number to predict.
fn label(dataset: &Dataset, row: u32) -> Option<Cow<'_, str>> {
    Some(match dataset.target.as_ref()? {
        Target::Class { labels } => {
            Cow::Borrowed(&*dataset.classes()[labels[row as usize] as usize])
        }
        Target::Value { values } => Cow::Owned(values[row as usize].to_string()),
    })
}

fn distinct<'a>(labels: impl Iterator<Item = Cow<'a, str>>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for label in labels {
        if !found.iter().any(|known| *known == label) {
            found.push(label.into_owned());
        }
    }
    found
}
