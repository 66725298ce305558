//! What can make it impossible to split, scale or deform rows.

/// Rows that cannot be split, scaled or deformed as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PreparationError {
    /// A class cannot be on both sides of a stratified split.
    #[error("class {class} has 1 row: a stratified split needs 2 of every class")]
    ClassTooSmall {
        /// Number of the class.
        class: u32,
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
    /// No training row has a value to take the mean of.
    #[error("column {column} ({name}) is empty in every training row: it has no mean")]
    EmptyColumn {
        /// Feature column, counted from 1.
        column: usize,
        /// Its name.
        name: String,
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
            Self::ClassTooSmall { .. } => {
                "add rows of this class, remove the one there is, or set `data.stratified = false`"
            }
            Self::EmptySide { .. } => {
                "choose `data.validation` between 0 and 1 so that both sides have rows, or add rows"
            }
            Self::NoPictures { .. } => {
                "leave [augment] out; pixels are a square number of columns, 64 at least, named alike but for \
                 numbers (pixel0, pixel1, … or 1x1, 1x2, …)"
            }
            Self::EmptyColumn { .. } => "remove the column, or set `data.missing` to a number",
        }
    }
}
