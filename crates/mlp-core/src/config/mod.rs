//! The config of a training: loading, validation and display.
//!
//! | file | subject |
//! |---|---|
//! | `sections` | types of all sections, with their defaults |
//! | `schema` | JSON Schema and accepted values of each key, derived from those types |
//! | `load` | merging of defaults < file < environment < `--set` < flags |
//! | `suggest` | suggestions for unknown keys |
//! | `validate` | ranges and consistency of values |
//! | `show` | a config as TOML, and its differences from the defaults |
//! | `protected` | keys that a resumed run may not change |
//! | `error` | errors of a config, with their places |

mod error;
mod load;
mod protected;
mod schema;
mod sections;
mod show;
mod suggest;
mod validate;

pub use error::{ConfigError, ConfigPlace, Problem};
pub use load::{LoadedConfig, Override, environment, load};
pub use protected::{Difference, deciding_differences, protected_differences, row_differences};
pub use schema::json_schema;
pub use sections::{
    Activation, AugmentSection, BackendKind, CheckpointSection, ClassWeightRule, ClassWeights,
    Config, DataSection, EarlyStoppingSection, ElasticTable, GradientMethod, IfMissing,
    Initializer, LEAKY_RELU_SLOPE, LabelColumn, MissingPolicy, MissingPolicyName, ModelSection,
    Optimizer, OptimizerSection, Reduction, ScaleKind, Schedule, ScheduleSection, StopCondition,
    StoppingMetric, TrainingSection,
};
pub use show::{Origin, differences_from_defaults, to_toml};
pub use validate::{is_device, validate};
