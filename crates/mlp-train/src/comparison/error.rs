//! Errors of comparing configs.

/// A set of configs that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// A config has no rows in the split that is compared.
    #[error("{name}: there are no {split} rows to compare on: {why}")]
    NoRows {
        /// Name of the config.
        name: String,
        /// `validation` or `test`.
        split: &'static str,
        /// Key that causes it.
        why: &'static str,
    },
    /// Two configs would be evaluated on different rows.
    #[error("{first} and {other} would not be judged by the same {split} rows: {}", .reasons.join("; "))]
    OtherRows {
        /// Name of the first config.
        first: String,
        /// Name of the other config.
        other: String,
        /// `validation` or `test`.
        split: &'static str,
        /// Keys in which the configs differ.
        reasons: Vec<String>,
    },
    /// Two configs describe the same training.
    #[error("{first} and {other} are the same training: nothing that decides the result differs")]
    Same {
        /// Name of the first config.
        first: String,
        /// Name of the other config.
        other: String,
    },
}
