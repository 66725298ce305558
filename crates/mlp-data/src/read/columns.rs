//! Which column of a file is which input of a network.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::DataErrorKind;
use crate::{Dataset, Features, Schema};

/// How the feature columns of a file become the inputs of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnOrder {
    /// One after the other.
    AsTheyAre,
    /// One after the other, although file and network name all of them differently.
    OtherNames,
    /// Input `i` is column `order[i]`: the same names in another order.
    ByName(Vec<usize>),
}

impl ColumnOrder {
    /// Compares the names of a network's inputs with those of as many columns.
    ///
    /// Names made up for want of a header (`x1`, `x2`, …) say nothing about the order, nor do two
    /// sets of names that have none in common.
    ///
    /// # Errors
    /// If only some of the names are the network's: then a column is wrong.
    pub fn between(network: &[String], file: &[String]) -> Result<Self, DataErrorKind> {
        if network == file {
            return Ok(Self::AsTheyAre);
        }
        let inputs: HashMap<&String, usize> = network.iter().zip(0..).collect();
        let columns: HashMap<&String, usize> = file.iter().zip(0..).collect();
        let order: Option<Vec<usize>> = network
            .iter()
            .map(|name| columns.get(name).copied())
            .collect();
        let distinct = inputs.len() == network.len() && columns.len() == file.len();
        if let Some(order) = order
            && distinct
        {
            return Ok(Self::ByName(order));
        }
        if made_up(network) || made_up(file) {
            return Ok(Self::AsTheyAre);
        }
        if !file.iter().any(|name| inputs.contains_key(name)) {
            return Ok(Self::OtherNames);
        }
        let different = |column: &usize| network[*column] != file[*column];
        let place = (0..file.len()).find(different).unwrap_or(0); // the names differ
        let unknown = file.iter().position(|name| !inputs.contains_key(name));
        let missing = network.iter().find(|name| !columns.contains_key(name));
        let column = unknown.unwrap_or(place);
        Err(DataErrorKind::ColumnName {
            column: column + 1,
            found: file[column].clone(),
            expected: missing.unwrap_or(&network[place]).clone(),
        })
    }

    /// Returns rows with their columns in the order of the inputs.
    #[must_use]
    pub fn apply(&self, dataset: Dataset) -> Dataset {
        let Self::ByName(order) = self else {
            return dataset;
        };
        let features = match &dataset.features {
            Features::Bytes(values) => Features::Bytes(reordered(values, order)),
            Features::Floats(values) => Features::Floats(reordered(values, order)),
        };
        let column = |&column: &usize| dataset.schema.columns[column].clone();
        let schema = Schema {
            columns: order.iter().map(column).collect(),
            target: dataset.schema.target.clone(),
            image: dataset.schema.image,
        };
        Dataset {
            schema: Arc::new(schema),
            features,
            ..dataset
        }
    }
}

fn reordered<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
    let rows = values.chunks_exact(order.len());
    rows.flat_map(|row| order.iter().map(|&column| row[column]))
        .collect()
}

/// Returns whether these are the names that a file without a header gets.
fn made_up(names: &[String]) -> bool {
    (1..)
        .zip(names)
        .all(|(number, name)| *name == format!("x{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn between(network: &str, file: &str) -> Result<ColumnOrder, String> {
        ColumnOrder::between(&names(network), &names(file)).map_err(|kind| kind.to_string())
    }

    #[test]
    fn columns_are_matched_by_name_where_names_tell() {
        assert_eq!(between("a b c", "a b c"), Ok(ColumnOrder::AsTheyAre));
        assert_eq!(
            between("a b c", "c a b"),
            Ok(ColumnOrder::ByName(vec![1, 2, 0]))
        );
        assert_eq!(
            between("x1 x2", "x2 x1"),
            Ok(ColumnOrder::ByName(vec![1, 0]))
        );
        assert_eq!(between("a b", "x1 x2"), Ok(ColumnOrder::AsTheyAre));
        assert_eq!(between("x1 x2", "a b"), Ok(ColumnOrder::AsTheyAre));
        assert_eq!(between("a b", "p q"), Ok(ColumnOrder::OtherNames));
    }

    #[test]
    fn a_wrong_column_is_named() {
        let error = between("a b c", "a z c").unwrap_err();
        assert!(
            error.contains("column 2 is `z`") && error.contains("`b`"),
            "{error}"
        );
        let error = between("a a b", "b a a").unwrap_err();
        assert!(
            error.contains("column 1 is `b`") && error.contains("`a`"),
            "{error}"
        );
    }

    #[test]
    fn values_move_with_their_columns() {
        let dataset = Dataset::new(
            Schema::of_numbers(names("c a b"), Vec::new()),
            Features::Bytes(vec![1, 2, 3, 4, 5, 6]),
            None,
        );
        let moved = ColumnOrder::ByName(vec![1, 2, 0]).apply(dataset);
        assert_eq!(moved.features, Features::Bytes(vec![2, 3, 1, 5, 6, 4]));
        assert_eq!(moved.feature_names(), names("a b c"));
    }
}
