//! Words for yes and no.

/// A pair of words, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooleanWords {
    /// `true`, `false`
    TrueFalse,
    /// `yes`, `no`
    YesNo,
    /// `y`, `n`
    Yn,
    /// `t`, `f`
    Tf,
    /// `on`, `off`
    OnOff,
}

impl BooleanWords {
    /// All pairs.
    pub const ALL: [Self; 5] = [
        Self::TrueFalse,
        Self::YesNo,
        Self::Yn,
        Self::Tf,
        Self::OnOff,
    ];

    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::TrueFalse => ["false", "true"],
            Self::YesNo => ["no", "yes"],
            Self::Yn => ["n", "y"],
            Self::Tf => ["f", "t"],
            Self::OnOff => ["off", "on"],
        }
    }

    /// Reads one of the two words.
    pub fn parse(self, text: &[u8]) -> Option<bool> {
        let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
        let [no, yes] = self.words();
        match (is(no), is(yes)) {
            (true, _) => Some(false),
            (_, true) => Some(true),
            _ => None,
        }
    }
}

/// Returns the words that [`truth`] reads, as people write them: `yes`, `Yes` and `YES`.
#[must_use]
pub fn truth_words() -> Vec<String> {
    let words = BooleanWords::ALL.into_iter().flat_map(BooleanWords::words);
    let forms = words.flat_map(|word| {
        let (first, rest) = word.split_at(1);
        let upper = word.to_ascii_uppercase();
        [word.to_owned(), first.to_ascii_uppercase() + rest, upper]
    });
    let mut all: Vec<String> = ["0", "1"]
        .map(str::to_owned)
        .into_iter()
        .chain(forms)
        .collect();
    all.dedup(); // of a single letter, two forms are the same
    all
}

/// Reads a word of any pair, or 0 or 1.
#[must_use]
pub fn truth(text: &[u8]) -> Option<bool> {
    match text {
        b"0" | b"0.0" => Some(false),
        b"1" | b"1.0" => Some(true),
        _ => BooleanWords::ALL
            .into_iter()
            .find_map(|words| words.parse(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case() {
        for (text, value) in [
            ("True", Some(true)),
            ("FALSE", Some(false)),
            ("Yes", Some(true)),
            ("n", Some(false)),
            ("T", Some(true)),
            ("off", Some(false)),
            ("1", Some(true)),
            ("0", Some(false)),
            ("2", None),
            ("", None),
            ("yess", None),
        ] {
            assert_eq!(truth(text.as_bytes()), value, "{text}");
        }
        assert_eq!(BooleanWords::Yn.parse(b"yes"), None);
        for word in truth_words() {
            assert!(truth(word.as_bytes()).is_some(), "{word}");
        }
    }
}
