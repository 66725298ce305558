//! Everything that decides a training: read, merged, checked, shown.
//!
//! | file | subject |
//! |---|---|
//! | `sections` | what may be written, as types with their defaults |
//! | `schema` | what each key takes, derived from those types |
//! | `load` | defaults < file < environment < `--set` < flags |
//! | `suggest` | what was meant by an unknown key |
//! | `validate` | whether it makes sense |
//! | `show` | a config as TOML, and what of it is not the default |
//! | `protected` | what a resumed run may not change |
//! | `error` | what is wrong with a config, and where |

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
