//! Which column of a file is which feature of a model.

use std::collections::{HashMap, HashSet};

use super::Note;
use super::csv::folded;
use crate::Schema;
use crate::error::{DataErrorKind, suggestion};

/// Which column of a file each feature is, and what a user should know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matched {
    /// `[features]`, the number of a column each.
    pub columns: Vec<usize>,
    /// What a user should know.
    pub notes: Vec<Note>,
}

/// Finds the features of a model among the columns of a file, the label's excepted, by name.
///
/// Only where model or file has no names they are taken one after the other: then there must be as many as the training
/// file had.
pub(super) fn match_columns(
    schema: &Schema,
    names: &[String],
    has_header: bool,
    has_label: bool,
) -> Result<Matched, DataErrorKind> {
    let model = schema.feature_names();
    let of_model_made_up = made_up(schema);
    if has_header && (!of_model_made_up || model.iter().all(|name| names.contains(name))) {
        return by_name(schema, &model, names);
    }
    let wrong_count = |expected| DataErrorKind::FeatureCount {
        expected,
        found: names.len(),
        has_label,
    };
    if of_model_made_up {
        // The names say where in the training file the columns stood.
        let all = model.len() + schema.ignored.len();
        if names.len() != all {
            return Err(wrong_count(all));
        }
        let columns: Option<Vec<usize>> = model.iter().map(|name| made_up_number(name)).collect();
        if let Some(columns) = columns
            && columns.iter().all(|column| *column < all)
        {
            let notes = has_header.then_some(Note::ModelWithoutNames);
            return Ok(Matched {
                columns,
                notes: notes.into_iter().collect(),
            });
        }
    }
    if names.len() != model.len() {
        return Err(wrong_count(model.len()));
    }
    Ok(Matched {
        columns: (0..model.len()).collect(),
        notes: vec![Note::FileWithoutNames],
    })
}

/// Whether a model's columns have the names that files without a header get.
fn made_up(schema: &Schema) -> bool {
    let mut names = schema.columns.iter().map(|column| &column.name);
    names.all(|name| made_up_number(name).is_some())
}

/// Returns which feature of a file without header is named so, counted from 0.
fn made_up_number(name: &str) -> Option<usize> {
    let number: usize = name.strip_prefix('x')?.parse().ok()?;
    number.checked_sub(1)
}

fn by_name(schema: &Schema, model: &[String], names: &[String]) -> Result<Matched, DataErrorKind> {
    let exact: HashMap<&String, usize> = names.iter().zip(0..).collect();
    let mut matched = Matched {
        columns: Vec::with_capacity(model.len()),
        notes: Vec::new(),
    };
    let (mut missing, mut spelled) = (Vec::new(), Vec::new());
    let all_exact = model.iter().all(|name| exact.contains_key(name));
    let other_spellings = if all_exact {
        HashMap::new()
    } else {
        spellings(model, names)
    };
    for name in model {
        if let Some(&column) = exact.get(name) {
            matched.columns.push(column);
        } else if let Some(&column) = other_spellings.get(&folded(name)) {
            matched.columns.push(column);
            spelled.push((names[column].clone(), name.clone()));
        } else {
            missing.push(name.clone());
        }
    }
    if let Some(first) = missing.first() {
        return Err(DataErrorKind::MissingColumns {
            suggestion: suggestion(first, names),
            missing,
            names: names.to_vec(),
        });
    }
    if !spelled.is_empty() {
        matched.notes.push(Note::OtherSpelling { columns: spelled });
    }
    if !matched.columns.is_sorted() {
        matched.notes.push(Note::OtherOrder);
    }
    let taken: HashSet<usize> = matched.columns.iter().copied().collect();
    let ignored: HashSet<&String> = schema.ignored.iter().map(|column| &column.name).collect();
    let extra = (0..names.len()).filter(|column| !taken.contains(column));
    let extra = extra
        .map(|column| &names[column])
        .filter(|name| !ignored.contains(name));
    let names: Vec<String> = extra.cloned().collect();
    if !names.is_empty() {
        matched.notes.push(Note::ExtraColumns { names });
    }
    Ok(matched)
}

/// Returns the columns whose names, case and blanks aside, belong to one feature and one column only, and are not that
/// of a feature as they stand.
fn spellings(model: &[String], names: &[String]) -> HashMap<String, usize> {
    let known: HashSet<&String> = model.iter().collect();
    let mut found: HashMap<String, Option<usize>> = HashMap::new();
    for (column, name) in names.iter().enumerate() {
        if known.contains(name) {
            continue;
        }
        let unique = found.entry(folded(name)).or_insert(Some(column));
        *unique = unique.filter(|first| *first == column);
    }
    let mut of_model: HashMap<String, usize> = HashMap::new();
    for name in model {
        *of_model.entry(folded(name)).or_default() += 1;
    }
    let unique = |(name, column): (String, Option<usize>)| {
        let of_one = of_model.get(&name) == Some(&1);
        column.filter(|_| of_one).map(|column| (name, column))
    };
    found.into_iter().filter_map(unique).collect()
}
