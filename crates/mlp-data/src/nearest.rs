//! The name that was probably meant.

/// Returns the candidate with the smallest edit distance to `typed`, which may be at most one per three letters begun, and
/// at most three. Case does not matter, and `-` is `_`.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = |word: &str| word.to_lowercase().replace('-', "_");
    let typed = normal(typed);
    let max_errors = typed.chars().count().div_ceil(3).min(3);
    candidates
        .into_iter()
        .map(|candidate| {
            let errors = strsim::damerau_levenshtein(&typed, &normal(candidate));
            (errors, candidate)
        })
        .filter(|(errors, _)| *errors <= max_errors)
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_typing_errors_are_forgiven() {
        assert_eq!(nearest("adm", ["sgd", "adam"]), Some("adam"));
        assert_eq!(
            nearest("Leaky-ReLU", ["relu", "leaky_relu"]),
            Some("leaky_relu")
        );
        assert_eq!(nearest("than", ["tanh", "gelu"]), Some("tanh"));
        assert_eq!(nearest("xyz", ["sgd", "adam"]), None);
    }
}
