//! The config of a training: loading, validation and display.
//!
//! | file | subject |
//! |---|---|
//! | `sections` | types of all sections, with their defaults |
//! | `schema` | JSON Schema and accepted values of each key, derived from those types |
//! | `path` | dotted paths of keys |
//! | `load` | merging of defaults < file < environment < `--set` < flags |
//! | `suggest` | suggestions for unknown keys |
//! | `validate` | ranges and consistency of values |
//! | `validate_columns` | the same of `[data.columns]` |
//! | `validate_task` | keys that belong to the other task |
//! | `show` | a config as TOML, and its differences from the defaults |
//! | `protected` | keys that a resumed run may not change |
//! | `recipe` | a config for a table of which only the label is known |
//! | `error` | errors of a config, with their places |

mod error;
mod load;
mod path;
mod protected;
mod recipe;
mod schema;
mod sections;
mod show;
mod suggest;
mod validate;
mod validate_columns;
mod validate_task;

pub use error::{ConfigError, ConfigPlace, Problem};
pub use load::{LoadedConfig, Override, environment, load, load_text};
pub use protected::{Difference, deciding_differences, protected_differences, row_differences};
pub use recipe::{TableFacts, TableRecipe};
pub use schema::json_schema;
pub use sections::{
    Activation, AugmentSection, BackendKind, CheckpointSection, ClassName, ClassWeightRule,
    ClassWeights, ColumnSetting, ColumnTable, Config, DataSection, DecimalSign, DecisionSection,
    Delimiter, EarlyStoppingSection, ElasticTable, GradientMethod, HeaderChoice, IfMissing,
    Initializer, KindWord, LEAKY_RELU_SLOPE, LabelColumn, MissingPolicy, MissingPolicyName,
    ModelSection, Optimizer, OptimizerSection, Reduction, RoleWord, ScaleKind, Schedule,
    ScheduleSection, StopCondition, TargetTransform, TaskChoice, Threshold, ThresholdRule,
    TrainingSection, Validation, WatchedMetric,
};
pub use show::{Origin, differences_from_defaults, to_toml};
pub use validate::{is_device, validate};
pub use validate_task::validate_task;
