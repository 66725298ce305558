//! Rows in host memory, as inputs of a network, and their augmentation.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use burn::tensor::TensorData;
use mlp_core::kernels::{Inputs, SparseBatch, SparseRows};
use mlp_data::augment::{Augmentation, Warper};
use mlp_data::{Dataset, Features, Preprocessor, Target};

use crate::model::RowBatch;

/// The rows of a dataset in host memory, with their preprocessing.
pub struct HostDataset {
    dataset: Arc<Dataset>,
    preprocessor: Arc<Preprocessor>,
    /// What the kernels read, made at the first use.
    for_kernels: OnceLock<KernelRows>,
}

/// Rows in the form that the kernels read fastest.
enum KernelRows {
    /// Inputs without their zeros.
    Sparse(SparseRows),
    /// All inputs of a table with columns of several kinds, so that no epoch encodes it again; no preprocessing is left.
    Encoded(Features, Preprocessor),
    /// The rows as they were read: their preprocessing costs next to nothing.
    AsRead,
}

impl HostDataset {
    /// Wraps a dataset; without a target it can only be predicted.
    #[must_use]
    pub fn new(dataset: Arc<Dataset>, preprocessor: Arc<Preprocessor>) -> Self {
        Self {
            dataset,
            preprocessor,
            for_kernels: OnceLock::new(),
        }
    }

    /// Returns the rows as they were read.
    #[must_use]
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Returns their preprocessing.
    #[must_use]
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// Returns the targets of these rows.
    ///
    /// # Panics
    /// If the dataset has no target and `rows` is not empty.
    #[must_use]
    pub fn target(&self, rows: &[u32]) -> Target {
        match &self.dataset.target {
            Some(target) => target.select(rows),
            None => Target::Class { labels: Vec::new() }.select(rows),
        }
    }

    /// Returns other rows of the same columns, without a target.
    pub(crate) fn with_features(&self, features: Features) -> Self {
        let dataset = Arc::new(self.dataset.with_features(features));
        Self::new(dataset, Arc::clone(&self.preprocessor))
    }

    /// Gathers scaled inputs of these rows, `[rows, inputs]`.
    #[must_use]
    pub fn gather(&self, numbers: &[u32]) -> TensorData {
        gather(&self.dataset, &self.preprocessor, numbers)
    }

    /// Returns these rows for the kernels, without their zeros if that pays for the dataset as a whole.
    pub(crate) fn inputs<'a>(&'a self, numbers: &'a [u32]) -> Inputs<'a> {
        let (features, preprocessor) = match self.for_kernels.get_or_init(|| self.kernel_rows()) {
            KernelRows::Sparse(rows) => return Inputs::Sparse(SparseBatch { rows, numbers }),
            KernelRows::Encoded(inputs, identity) => (inputs, identity),
            KernelRows::AsRead => (&self.dataset.features, &*self.preprocessor),
        };
        Inputs::Rows {
            features,
            preprocessor,
            numbers,
        }
    }

    fn kernel_rows(&self) -> KernelRows {
        let (dataset, preprocessor) = (&self.dataset, &self.preprocessor);
        let columns = dataset.columns();
        match &dataset.features {
            Features::Bytes(bytes) => {
                let inputs = preprocessor.byte_inputs(); // `None` if a zero is not the input 0
                let rows = inputs.and_then(|inputs| SparseRows::from_bytes(bytes, columns, inputs));
                rows.map_or(KernelRows::AsRead, KernelRows::Sparse)
            }
            Features::Floats(_) => KernelRows::AsRead,
            features @ Features::Columns(_) => {
                let (rows, width) = (dataset.rows(), preprocessor.width(columns));
                let write = |row, out: &mut [f32]| preprocessor.apply_row(features, row, out);
                if let Some(rows) = SparseRows::from_inputs(rows, width, write) {
                    return KernelRows::Sparse(rows);
                }
                let mut inputs = vec![0.0; rows * width];
                for (row, out) in inputs.chunks_exact_mut(width).enumerate() {
                    preprocessor.apply_row(features, row, out);
                }
                KernelRows::Encoded(Features::Floats(inputs), Preprocessor::identity())
            }
        }
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
        write!(formatter, "a dataset of {} rows", self.dataset.rows())
    }
}

/// Augmentation of the rows of a batch in an epoch.
#[derive(Clone, Debug)]
pub struct EpochAugmentation {
    /// The transformations to draw from.
    pub augmentation: Arc<Augmentation>,
    /// Epoch, counted from 0.
    pub epoch: u64,
}

/// Rows of a part: enough that handing one out costs little in comparison.
const ROWS_PER_PART: usize = 8;

/// Some rows of a batch, and the memory for their augmented values.
pub(crate) struct Part<'a> {
    augmentation: &'a EpochAugmentation,
    numbers: &'a [u32],
    rows: PartRows<'a>,
}

enum PartRows<'a> {
    Bytes {
        all: &'a [u8],
        out: &'a mut [u8],
    },
    Floats {
        all: &'a [f32],
        /// Values of empty cells, `[columns]`.
        fill: Option<&'a [f32]>,
        out: &'a mut [f32],
    },
}

impl RowBatch {
    /// Applies the augmentation of the batch, if it has one. `work` must run every part, in any order.
    pub(crate) fn augmented(mut self, work: impl FnOnce(Vec<Part<'_>>)) -> Self {
        if let Some(augmentation) = self.augmentation.take() {
            self.dataset = Arc::new(augment(&self.dataset, &self.numbers, &augmentation, work));
            self.numbers = (0..).take(self.numbers.len()).collect();
        }
        self
    }
}

/// Returns these rows, augmented. Bytes stay bytes, so that their zeros are still skipped.
fn augment(
    dataset: &HostDataset,
    numbers: &[u32],
    augmentation: &EpochAugmentation,
    work: impl FnOnce(Vec<Part<'_>>),
) -> HostDataset {
    let columns = augmentation.augmentation.side().pow(2);
    let (values, size) = (numbers.len() * columns, ROWS_PER_PART * columns);
    let part = |(numbers, rows)| Part {
        augmentation,
        numbers,
        rows,
    };
    let numbers = numbers.chunks(ROWS_PER_PART);
    let features = match &dataset.dataset().features {
        Features::Bytes(all) => {
            let mut rows = vec![0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| PartRows::Bytes { all, out });
            work(numbers.zip(places).map(part).collect());
            Features::Bytes(rows)
        }
        Features::Floats(all) => {
            let fill = dataset.preprocessor().fill();
            let fill = fill.as_deref();
            let mut rows = vec![0.0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| PartRows::Floats { all, fill, out });
            work(numbers.zip(places).map(part).collect());
            Features::Floats(rows)
        }
        Features::Columns(_) => {
            unreachable!("augmented rows are images, which are bytes or floats")
        }
    };
    dataset.with_features(features)
}

impl Part<'_> {
    /// Augments the rows.
    pub fn run(self) {
        let EpochAugmentation {
            augmentation,
            epoch,
        } = self.augmentation;
        let columns = augmentation.side() * augmentation.side();
        let rows = self.numbers.iter().map(|&number| {
            let at = number as usize * columns;
            (augmentation.deformation(*epoch, number), at..at + columns)
        });
        let mut warper = Warper::new(augmentation);
        match self.rows {
            PartRows::Bytes { all, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.bytes(&deformation, &all[row], out);
                }
            }
            PartRows::Floats { all, fill, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.floats(&deformation, &filled(&all[row], fill), out);
                }
            }
        }
    }
}

/// Replaces the empty cells (NaN) of a row.
fn filled<'a>(row: &'a [f32], fill: Option<&[f32]>) -> Cow<'a, [f32]> {
    let Some(fill) = fill else {
        return row.into();
    };
    let pairs = row.iter().zip(fill);
    pairs
        .map(|(value, fill)| if value.is_nan() { *fill } else { *value })
        .collect()
}
