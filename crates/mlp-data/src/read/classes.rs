//! Labels of a file become class numbers.

use std::collections::HashMap;

use super::Note;
use super::cells::{Dictionary, NumberFormat};
use crate::error::{DataErrorKind, shown, suggestion};

/// Number of classes that a file may have whatever its rows; of more, each must have two rows on average.
const MAX_CLASSES_OF_ANY_SIZE: usize = 256;
/// Most different labels that are collected: so many are no classes.
const MAX_LABELS: usize = 100_000;
/// Whole numbers are classes if there are at most so many different ones …
const MAX_NUMBER_CLASSES: usize = 20;
/// … and each has so many rows.
const MIN_ROWS_OF_NUMBER_CLASS: usize = 5;
/// Stands for a spelling without a class.
const NO_CLASS: u32 = u32::MAX;

/// The classes known so far: given beforehand, or collected from the rows.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    names: Vec<String>,
    /// Spellings seen: `5` and `5.0` are one class.
    spellings: Dictionary,
    /// The class of each, or [`NO_CLASS`].
    of_spelling: Vec<u32>,
    given: bool,
}

impl Classes {
    /// Begins with classes in the order of the network's outputs; `None` to collect them.
    pub fn new(given: Option<&[String]>) -> Self {
        let mut classes = Self {
            names: given.unwrap_or_default().to_vec(),
            spellings: Dictionary::default(),
            of_spelling: Vec::new(),
            given: given.is_some(),
        };
        // A name's own spelling takes precedence over a name that is equal to it as a number.
        let names = classes.names.clone();
        for (class, name) in (0..).zip(&names) {
            classes.spell(name.as_bytes(), class);
        }
        for (class, name) in (0..).zip(&names) {
            classes.spell(canonical(name).as_bytes(), class);
        }
        classes
    }

    /// Gives a spelling a class unless it has one, and returns its class.
    fn spell(&mut self, spelling: &[u8], class: u32) -> u32 {
        let number = self.spellings.insert(spelling) as usize;
        if number == self.of_spelling.len() {
            self.of_spelling.push(class);
        }
        self.of_spelling[number]
    }

    /// Returns names by class number; in the order of appearance while they are being collected.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the class of a label; `None` if there is none, because it is a word for a missing value.
    #[inline]
    pub fn class_of(
        &mut self,
        label: &[u8],
        is_missing: bool,
    ) -> Result<Option<u32>, DataErrorKind> {
        let found = self.spellings.find(label);
        let class = match found {
            Some(number) => self.of_spelling[number as usize],
            None if is_missing => self.spell(label, NO_CLASS),
            None => self.new_spelling(label)?,
        };
        Ok((class != NO_CLASS).then_some(class))
    }

    #[cold]
    fn new_spelling(&mut self, label: &[u8]) -> Result<u32, DataErrorKind> {
        let text = std::str::from_utf8(label).map_err(|_| DataErrorKind::NotUtf8 {
            text: shown(&String::from_utf8_lossy(label)),
        })?;
        let name = canonical(text);
        let class = match self.spellings.find(name.as_bytes()) {
            Some(number) => self.of_spelling[number as usize],
            None if self.given => return Err(self.unknown(text)),
            None => {
                if self.names.len() == MAX_LABELS {
                    return Err(DataErrorKind::TooManyLabels { limit: MAX_LABELS });
                }
                let class = self.names.len() as u32; // below MAX_LABELS
                self.spell(name.as_bytes(), class);
                self.names.push(name);
                class
            }
        };
        Ok(self.spell(label, class))
    }

    fn unknown(&self, label: &str) -> DataErrorKind {
        let same = self.names.iter().find(|name| gist(name) == gist(label));
        DataErrorKind::UnknownClass {
            class: shown(label),
            suggestion: same.cloned().or_else(|| suggestion(label, &self.names)),
            classes: self.names.clone(),
        }
    }

    /// Puts collected classes in order, numbers by size and anything else as text, and renumbers `labels`.
    ///
    /// Returns their names, and a note if some of them look alike.
    ///
    /// With `only_used` classes without rows are none: only rows that were left out have them.
    pub fn finish(
        self,
        labels: &mut [u32],
        only_used: bool,
    ) -> Result<(Vec<String>, Option<Note>), DataErrorKind> {
        if self.given {
            return Ok((self.names, None));
        }
        let mut is_used = vec![!only_used; self.names.len()];
        for label in &*labels {
            is_used[*label as usize] = true;
        }
        let classes = is_used.iter().filter(|used| **used).count();
        let rows = labels.len();
        if classes > MAX_CLASSES_OF_ANY_SIZE && 2 * classes > rows {
            return Err(DataErrorKind::TooManyClasses { classes, rows });
        }
        let mut order: Vec<(u32, String)> = (0..).zip(self.names).collect();
        let numbers: Option<Vec<i64>> = order.iter().map(|(_, name)| whole_number(name)).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&(class, _)| numbers[class as usize]),
            None => order.sort_by(|(_, a), (_, b)| a.cmp(b)),
        }
        let mut renumbered = vec![0; order.len()];
        order.retain(|(class, _)| is_used[*class as usize]);
        for (new, &(old, _)) in (0_u32..).zip(&order) {
            renumbered[old as usize] = new;
        }
        for label in labels {
            *label = renumbered[*label as usize];
        }
        let names: Vec<String> = order.into_iter().map(|(_, name)| name).collect();
        let note = similar(&names);
        Ok((names, note))
    }

    /// Returns whether labels, of which each row has one, are numbers to predict rather than classes: all are numbers,
    /// and they are not few whole ones of several rows each.
    pub fn are_values(&self, labels: &[u32]) -> bool {
        let is_number = |name: &String| {
            NumberFormat::Point.parse(name.as_bytes()).is_some()
                || NumberFormat::GroupedComma.parse(name.as_bytes()).is_some()
        };
        if self.given || self.names.is_empty() || !self.names.iter().all(is_number) {
            return false;
        }
        let mut rows = vec![0; self.names.len()];
        for &label in labels {
            rows[label as usize] += 1;
        }
        let are_whole = self.names.iter().all(|name| whole_number(name).is_some());
        rows.retain(|rows| *rows > 0); // those of rows that were left out are none
        let rarest = rows.iter().copied().min().unwrap_or(0);
        !are_whole || rows.len() > MAX_NUMBER_CLASSES || rarest < MIN_ROWS_OF_NUMBER_CLASS
    }
}

/// Returns a note that names the first classes that differ by case, blanks or a point at the end only.
fn similar(names: &[String]) -> Option<Note> {
    let mut groups: HashMap<String, Vec<&String>> = HashMap::new();
    for name in names {
        groups.entry(gist(name)).or_default().push(name);
    }
    let mut alike: Vec<String> = groups
        .into_values()
        .filter(|group| group.len() > 1)
        .flatten()
        .cloned()
        .collect();
    alike.sort();
    (!alike.is_empty()).then_some(Note::SimilarClasses { names: alike })
}

/// A label without what is easily mistyped: case, blanks, a point at its end.
pub fn gist(label: &str) -> String {
    let lower = label.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').trim_end().to_owned()
}

/// Returns the name of the class that a label belongs to: whole numbers are named without sign, zeros or point in excess.
fn canonical(label: &str) -> String {
    whole_number(label).map_or_else(|| label.to_owned(), |number| number.to_string())
}

/// Returns the whole number that a text stands for: `5`, `+5`, `5.`, `5.00` and `5.0e0` are all 5.
pub(super) fn whole_number(text: &str) -> Option<i64> {
    /// Up to here every whole number is one of 64 bits, too.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return None;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().all(|digit| digit == b'0')
        && let Ok(number) = whole.parse()
    {
        return Some(number);
    }
    let number = NumberFormat::Point.parse(text.as_bytes())?;
    (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i64)
}
