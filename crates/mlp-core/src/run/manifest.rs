//! `run.json`: what a run is and how it stands.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{RunDirectory, json};
use crate::config::BackendKind;
use crate::error::RunError;
use mlp_data::{DataFile, Origin, Preprocessor, Schema};

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Training, or killed while it was.
    Running,
    /// All epochs done, or stopped early by its own rule.
    Finished,
    /// Stopped by the user after a checkpoint.
    Interrupted,
    /// The loss or a weight was no longer finite.
    Diverged,
    /// An error ended it.
    Failed,
}

/// Where a run's rows came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRecord {
    /// What they are made of.
    pub origin: Origin,
    /// Set if other rows took the place of the configured files: which, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Training rows, before the split.
    pub train: DataFile,
    /// Test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<DataFile>,
    /// Rows trained on.
    pub train_rows: usize,
    /// Rows held out.
    pub validation_rows: usize,
    /// Hash of the training rows' content, whatever file they came from.
    pub fingerprint: String,
}

/// What a run is and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version.
    pub format: u32,
    /// Name of the run folder when it was made.
    pub id: String,
    /// Name of the experiment.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// UTC, RFC 3339.
    pub created: String,
    /// UTC, RFC 3339; of the last change of status.
    pub updated: String,
    /// Version of this program.
    pub mlp_version: String,
    /// Version of Burn.
    pub burn_version: String,
    /// What computes.
    pub backend: BackendKind,
    /// Device as configured.
    pub device: String,
    /// The GPU that it stood for, or what took the place of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// Threads that computed.
    pub threads: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Units of each layer: features, hidden layers, classes.
    pub layer_sizes: Vec<usize>,
    /// Weights and biases.
    pub parameters: usize,
    /// Where the rows came from.
    pub data: DataRecord,
    /// Run whose weights it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// SHA-256 of the file with those weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from_sha256: Option<String>,
    /// File that its weights were imported from, if it was not trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<ImportedWeights>,
    /// Backends that it was trained on before, if it went on on another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_backends: Vec<BackendKind>,
    /// Steps at which it was taken up again.
    #[serde(default)]
    pub resumed_at_steps: Vec<u64>,
    /// Known once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
    /// Columns that the model takes, and classes that it predicts.
    pub schema: Schema,
    /// How the values of a row become the network's inputs.
    pub preprocessing: Preprocessor,
}

/// A file with weights from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedWeights {
    /// As the user named it.
    pub path: PathBuf,
    /// Of its bytes.
    pub sha256: String,
}

/// How long a run took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading, splitting and scaling the data, in seconds.
    pub data_seconds: f64,
    /// Training with validation and checkpoints, in seconds, over all resumptions.
    pub training_seconds: f64,
    /// Scoring all splits at the end, in seconds.
    pub evaluation_seconds: f64,
    /// Training rows a second, validation and checkpoints included.
    pub rows_per_second: f64,
    /// From the start of the last session to the figures of its first update, in seconds: on a GPU, kernels are
    /// compiled in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_update_seconds: Option<f64>,
    /// Of the training time of the last session, what it spent waiting for a GPU's figures, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_seconds: Option<f64>,
}

/// Now, in UTC, as RFC 3339.
#[must_use]
pub fn now() -> String {
    let now = time::OffsetDateTime::now_utc()
        .replace_nanosecond(0)
        .unwrap_or_else(|_| time::OffsetDateTime::now_utc());
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

impl Manifest {
    /// The format version this program writes.
    pub const FORMAT: u32 = 2;

    /// Reads a run's manifest.
    ///
    /// # Errors
    /// If it is missing, damaged, or of a format that is not read.
    pub fn read(run: &RunDirectory) -> Result<Self, RunError> {
        json::read(&run.manifest(), Self::FORMAT)
    }

    /// Writes it, stamped with the time.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&mut self, run: &RunDirectory) -> Result<(), RunError> {
        self.updated = now();
        json::write(&run.manifest(), self)
    }
}
