//! Rows of a data set as tensors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TargetDistribution;
use crate::data::{Batches, Dataset, Scaling, epoch_order};

/// What a training step works on.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Scaled features, `[batch, features]`.
    pub inputs: Tensor<2>,
    /// Class of each row, `[batch]`.
    pub labels: Tensor<1, Int>,
    /// Target distribution of each row, `[batch, classes]`; see [`TargetDistribution`].
    pub targets: Tensor<2>,
    /// Summed class weight of the rows: their number, unless classes are weighted.
    pub weight: f64,
    /// Number of updates before this one: the position that dropout draws from.
    pub step: u64,
}

impl Batch {
    /// Rows of scaled `inputs` (`[batch, columns]`, row-major) with their labels (`[batch]`).
    #[must_use]
    pub fn from_rows(
        inputs: Vec<f32>,
        columns: usize,
        labels: &[u32],
        targets: &TargetDistribution,
        step: u64,
        device: &Device,
    ) -> Self {
        let rows = labels.len();
        let (distribution, weight) = targets.of(labels);
        let labels: Vec<i32> = labels.iter().map(|label| label.cast_signed()).collect();
        Self {
            inputs: Tensor::from_data(TensorData::new(inputs, [rows, columns]), device),
            labels: Tensor::from_data(TensorData::new(labels, [rows]), device),
            targets: Tensor::from_data(
                TensorData::new(distribution, [rows, targets.classes()]),
                device,
            ),
            weight,
            step,
        }
    }
}

/// Gathers whole batches from rows in memory, in an order that depends on seed and epoch only.
#[derive(Clone)]
pub struct RowLoader {
    dataset: Arc<Dataset>,
    scaling: Arc<Scaling>,
    rows: Arc<[u32]>,
    plan: Batches,
    seed: u64,
    targets: Arc<TargetDistribution>,
    device: Device,
    next_epoch: Arc<AtomicU64>,
}

impl RowLoader {
    /// A loader of `rows` of the data set onto `device`. The data set must have labels.
    #[must_use]
    pub fn new(
        dataset: Arc<Dataset>,
        scaling: Arc<Scaling>,
        rows: Arc<[u32]>,
        plan: Batches,
        seed: u64,
        targets: Arc<TargetDistribution>,
        device: Device,
    ) -> Self {
        Self {
            dataset,
            scaling,
            rows,
            plan,
            seed,
            targets,
            device,
            next_epoch: Arc::default(),
        }
    }

    /// How an epoch is cut into batches.
    #[must_use]
    pub const fn plan(&self) -> Batches {
        self.plan
    }

    /// The rows in the order of an epoch, counted from 0.
    #[must_use]
    pub fn order(&self, epoch: u64) -> Vec<u32> {
        epoch_order(self.seed, epoch, &self.rows)
    }

    /// The class of each of these rows.
    #[must_use]
    pub fn labels(&self, rows: &[u32]) -> Vec<u32> {
        let labels = self.dataset.labels.as_deref().unwrap_or_default();
        rows.iter().map(|row| labels[*row as usize]).collect()
    }

    /// These rows as a batch for the update after `step` updates.
    #[must_use]
    pub fn batch(&self, rows: &[u32], step: u64) -> Batch {
        let columns = self.dataset.columns();
        let mut inputs = vec![0.0_f32; rows.len() * columns];
        for (row, values) in rows.iter().zip(inputs.chunks_exact_mut(columns)) {
            self.scaling
                .apply_row(&self.dataset.features, *row as usize, values);
        }
        Batch::from_rows(
            inputs,
            columns,
            &self.labels(rows),
            &self.targets,
            step,
            &self.device,
        )
    }
}

/// For Burn's own loops: each call of `iter` is the next epoch. What is made of a loader for another
/// device or a part of the rows counts its own epochs.
impl DataLoader<Batch> for RowLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let epoch = self.next_epoch.fetch_add(1, Ordering::Relaxed);
        Box::new(EpochBatches {
            loader: self,
            order: self.order(epoch),
            epoch,
            next: 0,
        })
    }

    fn num_items(&self) -> usize {
        self.plan.rows_per_epoch()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self {
            device: device.clone(),
            next_epoch: Arc::default(),
            ..self.clone()
        })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        let rows: Arc<[u32]> = self.rows[start..end].into();
        let plan = Batches::new(rows.len(), self.plan.batch_size(), false, 0);
        Arc::new(Self {
            rows,
            plan,
            next_epoch: Arc::default(),
            ..self.clone()
        })
    }
}

struct EpochBatches<'a> {
    loader: &'a RowLoader,
    order: Vec<u32>,
    epoch: u64,
    next: usize,
}

impl Iterator for EpochBatches<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let plan = self.loader.plan;
        (self.next < plan.steps_per_epoch()).then(|| {
            let step = self.epoch * plan.steps_per_epoch() as u64 + self.next as u64;
            let rows = &self.order[plan.range(self.next)];
            self.next += 1;
            Ok(self.loader.batch(rows, step))
        })
    }
}

impl DataLoaderIterator<Batch> for EpochBatches<'_> {
    fn progress(&self) -> Progress {
        let plan = self.loader.plan;
        let done = self
            .next
            .checked_sub(1)
            .map_or(0, |last| plan.range(last).end);
        Progress::new(done, plan.rows_per_epoch(), Some("rows".to_owned()))
    }
}
