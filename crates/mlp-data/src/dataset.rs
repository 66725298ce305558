//! Labelled rows in memory.

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

/// Rows of equal width, each with a class if the file has labels. All counts are rows unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// `[rows, columns]`, row-major.
    pub features: Features,
    /// `[rows]`, an index into `class_names` each; `None` for a file without labels.
    pub labels: Option<Vec<u32>>,
    /// Name of each class, in the order of the network's outputs.
    pub class_names: Vec<String>,
    /// Name of each feature column; made up (`x1`, `x2`, …) for files without a header.
    pub feature_names: Vec<String>,
}

impl Dataset {
    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.feature_names.len()
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
        Self {
            features,
            labels: self.labels.as_ref().map(|labels| gather(labels, 1, rows)),
            class_names: self.class_names.clone(),
            feature_names: self.feature_names.clone(),
        }
    }

    /// The first `count` rows, or all if there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        self.select(&(0_u32..).take(count.min(self.rows())).collect::<Vec<_>>())
    }

    /// How many of these rows each class has, in the order of `class_names`; all 0 without labels.
    #[must_use]
    pub fn class_counts(&self, rows: impl IntoIterator<Item = u32>) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        if let Some(labels) = &self.labels {
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
