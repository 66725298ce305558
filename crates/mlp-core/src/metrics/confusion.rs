//! Counts of rows by class, and the confusion matrix.

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

/// Maximum number of classes that a confusion matrix is made for: it grows with their square.
pub const MAX_MATRIX_CLASSES: usize = 1000;

/// Counts of rows by true class, by predicted class and by both; by both for up to [`MAX_MATRIX_CLASSES`] classes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCounts {
    /// `[classes]`, rows of this true class.
    pub support: Vec<u64>,
    /// `[classes]`, rows predicted as this class.
    pub predicted: Vec<u64>,
    /// `[classes]`, rows of this true class that are predicted as it.
    pub correct: Vec<u64>,
    /// Counts by both; without classes if there are too many.
    pub matrix: ConfusionMatrix,
}

impl ClassCounts {
    /// Starts at 0.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        let has_matrix = classes <= MAX_MATRIX_CLASSES;
        Self {
            support: vec![0; classes],
            predicted: vec![0; classes],
            correct: vec![0; classes],
            matrix: ConfusionMatrix::new(if has_matrix { classes } else { 0 }),
        }
    }

    /// Counts one row.
    #[inline]
    pub fn add(&mut self, label: u32, prediction: u32) {
        self.support[label as usize] += 1;
        self.predicted[prediction as usize] += 1;
        self.correct[label as usize] += u64::from(label == prediction);
        if self.has_matrix() {
            self.matrix.add(label, prediction);
        }
    }

    /// Returns whether the rows are counted by true and predicted class.
    #[must_use]
    pub fn has_matrix(&self) -> bool {
        self.matrix.counts().len() == self.support.len()
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
            let mut counts = ClassCounts::new(5);
            for (label, prediction) in &rows {
                matrix.add(*label, *prediction);
                counts.add(*label, *prediction);
            }
            prop_assert_eq!(&counts.matrix, &matrix);
            let count = |keep: &dyn Fn(&(u32, u32)) -> bool| rows.iter().filter(|row| keep(row)).count() as u64;
            prop_assert_eq!(matrix.total(), rows.len() as u64);
            prop_assert_eq!(matrix.correct(), count(&|(label, prediction)| label == prediction));
            for class in 0..5_u32 {
                prop_assert_eq!(matrix.support(class as usize), count(&|row| row.0 == class));
                prop_assert_eq!(matrix.predicted(class as usize), count(&|row| row.1 == class));
                prop_assert_eq!(counts.support[class as usize], matrix.support(class as usize));
                prop_assert_eq!(counts.predicted[class as usize], matrix.predicted(class as usize));
                prop_assert_eq!(counts.correct[class as usize], matrix.counts()[class as usize][class as usize]);
            }
        }
    }

    #[test]
    fn many_classes_are_counted_without_a_matrix() {
        let mut counts = ClassCounts::new(MAX_MATRIX_CLASSES + 1);
        counts.add(1000, 1000);
        counts.add(7, 1000);
        assert!(!counts.has_matrix());
        assert!(counts.matrix.counts().is_empty());
        assert_eq!((counts.support[7], counts.predicted[1000]), (1, 2));
        assert_eq!(counts.correct[1000], 1);
    }
}
