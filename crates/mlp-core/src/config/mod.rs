//! Everything that decides a training: read, merged, checked, shown.
//!
//! | file | subject |
//! |---|---|
//! | `sections`, `kinds` | what may be written, as types |
//! | `augment` | the same of the deformations, and whether it makes sense |
//! | `defaults` | what holds if nothing is written |
//! | `schema`, `form`, `keys` | what each key takes, derived from those types |
//! | `load`, `file`, `merge`, `settle`, `overrides` | defaults < file < environment < `--set` < flags |
//! | `suggest` | what was meant by an unknown key |
//! | `validate`, `finding`, `kind_keys`, `names`, `stopping` | whether it makes sense |
//! | `initialization` | a checked form of the initial distributions |
//! | `show` | a config as TOML |
//! | `protected` | what a resumed run may not change |
//! | `differences` | what is not the default |

mod augment;
mod defaults;
mod differences;
mod file;
mod finding;
mod form;
mod initialization;
mod keys;
mod kind_keys;
mod kinds;
mod load;
mod merge;
mod names;
mod overrides;
mod protected;
mod schema;
mod sections;
mod settle;
mod show;
mod stopping;
mod suggest;
mod validate;

pub use augment::{AugmentSection, ElasticTable};
pub use differences::differences_from_defaults;
pub use initialization::InitialDistribution;
pub use kinds::{
    Activation, BackendKind, ClassWeightRule, ClassWeights, GradientMethod, IfMissing,
    Initialization, InitializationKind, InitializationTable, LEAKY_RELU_SLOPE, LabelColumn,
    MissingPolicy, MissingPolicyName, OptimizerKind, Reduction, ScaleKind, ScheduleKind,
    StoppingMetric,
};
pub use load::{LoadedConfig, load};
pub use names::is_device;
pub use overrides::{Override, environment};
pub use protected::{Difference, deciding_differences, protected_differences, row_differences};
pub use schema::json_schema;
pub use sections::{
    CheckpointSection, Config, DataSection, EarlyStoppingSection, ModelSection, OptimizerSection,
    ScheduleSection, StopCondition, TrainingSection,
};
pub use show::{Origin, to_toml};
pub use validate::validate;
