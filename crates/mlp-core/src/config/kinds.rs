//! The words and alternatives that the config's keys take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use mlp_data::options::{IfMissing, LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind};

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

/// Slope of the leaky relu below 0.
pub const LEAKY_RELU_SLOPE: f64 = 0.01;

impl Activation {
    /// As the config has it.
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

impl OptimizerKind {
    /// As the config has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Adam => "adam",
            Self::AdamW => "adamw",
            Self::RmsProp => "rmsprop",
            Self::AdaGrad => "adagrad",
            Self::Lion => "lion",
        }
    }
}

impl ScheduleKind {
    /// Whether its curve ends at a certain epoch.
    #[must_use]
    pub const fn has_horizon(self) -> bool {
        matches!(self, Self::Linear | Self::Cosine | Self::OneCycle)
    }
}

impl BackendKind {
    /// All of them, the preferred one first.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu];

    /// As the config has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
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

/// An initial distribution: its name, or a table with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Initialization {
    /// `"he_normal"`
    Named(InitializationKind),
    /// `{ kind = "normal", std = 0.3 }`
    Table(InitializationTable),
}

/// An initial distribution with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitializationTable {
    /// Which distribution.
    pub kind: InitializationKind,
    /// `normal`: mean. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// `normal`: standard deviation. Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// `uniform`: bound of the interval [−bound, bound). Default 1/√(inputs of the layer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
}

/// Name of an initial distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InitializationKind {
    /// All 0.
    Zeros,
    /// N(mean, std²).
    Normal,
    /// U[−bound, bound).
    Uniform,
    /// N(0, 2/inputs).
    HeNormal,
    /// U[−√(6/inputs), √(6/inputs)).
    HeUniform,
    /// N(0, 2/(inputs + outputs)).
    XavierNormal,
    /// U[−√(6/(inputs + outputs)), √(6/(inputs + outputs))).
    XavierUniform,
}

/// Name of an optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // their names are their definitions
pub enum OptimizerKind {
    Sgd,
    Adam,
    AdamW,
    RmsProp,
    AdaGrad,
    Lion,
}

/// Over the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Reduction {
    Mean,
    Sum,
}

/// Name of a learning-rate curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// The same rate throughout.
    Constant,
    /// Times `factor` every `every_epochs`.
    Step,
    /// Less `drop` every `every_epochs`.
    LinearDrop,
    /// A straight line to `final_share`.
    Linear,
    /// Times `factor` each epoch, smoothly.
    Exponential,
    /// Half a cosine to `final_share`.
    Cosine,
    /// Up along half a cosine from 1/25 of the rate, then down along another (Smith and Topin 2018).
    OneCycle,
}

/// Weight of each class in the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClassWeights {
    /// A rule by name.
    Named(ClassWeightRule),
    /// One number a class.
    List(Vec<f64>),
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
    /// Whether the fused kernels are used on this backend.
    #[must_use]
    pub fn is_fused_on(self, backend: BackendKind) -> bool {
        match self {
            Self::Auto => backend == BackendKind::Flex,
            Self::Autodiff => false,
            Self::Fused => backend != BackendKind::Wgpu,
        }
    }
}

/// A figure of an epoch. The training ones are running means, each batch before its update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StoppingMetric {
    TrainLoss,
    TrainAccuracy,
    ValidationLoss,
    ValidationAccuracy,
}
