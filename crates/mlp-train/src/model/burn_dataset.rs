//! The rows as Burn's `Dataset` and `Batcher`, for use with a `DataLoaderBuilder`.
//!
//! The trainer itself gathers whole batches with [`BatchLoader`](super::BatchLoader), which costs less.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::{Dataset as BurnDataset, DatasetError};
use burn::tensor::Device;

use mlp_data::{Dataset, Preprocessor};

use super::{Batch, TargetDistribution};

/// One row: scaled features and its class.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRow {
    /// `[features]`
    pub features: Vec<f32>,
    /// Index of the class.
    pub label: u32,
}

/// Rows in memory as a Burn dataset.
pub struct RowDataset {
    /// Must have labels.
    pub dataset: Arc<Dataset>,
    /// Applied to each row as it is taken.
    pub preprocessor: Arc<Preprocessor>,
}

impl BurnDataset<LabelledRow> for RowDataset {
    /// Panics beyond the last row, as Burn specifies.
    fn get(&self, index: usize) -> Result<LabelledRow, DatasetError> {
        let label = self.dataset.labels().unwrap_or_default()[index];
        let mut features = vec![0.0; self.preprocessor.width(self.dataset.columns())];
        self.preprocessor
            .apply_row(&self.dataset.features, index, &mut features);
        Ok(LabelledRow { features, label })
    }

    fn len(&self) -> usize {
        self.dataset.labels().map_or(0, <[u32]>::len)
    }
}

/// Stacks rows into a [`Batch`]. Each batch counts as the next update, so that dropout draws new units.
#[derive(Clone)]
pub struct RowBatcher {
    targets: Arc<TargetDistribution>,
    next_step: Arc<AtomicU64>,
}

impl RowBatcher {
    /// Creates a batcher; `targets` maps labels to target distributions.
    #[must_use]
    pub fn new(targets: Arc<TargetDistribution>) -> Self {
        Self {
            targets,
            next_step: Arc::default(),
        }
    }
}

impl Batcher<LabelledRow, Batch> for RowBatcher {
    fn batch(&self, rows: Vec<LabelledRow>, device: &Device) -> Batch {
        let columns = rows.first().map_or(0, |row| row.features.len());
        let labels: Vec<u32> = rows.iter().map(|row| row.label).collect();
        let inputs: Vec<f32> = rows.into_iter().flat_map(|row| row.features).collect();
        let step = self.next_step.fetch_add(1, Ordering::Relaxed);
        Batch::from_rows(inputs, columns, &labels, &self.targets, step, device)
    }
}
