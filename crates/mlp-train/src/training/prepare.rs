//! From a config to rows that can be trained on.

use std::sync::Arc;
use std::time::Instant;

use super::SplitRows;
use crate::error::{Error, TrainingError};
use crate::model::{RowLoader, StoredRows, TargetDistribution, layer_sizes, parameter_counts};
use mlp_core::config::{ClassWeightRule, ClassWeights, Config};
use mlp_core::run::DataRecord;
use mlp_data::augment::Augmentation;
use mlp_data::error::PreparationError;
use mlp_data::{Batches, Dataset, Scaling, Source, Split, square_side};

/// A billion: 4 GB each for weights, gradients and every tensor of the optimizer. More is a slip of the
/// finger, and would end in an allocation that fails.
const MOST_PARAMETERS: usize = 1_000_000_000;

/// Rows, split and scaled, and what follows from them for the network.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What was asked for.
    pub config: Arc<Config>,
    /// Rows to train on and to hold out.
    pub rows: Arc<Dataset>,
    /// Which are which.
    pub split: Split,
    /// Rows scored at the end.
    pub test: Option<Arc<Dataset>>,
    /// Fitted on the rows to train on.
    pub scaling: Arc<Scaling>,
    /// The rows as a network takes them.
    pub stored: Arc<StoredRows>,
    /// Smoothing and class weights.
    pub targets: Arc<TargetDistribution>,
    /// What becomes of the rows to train on in each epoch, if anything.
    pub augmentation: Option<Arc<Augmentation>>,
    /// Units of each layer.
    pub layer_sizes: Vec<usize>,
    /// How an epoch is cut into batches.
    pub batches: Batches,
    /// Where the rows came from.
    pub record: DataRecord,
    /// Time it took.
    pub seconds: f64,
}

impl Prepared {
    /// Splits and scales the rows of a source, whose reading began at `started`.
    ///
    /// # Errors
    /// If they do not fit the config.
    pub fn new(config: Config, source: Source, started: Instant) -> Result<Self, Error> {
        let SplitRows {
            rows,
            split,
            test,
            record,
        } = SplitRows::new(&config, source)?;
        let layer_sizes = layer_sizes(rows.columns(), &config.model.hidden, rows.class_names.len());
        let parameters = parameter_counts(&layer_sizes)
            .into_iter()
            .fold(0_usize, usize::saturating_add);
        if parameters > MOST_PARAMETERS {
            return Err(TrainingError::Unfit(format!(
                "model.hidden asks for a network of {parameters} weights and biases; the most is {MOST_PARAMETERS}"
            ))
            .into());
        }
        let scaling = Scaling::fit(&rows, &split.train, config.data.scale, config.data.missing)?;
        let weights = class_weights(&config, &rows, &split.train)?;
        let targets = TargetDistribution::new(config.training.label_smoothing, weights);
        let batches = Batches::new(
            split.train.len(),
            config.training.batch_size,
            config.training.drop_last,
            config.training.steps_per_epoch,
        );
        if batches.steps_per_epoch() == 0 {
            return Err(TrainingError::Unfit(format!(
                "training.batch_size is {} but there are only {} training rows, and training.drop_last leaves out \
                 the last, smaller batch: no batch is left",
                config.training.batch_size,
                split.train.len()
            ))
            .into());
        }
        let augmentation = augmentation(&config, &rows)?.map(Arc::new);
        let rows = Arc::new(rows);
        let scaling = Arc::new(scaling);
        Ok(Self {
            layer_sizes,
            config: Arc::new(config),
            stored: Arc::new(StoredRows::new(Arc::clone(&rows), Arc::clone(&scaling))),
            rows,
            split,
            test: test.map(Arc::new),
            scaling,
            targets: Arc::new(targets),
            augmentation,
            batches,
            record,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Gathers batches of these rows as they are.
    #[must_use]
    pub fn loader(&self, rows: &[u32]) -> RowLoader {
        RowLoader::new(
            Arc::clone(&self.stored),
            rows.into(),
            self.batches,
            self.config.seed,
            Arc::clone(&self.targets),
        )
    }
}

/// The deformations that the config asks for, if the rows are pictures.
fn augmentation(config: &Config, rows: &Dataset) -> Result<Option<Augmentation>, PreparationError> {
    let side = square_side(&rows.feature_names);
    // Whether there are any does not depend on the side.
    let augmentation = Augmentation::new(&config.augment, config.seed, side.unwrap_or(1));
    if augmentation.is_some() && side.is_none() {
        let columns = rows.columns();
        return Err(PreparationError::NoPictures { columns });
    }
    Ok(augmentation)
}

/// Weight of each class in the loss.
#[allow(clippy::cast_precision_loss)] // row counts are far below 2⁵³
fn class_weights(config: &Config, rows: &Dataset, train: &[u32]) -> Result<Vec<f64>, Error> {
    let classes = rows.class_names.len();
    match &config.training.class_weights {
        ClassWeights::Named(ClassWeightRule::None) => Ok(vec![1.0; classes]),
        ClassWeights::Named(ClassWeightRule::Balanced) => {
            let counts = rows.class_counts(train.iter().copied());
            // A class without training rows never weighs in: any weight does.
            Ok(counts
                .iter()
                .map(|count| train.len() as f64 / (classes * (*count).max(1)) as f64)
                .collect())
        }
        ClassWeights::List(weights) if weights.len() == classes => Ok(weights.clone()),
        ClassWeights::List(weights) => Err(TrainingError::Unfit(format!(
            "training.class_weights has {} numbers, but the data has {classes} classes: {}",
            weights.len(),
            rows.class_names.join(", ")
        ))
        .into()),
    }
}
