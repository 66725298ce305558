//! Cells that stand for a missing value.

use super::NumberFormat;

/// The mark that stands for a missing value only where the rest of its column is no text.
pub const DASH: &[u8] = b"-";

/// The words for a missing value in a column.
#[derive(Clone, Debug)]
pub struct MissingWords {
    words: Vec<Vec<u8>>,
    /// Whether a word begins with this byte.
    begins: [bool; 256],
    /// Words that are numbers, whichever way they are written.
    numbers: Vec<f64>,
    /// Whether [`DASH`] is one of the words where the rest of the column is no text.
    dash: bool,
    nan: bool,
}

impl MissingWords {
    /// Takes the words of `[data]` and those of a column.
    pub fn new(words: &[String], of_column: &[String]) -> Self {
        let is_dash = |word: &String| word.as_bytes() == DASH;
        let dash = words.iter().any(is_dash) && !of_column.iter().any(is_dash);
        let all = words.iter().chain(of_column);
        let words: Vec<Vec<u8>> = all
            .map(|word| word.trim_ascii().as_bytes().to_vec())
            .filter(|word| !dash || word != DASH)
            .collect();
        let mut begins = [false; 256];
        for first in words.iter().filter_map(|word| word.first()) {
            begins[usize::from(*first)] = true;
        }
        let number = |word: &Vec<u8>| NumberFormat::Point.parse(word);
        Self {
            numbers: words
                .iter()
                .filter_map(number)
                .filter(|number| number.is_finite())
                .collect(),
            nan: words.iter().any(|word| word.eq_ignore_ascii_case(b"nan")),
            words,
            begins,
            dash,
        }
    }

    /// Whether a cell is empty or one of the words; [`DASH`] aside, where the kind of its column decides.
    #[inline]
    pub fn contain(&self, text: &[u8]) -> bool {
        match text.first() {
            None => true,
            Some(&first) => {
                self.begins[usize::from(first)] && self.words.iter().any(|word| word == text)
            }
        }
    }

    /// Whether a cell stands for a missing value in a column without text.
    #[inline]
    pub fn contain_outside_text(&self, text: &[u8]) -> bool {
        self.contain(text) || self.is_dash(text) || self.nan && text.eq_ignore_ascii_case(b"nan")
    }

    /// Whether a cell is the mark that only the rest of its column explains.
    #[inline]
    pub fn is_dash(&self, text: &[u8]) -> bool {
        self.dash && text == DASH
    }

    /// Whether a number stands for a missing value.
    #[inline]
    pub fn contain_number(&self, value: f64) -> bool {
        self.numbers.contains(&value)
    }

    /// Whether any number does.
    pub fn have_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::NA_WORDS;

    #[test]
    fn words_are_those_of_the_config_and_of_the_column() {
        let usual = NA_WORDS.map(str::to_owned);
        let words = MissingWords::new(&usual, &["-999".to_owned(), "unknown".to_owned()]);
        for text in ["", "NA", "?", "NULL", "nan", "unknown", "-999"] {
            assert!(words.contain(text.as_bytes()), "{text}");
        }
        for text in ["na", "-", "N", "0", "unknown2"] {
            assert!(!words.contain(text.as_bytes()), "{text}");
        }
        assert!(words.contain_outside_text(b"-") && words.contain_outside_text(b"Nan"));
        assert!(words.contain_number(-999.0) && !words.contain_number(999.0));
        let own = MissingWords::new(&usual, &["-".to_owned()]);
        assert!(own.contain(b"-"));
    }
}
