//! Batches of rows, and the loader that gathers them in an order that depends on seed and epoch only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use mlp_data::augment::Augmentation;
use mlp_data::{Batches, Target, epoch_order};
use rayon::prelude::*;

use crate::model::{
    DeviceDataset, EpochAugmentation, HostDataset, Part, TargetDistribution, TargetEncoder,
    TensorAugmentation,
};

/// One batch of training rows.
#[derive(Clone, Debug)]
pub enum Batch {
    /// Tensors on a device.
    Tensors(Box<TensorBatch>),
    /// Rows in host memory; the kernels read them as they are.
    Rows(RowBatch),
}

/// A batch as tensors.
#[derive(Clone, Debug)]
pub struct TensorBatch {
    /// Scaled features, `[batch, features]`.
    pub inputs: Tensor<2>,
    /// Class of each row, `[batch]`; `None` where numbers are predicted.
    pub labels: Option<Tensor<1, Int>>,
    /// Target of each row, `[batch, outputs]`; see [`TargetEncoder`].
    pub targets: Tensor<2>,
    /// Weight of each row in the loss of numbers, `[batch, 1]`; `None` if all are 1, or the targets have them.
    pub row_weights: Option<Tensor<2>>,
    /// Sum of the weights of the rows, each times that of its class; their number if neither is weighted.
    pub weight: f64,
    /// Number of updates before this one; dropout draws from its stream at this position.
    pub step: u64,
}

/// A batch as row numbers of a dataset.
#[derive(Clone, Debug)]
pub struct RowBatch {
    /// The dataset of the rows.
    pub dataset: Arc<HostDataset>,
    /// Number of each row, `[batch]`.
    pub numbers: Vec<u32>,
    /// Class of each row, `[batch]`; `None` where numbers are predicted.
    pub labels: Option<Vec<u32>>,
    /// As in [`TensorBatch`], row-major.
    pub targets: Vec<f32>,
    /// As in [`TensorBatch`], `[batch]`.
    pub row_weights: Option<Vec<f32>>,
    /// As in [`TensorBatch`].
    pub weight: f64,
    /// As in [`TensorBatch`].
    pub step: u64,
    /// Applied to the rows first, if any.
    pub augmentation: Option<EpochAugmentation>,
}

impl Batch {
    /// Creates a batch of scaled `inputs` (`[batch, columns]`, row-major) with their labels (`[batch]`).
    #[must_use]
    pub fn from_rows(
        inputs: Vec<f32>,
        columns: usize,
        labels: &[u32],
        targets: &TargetDistribution,
        step: u64,
        device: &Device,
    ) -> Self {
        let (distribution, weight) = targets.of(labels);
        let inputs = TensorData::new(inputs, [labels.len(), columns]);
        TensorBatch::new(
            inputs,
            Some(labels),
            distribution,
            None,
            weight,
            step,
            device,
        )
        .into()
    }

    /// Creates a batch of scaled `inputs` (`[batch, columns]`, row-major) with their targets, classes or numbers, and their
    /// weights, `[batch]`, if they have any.
    #[must_use]
    pub fn from_targets(
        inputs: Vec<f32>,
        columns: usize,
        target: &Target,
        weights: Option<&[f64]>,
        encoder: &TargetEncoder,
        step: u64,
        device: &Device,
    ) -> Self {
        let (targets, weight) = encoder.encode(target, weights);
        let row_weights = encoder.carried_weights(weights);
        let inputs = TensorData::new(inputs, [target.rows(), columns]);
        let labels = labels_of(target);
        TensorBatch::new(inputs, labels, targets, row_weights, weight, step, device).into()
    }

    /// Converts the batch to tensors; rows are gathered onto `device`.
    #[must_use]
    pub fn tensors(self, device: &Device) -> TensorBatch {
        match self {
            Self::Tensors(batch) => batch.with_autodiff(device),
            Self::Rows(batch) => {
                let batch = batch.augmented(|parts| parts.into_par_iter().for_each(Part::run));
                TensorBatch::new(
                    batch.dataset.gather(&batch.numbers),
                    batch.labels.as_deref(),
                    batch.targets,
                    batch.row_weights,
                    batch.weight,
                    batch.step,
                    device,
                )
            }
        }
    }
}

impl From<TensorBatch> for Batch {
    fn from(batch: TensorBatch) -> Self {
        Self::Tensors(Box::new(batch))
    }
}

impl TensorBatch {
    /// Tracks gradients if `device` does.
    fn with_autodiff(self, device: &Device) -> Self {
        if !device.is_autodiff() {
            return self;
        }
        Self {
            inputs: self.inputs.autodiff(),
            targets: self.targets.autodiff(),
            row_weights: self.row_weights.map(Tensor::autodiff),
            ..self
        }
    }

    fn new(
        inputs: TensorData,
        labels: Option<&[u32]>,
        targets: Vec<f32>,
        row_weights: Option<Vec<f32>>,
        weight: f64,
        step: u64,
        device: &Device,
    ) -> Self {
        let rows = inputs.shape()[0];
        let outputs = targets.len() / rows.max(1);
        Self {
            inputs: Tensor::from_data(inputs, device),
            labels: labels.map(|labels| labels_tensor(labels, device)),
            targets: Tensor::from_data(TensorData::new(targets, [rows, outputs]), device),
            row_weights: row_weights
                .map(|weights| Tensor::from_data(TensorData::new(weights, [rows, 1]), device)),
            weight,
            step,
        }
    }
}

/// Returns the classes among targets.
fn labels_of(target: &Target) -> Option<&[u32]> {
    match target {
        Target::Class { labels } => Some(labels),
        Target::Value { .. } => None,
    }
}

/// Converts labels to a tensor, `[batch]`.
pub(crate) fn labels_tensor(labels: &[u32], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i32> = labels.iter().map(|label| label.cast_signed()).collect();
    let rows = labels.len();
    Tensor::from_data(TensorData::new(labels, [rows]), device)
}

/// Where rows are augmented.
#[derive(Clone)]
enum Augmenter {
    OnHost(Arc<Augmentation>),
    OnDevice(Arc<TensorAugmentation>),
}

/// Gathers whole batches from rows in memory, in an order that depends on seed and epoch only.
#[derive(Clone)]
pub struct BatchLoader {
    dataset: Arc<HostDataset>,
    rows: Arc<[u32]>,
    plan: Batches,
    seed: u64,
    targets: Arc<TargetEncoder>,
    /// The same rows on the device that trains, if it holds them.
    on_device: Option<Arc<DeviceDataset>>,
    augmenter: Option<Augmenter>,
    next_epoch: Arc<AtomicU64>,
}

impl BatchLoader {
    /// Creates a loader of some rows of a dataset that has targets.
    #[must_use]
    pub fn new(
        dataset: Arc<HostDataset>,
        rows: Arc<[u32]>,
        plan: Batches,
        seed: u64,
        targets: Arc<TargetEncoder>,
    ) -> Self {
        Self {
            dataset,
            rows,
            plan,
            seed,
            targets,
            on_device: None,
            augmenter: None,
            next_epoch: Arc::default(),
        }
    }

    /// Gathers batches on the device that holds all rows.
    #[must_use]
    pub fn with_device_dataset(mut self, rows: Option<Arc<DeviceDataset>>) -> Self {
        self.on_device = rows;
        self
    }

    /// Returns `true` if batches are gathered on a device.
    #[must_use]
    pub const fn is_on_device(&self) -> bool {
        self.on_device.is_some()
    }

    /// Augments the rows anew in each epoch, on the device that holds them if it can.
    #[must_use]
    pub fn with_augmentation(mut self, augmentation: Option<Arc<Augmentation>>) -> Self {
        if let Some(augmentation) = augmentation {
            self.on_device = self.on_device.filter(|rows| rows.can_be_augmented());
            self.augmenter = Some(match &self.on_device {
                Some(rows) => {
                    let augmentation = TensorAugmentation::new(augmentation, &rows.device());
                    Augmenter::OnDevice(Arc::new(augmentation))
                }
                None => Augmenter::OnHost(augmentation),
            });
        }
        self
    }

    /// Returns how an epoch is cut into batches.
    #[must_use]
    pub const fn plan(&self) -> Batches {
        self.plan
    }

    /// Returns the rows in the order of an epoch, counted from 0.
    #[must_use]
    pub fn order(&self, epoch: u64) -> Vec<u32> {
        epoch_order(self.seed, epoch, &self.rows)
    }

    /// Returns the target of each of these rows.
    #[must_use]
    pub fn target(&self, rows: &[u32]) -> Target {
        self.dataset.target(rows)
    }

    /// Returns the weight of each of these rows; `None` if all count alike.
    #[must_use]
    pub fn weights(&self, rows: &[u32]) -> Option<Vec<f64>> {
        self.dataset.dataset().row_weights(rows)
    }

    /// Returns what makes the targets of batches.
    #[must_use]
    pub fn targets(&self) -> &TargetEncoder {
        &self.targets
    }

    /// Returns these rows as the batch of the update after `step` updates.
    #[must_use]
    pub fn batch(&self, rows: &[u32], step: u64) -> Batch {
        let (target, weights) = (self.target(rows), self.weights(rows));
        let weights = weights.as_deref();
        let epoch = step / self.plan.steps_per_epoch().max(1) as u64;
        if let Some(on_device) = &self.on_device {
            let augment = |images| match &self.augmenter {
                Some(Augmenter::OnDevice(augmentation)) => augmentation.apply(images, epoch, rows),
                _ => images,
            };
            let weight = self.targets.weight(&target, weights);
            return on_device.batch(rows, weight, step, augment).into();
        }
        let (targets, weight) = self.targets.encode(&target, weights);
        let augmentation = match &self.augmenter {
            Some(Augmenter::OnHost(augmentation)) => Some(EpochAugmentation {
                augmentation: Arc::clone(augmentation),
                epoch,
            }),
            _ => None,
        };
        Batch::Rows(RowBatch {
            dataset: Arc::clone(&self.dataset),
            numbers: rows.to_vec(),
            labels: match target {
                Target::Class { labels } => Some(labels),
                Target::Value { .. } => None,
            },
            targets,
            row_weights: self.targets.carried_weights(weights),
            weight,
            step,
            augmentation,
        })
    }
}

/// For Burn's own loops: each call of `iter` is the next epoch. A loader made of this one, for another device or a
/// slice of the rows, counts its own epochs.
impl DataLoader<Batch> for BatchLoader {
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

    /// The rows stay where they are: a batch is moved to the device of the network that takes it.
    fn to_device(&self, _: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self {
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
    loader: &'a BatchLoader,
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
