//! Division of the rows into training and validation parts: once, or in folds for cross-validation.
//!
//! The rows of a table decide how they can be divided: at random, in equal shares of every class; by group, so that all
//! rows of a person or a household are in one part; or by time, so that the newest rows are held out.

mod grouped;
mod notes;
mod random;
mod timed;

use crate::Dataset;
use crate::error::PreparationError;

/// Row numbers of both parts, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on.
    pub train: Vec<u32>,
    /// Rows to validate on; empty without validation.
    pub validation: Vec<u32>,
    /// Rows for calibration alone; empty unless they are split off.
    pub calibration: Vec<u32>,
}

impl Split {
    /// Creates the split of which the marked rows are the validation part.
    fn of_validation(is_validation: &[bool]) -> Self {
        let (validation, train) = (0_u32..)
            .take(is_validation.len())
            .partition(|&row| is_validation[row as usize]);
        Self {
            train,
            validation,
            calibration: Vec::new(),
        }
    }
}

/// Divides rows by what is known of them. The same rows, settings and seed give the same parts at any time.
///
/// | rows have | the parts |
/// |---|---|
/// | times | the newest rows are held out, all rows of the same time together |
/// | groups | all rows of a group are in one part |
/// | times and groups | a group has the time of its newest row, and goes to one part as a whole |
/// | neither | are drawn at random |
///
/// Except by time, a stratified division has the same share of every class in all parts, as nearly as groups allow.
#[derive(Clone, Copy, Debug)]
pub struct Splitter<'a> {
    /// Number of rows.
    pub rows: usize,
    /// `[rows]`, the class of each row; `None` where classes do not matter.
    pub classes: Option<&'a [u32]>,
    /// `[rows]`, the group of each row.
    pub groups: Option<&'a [u32]>,
    /// `[rows]`, when each row happened; NaN where that is not known, which counts as the oldest.
    pub times: Option<&'a [f64]>,
    /// Seed of the draw.
    pub seed: u64,
}

impl<'a> Splitter<'a> {
    /// Divides the rows of a data set; by class, too, if `stratified`.
    #[must_use]
    pub fn new(dataset: &'a Dataset, stratified: bool, seed: u64) -> Self {
        Self {
            rows: dataset.rows(),
            classes: dataset.labels().filter(|_| stratified),
            groups: dataset.groups.as_deref(),
            times: dataset.times.as_deref(),
            seed,
        }
    }

    /// Holds out about `share` of the rows; none for 0.
    ///
    /// - At random, `⌈rows · share⌉` rows are held out. A stratified draw distributes them among the classes in proportion
    ///   to their sizes, each within one row of its exact share (largest remainders first, the Hare–Niemeyer method;
    ///   the total is rounded up as in scikit-learn's `StratifiedShuffleSplit`). A class with one row is trained on.
    /// - By group, parts are as near to the share as whole groups allow; neither is empty.
    /// - By time, no held-out row is older than any training row, and none of the same time is on the other side.
    ///
    /// # Errors
    /// If a part would be empty, or there are not two groups or two times.
    pub fn split(&self, share: f64) -> Result<Split, PreparationError> {
        if share == 0.0 {
            return Ok(Split::of_validation(&vec![false; self.rows]));
        }
        // Rows are counted in 32 bits; a share out of range saturates and is refused.
        let held_out = (self.rows as f64 * share).ceil() as usize;
        let side = match held_out {
            0 => "validation",
            _ if held_out >= self.rows => "training",
            _ => return self.split_rows(share, held_out),
        };
        Err(PreparationError::EmptySide {
            share,
            rows: self.rows,
            side,
        })
    }

    /// Moves about `share` of all rows from the training rows to those for calibration, none for 0, under the same rules
    /// as [`Self::split`]: by time, the newest that are not held out already.
    ///
    /// # Errors
    /// If a part would be empty, or there are not two groups or two times among the training rows.
    pub fn split_off_calibration(
        &self,
        split: Split,
        share: f64,
    ) -> Result<Split, PreparationError> {
        if share == 0.0 {
            return Ok(split);
        }
        let train = &split.train;
        let classes = self.classes.map(|all| selected(all, train));
        let groups = self.groups.map(|all| selected(all, train));
        let times = self.times.map(|all| selected(all, train));
        let remaining = Splitter {
            rows: train.len(),
            classes: classes.as_deref(),
            groups: groups.as_deref(),
            times: times.as_deref(),
            seed: self.seed.wrapping_add(1), // another draw than the one before
        };
        let of_train = share * self.rows as f64 / train.len().max(1) as f64;
        let parts = remaining.split(of_train).map_err(|error| match error {
            PreparationError::EmptySide { side, .. } => PreparationError::EmptyCalibration {
                share,
                rows: train.len(),
                side: if side == "training" {
                    side
                } else {
                    "calibration"
                },
            },
            other => other,
        })?;
        let numbers = |positions: &[u32]| positions.iter().map(|&at| train[at as usize]).collect();
        Ok(Split {
            train: numbers(&parts.train),
            calibration: numbers(&parts.validation),
            validation: split.validation,
        })
    }

    fn split_rows(&self, share: f64, held_out: usize) -> Result<Split, PreparationError> {
        let is_validation = match (self.times, self.groups) {
            (Some(times), _) => {
                let blocks = timed::blocks(times, self.groups);
                let part = timed::parts(&blocks, self.rows, &[self.rows - held_out])?;
                part.iter().map(|part| *part == 1).collect()
            }
            (None, Some(groups)) => {
                let part = grouped::parts(groups, self.classes, &[1.0 - share, share], self.seed)?;
                part.iter().map(|part| *part == 1).collect()
            }
            (None, None) => random::held_out(self.rows, self.classes, share, self.seed)?,
        };
        Ok(Split::of_validation(&is_validation))
    }

    /// Divides the rows into `k` folds; each split has the rows of one fold as its validation part.
    ///
    /// - At random, every row is held out once, and folds differ by at most one row; of a stratified division in each
    ///   class, too. A class with one row is trained on in all folds.
    /// - By group, every row is held out once, with its whole group; folds are as even as groups allow, none is empty.
    /// - By time, each fold holds out the rows that follow those it trains on: no held-out row is older than any training
    ///   row, or of the same time. The oldest of `k + 1` parts of about equal size is never held out.
    ///
    /// # Errors
    /// If `k` is below 2, or there are fewer rows, groups or times than that takes.
    pub fn folds(&self, k: usize) -> Result<Vec<Split>, PreparationError> {
        if k < 2 {
            return Err(PreparationError::TooFewFolds { folds: k });
        }
        match (self.times, self.groups) {
            (Some(times), _) => self.folds_by_time(times, k),
            (None, Some(groups)) => {
                let shares = vec![1.0 / k as f64; k];
                let part = grouped::parts(groups, self.classes, &shares, self.seed)?;
                Ok(each_held_out(&part, k))
            }
            (None, None) => {
                let part = random::folds(self.rows, self.classes, k, self.seed)?;
                Ok(each_held_out(&part, k))
            }
        }
    }

    fn folds_by_time(&self, times: &[f64], k: usize) -> Result<Vec<Split>, PreparationError> {
        let blocks = timed::blocks(times, self.groups);
        let ends: Vec<usize> = (1..=k).map(|end| self.rows * end / (k + 1)).collect();
        let part = timed::parts(&blocks, self.rows, &ends)?;
        let rows_of = |is_in: &dyn Fn(usize) -> bool| {
            let rows = (0_u32..).take(self.rows);
            rows.filter(|&row| is_in(part[row as usize])).collect()
        };
        let fold = |number: usize| Split {
            train: rows_of(&|part| part < number),
            validation: rows_of(&|part| part == number),
            calibration: Vec::new(),
        };
        Ok((1..=k).map(fold).collect())
    }
}

/// Returns the values of some rows.
fn selected<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

/// Returns the splits that hold out each of `k` parts. Rows of no part, which have the number `k`, are always trained on.
fn each_held_out(part: &[usize], k: usize) -> Vec<Split> {
    let split = |fold| {
        let is_validation: Vec<bool> = part.iter().map(|part| *part == fold).collect();
        Split::of_validation(&is_validation)
    };
    (0..k).map(split).collect()
}
