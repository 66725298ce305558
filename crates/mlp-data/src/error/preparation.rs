//! What can make it impossible to split, scale or deform rows.

/// Rows that cannot be split, scaled or deformed as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PreparationError {
    /// There are no rows to hold out.
    #[error(
        "there is nothing to hold out: each of the {rows} rows is the only one of its class, and is trained on"
    )]
    OnlySingleRows {
        /// Rows to split.
        rows: usize,
    },
    /// Too few rows, groups or times for the parts asked for.
    #[error("{needed} parts need {needed} {what} at least, and there are {found}")]
    TooFewToDivide {
        /// What stays together: `rows`, `groups` or `times`.
        what: &'static str,
        /// Parts asked for.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// Cross-validation needs two folds.
    #[error("there must be 2 folds at least, not {folds}")]
    TooFewFolds {
        /// Folds asked for.
        folds: usize,
    },
    /// One side of the split would hold nothing.
    #[error("a validation share of {share} leaves no rows for {side}: there are {rows}")]
    EmptySide {
        /// Share of the rows asked for.
        share: f64,
        /// Rows to split.
        rows: usize,
        /// The empty side: `training` or `validation`.
        side: &'static str,
    },
    /// The rows for calibration, or those left to train on, would be none.
    #[error(
        "a calibration share of {share} leaves no rows for {side}: there are {rows} besides those for validation"
    )]
    EmptyCalibration {
        /// Share of all rows asked for.
        share: f64,
        /// Rows to take them from.
        rows: usize,
        /// The empty side: `training` or `calibration`.
        side: &'static str,
    },
    /// No training row has a value to take the mean or the median of.
    #[error("column {column} ({name}) is empty in every training row: it has no {statistic}")]
    EmptyColumn {
        /// Feature column, counted from 1.
        column: usize,
        /// Its name.
        name: String,
        /// `mean` or `median`.
        statistic: &'static str,
    },
    /// The numbers of a column cannot be scaled in 32 bits.
    #[error(
        "the numbers in column {column} ({name}) are too large: their distances are beyond the range of float32"
    )]
    TooLarge {
        /// Feature column, counted from 1.
        column: usize,
        /// Its name.
        name: String,
    },
    /// Every column is empty in the training rows.
    #[error("no column has a value in any training row: a network would have no inputs")]
    NoInputs,
    /// All training rows have the same target.
    #[error("every training row has the target {value}: there is nothing to predict")]
    ConstantTarget {
        /// The target.
        value: f64,
    },
    /// The targets cannot be standardised in 64 bits.
    #[error(
        "the targets lie so far apart, or so close together, that 64 bits hold no standard deviation of them"
    )]
    TargetRange,
    /// The logarithm of a target is no number.
    #[error(
        "row {row}: the target {value} has no logarithm, which `data.target_transform = \"log\"` takes"
    )]
    NotPositive {
        /// Counted from 1.
        row: usize,
        /// The target.
        value: f64,
    },
    /// What is to be deformed has no shape.
    #[error(
        "[augment] deforms square pictures, and these rows are none: their {columns} columns are not the pixels of a square"
    )]
    NoPictures {
        /// Feature columns.
        columns: usize,
    },
}

impl PreparationError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::OnlySingleRows { .. } => {
                "set `data.label` to a column whose values repeat, or `data.validation = 0`"
            }
            Self::TooFewToDivide { .. } => {
                "add rows, divide into fewer parts, or take the role from the column in [data.columns]"
            }
            Self::TooFewFolds { .. } => "ask for 2 folds or more",
            Self::EmptySide { .. } => {
                "choose `data.validation` between 0 and 1 so that both sides have rows, or add rows"
            }
            Self::EmptyCalibration { .. } => {
                "choose `data.calibration` and `data.validation` so that rows are left for training, or add rows"
            }
            Self::ConstantTarget { .. } => {
                "add rows with another target, or set `data.label` to another column"
            }
            Self::TargetRange => {
                "write the target in another unit, or remove the rows of the largest"
            }
            Self::NotPositive { .. } => "set `data.target_transform = \"none\"`, or remove the row",
            Self::NoPictures { .. } => {
                "leave [augment] out; pixels are a square number of columns, 64 at least, named alike but for \
                 numbers (pixel0, pixel1, … or 1x1, 1x2, …)"
            }
            Self::EmptyColumn { .. } => "remove the column, or set `data.missing` to a number",
            Self::TooLarge { .. } => {
                "divide the numbers by a power of ten, remove the rows of the largest, or leave the column out"
            }
            Self::NoInputs => {
                "check that the file holds values, and `data.validation` leaves some for training"
            }
        }
    }
}
