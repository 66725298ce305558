//! What a data set holds, and what may be wrong with it.

mod duplicates;
mod summary;

pub use duplicates::{DuplicateGroup, Duplicates, SharedRow, SharedRows};
pub use summary::{ClassShare, Summary, TargetSummary, ValueRange};
