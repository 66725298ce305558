//! The config file as typed: one struct a section, every key with its default.
//!
//! These structs say what may be written. Whether it makes sense is decided in `validate`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::augment::AugmentSection;
use super::kinds::{
    Activation, BackendKind, ClassWeights, GradientMethod, Initialization, OptimizerKind,
    Reduction, ScheduleKind, StoppingMetric,
};
pub use mlp_data::options::DataSection;

/// Everything that decides a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of the experiment: its runs lie in `artifacts/<name>/`.
    pub name: String,
    /// Seed of initialisation, split, row order, dropout, augmentation and generated data.
    pub seed: u64,
    /// Backend that computes: flex (CPU, the fastest), ndarray (CPU) or wgpu (GPU).
    pub backend: BackendKind,
    /// For wgpu: `auto`, `discrete:0`, `integrated:0`, `virtual:0` or `cpu`; `mlp doctor` lists what there is.
    pub device: String,
    /// Where the rows come from and how they are prepared.
    pub data: DataSection,
    /// The network.
    pub model: ModelSection,
    /// How gradients become updates.
    pub optimizer: OptimizerSection,
    /// How the learning rate moves.
    pub schedule: ScheduleSection,
    /// Random deformations of the training rows, which must be square pictures; off unless set.
    pub augment: AugmentSection,
    /// How long, in which batches, towards which loss.
    pub training: TrainingSection,
    /// When the state is saved.
    pub checkpoint: CheckpointSection,
    /// When to stop before the last epoch.
    pub early_stopping: EarlyStoppingSection,
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSection {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Function after each hidden layer.
    pub activation: Activation,
    /// Distribution of the initial weights.
    pub weight_init: Initialization,
    /// Distribution of the initial biases.
    pub bias_init: Initialization,
    /// Share of hidden units dropped in each training step.
    pub dropout: f64,
}

/// `[optimizer]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSection {
    /// Which rule.
    pub kind: OptimizerKind,
    /// Rate before the schedule.
    pub learning_rate: f64,
    /// Gradient of the batch: mean or sum over its rows. The reported loss is the mean either way.
    pub gradient_reduction: Reduction,
    /// Largest global norm of the gradient; 0 is off.
    pub clip_norm: f64,
    /// Share of each weight added to its gradient (`sgd`, `adam`, `rmsprop`, `adagrad`) or taken off the weight (`adamw`, `lion`).
    pub weight_decay: f64,
    /// `sgd`, `rmsprop`: momentum. 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// `sgd`: Nesterov's form of the momentum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
    /// `adam`, `adamw`, `lion`: decay of the first moment. Default 0.9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// `adam`, `adamw`: decay of the second moment, default 0.999; `lion`: default 0.99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// `rmsprop`: smoothing constant. Default 0.99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// `adam`, `adamw`, `rmsprop`, `adagrad`: added to the denominator. Default 1e-8 (`adagrad` 1e-10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
}

/// `[schedule]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSection {
    /// Which curve.
    pub kind: ScheduleKind,
    /// Epochs of linear warm-up from 0 to the rate, before the curve; may be a fraction.
    pub warmup_epochs: f64,
    /// `linear`, `cosine`, `one_cycle`: epochs from the start to the end of the curve. Default: `training.epochs` of the first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// `step`, `linear_drop`: epochs between drops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_epochs: Option<usize>,
    /// `step`, `exponential`: factor of each drop (`step`) or epoch (`exponential`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// `linear_drop`: taken off the rate at each drop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<f64>,
    /// `linear_drop`: the first drop is at epoch 0 rather than after `every_epochs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_at_start: Option<bool>,
    /// `linear`, `cosine`, `one_cycle`: last rate, as a share of the first. Default 0 (`one_cycle`: 1e-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_share: Option<f64>,
    /// `one_cycle`: share of the curve that climbs. Default 0.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub climb: Option<f64>,
}

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingSection {
    /// Passes over the training rows.
    pub epochs: usize,
    /// Batches in an epoch; 0 is all.
    pub steps_per_epoch: usize,
    /// Rows in a batch.
    pub batch_size: usize,
    /// Leave out the last batch of an epoch when it is smaller.
    pub drop_last: bool,
    /// Share of each target spread evenly over all classes.
    pub label_smoothing: f64,
    /// Weight of each class in the loss.
    pub class_weights: ClassWeights,
    /// Steps between records of the training loss and accuracy of a batch; 0 is never.
    pub log_every_steps: usize,
    /// Steps between validations; 0 is once an epoch.
    pub evaluate_every_steps: usize,
    /// How gradients are computed.
    pub gradients: GradientMethod,
    /// Threads; 0 is one for each core. Does not change the result.
    pub threads: usize,
    /// Write the report at the end.
    pub report: bool,
}

/// `[checkpoint]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointSection {
    /// Epochs between checkpoints; 0 is only the last. The last step always gets one.
    pub every_epochs: usize,
    /// Steps between checkpoints; 0 is off.
    pub every_steps: usize,
    /// Number of newest checkpoints kept.
    pub keep_last: usize,
    /// Keep the one with the lowest validation loss as well.
    pub keep_best: bool,
}

/// `[early_stopping]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStoppingSection {
    /// What must improve.
    pub metric: StoppingMetric,
    /// Epochs without improvement before stopping; 0 is off.
    pub patience: usize,
    /// Stop at the end of an epoch as soon as this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<StopCondition>,
}

/// A bar that ends the training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopCondition {
    /// Measured at the end of an epoch.
    pub metric: StoppingMetric,
    /// Reached from below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Reached from above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}
