//! The rows of a data set as a network takes them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use burn::tensor::TensorData;

use mlp_core::config::ScaleKind;
use mlp_core::kernels::{Inputs, SparseBatch, SparseRows};
use mlp_data::{Dataset, Features, Scaling};

/// Rows in memory and what scales them.
pub struct StoredRows {
    dataset: Arc<Dataset>,
    scaling: Arc<Scaling>,
    /// The rows without their zeros, once somebody asked; `None` where that does not pay.
    sparse: OnceLock<Option<Sparse>>,
}

struct Sparse {
    rows: SparseRows,
    /// The input that each byte becomes.
    inputs: [f32; 256],
}

impl StoredRows {
    /// These rows; a data set without labels is one to predict.
    #[must_use]
    pub fn new(dataset: Arc<Dataset>, scaling: Arc<Scaling>) -> Self {
        Self {
            dataset,
            scaling,
            sparse: OnceLock::new(),
        }
    }

    /// As they were read.
    #[must_use]
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// What makes inputs of them.
    #[must_use]
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// The class of every row; empty without labels.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        self.dataset.labels.as_deref().unwrap_or_default()
    }

    /// Other rows of the same columns, without labels.
    pub(super) fn with_features(&self, features: Features) -> Self {
        let dataset = Dataset {
            features,
            labels: None,
            class_names: Vec::new(),
            feature_names: vec![String::new(); self.dataset.columns()], // their number is all that is asked for
        };
        Self::new(Arc::new(dataset), Arc::clone(&self.scaling))
    }

    /// Scaled inputs of these rows: `[rows, columns]`.
    #[must_use]
    pub fn gather(&self, numbers: &[u32]) -> TensorData {
        gather(&self.dataset, &self.scaling, numbers)
    }

    /// These rows for the kernels: without their zeros, where that pays for the rows as a whole.
    pub(super) fn inputs<'a>(&'a self, numbers: &'a [u32]) -> Inputs<'a> {
        match self.sparse.get_or_init(|| self.without_zeros()) {
            Some(sparse) => Inputs::Sparse(SparseBatch {
                rows: &sparse.rows,
                numbers,
                inputs: &sparse.inputs,
            }),
            None => Inputs::Rows {
                features: &self.dataset.features,
                scaling: &self.scaling,
                numbers,
            },
        }
    }

    fn without_zeros(&self) -> Option<Sparse> {
        let Features::Bytes(bytes) = &self.dataset.features else {
            return None;
        };
        if self.scaling.kind == ScaleKind::Standard {
            return None; // a zero is then an input like any other
        }
        let rows = SparseRows::from_bytes(bytes, self.dataset.columns())?;
        let mut inputs = [0.0; 256];
        let every_byte = Features::Bytes((0..=u8::MAX).collect());
        self.scaling.apply_row(&every_byte, 0, &mut inputs);
        Some(Sparse { rows, inputs })
    }
}

/// Scaled inputs of these rows: `[rows, columns]`.
pub(crate) fn gather(dataset: &Dataset, scaling: &Scaling, numbers: &[u32]) -> TensorData {
    let columns = dataset.columns();
    let mut inputs = vec![0.0_f32; numbers.len() * columns];
    for (number, values) in numbers.iter().zip(inputs.chunks_exact_mut(columns)) {
        scaling.apply_row(&dataset.features, *number as usize, values);
    }
    TensorData::new(inputs, [numbers.len(), columns])
}

impl fmt::Debug for StoredRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} stored rows", self.dataset.rows())
    }
}
