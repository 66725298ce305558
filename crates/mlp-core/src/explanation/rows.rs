//! Rows in which one column after the other is changed.

use mlp_data::{Codes, ColumnValues, Dataset, Features};

/// A copy of rows, of which a column takes other values for a while.
#[derive(Debug)]
pub(super) struct EditableRows {
    rows: Dataset,
}

/// What takes the place of the values of a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Substitute<'a> {
    /// The values of these rows, in this order.
    Rows(&'a [u32]),
    /// The same in each row: a number, or the code of a category. NaN is an empty cell.
    Constant(f64),
}

impl EditableRows {
    /// Copies rows.
    pub(super) fn new(dataset: &Dataset, rows: &[u32]) -> Self {
        let mut rows = dataset.select(rows);
        if let Features::Bytes(values) = &rows.features {
            // A constant need not be a byte.
            let values = values.iter().map(|value| f32::from(*value));
            rows.features = Features::Floats(values.collect());
        }
        Self { rows }
    }

    /// The rows as they are.
    pub(super) const fn rows(&self) -> &Dataset {
        &self.rows
    }

    /// Calls `with` with the rows in which a column has other values.
    pub(super) fn with_column<T>(
        &mut self,
        column: usize,
        substitute: Substitute,
        with: impl FnOnce(&Dataset) -> T,
    ) -> T {
        let values = self.column(column);
        let others = match substitute {
            Substitute::Rows(rows) => values.select(rows),
            Substitute::Constant(value) => constant(&values, value),
        };
        self.set_column(column, others);
        let result = with(&self.rows);
        self.set_column(column, values);
        result
    }

    fn column(&self, column: usize) -> ColumnValues {
        let columns = self.rows.columns();
        match &self.rows.features {
            Features::Columns(all) => all[column].clone(),
            Features::Floats(values) => {
                let values = values.iter().skip(column).step_by(columns);
                ColumnValues::Floats(values.copied().collect())
            }
            Features::Bytes(_) => unreachable!("converted by `new`"),
        }
    }

    fn set_column(&mut self, column: usize, values: ColumnValues) {
        let columns = self.rows.columns();
        match (&mut self.rows.features, values) {
            (Features::Columns(all), values) => all[column] = values,
            (Features::Floats(all), ColumnValues::Floats(values)) => {
                let places = all.iter_mut().skip(column).step_by(columns);
                for (place, value) in places.zip(values) {
                    *place = value;
                }
            }
            _ => unreachable!("values are those of `column`"),
        }
    }
}

/// Returns the same value for each row, stored as `like`.
fn constant(like: &ColumnValues, value: f64) -> ColumnValues {
    let rows = like.rows();
    match like {
        ColumnValues::Floats(_) => ColumnValues::Floats(vec![value as f32; rows]),
        ColumnValues::Doubles(_) => ColumnValues::Doubles(vec![value; rows]),
        ColumnValues::Codes(_) => {
            #[allow(clippy::cast_sign_loss)] // a code; NaN becomes 0, which is no category
            let code = value as u32;
            ColumnValues::Codes(Codes::new(vec![code; rows], code))
        }
    }
}
