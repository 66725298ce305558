//! The rows as Burn's `Dataset` and `Batcher`, for use with a `DataLoaderBuilder`.
//!
//! The trainer itself gathers whole batches with [`BatchLoader`](super::BatchLoader), which costs less.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::{Dataset as BurnDataset, DatasetError};
use burn::tensor::Device;

use mlp_data::{Dataset, Preprocessor, Target};

use super::{Batch, TargetEncoder};

/// One row: scaled features and its target.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRow {
    /// `[features]`
    pub features: Vec<f32>,
    /// What is to be predicted.
    pub target: RowTarget,
    /// How much the row counts; 1 if all count alike.
    pub weight: f64,
}

/// What is to be predicted of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowTarget {
    /// Index of a class.
    Class(u32),
    /// A number, in the unit of the file.
    Value(f64),
}

/// Rows in memory as a Burn dataset.
pub struct RowDataset {
    /// Must have a target.
    pub dataset: Arc<Dataset>,
    /// Applied to each row as it is taken.
    pub preprocessor: Arc<Preprocessor>,
}

impl BurnDataset<LabelledRow> for RowDataset {
    /// Panics beyond the last row, as Burn specifies.
    fn get(&self, index: usize) -> Result<LabelledRow, DatasetError> {
        let target = match self.dataset.values() {
            Some(values) => RowTarget::Value(values[index]),
            None => RowTarget::Class(self.dataset.labels().unwrap_or_default()[index]),
        };
        let mut features = vec![0.0; self.preprocessor.width(self.dataset.columns())];
        self.preprocessor
            .apply_row(&self.dataset.features, index, &mut features);
        let weights = self.dataset.weights.as_ref();
        let weight = weights.map_or(1.0, |weights| weights[index]);
        Ok(LabelledRow {
            features,
            target,
            weight,
        })
    }

    fn len(&self) -> usize {
        self.dataset.target.as_ref().map_or(0, Target::rows)
    }
}

/// Stacks rows into a [`Batch`]. Each batch counts as the next update, so that dropout draws new units.
#[derive(Clone)]
pub struct RowBatcher {
    targets: Arc<TargetEncoder>,
    next_step: Arc<AtomicU64>,
}

impl RowBatcher {
    /// Creates a batcher; `targets` makes what a network is to answer.
    #[must_use]
    pub fn new(targets: Arc<TargetEncoder>) -> Self {
        Self {
            targets,
            next_step: Arc::default(),
        }
    }
}

impl Batcher<LabelledRow, Batch> for RowBatcher {
    fn batch(&self, rows: Vec<LabelledRow>, device: &Device) -> Batch {
        let columns = rows.first().map_or(0, |row| row.features.len());
        let target = match &*self.targets {
            TargetEncoder::Classes(_) => {
                let class = |row: &LabelledRow| match row.target {
                    RowTarget::Class(class) => Some(class),
                    RowTarget::Value(_) => None,
                };
                Target::Class {
                    labels: rows.iter().filter_map(class).collect(),
                }
            }
            TargetEncoder::Values(_) => {
                let value = |row: &LabelledRow| match row.target {
                    RowTarget::Class(_) => None,
                    RowTarget::Value(value) => Some(value),
                };
                Target::Value {
                    values: rows.iter().filter_map(value).collect(),
                }
            }
        };
        let weights: Vec<f64> = rows.iter().map(|row| row.weight).collect();
        let inputs: Vec<f32> = rows.into_iter().flat_map(|row| row.features).collect();
        let step = self.next_step.fetch_add(1, Ordering::Relaxed);
        let weights = Some(weights.as_slice());
        Batch::from_targets(
            inputs,
            columns,
            &target,
            weights,
            &self.targets,
            step,
            device,
        )
    }
}
