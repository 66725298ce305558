//! A dense float64 matrix with the products that a gradient needs.

/// A dense float64 matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of columns.
    pub columns: usize,
    /// `[rows · columns]`, row-major.
    pub values: Vec<f64>,
}

impl Matrix {
    /// Creates a matrix from row-major values.
    #[must_use]
    pub fn new(columns: usize, values: Vec<f64>) -> Self {
        Self { columns, values }
    }

    /// Returns an iterator over the rows.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns)
    }

    /// Returns one row, `[columns]`.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Computes `A·B`: `[rows, columns]` times `[columns, n]` gives `[rows, n]`.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut product = vec![0.0; self.rows().len() * other.columns];
        for (row, sums) in self.rows().zip(product.chunks_exact_mut(other.columns)) {
            for (factor, values) in row.iter().zip(other.rows()) {
                add_scaled(sums, *factor, values);
            }
        }
        Self::new(other.columns, product)
    }

    /// Computes `Aᵀ·B`: the transpose of `[rows, columns]` times `[rows, n]` gives `[columns, n]`.
    #[must_use]
    pub fn transposed_times(&self, other: &Self) -> Self {
        let mut product = vec![0.0; self.columns * other.columns];
        for (row, values) in self.rows().zip(other.rows()) {
            for (factor, sums) in row.iter().zip(product.chunks_exact_mut(other.columns)) {
                add_scaled(sums, *factor, values);
            }
        }
        Self::new(other.columns, product)
    }

    /// Computes `A·Bᵀ`: `[rows, columns]` times the transpose of `[n, columns]` gives `[rows, n]`.
    #[must_use]
    pub fn times_transposed(&self, other: &Self) -> Self {
        let product = self
            .rows()
            .flat_map(|row| other.rows().map(|values| dot(row, values)));
        Self::new(other.rows().len(), product.collect())
    }

    /// Computes the sum of all rows, `[columns]`.
    #[must_use]
    pub fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for row in self.rows() {
            add_scaled(&mut sums, 1.0, row);
        }
        sums
    }

    /// Applies `f` to each pair of values at the same position of two matrices of the same shape.
    #[must_use]
    pub fn zip_map(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self::new(self.columns, pairs.map(|(a, b)| f(*a, *b)).collect())
    }

    /// Applies `f` to each value.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(self.columns, self.values.iter().map(|a| f(*a)).collect())
    }

    /// Adds a vector `[columns]` to every row.
    #[must_use]
    pub fn plus_row(mut self, vector: &[f64]) -> Self {
        for row in self.values.chunks_exact_mut(self.columns) {
            add_scaled(row, 1.0, vector);
        }
        self
    }
}

fn add_scaled(sums: &mut [f64], factor: f64, values: &[f64]) {
    if factor == 0.0 {
        return; // skipped for speed: most pixels are 0
    }
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
