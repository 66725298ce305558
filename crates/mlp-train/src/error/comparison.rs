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

impl ComparisonError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NoRows { split, .. } if *split == "test" => {
                "name a test file, or compare on the validation rows: leave out --test".into()
            }
            Self::NoRows { .. } => {
                "hold rows out (--set data.validation=0.2), or compare on the test rows: --test"
                    .into()
            }
            Self::OtherRows { split, .. } if *split == "test" => {
                "give both the same test rows; --set changes a key of all configs".into()
            }
            Self::OtherRows { .. } => {
                "give both the same rows (--set changes a key of all configs), or compare on a test file that they share: --test".into()
            }
            Self::Same { .. } => {
                "give each config once; another `seed` would make it another training".into()
            }
        }
    }
}
