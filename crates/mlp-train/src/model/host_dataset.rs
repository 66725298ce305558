//! The rows of a data set in memory as a network takes them, and what becomes of them when they are augmented.

use crate::model::RowBatch;
use burn::tensor::TensorData;
use mlp_core::kernels::Inputs;
use mlp_core::kernels::SparseBatch;
use mlp_core::kernels::SparseRows;
use mlp_data::Dataset;
use mlp_data::Features;
use mlp_data::Preprocessor;
use mlp_data::augment::Augmentation;
use mlp_data::augment::Warper;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

/// Rows in memory and what scales them.
pub struct HostDataset {
    dataset: Arc<Dataset>,
    preprocessor: Arc<Preprocessor>,
    /// The rows without their zeros, once somebody asked; `None` where that does not pay.
    sparse: OnceLock<Option<Sparse>>,
}

struct Sparse {
    rows: SparseRows,
    /// The input that each byte becomes.
    inputs: [f32; 256],
}

impl HostDataset {
    /// These rows; a data set without labels is one to predict.
    #[must_use]
    pub fn new(dataset: Arc<Dataset>, preprocessor: Arc<Preprocessor>) -> Self {
        Self {
            dataset,
            preprocessor,
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
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// The class of every row; empty without labels.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        self.dataset.labels().unwrap_or_default()
    }

    /// Other rows of the same columns, without labels.
    pub(crate) fn with_features(&self, features: Features) -> Self {
        let dataset = Arc::new(self.dataset.with_features(features));
        Self::new(dataset, Arc::clone(&self.preprocessor))
    }

    /// Scaled inputs of these rows: `[rows, inputs]`.
    #[must_use]
    pub fn gather(&self, numbers: &[u32]) -> TensorData {
        gather(&self.dataset, &self.preprocessor, numbers)
    }

    /// These rows for the kernels: without their zeros, where that pays for the rows as a whole.
    pub(crate) fn inputs<'a>(&'a self, numbers: &'a [u32]) -> Inputs<'a> {
        match self.sparse.get_or_init(|| self.without_zeros()) {
            Some(sparse) => Inputs::Sparse(SparseBatch {
                rows: &sparse.rows,
                numbers,
                inputs: &sparse.inputs,
            }),
            None => Inputs::Rows {
                features: &self.dataset.features,
                preprocessor: &self.preprocessor,
                numbers,
            },
        }
    }

    fn without_zeros(&self) -> Option<Sparse> {
        let Features::Bytes(bytes) = &self.dataset.features else {
            return None;
        };
        let inputs = self.preprocessor.byte_inputs()?; // else a zero is an input like any other
        let rows = SparseRows::from_bytes(bytes, self.dataset.columns())?;
        Some(Sparse { rows, inputs })
    }
}

/// Scaled inputs of these rows: `[rows, inputs]`.
pub(crate) fn gather(
    dataset: &Dataset,
    preprocessor: &Preprocessor,
    numbers: &[u32],
) -> TensorData {
    let width = preprocessor.width(dataset.columns());
    let mut inputs = vec![0.0_f32; numbers.len() * width];
    for (number, values) in numbers.iter().zip(inputs.chunks_exact_mut(width)) {
        preprocessor.apply_row(&dataset.features, *number as usize, values);
    }
    TensorData::new(inputs, [numbers.len(), width])
}

impl fmt::Debug for HostDataset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} stored rows", self.dataset.rows())
    }
}

/// How the rows of a batch are to be deformed.
#[derive(Clone, Debug)]
pub struct Augmented {
    /// What may become of them.
    pub augmentation: Arc<Augmentation>,
    /// Counted from 0.
    pub epoch: u64,
}

/// Rows of a part: enough that to hand one out costs nothing beside it.
const ROWS_OF_A_PART: usize = 8;

/// Some rows of a batch, with the place for their deformed ones.
pub(crate) struct Part<'a> {
    deformed: &'a Augmented,
    numbers: &'a [u32],
    rows: RowsOfPart<'a>,
}

enum RowsOfPart<'a> {
    Bytes {
        all: &'a [u8],
        out: &'a mut [u8],
    },
    Floats {
        all: &'a [f32],
        /// `[columns]`, what an empty cell becomes.
        fill: Option<&'a [f32]>,
        out: &'a mut [f32],
    },
}

impl RowBatch {
    /// The batch with its rows deformed, if they are to be. `work` runs every part, in any order.
    pub(crate) fn deformed(mut self, work: impl FnOnce(Vec<Part<'_>>)) -> Self {
        if let Some(deformed) = self.deformed.take() {
            self.stored = Arc::new(deform(&self.stored, &self.numbers, &deformed, work));
            self.numbers = (0..).take(self.numbers.len()).collect();
        }
        self
    }
}

/// The rows of these numbers, deformed. Bytes stay bytes: what skips their zeros goes on doing so.
fn deform(
    stored: &HostDataset,
    numbers: &[u32],
    deformed: &Augmented,
    work: impl FnOnce(Vec<Part<'_>>),
) -> HostDataset {
    let columns = deformed.augmentation.side() * deformed.augmentation.side();
    let (values, size) = (numbers.len() * columns, ROWS_OF_A_PART * columns);
    let part = |(numbers, rows)| Part {
        deformed,
        numbers,
        rows,
    };
    let numbers = numbers.chunks(ROWS_OF_A_PART);
    let features = match &stored.dataset().features {
        Features::Bytes(all) => {
            let mut rows = vec![0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| RowsOfPart::Bytes { all, out });
            work(numbers.zip(places).map(part).collect());
            Features::Bytes(rows)
        }
        Features::Floats(all) => {
            let fill = stored.preprocessor().fill();
            let fill = fill.as_deref();
            let mut rows = vec![0.0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| RowsOfPart::Floats { all, fill, out });
            work(numbers.zip(places).map(part).collect());
            Features::Floats(rows)
        }
    };
    stored.with_features(features)
}

impl Part<'_> {
    /// Deforms the rows.
    pub fn run(self) {
        let Augmented {
            augmentation,
            epoch,
        } = self.deformed;
        let columns = augmentation.side() * augmentation.side();
        let rows = self.numbers.iter().map(|&number| {
            let at = number as usize * columns;
            (augmentation.deformation(*epoch, number), at..at + columns)
        });
        let mut warper = Warper::new(augmentation);
        match self.rows {
            RowsOfPart::Bytes { all, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.bytes(&deformation, &all[row], out);
                }
            }
            RowsOfPart::Floats { all, fill, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.floats(&deformation, &filled(&all[row], fill), out);
                }
            }
        }
    }
}

/// A row with what an empty cell becomes in place of NaN.
fn filled<'a>(row: &'a [f32], fill: Option<&[f32]>) -> Cow<'a, [f32]> {
    let Some(fill) = fill else {
        return row.into();
    };
    let pairs = row.iter().zip(fill);
    pairs
        .map(|(value, fill)| if value.is_nan() { *fill } else { *value })
        .collect()
}
