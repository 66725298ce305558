//! Labels of a file become class numbers.

use std::collections::HashMap;

use crate::error::{DataErrorKind, shown};

/// Number of classes that a file may have whatever its rows; of more, each must have two rows on average.
const MAX_CLASSES_OF_ANY_SIZE: usize = 256;

/// The classes known so far: given beforehand, or collected from the rows.
#[derive(Clone)]
pub(super) struct Classes {
    names: Vec<String>,
    /// Class of each spelling seen: `5` and `5.0` are one class.
    by_spelling: HashMap<Vec<u8>, u32>,
    given: bool,
}

impl Classes {
    /// Begins with classes in the order of the network's outputs; `None` to collect them.
    pub fn new(given: Option<&[String]>) -> Self {
        let names = given.unwrap_or_default().to_vec();
        let mut by_spelling = HashMap::new();
        for (class, name) in (0_u32..).zip(&names) {
            by_spelling
                .entry(canonical(name).into_bytes())
                .or_insert(class);
        }
        // A name's own spelling takes precedence over a name that is equal to it as a number.
        by_spelling.extend(
            (0_u32..)
                .zip(&names)
                .map(|(class, name)| (name.clone().into_bytes(), class)),
        );
        Self {
            names,
            by_spelling,
            given: given.is_some(),
        }
    }

    /// Returns names by class number; in the order of appearance while they are being collected.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the class of a label.
    pub fn class_of(&mut self, label: &[u8]) -> Result<u32, DataErrorKind> {
        if let Some(&class) = self.by_spelling.get(label) {
            return Ok(class);
        }
        if label.is_empty() {
            return Err(DataErrorKind::EmptyLabel);
        }
        let text = std::str::from_utf8(label).map_err(|_| DataErrorKind::NotUtf8 {
            text: shown(&String::from_utf8_lossy(label)),
        })?;
        let name = canonical(text);
        let class = match self.by_spelling.get(name.as_bytes()) {
            Some(&class) => class,
            None if self.given => {
                return Err(DataErrorKind::UnknownClass {
                    class: shown(&String::from_utf8_lossy(label)),
                    classes: self.names.clone(),
                });
            }
            None => {
                // More classes than 32 bits count would need more rows than memory holds.
                let class = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                self.by_spelling.insert(name.clone().into_bytes(), class);
                self.names.push(name);
                class
            }
        };
        self.by_spelling.insert(label.to_vec(), class);
        Ok(class)
    }

    /// Puts collected classes in order, numbers by size and anything else as text, and renumbers `labels`.
    pub fn finish(self, labels: &mut [u32]) -> Result<Vec<String>, DataErrorKind> {
        if self.given {
            return Ok(self.names);
        }
        let (classes, rows) = (self.names.len(), labels.len());
        if classes > MAX_CLASSES_OF_ANY_SIZE && 2 * classes > rows {
            return Err(DataErrorKind::TooManyClasses { classes, rows });
        }
        let mut order: Vec<(u32, String)> = (0..).zip(self.names).collect();
        let numbers: Option<Vec<i64>> = order.iter().map(|(_, name)| integer(name)).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&(class, _)| numbers[class as usize]),
            None => order.sort_by(|(_, a), (_, b)| a.cmp(b)),
        }
        let mut renumbered = vec![0; order.len()];
        for (new, &(old, _)) in (0_u32..).zip(&order) {
            renumbered[old as usize] = new;
        }
        for label in labels {
            *label = renumbered[*label as usize];
        }
        Ok(order.into_iter().map(|(_, name)| name).collect())
    }
}

/// Returns the name of the class that a label belongs to: whole numbers are named without sign, zeros or point in excess.
fn canonical(label: &str) -> String {
    integer(label).map_or_else(|| label.to_owned(), |number| number.to_string())
}

/// Returns the whole number that a label stands for: `5`, `+5`, `5.` and `5.00` are all 5.
fn integer(label: &str) -> Option<i64> {
    let (whole, fraction) = label.split_once('.').unwrap_or((label, ""));
    fraction
        .bytes()
        .all(|digit| digit == b'0')
        .then(|| whole.parse().ok())?
}
