//! Order of the rows in an epoch and their batches: pure functions of seed and epoch.

use std::ops::Range;

use crate::random::{Purpose, Stream};

/// Returns the training rows in the random order of an epoch, which is counted from 0.
#[must_use]
pub fn order(seed: u64, epoch: u64, rows: &[u32]) -> Vec<u32> {
    let mut order = rows.to_vec();
    Stream::new(seed, Purpose::RowOrder, epoch).shuffle(&mut order);
    order
}

/// Division of an epoch into batches: consecutive parts of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    rows: usize,
    batch_size: usize,
    steps: usize,
}

impl Batches {
    /// Divides `rows` rows.
    ///
    /// With `drop_last`, a last batch of less than `batch_size` rows is left out. `steps_per_epoch` limits the batches
    /// of an epoch; 0 is no limit. A `batch_size` of 0 counts as 1.
    #[must_use]
    pub fn new(rows: usize, batch_size: usize, drop_last: bool, steps_per_epoch: usize) -> Self {
        let batch_size = batch_size.max(1);
        let all = if drop_last {
            rows / batch_size
        } else {
            rows.div_ceil(batch_size)
        };
        let steps = if steps_per_epoch == 0 {
            all
        } else {
            all.min(steps_per_epoch)
        };
        Self {
            rows,
            batch_size,
            steps,
        }
    }

    /// Rows in a batch, except a smaller last one.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Batches in an epoch; 0 if there are fewer rows than `batch_size` and `drop_last` is set.
    #[must_use]
    pub fn steps_per_epoch(&self) -> usize {
        self.steps
    }

    /// Rows in all batches of an epoch.
    #[must_use]
    pub fn rows_per_epoch(&self) -> usize {
        self.steps
            .checked_sub(1)
            .map_or(0, |last| self.range(last).end)
    }

    /// Range of batch `step` in the order of an epoch; empty after the last.
    #[must_use]
    pub fn range(&self, step: usize) -> Range<usize> {
        if step >= self.steps {
            return 0..0;
        }
        let start = step * self.batch_size;
        start..self.rows.min(start + self.batch_size)
    }
}
