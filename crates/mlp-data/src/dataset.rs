//! Labelled rows in memory.

use std::sync::Arc;

use crate::Schema;

/// Values of a data set, row after row.
///
/// Byte-valued files (images) stay bytes, a quarter of the memory; anything else is `f32`, with NaN
/// for an empty cell that is still to be filled with its column's mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// Each value a whole number in `0..=255`.
    Bytes(Vec<u8>),
    /// Real values.
    Floats(Vec<f32>),
}

/// What is to be predicted of each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One of the classes of the schema.
    Class {
        /// `[rows]`, an index into the schema's classes each.
        labels: Vec<u32>,
    },
}

/// Rows of equal width, each with its target if the file has one. All counts are rows unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the columns and the target are; shared with the other chunks of a file.
    pub schema: Arc<Schema>,
    /// `[rows, columns]`, row-major.
    pub features: Features,
    /// `None` for a file without one.
    pub target: Option<Target>,
}

impl Dataset {
    /// Rows of these columns; `labels` are indices into the schema's classes, one for each row.
    #[must_use]
    pub fn new(
        schema: impl Into<Arc<Schema>>,
        features: Features,
        labels: Option<Vec<u32>>,
    ) -> Self {
        Self {
            schema: schema.into(),
            features,
            target: labels.map(|labels| Target::Class { labels }),
        }
    }

    /// Returns other rows of the same columns, without a target.
    #[must_use]
    pub fn with_features(&self, features: Features) -> Self {
        Self::new(Arc::clone(&self.schema), features, None)
    }

    /// Returns the class of each row, `[rows]`, as an index into [`Self::classes`]; `None` for a file without labels.
    #[must_use]
    pub fn labels(&self) -> Option<&[u32]> {
        match self.target.as_ref()? {
            Target::Class { labels } => Some(labels),
        }
    }

    /// Name of each class, in the order of the network's outputs.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.schema.classes()
    }

    /// Name of each feature column.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.schema.feature_names()
    }

    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.schema.columns.len()
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        let values = match &self.features {
            Features::Bytes(values) => values.len(),
            Features::Floats(values) => values.len(),
        };
        values.checked_div(self.columns()).unwrap_or(0)
    }

    /// The number of every row, in order.
    #[must_use]
    pub fn all_rows(&self) -> Vec<u32> {
        (0..).take(self.rows()).collect()
    }

    /// The rows with these numbers, in this order; a number may occur more than once.
    ///
    /// # Panics
    /// When there is no row of that number.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let columns = self.columns();
        let features = match &self.features {
            Features::Bytes(values) => Features::Bytes(gather(values, columns, rows)),
            Features::Floats(values) => Features::Floats(gather(values, columns, rows)),
        };
        let labels = self.labels().map(|labels| gather(labels, 1, rows));
        Self::new(Arc::clone(&self.schema), features, labels)
    }

    /// The first `count` rows, or all if there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        self.select(&(0_u32..).take(count.min(self.rows())).collect::<Vec<_>>())
    }

    /// How many of these rows each class has, in the order of [`Self::classes`]; all 0 without labels.
    #[must_use]
    pub fn class_counts(&self, rows: impl IntoIterator<Item = u32>) -> Vec<usize> {
        let mut counts = vec![0; self.classes().len()];
        if let Some(labels) = self.labels() {
            for row in rows {
                counts[labels[row as usize] as usize] += 1;
            }
        }
        counts
    }
}

/// Pieces of `width` values, in the order of `rows`.
fn gather<T: Copy>(values: &[T], width: usize, rows: &[u32]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        let start = row as usize * width;
        gathered.extend_from_slice(&values[start..start + width]);
    }
    gathered
}
