//! What a data set holds, and what may be wrong with it.

mod duplicates;
mod findings;
mod leak;
mod repeated;
mod summary;

pub use duplicates::{DuplicateGroup, Duplicates, SharedRow, SharedRows};
pub use findings::Finding;
pub use leak::Leak;
pub use repeated::RepeatedRows;
pub use summary::{ClassShare, Summary, TargetSummary, ValueRange};
