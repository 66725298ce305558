//! The confusion matrix.

use serde::{Deserialize, Serialize};

/// Counts of rows by true class (row of the matrix) and predicted class (column).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfusionMatrix {
    counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// Creates an empty matrix of `classes × classes`.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            counts: vec![vec![0; classes]; classes],
        }
    }

    /// Counts one row.
    #[inline]
    pub fn add(&mut self, label: u32, prediction: u32) {
        self.counts[label as usize][prediction as usize] += 1;
    }

    /// Returns the counts, `[true class][predicted class]`.
    #[must_use]
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Returns the number of correctly predicted rows.
    #[must_use]
    pub fn correct(&self) -> u64 {
        (0..self.counts.len())
            .map(|class| self.counts[class][class])
            .sum()
    }

    /// Returns the number of rows of this true class.
    #[must_use]
    pub fn support(&self, class: usize) -> u64 {
        self.counts[class].iter().sum()
    }

    /// Returns the number of rows predicted as this class.
    #[must_use]
    pub fn predicted(&self, class: usize) -> u64 {
        self.counts.iter().map(|row| row[class]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn margins_and_diagonal_agree_with_the_rows(rows in prop::collection::vec((0_u32..5, 0_u32..5), 0..300)) {
            let mut matrix = ConfusionMatrix::new(5);
            for (label, prediction) in &rows {
                matrix.add(*label, *prediction);
            }
            let count = |keep: &dyn Fn(&(u32, u32)) -> bool| rows.iter().filter(|row| keep(row)).count() as u64;
            prop_assert_eq!(matrix.total(), rows.len() as u64);
            prop_assert_eq!(matrix.correct(), count(&|(label, prediction)| label == prediction));
            for class in 0..5_u32 {
                prop_assert_eq!(matrix.support(class as usize), count(&|row| row.0 == class));
                prop_assert_eq!(matrix.predicted(class as usize), count(&|row| row.1 == class));
            }
        }
    }
}
