//! Errors of a comparison.

/// Configs that cannot be compared as asked.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// There is nothing to judge a config by.
    #[error("{name}: there are no {split} rows to compare on: {why}")]
    NoRows {
        /// The config.
        name: String,
        /// Validation or test.
        split: &'static str,
        /// Which key is to blame.
        why: &'static str,
    },
    /// Two configs would be judged by different rows.
    #[error("{first} and {other} would not be judged by the same {split} rows: {}", .reasons.join("; "))]
    OtherRows {
        /// One config.
        first: String,
        /// The other.
        other: String,
        /// Validation or test.
        split: &'static str,
        /// The keys in which they differ.
        reasons: Vec<String>,
    },
    /// One training given twice.
    #[error("{first} and {other} are the same training: nothing that decides the result differs")]
    Same {
        /// One config.
        first: String,
        /// The other.
        other: String,
    },
}
