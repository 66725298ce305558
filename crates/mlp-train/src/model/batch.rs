//! Batches of rows, and what gathers them in an order that depends on seed and epoch only.

use crate::model::Augmented;
use crate::model::DeviceDataset;
use crate::model::HostDataset;
use crate::model::Part;
use crate::model::TargetDistribution;
use crate::model::TensorAugmentation;
use burn::data::dataloader::DataLoader;
use burn::data::dataloader::DataLoaderIterator;
use burn::data::dataloader::Progress;
use burn::data::dataset::DatasetError;
use burn::tensor::Device;
use burn::tensor::Int;
use burn::tensor::Tensor;
use burn::tensor::TensorData;
use mlp_data::Batches;
use mlp_data::augment::Augmentation;
use mlp_data::epoch_order;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// What a training step works on.
#[derive(Clone, Debug)]
pub enum Batch {
    /// Tensors on a device.
    Tensors(Box<TensorBatch>),
    /// Rows in memory, which become tensors only where they are asked for.
    Rows(RowBatch),
}

/// A batch as tensors.
#[derive(Clone, Debug)]
pub struct TensorBatch {
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

/// A batch as rows of a data set.
#[derive(Clone, Debug)]
pub struct RowBatch {
    /// Where the rows are.
    pub stored: Arc<HostDataset>,
    /// Number of each row, `[batch]`.
    pub numbers: Vec<u32>,
    /// Class of each row, `[batch]`.
    pub labels: Vec<u32>,
    /// As in [`TensorBatch`], row-major.
    pub targets: Vec<f32>,
    /// As in [`TensorBatch`].
    pub weight: f64,
    /// As in [`TensorBatch`].
    pub step: u64,
    /// What becomes of the rows before they are used; `None` if they stay as they are.
    pub deformed: Option<Augmented>,
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
        let (distribution, weight) = targets.of(labels);
        let inputs = TensorData::new(inputs, [labels.len(), columns]);
        TensorBatch::new(inputs, labels, distribution, weight, step, device).into()
    }

    /// The batch as tensors; rows are gathered onto `device`.
    #[must_use]
    pub fn tensors(self, device: &Device) -> TensorBatch {
        match self {
            Self::Tensors(batch) => batch.followed_by(device),
            Self::Rows(batch) => {
                let batch = batch.deformed(|parts| parts.into_par_iter().for_each(Part::run));
                TensorBatch::new(
                    batch.stored.gather(&batch.numbers),
                    &batch.labels,
                    batch.targets,
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
    /// The batch for a network on `device`: with automatic differentiation if it has that.
    fn followed_by(self, device: &Device) -> Self {
        if !device.is_autodiff() {
            return self;
        }
        Self {
            inputs: self.inputs.autodiff(),
            targets: self.targets.autodiff(),
            ..self
        }
    }

    fn new(
        inputs: TensorData,
        labels: &[u32],
        targets: Vec<f32>,
        weight: f64,
        step: u64,
        device: &Device,
    ) -> Self {
        let rows = labels.len();
        let classes = targets.len() / rows.max(1);
        Self {
            inputs: Tensor::from_data(inputs, device),
            labels: labels_tensor(labels, device),
            targets: Tensor::from_data(TensorData::new(targets, [rows, classes]), device),
            weight,
            step,
        }
    }
}

/// Classes as `[batch]`.
pub(crate) fn labels_tensor(labels: &[u32], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i32> = labels.iter().map(|label| label.cast_signed()).collect();
    let rows = labels.len();
    Tensor::from_data(TensorData::new(labels, [rows]), device)
}

/// Where rows are deformed.
#[derive(Clone)]
enum Deforming {
    OnHost(Arc<Augmentation>),
    OnDevice(Arc<TensorAugmentation>),
}

/// Gathers whole batches from rows in memory, in an order that depends on seed and epoch only.
#[derive(Clone)]
pub struct BatchLoader {
    stored: Arc<HostDataset>,
    rows: Arc<[u32]>,
    plan: Batches,
    seed: u64,
    targets: Arc<TargetDistribution>,
    /// The same rows on the device that trains, if they are there.
    resident: Option<Arc<DeviceDataset>>,
    deforming: Option<Deforming>,
    next_epoch: Arc<AtomicU64>,
}

impl BatchLoader {
    /// A loader of these of the stored rows, which must have labels.
    #[must_use]
    pub fn new(
        stored: Arc<HostDataset>,
        rows: Arc<[u32]>,
        plan: Batches,
        seed: u64,
        targets: Arc<TargetDistribution>,
    ) -> Self {
        Self {
            stored,
            rows,
            plan,
            seed,
            targets,
            resident: None,
            deforming: None,
            next_epoch: Arc::default(),
        }
    }

    /// The same loader, but batches are gathered on the device where all the rows are.
    #[must_use]
    pub fn on_device(mut self, rows: Option<Arc<DeviceDataset>>) -> Self {
        self.resident = rows;
        self
    }

    /// Whether batches are gathered on a device.
    #[must_use]
    pub const fn is_on_device(&self) -> bool {
        self.resident.is_some()
    }

    /// The same loader, of rows that are deformed anew in each epoch: on the device where they are, if they can
    /// be there.
    #[must_use]
    pub fn with_augmentation(mut self, augmentation: Option<Arc<Augmentation>>) -> Self {
        if let Some(augmentation) = augmentation {
            self.resident = self.resident.filter(|rows| rows.are_deformable());
            self.deforming = Some(match &self.resident {
                Some(rows) => {
                    let augmentation = TensorAugmentation::new(augmentation, &rows.device());
                    Deforming::OnDevice(Arc::new(augmentation))
                }
                None => Deforming::OnHost(augmentation),
            });
        }
        self
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
        let labels = self.stored.labels();
        rows.iter().map(|row| labels[*row as usize]).collect()
    }

    /// These rows as a batch for the update after `step` updates.
    #[must_use]
    pub fn batch(&self, rows: &[u32], step: u64) -> Batch {
        let labels = self.labels(rows);
        let epoch = step / self.plan.steps_per_epoch().max(1) as u64;
        if let Some(resident) = &self.resident {
            let deform = |pictures| match &self.deforming {
                Some(Deforming::OnDevice(augmentation)) => {
                    augmentation.deform(pictures, epoch, rows)
                }
                _ => pictures,
            };
            let weight = self.targets.weight(&labels);
            return resident.batch(rows, weight, step, deform).into();
        }
        let (targets, weight) = self.targets.of(&labels);
        let deformed = match &self.deforming {
            Some(Deforming::OnHost(augmentation)) => Some(Augmented {
                augmentation: Arc::clone(augmentation),
                epoch,
            }),
            _ => None,
        };
        Batch::Rows(RowBatch {
            stored: Arc::clone(&self.stored),
            numbers: rows.to_vec(),
            labels,
            targets,
            weight,
            step,
            deformed,
        })
    }
}

/// For Burn's own loops: each call of `iter` is the next epoch. What is made of a loader for another
/// device or a part of the rows counts its own epochs.
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

    /// Rows go to the device of the network that takes them.
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
