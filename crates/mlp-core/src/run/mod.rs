//! The run folder: everything needed to resume, evaluate, explain, export and serve a model.

mod checkpoint;
mod directory;
pub(crate) mod error;
mod json;
mod manifest;
mod metrics_log;
mod removal;

pub use checkpoint::{
    Best, Checkpoint, CheckpointWriter, Found, Plateau, TrainingState, Which, Written,
};
pub use directory::{ARTIFACTS, RunDirectory, new_folder};
pub use json::{read as read_json, write as write_json};
pub use manifest::{Baseline, DataRecord, ImportedWeights, Manifest, Status, Timings, now};
pub use metrics_log::{MetricsLog, MetricsRecord, Scope, Split, UnsyncedMetrics};
