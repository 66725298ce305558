//! What a config file may say, as types: a struct for each section, with its defaults.
//!
//! What comes in kinds is an enum whose variants carry the keys of one kind each, so that a loaded config holds
//! exactly the numbers that its kind uses. In the file these keys stand next to `kind`. Doc comments here are the
//! descriptions of the schema, and the help in messages. Whether values make sense is decided in `validate`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{optional_tag, table_or_word};
use crate::run::Split;
use crate::task::{Loss, Metric};
pub use mlp_data::options::{
    AugmentSection, ClassName, ColumnSetting, ColumnTable, DataSection, DecimalSign, Delimiter,
    ElasticTable, HeaderChoice, IfMissing, KindWord, LabelColumn, MissingPolicy, MissingPolicyName,
    RoleWord, ScaleKind, TargetTransform, TaskChoice, Validation,
};

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
    /// How probabilities become a class.
    pub decision: DecisionSection,
}

/// Linear–tanh–Linear on MNIST, trained by plain SGD.
impl Default for Config {
    fn default() -> Self {
        Self {
            name: "mlp".to_owned(),
            seed: 42,
            backend: BackendKind::Flex,
            device: "auto".to_owned(),
            data: DataSection::default(),
            model: ModelSection::default(),
            optimizer: OptimizerSection::default(),
            schedule: ScheduleSection::default(),
            augment: AugmentSection::default(), // all off
            training: TrainingSection::default(),
            checkpoint: CheckpointSection::default(),
            early_stopping: EarlyStoppingSection::default(),
            decision: DecisionSection::default(),
        }
    }
}

/// A backend of Burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// burn-flex, on the CPU: the fastest here.
    Flex,
    /// burn-ndarray, on the CPU.
    Ndarray,
    /// burn-wgpu, on a GPU through Vulkan, Metal, DirectX 12 or WebGPU.
    Wgpu,
}

impl BackendKind {
    /// All backends, the preferred one first.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu];

    /// Returns the word for it in a config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
        }
    }
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSection {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Function after each hidden layer.
    pub activation: Activation,
    /// Distribution of the initial weights. Default: by the number of inputs, N(0, 0.3²) up to 784 and `xavier_uniform` above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_init: Option<Initializer>,
    /// Distribution of the initial biases.
    pub bias_init: Initializer,
    /// Share of hidden units dropped in each training step.
    pub dropout: f64,
}

/// N(0, 0.3²).
const NARROW_NORMAL: Initializer = Initializer::Normal {
    mean: 0.0,
    std: 0.3,
};

/// Largest number of inputs that [`NARROW_NORMAL`] is the default for: the sum over more of them saturates the units.
const MAX_NARROW_INPUTS: usize = 784;

impl ModelSection {
    /// Returns the distribution of the initial weights of a network with this number of inputs.
    #[must_use]
    pub fn weight_init_for(&self, inputs: usize) -> Initializer {
        self.weight_init.unwrap_or(if inputs <= MAX_NARROW_INPUTS {
            NARROW_NORMAL
        } else {
            Initializer::XavierUniform
        })
    }
}

impl Default for ModelSection {
    fn default() -> Self {
        Self {
            hidden: vec![64],
            activation: Activation::Tanh,
            weight_init: None,
            bias_init: NARROW_NORMAL,
            dropout: 0.0,
        }
    }
}

/// Function after each hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // their names are their definitions
pub enum Activation {
    Tanh,
    Sigmoid,
    Relu,
    LeakyRelu,
    Gelu,
    Silu,
    /// tanh(2z), differentiated as if it were tanh(z): the mistake of a published course work, kept so
    /// that its figures can be reproduced. `mlp gradcheck` refuses it.
    TanhDoubled,
}

/// Slope of the leaky relu below 0.
pub const LEAKY_RELU_SLOPE: f64 = 0.01;

impl Activation {
    /// Returns the word for it in a config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::TanhDoubled => "tanh_doubled",
        }
    }
}

/// An initial distribution: its name, or a table with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")] // `load` refuses unknown keys
#[schemars(deny_unknown_fields, transform = table_or_word("Which distribution."))]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// N(mean, std²).
    Normal {
        /// `normal`: mean. Default 0.
        #[serde(default)]
        mean: f64,
        /// `normal`: standard deviation. Required.
        std: f64,
    },
    /// U[−bound, bound).
    Uniform {
        /// `uniform`: bound of the interval [−bound, bound). Default 1/√(inputs of the layer).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<f64>,
    },
    /// N(0, 2/inputs).
    HeNormal,
    /// U[−√(6/inputs), √(6/inputs)).
    HeUniform,
    /// N(0, 2/(inputs + outputs)).
    XavierNormal,
    /// U[−√(6/(inputs + outputs)), √(6/(inputs + outputs))).
    XavierUniform,
}

/// `[optimizer]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)] // serde cannot flatten and deny unknown fields: `load` refuses them
#[schemars(deny_unknown_fields, transform = optional_tag::<Optimizer>("Which rule."))]
pub struct OptimizerSection {
    /// Which rule, with its coefficients.
    #[serde(flatten)]
    pub kind: Optimizer,
    /// Rate before the schedule. Default: by `kind`, 0.1 (`sgd`), 0.01 (`adagrad`), 0.001 (`adam`, `adamw`, `rmsprop`) or 0.0001 (`lion`).
    pub learning_rate: f64,
    /// Gradient of the batch: mean or sum over its rows. The reported loss is the mean either way.
    pub gradient_reduction: Reduction,
    /// Largest global norm of the gradient; 0 is off.
    pub clip_norm: f64,
    /// Share of each weight added to its gradient (`sgd`, `adam`, `rmsprop`, `adagrad`) or taken off the weight (`adamw`, `lion`).
    pub weight_decay: f64,
}

impl Default for OptimizerSection {
    fn default() -> Self {
        Self {
            kind: Optimizer::default(),
            learning_rate: Optimizer::default().default_learning_rate(),
            gradient_reduction: Reduction::Mean,
            clip_norm: 0.0,
            weight_decay: 0.0,
        }
    }
}

/// How a gradient becomes an update. The coefficients that a config leaves out are `PyTorch`'s.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(missing_docs)] // their names are their definitions
pub enum Optimizer {
    Sgd {
        /// `sgd`, `rmsprop`: momentum. 0 is none.
        #[serde(default)]
        momentum: f64,
        /// `sgd`: Nesterov's form of the momentum.
        #[serde(default)]
        nesterov: bool,
    },
    Adam {
        /// `adam`, `adamw`, `lion`: decay of the first moment. Default 0.9.
        #[serde(default = "default::beta1")]
        beta1: f64,
        /// `adam`, `adamw`: decay of the second moment, default 0.999; `lion`: default 0.99.
        #[serde(default = "default::beta2")]
        beta2: f64,
        /// `adam`, `adamw`, `rmsprop`, `adagrad`: added to the denominator. Default 1e-8 (`adagrad` 1e-10).
        #[serde(default = "default::epsilon")]
        epsilon: f64,
    },
    AdamW {
        /// `adam`, `adamw`, `lion`: decay of the first moment. Default 0.9.
        #[serde(default = "default::beta1")]
        beta1: f64,
        /// `adam`, `adamw`: decay of the second moment, default 0.999; `lion`: default 0.99.
        #[serde(default = "default::beta2")]
        beta2: f64,
        /// `adam`, `adamw`, `rmsprop`, `adagrad`: added to the denominator. Default 1e-8 (`adagrad` 1e-10).
        #[serde(default = "default::epsilon")]
        epsilon: f64,
    },
    RmsProp {
        /// `sgd`, `rmsprop`: momentum. 0 is none.
        #[serde(default)]
        momentum: f64,
        /// `rmsprop`: smoothing constant. Default 0.99.
        #[serde(default = "default::alpha")]
        alpha: f64,
        /// `adam`, `adamw`, `rmsprop`, `adagrad`: added to the denominator. Default 1e-8 (`adagrad` 1e-10).
        #[serde(default = "default::epsilon")]
        epsilon: f64,
    },
    AdaGrad {
        /// `adam`, `adamw`, `rmsprop`, `adagrad`: added to the denominator. Default 1e-8 (`adagrad` 1e-10).
        #[serde(default = "default::adagrad_epsilon")]
        epsilon: f64,
    },
    Lion {
        /// `adam`, `adamw`, `lion`: decay of the first moment. Default 0.9.
        #[serde(default = "default::beta1")]
        beta1: f64,
        /// `adam`, `adamw`: decay of the second moment, default 0.999; `lion`: default 0.99.
        #[serde(default = "default::lion_beta2")]
        beta2: f64,
    },
}

/// Plain gradient descent.
impl Default for Optimizer {
    fn default() -> Self {
        Self::Sgd {
            momentum: 0.0,
            nesterov: false,
        }
    }
}

impl Optimizer {
    /// Returns the word for it in a config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgd { .. } => "sgd",
            Self::Adam { .. } => "adam",
            Self::AdamW { .. } => "adamw",
            Self::RmsProp { .. } => "rmsprop",
            Self::AdaGrad { .. } => "adagrad",
            Self::Lion { .. } => "lion",
        }
    }

    /// Returns the learning rate where a config sets none.
    #[must_use]
    pub const fn default_learning_rate(self) -> f64 {
        match self {
            Self::Sgd { .. } => 0.1,
            Self::AdaGrad { .. } => 0.01,
            Self::Adam { .. } | Self::AdamW { .. } | Self::RmsProp { .. } => 0.001,
            Self::Lion { .. } => 0.0001,
        }
    }
}

/// Over the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // their names are their definitions
pub enum Reduction {
    Mean,
    Sum,
}

/// `[schedule]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)] // serde cannot flatten and deny unknown fields: `load` refuses them
#[schemars(deny_unknown_fields, transform = optional_tag::<Schedule>("Which curve."))]
pub struct ScheduleSection {
    /// Which curve, with its parameters.
    #[serde(flatten)]
    pub kind: Schedule,
    /// Epochs of linear warm-up from 0 to the rate, before the curve; may be a fraction.
    pub warmup_epochs: f64,
}

/// How the learning rate moves after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// The same rate throughout.
    #[default]
    Constant,
    /// Times `factor` every `every_epochs`.
    Step {
        /// `step`, `linear_drop`: epochs between drops.
        every_epochs: usize,
        /// `step`, `exponential`, `reduce_on_plateau`: factor of each drop (`step`, `reduce_on_plateau`, default 0.1 there) or epoch (`exponential`).
        factor: f64,
    },
    /// Less `drop` every `every_epochs`.
    LinearDrop {
        /// `step`, `linear_drop`: epochs between drops.
        every_epochs: usize,
        /// `linear_drop`: taken off the rate at each drop.
        drop: f64,
        /// `linear_drop`: the first drop is at epoch 0 rather than after `every_epochs`.
        #[serde(default = "default::drop_at_start")]
        drop_at_start: bool,
    },
    /// A straight line to `final_share`.
    Linear {
        /// `linear`, `cosine`, `one_cycle`: epochs from the start to the end of the curve. Default: `training.epochs` of the first run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<f64>,
        /// `linear`, `cosine`, `one_cycle`: last rate, as a share of the first. Default 0 (`one_cycle`: 1e-4).
        #[serde(default)]
        final_share: f64,
    },
    /// Times `factor` each epoch, smoothly.
    Exponential {
        /// `step`, `exponential`, `reduce_on_plateau`: factor of each drop (`step`, `reduce_on_plateau`, default 0.1 there) or epoch (`exponential`).
        factor: f64,
    },
    /// Half a cosine to `final_share`.
    Cosine {
        /// `linear`, `cosine`, `one_cycle`: epochs from the start to the end of the curve. Default: `training.epochs` of the first run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<f64>,
        /// `linear`, `cosine`, `one_cycle`: last rate, as a share of the first. Default 0 (`one_cycle`: 1e-4).
        #[serde(default)]
        final_share: f64,
    },
    /// Up along half a cosine from 1/25 of the rate, then down along another (Smith and Topin 2018).
    OneCycle {
        /// `linear`, `cosine`, `one_cycle`: epochs from the start to the end of the curve. Default: `training.epochs` of the first run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<f64>,
        /// `linear`, `cosine`, `one_cycle`: last rate, as a share of the first. Default 0 (`one_cycle`: 1e-4).
        #[serde(default = "default::one_cycle_final_share")]
        final_share: f64,
        /// `one_cycle`: share of the curve that climbs. Default 0.3.
        #[serde(default = "default::climb")]
        climb: f64,
    },
    /// Times `factor` after `patience` epochs in which `early_stopping.metric` has not improved.
    ReduceOnPlateau {
        /// `step`, `exponential`, `reduce_on_plateau`: factor of each drop (`step`, `reduce_on_plateau`, default 0.1 there) or epoch (`exponential`).
        #[serde(default = "default::plateau_factor")]
        factor: f64,
        /// `reduce_on_plateau`: epochs without improvement before a drop. Default 10.
        #[serde(default = "default::plateau_patience")]
        patience: usize,
        /// `reduce_on_plateau`: smaller improvements do not count. Default 0.0001.
        #[serde(default = "default::plateau_min_delta")]
        min_delta: f64,
        /// `reduce_on_plateau`: the rate does not fall below this. Default 0.
        #[serde(default)]
        min_rate: f64,
    },
}

impl Schedule {
    /// Returns whether its curve ends at a certain epoch.
    #[must_use]
    pub const fn has_horizon(self) -> bool {
        matches!(
            self,
            Self::Linear { .. } | Self::Cosine { .. } | Self::OneCycle { .. }
        )
    }

    /// Returns the epoch at which its curve ends, if it has such an end and the config says where.
    #[must_use]
    pub const fn epochs(self) -> Option<f64> {
        match self {
            Self::Linear { epochs, .. }
            | Self::Cosine { epochs, .. }
            | Self::OneCycle { epochs, .. } => epochs,
            Self::Constant
            | Self::Step { .. }
            | Self::LinearDrop { .. }
            | Self::Exponential { .. }
            | Self::ReduceOnPlateau { .. } => None,
        }
    }
}

/// The values of a kind's keys that are neither 0 nor false where a config leaves them out.
mod default {
    pub(super) const fn beta1() -> f64 {
        0.9
    }

    pub(super) const fn beta2() -> f64 {
        0.999
    }

    pub(super) const fn lion_beta2() -> f64 {
        0.99
    }

    pub(super) const fn alpha() -> f64 {
        0.99
    }

    pub(super) const fn epsilon() -> f64 {
        1e-8
    }

    pub(super) const fn adagrad_epsilon() -> f64 {
        1e-10
    }

    pub(super) const fn drop_at_start() -> bool {
        true
    }

    pub(super) const fn one_cycle_final_share() -> f64 {
        1e-4
    }

    pub(super) const fn climb() -> f64 {
        0.3
    }

    pub(super) const fn plateau_factor() -> f64 {
        0.1
    }

    pub(super) const fn plateau_patience() -> usize {
        10
    }

    pub(super) const fn plateau_min_delta() -> f64 {
        1e-4
    }
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
    /// Leave out the last batch of an epoch when it is smaller. Default: only where an epoch has 10 batches at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_last: Option<bool>,
    /// What is minimised. Default: `cross_entropy` for classes, `mse` for a regression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// Classification: share of each target spread evenly over all classes.
    pub label_smoothing: f64,
    /// Classification: weight of each class in the loss.
    pub class_weights: ClassWeights,
    /// Steps between records of the training metrics of a batch; 0 is never.
    pub log_every_steps: usize,
    /// Steps between validations; 0 is once an epoch.
    pub evaluate_every_steps: usize,
    /// How gradients are computed.
    pub gradients: GradientMethod,
    /// Threads; 0 is one for each core. Does not change the result.
    pub threads: usize,
    /// Write the report at the end, and the importance of a table's columns.
    pub report: bool,
}

impl Default for TrainingSection {
    fn default() -> Self {
        Self {
            epochs: 50,
            steps_per_epoch: 0,
            batch_size: 64,
            drop_last: None,
            loss: None,
            label_smoothing: 0.0,
            class_weights: ClassWeights::Named(ClassWeightRule::None),
            log_every_steps: 50,
            evaluate_every_steps: 0,
            gradients: GradientMethod::Auto,
            threads: 0,
            report: true,
        }
    }
}

/// Batches in an epoch from which on the last, smaller one is left out unless a config says otherwise: a tenth of the rows
/// at most, others in each epoch.
const MIN_BATCHES_TO_DROP_LAST: usize = 10;

impl TrainingSection {
    /// Returns whether the last, smaller batch of an epoch is left out when there are so many training rows.
    #[must_use]
    pub fn drops_last(&self, rows: usize) -> bool {
        let has_many = rows / self.batch_size.max(1) >= MIN_BATCHES_TO_DROP_LAST;
        self.drop_last.unwrap_or(has_many)
    }
}

/// Weight of each class in the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClassWeights {
    /// A rule by name.
    Named(ClassWeightRule),
    /// One number a class.
    List(Vec<f64>),
    /// Numbers by the name of the class; the others have 1.
    ByName(BTreeMap<String, f64>),
}

/// A rule for class weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClassWeightRule {
    /// All 1.
    None,
    /// rows / (classes · rows of the class), over the training rows.
    Balanced,
}

/// How gradients are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GradientMethod {
    /// `fused` on flex, `autodiff` elsewhere.
    Auto,
    /// Burn's automatic differentiation.
    Autodiff,
    /// Closed form in fused kernels, on flex and ndarray.
    Fused,
}

impl GradientMethod {
    /// Returns whether the fused kernels are used on this backend.
    #[must_use]
    pub fn is_fused_on(self, backend: BackendKind) -> bool {
        match self {
            Self::Auto => backend == BackendKind::Flex,
            Self::Autodiff => false,
            Self::Fused => backend != BackendKind::Wgpu,
        }
    }
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
    /// Keep the one of the best validation by `early_stopping.metric` as well; by the validation loss if that is a training metric.
    pub keep_best: bool,
}

impl Default for CheckpointSection {
    fn default() -> Self {
        Self {
            every_epochs: 1,
            every_steps: 0,
            keep_last: 2,
            keep_best: true,
        }
    }
}

/// `[early_stopping]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStoppingSection {
    /// What is watched: it must improve, chooses the best checkpoint if it is a validation metric, and drops the rate of `reduce_on_plateau`. Losses are without class weights and label smoothing.
    pub metric: WatchedMetric,
    /// Epochs without improvement before stopping; 0 is off.
    pub patience: usize,
    /// Smaller improvements do not count.
    pub min_delta: f64,
    /// Epochs at the start that count neither as improvement nor as none.
    pub start_epoch: usize,
    /// Stop at the end of an epoch as soon as this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<StopCondition>,
}

impl Default for EarlyStoppingSection {
    fn default() -> Self {
        Self {
            metric: WatchedMetric::ValidationLoss,
            patience: 0,
            min_delta: 0.0,
            start_epoch: 0,
            stop_when: None,
        }
    }
}

impl EarlyStoppingSection {
    /// Returns the metric by which the best checkpoint is chosen: the watched one, or the validation loss if a training
    /// metric is watched, which improves however much a network overfits.
    #[must_use]
    pub const fn choosing(&self) -> WatchedMetric {
        match self.metric.split() {
            Split::Validation => self.metric,
            Split::Train | Split::Test => WatchedMetric::ValidationLoss,
        }
    }

    /// Returns all metrics that are watched.
    pub fn watched(&self) -> impl Iterator<Item = WatchedMetric> {
        let condition = self.stop_when.map(|condition| condition.metric);
        [self.metric].into_iter().chain(condition)
    }
}

/// A bar that ends the training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopCondition {
    /// Measured at the end of an epoch.
    pub metric: WatchedMetric,
    /// Reached from below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Reached from above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

/// A metric at the end of an epoch. The training ones are running means, each batch before its update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // their names are their definitions
pub enum WatchedMetric {
    TrainLoss,
    TrainAccuracy,
    TrainRmse,
    ValidationLoss,
    ValidationLogLoss,
    ValidationAccuracy,
    ValidationBalancedAccuracy,
    ValidationPrecision,
    ValidationRecall,
    ValidationF1,
    ValidationRocAuc,
    ValidationAveragePrecision,
    ValidationBrier,
    ValidationMcc,
    #[serde(rename = "validation_top_2_accuracy")]
    ValidationTop2Accuracy,
    ValidationRmse,
    ValidationMae,
    ValidationR2,
    ValidationMedianAbsoluteError,
}

impl WatchedMetric {
    /// Returns the split that it is computed on.
    #[must_use]
    pub const fn split(self) -> Split {
        match self {
            Self::TrainLoss | Self::TrainAccuracy | Self::TrainRmse => Split::Train,
            _ => Split::Validation,
        }
    }

    /// Returns the metric of that split.
    #[must_use]
    pub const fn metric(self) -> Metric {
        match self {
            Self::TrainLoss | Self::ValidationLoss => Metric::Loss,
            Self::ValidationLogLoss => Metric::LogLoss,
            Self::TrainAccuracy | Self::ValidationAccuracy => Metric::Accuracy,
            Self::ValidationBalancedAccuracy => Metric::BalancedAccuracy,
            Self::ValidationPrecision => Metric::Precision,
            Self::ValidationRecall => Metric::Recall,
            Self::ValidationF1 => Metric::F1,
            Self::ValidationRocAuc => Metric::RocAuc,
            Self::ValidationAveragePrecision => Metric::AveragePrecision,
            Self::ValidationBrier => Metric::Brier,
            Self::ValidationMcc => Metric::Mcc,
            Self::ValidationTop2Accuracy => Metric::Top2Accuracy,
            Self::TrainRmse | Self::ValidationRmse => Metric::Rmse,
            Self::ValidationMae => Metric::Mae,
            Self::ValidationR2 => Metric::R2,
            Self::ValidationMedianAbsoluteError => Metric::MedianAbsoluteError,
        }
    }

    /// Returns the word for it in a config.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}_{}", self.split().name(), self.metric().name())
    }
}

/// `[decision]`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionSection {
    /// Two classes: probability of the positive class from which on it is predicted; `f1` and `balanced_accuracy` choose the one that is best by that metric on the validation rows.
    pub threshold: Threshold,
}

impl Default for DecisionSection {
    fn default() -> Self {
        Self {
            threshold: Threshold::Value(0.5),
        }
    }
}

/// The probability of the positive class from which on it is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Threshold {
    /// The one with the best metric on the validation rows.
    Rule(ThresholdRule),
    /// This one; 0.5 predicts the most probable class.
    Value(f64),
}

impl Threshold {
    /// Returns whether the most probable class is predicted.
    #[must_use]
    pub fn is_default(self) -> bool {
        self == DecisionSection::default().threshold
    }

    /// Returns the threshold that is not chosen by rows; `None` where it is, or the most probable class is predicted.
    #[must_use]
    pub fn fixed(self) -> Option<f64> {
        match self {
            Self::Rule(_) => None,
            Self::Value(value) => (!self.is_default()).then_some(value),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => formatter.write_str(rule.name()),
            Self::Value(value) => write!(formatter, "{value}"),
        }
    }
}

/// A metric by which a threshold is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdRule {
    /// F1 of the positive class.
    F1,
    /// Mean of the recalls of both classes.
    BalancedAccuracy,
}

impl ThresholdRule {
    /// Returns the word for it in a config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F1 => "f1",
            Self::BalancedAccuracy => "balanced_accuracy",
        }
    }
}
