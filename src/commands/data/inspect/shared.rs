//! Rows that two files have in common: a test row that was trained on proves nothing.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::data::{Dataset, SharedRow, SharedRows};
use crate::inference::ColumnOrder;
use serde::Serialize;

use crate::commands::terminal::{counted, grouped, percent, shortened, table};

/// Rows listed in the readable form.
const MOST_ROWS: usize = 5;
/// Longest name of a class.
const LONGEST_NAME: usize = 20;

/// What two files have in common.
#[derive(Serialize)]
pub struct Shared {
    first: PathBuf,
    second: PathBuf,
    /// Why they cannot be compared, if they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<String>,
    #[serde(flatten)]
    found: Option<SharedRows>,
    /// Rows of the second file.
    #[serde(skip)]
    second_rows: usize,
}

impl Shared {
    /// Compares each file with each later one.
    pub fn between_all(paths: &[PathBuf], datasets: &[Dataset]) -> Vec<Self> {
        let files: Vec<(&PathBuf, &Dataset)> = paths.iter().zip(datasets).collect();
        let pairs = (0..files.len()).flat_map(|index| {
            let later = files[index + 1..].iter();
            later.map(move |second| (index, *second))
        });
        pairs
            .map(|(index, second)| Self::between(files[index], second))
            .collect()
    }

    fn between(first: (&PathBuf, &Dataset), second: (&PathBuf, &Dataset)) -> Self {
        let (found, obstacle) = match aligned(first.1, second.1) {
            Ok(aligned) => (Some(SharedRows::between(first.1, &aligned)), None),
            Err(obstacle) => (None, Some(obstacle)),
        };
        Self {
            first: first.0.clone(),
            second: second.0.clone(),
            obstacle,
            found,
            second_rows: second.1.rows(),
        }
    }

    /// As a person reads it.
    pub fn describe(&self) -> String {
        let (first, second) = (self.first.display(), self.second.display());
        let head = format!("{first} and {second}\n");
        let Some(found) = &self.found else {
            let obstacle = self.obstacle.as_deref().unwrap_or_default();
            return format!("{head}  they cannot be compared: {obstacle}\n");
        };
        if found.rows == 0 {
            return format!("{head}  no row is in both\n");
        }
        let verb = if found.rows == 1 { "is" } else { "are" };
        #[allow(clippy::cast_precision_loss)] // counts far below 2⁵³
        let share = percent(found.rows as f64 / self.second_rows as f64);
        let other_label = match found.other_label {
            0 => String::new(),
            rows => format!("  {} of them WITH ANOTHER LABEL\n", grouped(rows as u64)),
        };
        let mut text = format!(
            "{head}  {} of the second file {verb} in the first as well ({share})\n{other_label}",
            counted(found.rows, "row")
        );
        let columns = ["row of the first", "label", "row of the second", "label"];
        let mut lines = vec![columns.map(str::to_owned).to_vec()];
        lines.extend(found.pairs.iter().take(MOST_ROWS).map(line));
        text += &table(&lines);
        if found.rows > MOST_ROWS {
            let more = counted(found.rows - MOST_ROWS, "row");
            text += &format!("  … and {more} more (--json lists all)\n");
        }
        text
    }
}

fn line(pair: &SharedRow) -> Vec<String> {
    let name = |label: &Option<String>| {
        label
            .as_ref()
            .map_or_else(|| "-".to_owned(), |label| shortened(label, LONGEST_NAME))
    };
    vec![
        pair.first.to_string(),
        name(&pair.first_label),
        pair.second.to_string(),
        name(&pair.second_label),
    ]
}

/// The second file's rows with their columns in the order of the first's.
fn aligned<'a>(first: &Dataset, second: &'a Dataset) -> Result<Cow<'a, Dataset>, String> {
    if first.columns() != second.columns() {
        let [first, second] = [first, second].map(|file| counted(file.columns(), "feature"));
        return Err(format!("one has {first}, the other {second}"));
    }
    match ColumnOrder::between(&first.feature_names, &second.feature_names) {
        Ok(order @ ColumnOrder::ByName(_)) => Ok(Cow::Owned(order.apply(second.clone()))),
        Ok(ColumnOrder::AsTheyAre | ColumnOrder::OtherNames) => Ok(Cow::Borrowed(second)),
        Err(_) => Err("only some of their columns have the same names".to_owned()),
    }
}
