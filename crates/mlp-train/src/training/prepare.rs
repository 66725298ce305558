//! From a config to rows that can be trained on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::SplitRows;
use super::split_rows::{positive_class, split_beside, split_of, target_mean};
use crate::error::{Error, TrainingError};
use crate::model::{
    BatchLoader, HostDataset, TargetDistribution, TargetEncoder, layer_sizes, parameter_counts,
};
use mlp_core::config::{ClassWeightRule, ClassWeights, Config, TaskChoice, validate_task};
use mlp_core::decision::{Decision, class_number};
use mlp_core::evaluation::why_undefined;
use mlp_core::metrics::MetricAccumulator;
use mlp_core::run::{DataRecord, Split as WatchedSplit};
use mlp_core::task::{Loss, Task};
use mlp_data::augment::Augmentation;
use mlp_data::error::PreparationError;
use mlp_data::{
    Batches, DataFile, Dataset, Origin, Preprocessor, RepeatedRows, Schema, Source, Split,
    TargetColumn, TargetScaling, fingerprint, nearest,
};

/// A billion: 4 GB each for weights, gradients and every tensor of the optimizer. More is a slip of the
/// finger, and would end in an allocation that fails.
const MAX_PARAMETERS: usize = 1_000_000_000;

/// Rows, split and scaled, and what follows from them for the network.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What was asked for.
    pub config: Arc<Config>,
    /// Rows to train on and to hold out.
    pub rows: Arc<Dataset>,
    /// Which are which.
    pub split: Split,
    /// Rows to validate on, if they came by themselves; [`Split::validation`] counts them then.
    pub validation: Option<Arc<Dataset>>,
    /// Rows scored at the end.
    pub test: Option<Arc<Dataset>>,
    /// Fitted on the rows to train on.
    pub preprocessor: Arc<Preprocessor>,
    /// The rows as a network takes them.
    pub stored: Arc<HostDataset>,
    /// Those among which the held-out rows are: the same, unless they came by themselves.
    pub held_out: Arc<HostDataset>,
    /// Smoothing and class weights, or the scaling of the numbers to predict.
    pub targets: Arc<TargetEncoder>,
    /// Name of the positive one of two classes; `None` of any other number of classes.
    pub positive: Option<String>,
    /// What becomes of the rows to train on in each epoch, if anything.
    pub augmentation: Option<Arc<Augmentation>>,
    /// Units of each layer.
    pub layer_sizes: Vec<usize>,
    /// How an epoch is cut into batches.
    pub batches: Batches,
    /// Columns of the rows and what is predicted, with its scaling.
    schema: Arc<Schema>,
    /// Where the rows came from; `None` for rows in memory, see [`Self::record`].
    record: Option<DataRecord>,
    /// What a user must be told of the split.
    pub notes: Vec<String>,
    /// Time it took.
    pub seconds: f64,
}

impl Prepared {
    /// Returns how rows are classified as far as the config says it: a threshold that is chosen by a rule comes last.
    pub(crate) fn decision(&self) -> Decision {
        let positive = self.positive.as_ref();
        let positive = positive.and_then(|name| class_number(self.schema().classes(), name));
        Decision::configured(positive, self.config.decision.threshold)
    }

    /// Splits and scales the rows of a source, whose reading began at `started`.
    ///
    /// # Errors
    /// If they do not fit the config.
    pub fn new(config: Config, source: Source, started: Instant) -> Result<Self, Error> {
        let SplitRows {
            rows,
            split,
            validation,
            test,
            record,
            notes,
        } = SplitRows::new(&config, source)?;
        let validation = validation.map(Arc::new);
        let prepared = Self::of_split(config, Arc::new(rows), split, validation, started)?;
        Ok(Self {
            test: test.map(Arc::new),
            record: Some(record),
            notes,
            ..prepared
        })
    }

    /// Prepares rows in memory. Without `validation` the config's share of the rows is held out.
    ///
    /// # Errors
    /// If they do not fit the config, or the held-out rows have other columns or classes.
    pub fn in_memory(
        config: Config,
        rows: Arc<Dataset>,
        validation: Option<Arc<Dataset>>,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        if rows.target.as_ref().is_none_or(|target| target.rows() == 0) {
            return Err(TrainingError::Unfit("the training rows have no labels".to_owned()).into());
        }
        let split = match &validation {
            Some(held_out) => {
                if held_out.schema != rows.schema {
                    return Err(TrainingError::Unfit(
                        "the validation rows have other columns or classes than the training rows"
                            .to_owned(),
                    )
                    .into());
                }
                split_beside(&config, &rows, held_out)?
            }
            None => split_of(&config, &rows)?,
        };
        Self::of_split(config, rows, split, validation, started)
    }

    fn of_split(
        mut config: Config,
        rows: Arc<Dataset>,
        split: Split,
        held_out: Option<Arc<Dataset>>,
        started: Instant,
    ) -> Result<Self, Error> {
        let task = Task::of(&rows.schema.target);
        resolve_task(&mut config, task)?;
        check_watched(
            &config,
            held_out.as_deref().unwrap_or(&rows),
            &split.validation,
        )?;
        let positive = positive_class(&config, &rows, &split.train)?;
        config.data = config.data.resolved(&rows);
        let preprocessor = Preprocessor::fit(&rows, &split.train, &config.data)?;
        let inputs = preprocessor.width(rows.columns());
        let (schema, targets) = match rows.values() {
            None => {
                let weights = class_weights(&config, &rows, &split.train)?;
                let smoothing = config.training.label_smoothing;
                let targets = TargetDistribution::new(smoothing, weights);
                (Arc::clone(&rows.schema), TargetEncoder::Classes(targets))
            }
            Some(values) => {
                let transform = config.data.target_transform;
                let weights = rows.weights.as_deref();
                let scaling = TargetScaling::fit(values, weights, &split.train, transform)?;
                if let Some(values) = held_out.as_ref().and_then(|rows| rows.values()) {
                    scaling.check(values)?;
                }
                (
                    with_scaling(&rows.schema, scaling),
                    TargetEncoder::Values(scaling),
                )
            }
        };
        let outputs = schema.target.outputs();
        let layer_sizes = layer_sizes(inputs, &config.model.hidden, outputs);
        let parameters = parameter_counts(&layer_sizes)
            .into_iter()
            .fold(0_usize, usize::saturating_add);
        if parameters > MAX_PARAMETERS {
            return Err(TrainingError::Unfit(format!(
                "model.hidden asks for a network of {parameters} weights and biases; the most is {MAX_PARAMETERS}"
            ))
            .into());
        }
        let drop_last = config.training.drops_last(split.train.len());
        let batches = Batches::new(
            split.train.len(),
            config.training.batch_size,
            drop_last,
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
        // The run says what was taken where the default depends on the rows.
        config.training.drop_last = Some(drop_last);
        config.model.weight_init = Some(config.model.weight_init_for(inputs));
        let preprocessor = Arc::new(preprocessor);
        let stored = host(&rows, &preprocessor);
        Ok(Self {
            layer_sizes,
            schema,
            config: Arc::new(config),
            held_out: match &held_out {
                Some(rows) => host(rows, &preprocessor),
                None => Arc::clone(&stored),
            },
            validation: held_out,
            stored,
            rows,
            split,
            test: None,
            preprocessor,
            targets: Arc::new(targets),
            positive,
            augmentation,
            batches,
            record: None,
            notes: Vec::new(),
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// The same training with another scaling of the numbers to predict; unchanged where classes are predicted.
    #[must_use]
    pub fn with_target_scaling(mut self, scaling: TargetScaling) -> Self {
        if let TargetEncoder::Values(_) = *self.targets {
            self.targets = Arc::new(TargetEncoder::Values(scaling));
            self.schema = with_scaling(&self.schema, scaling);
        }
        self
    }

    /// The same training with other inputs made of the columns.
    #[must_use]
    pub fn with_preprocessor(mut self, preprocessor: Preprocessor) -> Self {
        self.layer_sizes[0] = preprocessor.width(self.rows.columns());
        self.preprocessor = Arc::new(preprocessor);
        self.stored = host(&self.rows, &self.preprocessor);
        self.held_out = match &self.validation {
            Some(rows) => host(rows, &self.preprocessor),
            None => Arc::clone(&self.stored),
        };
        self
    }

    /// The same training with another seed. Split and preprocessing depend on the split's seed alone.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        let mut config = (*self.config).clone();
        config.seed = seed;
        self.config = Arc::new(config);
        self
    }

    /// Shares the rows of another training where they are equal, so that memory holds them once.
    pub fn share_rows(&mut self, other: &Self) {
        if self.rows == other.rows {
            self.rows = Arc::clone(&other.rows);
            let in_one = Arc::ptr_eq(&self.held_out, &self.stored);
            self.stored = if self.preprocessor == other.preprocessor {
                self.preprocessor = Arc::clone(&other.preprocessor);
                Arc::clone(&other.stored) // with what the kernels have made of the rows
            } else {
                host(&self.rows, &self.preprocessor)
            };
            if in_one {
                self.held_out = Arc::clone(&self.stored);
            }
        }
        if self.validation == other.validation {
            self.validation.clone_from(&other.validation);
            if self.validation.is_some() && self.preprocessor == other.preprocessor {
                self.held_out = Arc::clone(&other.held_out);
            }
        }
        if self.test == other.test {
            self.test.clone_from(&other.test);
        }
    }

    /// Where the rows came from.
    #[must_use]
    pub fn record(&self) -> DataRecord {
        let in_memory = || DataRecord {
            origin: Origin::Memory,
            fallback: None,
            train: DataFile {
                path: None,
                sha256: None,
                rows: self.rows.rows(),
            },
            validation: self.validation.as_ref().map(|validation| DataFile {
                path: None,
                sha256: None,
                rows: validation.rows(),
            }),
            test: None,
            train_rows: self.split.train.len(),
            validation_rows: self.split.validation.len(),
            calibration_rows: self.split.calibration.len(),
            target_mean: target_mean(&self.rows, &self.split.train),
            positive: self.positive.clone(),
            class_counts: self.rows.class_counts(self.split.train.iter().copied()),
            fingerprint: fingerprint(&self.rows),
            repeated_rows: RepeatedRows::default(),
        };
        self.record.clone().unwrap_or_else(in_memory)
    }

    /// Returns the rows among which the held-out ones are.
    #[must_use]
    pub fn validation_rows(&self) -> &Arc<Dataset> {
        self.validation.as_ref().unwrap_or(&self.rows)
    }

    /// What the rows are, if they took the place of the configured files.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.record.as_ref()?.fallback.as_deref()
    }

    /// Returns the task of the training.
    #[must_use]
    pub fn task(&self) -> Task {
        Task::of(&self.schema.target)
    }

    /// Returns the loss that is minimised.
    #[must_use]
    pub fn loss(&self) -> Loss {
        let stated = self.config.training.loss;
        stated.unwrap_or_else(|| self.task().default_loss())
    }

    /// Columns of the rows and what is predicted, with its scaling.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Gathers batches of these of the rows as they are.
    #[must_use]
    pub fn loader(&self, rows: &[u32]) -> BatchLoader {
        self.loader_of(&self.stored, rows)
    }

    /// The same of other rows of the training, such as those held out.
    pub(crate) fn loader_of(&self, stored: &Arc<HostDataset>, rows: &[u32]) -> BatchLoader {
        BatchLoader::new(
            Arc::clone(stored),
            rows.into(),
            self.batches,
            self.config.seed,
            Arc::clone(&self.targets),
        )
    }
}

fn host(rows: &Arc<Dataset>, preprocessor: &Arc<Preprocessor>) -> Arc<HostDataset> {
    let (rows, preprocessor) = (Arc::clone(rows), Arc::clone(preprocessor));
    Arc::new(HostDataset::new(rows, preprocessor))
}

/// Refuses keys of another task than the rows have, and sets those that say which it is where it is not that of classes,
/// so that the run says what was taken.
fn resolve_task(config: &mut Config, task: Task) -> Result<(), Error> {
    let stated = match config.data.task {
        TaskChoice::Auto => None,
        TaskChoice::Classification => Some(Task::Multiclass),
        TaskChoice::Regression => Some(Task::Regression),
    };
    if stated.is_some_and(|stated| stated != task) {
        let (rows, wanted) = match task {
            Task::Multiclass => ("classes", "numbers"),
            Task::Regression => ("numbers", "classes"),
        };
        return Err(TrainingError::Unfit(format!(
            "the targets of the rows are {rows}, and `data.task` asks for {wanted}"
        ))
        .into());
    }
    validate_task(config, task)?;
    if task == Task::Regression {
        config.data.task = TaskChoice::Regression;
        config.training.loss.get_or_insert(task.default_loss());
    }
    Ok(())
}

/// Refuses to watch a metric that the held-out rows do not define.
fn check_watched(config: &Config, rows: &Dataset, held_out: &[u32]) -> Result<(), Error> {
    let Some(target) = rows.target.as_ref().filter(|_| !held_out.is_empty()) else {
        return Ok(());
    };
    for watched in config.early_stopping.watched() {
        let metric = watched.metric();
        // Of all labels only if they matter: most metrics are defined by any rows.
        if watched.split() != WatchedSplit::Validation || MetricAccumulator::measures(metric) {
            continue;
        }
        let classes = rows.classes().len();
        if let Some(why) = why_undefined(metric, &target.select(held_out), classes) {
            let (name, rows) = (watched.name(), held_out.len());
            return Err(TrainingError::Unfit(format!(
                "early_stopping watches {name}, which the {rows} validation rows do not define: {why}. Watch another metric, \
                 validation_loss for example, or hold out other rows: data.validation, data.stratified, data.split_seed"
            ))
            .into());
        }
    }
    Ok(())
}

/// Returns a schema with this scaling of its target.
fn with_scaling(schema: &Schema, scaling: TargetScaling) -> Arc<Schema> {
    Arc::new(Schema {
        target: TargetColumn::Value(scaling),
        ..schema.clone()
    })
}

/// The deformations that the config asks for, if the rows are pictures.
fn augmentation(config: &Config, rows: &Dataset) -> Result<Option<Augmentation>, PreparationError> {
    let side = rows.schema.square_side();
    // Whether there are any does not depend on the side.
    let augmentation = Augmentation::new(&config.augment, config.seed, side.unwrap_or(1));
    if augmentation.is_some() && side.is_none() {
        let columns = rows.columns();
        return Err(PreparationError::NoPictures { columns });
    }
    Ok(augmentation)
}

/// Weight of each class in the loss.
fn class_weights(config: &Config, rows: &Dataset, train: &[u32]) -> Result<Vec<f64>, Error> {
    let classes = rows.classes().len();
    match &config.training.class_weights {
        ClassWeights::Named(ClassWeightRule::None) => Ok(vec![1.0; classes]),
        ClassWeights::Named(ClassWeightRule::Balanced) => {
            if let (Some(weights), Some(labels)) = (&rows.weights, rows.labels()) {
                let mut sums = vec![0.0; classes];
                for &row in train {
                    sums[labels[row as usize] as usize] += weights[row as usize];
                }
                let total: f64 = sums.iter().sum();
                let balanced = |sum: &f64| {
                    let share = classes as f64 * sum;
                    if share > 0.0 { total / share } else { 1.0 }
                };
                return Ok(sums.iter().map(balanced).collect());
            }
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
            listed(rows.classes())
        ))
        .into()),
        ClassWeights::ByName(weights) => weights_by_name(weights, rows.classes()),
    }
}

/// Returns the weight of each class, 1 for those without a name in `weights`.
fn weights_by_name(weights: &BTreeMap<String, f64>, classes: &[String]) -> Result<Vec<f64>, Error> {
    if let Some(name) = weights.keys().find(|name| !classes.contains(name)) {
        let near = nearest(name, classes.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the classes are {}", listed(classes)),
        };
        let message = format!("training.class_weights: the data has no class `{name}`: {help}");
        return Err(TrainingError::Unfit(message).into());
    }
    let weight = |class| weights.get(class).copied().unwrap_or(1.0);
    Ok(classes.iter().map(weight).collect())
}

/// Lists the first names.
fn listed(names: &[String]) -> String {
    const MAX_NAMES: usize = 20;
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
