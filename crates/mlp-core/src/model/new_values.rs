//! What rows that a model meets after its training have that the training rows had not.

use mlp_data::{Dataset, TableReport};
use schemars::JsonSchema;
use serde::Serialize;

use super::Model;

/// Counts of the values far outside those of the training rows, added up over the rows of a file.
#[derive(Clone, Debug)]
pub struct FarOutside(Vec<usize>);

/// What a column of new rows has that the training rows had not, in numbers of rows.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewValues {
    /// Name of the column.
    pub column: String,
    /// Without a value, where every training row had one.
    pub missing: usize,
    /// With a category that no training row had.
    pub unseen: usize,
    /// With a number or a time farther from those of the training rows than these are from each other.
    pub far_outside: usize,
    /// Smallest and largest value of the training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[f64; 2]")]
    pub training_range: Option<[f64; 2]>,
}

impl FarOutside {
    /// Starts with no rows of a model's columns.
    #[must_use]
    pub fn none(model: &Model) -> Self {
        Self(vec![0; model.schema.columns.len()])
    }

    /// Adds the rows of a table.
    pub fn add(&mut self, model: &Model, rows: &Dataset) {
        let found = model.preprocessor.far_outside(rows, &rows.all_rows());
        for (total, more) in self.0.iter_mut().zip(found) {
            *total += more;
        }
    }
}

/// Returns what each column has that the training rows had not; columns that have nothing are left out.
#[must_use]
pub fn new_values(model: &Model, report: &TableReport, far: &FarOutside) -> Vec<NewValues> {
    new_values_of(model, far, |column| {
        let name = &model.schema.columns[column].name;
        let read = report.columns.iter().find(|read| read.name == *name);
        read.map_or((0, 0), |read| (read.missing, read.unseen))
    })
}

/// Returns the same, from the number of cells of each column without a value, and of those with an unknown category.
#[must_use]
pub fn new_values_of(
    model: &Model,
    far: &FarOutside,
    missing_and_unseen: impl Fn(usize) -> (usize, usize),
) -> Vec<NewValues> {
    let columns = model.schema.columns.iter().enumerate();
    let found = columns.map(|(number, column)| {
        let (missing, unseen) = missing_and_unseen(number);
        let encoding = model.preprocessor.encoding(number);
        let is_new = encoding.missing == 0;
        NewValues {
            column: column.name.clone(),
            missing: if is_new { missing } else { 0 },
            unseen,
            far_outside: far.0[number],
            training_range: encoding.range(),
        }
    });
    found
        .filter(|new| new.missing + new.unseen + new.far_outside > 0)
        .collect()
}
