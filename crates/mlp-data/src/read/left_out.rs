//! Which columns of a training file teach nothing.

use std::collections::HashSet;

use super::Note;
use crate::IgnoreReason;

/// Rows from which on a column may be said to count them or to name each.
const MIN_ROWS: usize = 10;
/// Number of different texts from which on a column may be left out.
const MAX_TEXTS: usize = 100;
/// Share of the rows that must differ for a column of so many texts to be left out.
const MAX_DISTINCT_SHARE: f64 = 0.9;
/// Names of columns that hold nothing but names of rows.
const ROW_NAMES: [&str; 6] = [
    "index",
    "rownames",
    "row.names",
    "row_names",
    "rowname",
    "__index_level_0__", // of pandas, in Parquet
];
/// Numbers that people write for a missing value.
const SENTINELS: [f64; 9] = [
    -999.0, -9999.0, -99_999.0, -99.0, 999.0, 9999.0, 99_999.0, -1e30, 1e30,
];

/// What is known of a column besides its values.
pub(super) struct Evidence<'a> {
    pub name: &'a str,
    /// Whether the file gives it a name.
    pub has_name: bool,
    /// Whether it is the first column, without a name although the others have one: where data frames write their index.
    pub is_index: bool,
    /// Whether a config says of what kind it is.
    pub is_chosen: bool,
    /// Number of rows.
    pub rows: usize,
    /// The same with those that were left out.
    pub all_rows: usize,
    /// Rows without a value.
    pub missing: usize,
}

impl Evidence<'_> {
    /// Returns why a column of numbers should be no feature, from those that it has.
    pub fn of_numbers(&self, mut numbers: Vec<f64>) -> Option<IgnoreReason> {
        let first = numbers.first().copied();
        if self.rows > 1 && numbers.iter().all(|number| Some(*number) == first) {
            return Some(IgnoreReason::Constant);
        }
        let may_count = !self.has_name || self.names_rows();
        if self.is_chosen || self.rows < MIN_ROWS || !may_count && !has_id_word(self.name) {
            return None;
        }
        let ascend = numbers.is_sorted();
        numbers.sort_unstable_by(f64::total_cmp);
        if numbers.windows(2).any(|pair| pair[0] >= pair[1]) {
            return None;
        }
        let whole = numbers.iter().all(|number| number.fract() == 0.0);
        let span = numbers
            .last()
            .zip(numbers.first())
            .map_or(0.0, |(last, first)| last - first);
        let counts = span < self.all_rows as f64;
        // A data frame of which rows were dropped keeps the numbers of the others.
        if may_count && whole && self.missing == 0 && (counts || self.is_index && ascend) {
            return Some(IgnoreReason::Counter);
        }
        has_id_word(self.name).then_some(IgnoreReason::Id)
    }

    /// Returns why a column of categories or booleans should be no feature, from the number of rows of each code.
    pub fn of_codes(&self, counts: &[usize]) -> Option<IgnoreReason> {
        let of_texts = counts.iter().skip(1).filter(|count| **count > 0);
        let (texts, rows) = of_texts.fold((0, 0), |(texts, rows), count| (texts + 1, rows + count));
        if texts == 0 || texts == 1 && self.missing == 0 && self.rows > 1 {
            return Some(IgnoreReason::Constant);
        }
        if self.is_chosen {
            return None;
        }
        let names_rows = has_id_word(self.name) || !self.has_name || self.names_rows();
        if texts == rows && rows >= MIN_ROWS && names_rows {
            return Some(IgnoreReason::Id);
        }
        let share = texts as f64 / rows as f64;
        (texts > MAX_TEXTS && share > MAX_DISTINCT_SHARE).then_some(IgnoreReason::DistinctText)
    }

    fn names_rows(&self) -> bool {
        ROW_NAMES
            .iter()
            .any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// Returns a note if some of the numbers look like a word for a missing value: far outside all others.
    pub fn sentinel(&self, numbers: &[f64]) -> Option<Note> {
        let suspect = |sentinel: &f64| {
            let is_other = |number: &f64| number.to_bits() != sentinel.to_bits();
            let others = || numbers.iter().copied().filter(is_other);
            let rows = numbers.len() - others().count();
            let (minimum, maximum) = others()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
                    (low.min(number), high.max(number))
                });
            let range = maximum - minimum;
            let distance = (minimum - sentinel).max(sentinel - maximum);
            (rows > 1 && range > 0.0 && distance > range).then_some(rows)
        };
        let present: HashSet<u64> = SENTINELS
            .iter()
            .map(|number| number.to_bits())
            .filter(|bits| numbers.iter().any(|number| number.to_bits() == *bits))
            .collect();
        let mut found = SENTINELS
            .iter()
            .filter(|number| present.contains(&number.to_bits()));
        let (value, rows) = found.find_map(|number| Some((*number, suspect(number)?)))?;
        Some(Note::Sentinel {
            column: self.name.to_owned(),
            value: value.to_string(),
            rows,
        })
    }
}

/// Whether `id` is a word of a name: `id`, `user_id`, `PassengerId`, `Customer ID`; not `width`.
fn has_id_word(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for character in name.chars() {
        let goes_on = match before {
            Some(before) if char::is_alphabetic(before) => {
                character.is_alphabetic() && !(character.is_uppercase() && before.is_lowercase())
            }
            _ => false,
        };
        match words.last_mut().filter(|_| goes_on) {
            Some(word) => word.push(character),
            None => words.push(character.to_string()),
        }
        before = Some(character);
    }
    words.iter().any(|word| word.eq_ignore_ascii_case("id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_found_as_a_word() {
        for name in [
            "id",
            "ID",
            "Id",
            "user_id",
            "PassengerId",
            "Customer ID",
            "customerID",
            "id2",
            "row-id",
        ] {
            assert!(has_id_word(name), "{name}");
        }
        for name in [
            "width", "acid", "idea", "Idaho", "paid", "identity", "i d", "",
        ] {
            assert!(!has_id_word(name), "{name}");
        }
    }
}
