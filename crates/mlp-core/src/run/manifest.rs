//! `run.json`: the manifest of a run, with its status and origin.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{RunDirectory, json};
use crate::config::BackendKind;
use crate::decision::{class_number, rarer_class};
use crate::error::RunError;
use mlp_data::{DataFile, Origin, Preprocessor, RepeatedRows, Schema};

/// Status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Training, or killed during training.
    Running,
    /// All epochs completed, or ended by early stopping.
    Finished,
    /// Stopped by the user after a checkpoint.
    Interrupted,
    /// Ended because the loss or a weight was not finite.
    Diverged,
    /// Ended by an error.
    Failed,
}

/// Origin of a run's rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Kind of source.
    pub origin: Origin,
    /// Substitute data used in place of the configured files, and the reason; `None` if they were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Training rows, before the split.
    pub train: DataFile,
    /// Validation rows that have a file of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<DataFile>,
    /// Test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<DataFile>,
    /// Number of rows used for training.
    pub train_rows: usize,
    /// Number of rows held out for validation.
    pub validation_rows: usize,
    /// Number of rows held out for calibration alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub calibration_rows: usize,
    /// Mean target of the training rows, in the unit of the file; `None` where classes are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_mean: Option<f64>,
    /// Number of training rows of each class, in the order of the network's outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_counts: Vec<usize>,
    /// The positive one of two classes; `None` of any other number of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// Hash of the training rows' content, independent of the file format.
    pub fingerprint: String,
    /// Rows held out or tested that are trained on, too.
    #[serde(default, skip_serializing_if = "RepeatedRows::is_none")]
    pub repeated_rows: RepeatedRows,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl DataRecord {
    /// Returns a sentence for each split with rows that are trained on, too.
    #[must_use]
    pub fn repeated_rows_warnings(&self) -> Vec<String> {
        let RepeatedRows { validation, test } = self.repeated_rows;
        let of_test = self.test.as_ref().map_or(0, |test| test.rows);
        let splits = [
            ("validation", validation, self.validation_rows),
            ("test", test, of_test),
        ];
        let found = splits.into_iter().filter(|(_, repeated, _)| *repeated > 0);
        let warning = |(split, repeated, rows): (&str, usize, usize)| {
            let share = 100.0 * repeated as f64 / rows.max(1) as f64;
            format!(
                "{repeated} of {rows} {split} rows ({share:.1} %) equal a training row in all columns: what they \
                 measure is memory, not what the network makes of new rows; `mlp data inspect` lists them"
            )
        };
        found.map(warning).collect()
    }

    /// Returns what predictions are compared with: the mean target of the training rows or their most frequent class, the
    /// first of several; `None` if the run did not count them.
    #[must_use]
    pub fn baseline(&self) -> Option<Baseline> {
        if let Some(mean) = self.target_mean {
            return Some(Baseline::Mean(mean));
        }
        let classes = (0_u32..).zip(&self.class_counts);
        let largest = classes.max_by_key(|(class, count)| (**count, std::cmp::Reverse(*class)));
        largest.map(|(class, _)| Baseline::Class(class))
    }
}

/// The same prediction for every row, with which those of a model are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// A class.
    Class(u32),
    /// A number, in the unit of the file.
    Mean(f64),
}

/// Manifest of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version.
    pub format: u32,
    /// Name of the run folder at creation.
    pub id: String,
    /// Name of the experiment.
    pub name: String,
    /// Status.
    pub status: Status,
    /// Time of creation (UTC, RFC 3339).
    pub created: String,
    /// Time of the last write (UTC, RFC 3339).
    pub updated: String,
    /// Version of this program.
    pub mlp_version: String,
    /// Version of Burn.
    pub burn_version: String,
    /// Backend.
    pub backend: BackendKind,
    /// Device as configured.
    pub device: String,
    /// Graphics adapter that the device refers to; `None` on CPU backends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// Number of CPU threads.
    pub threads: usize,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Units of each layer: inputs, hidden layers, outputs.
    pub layer_sizes: Vec<usize>,
    /// Number of weights and biases.
    pub parameters: usize,
    /// Origin of the rows.
    pub data: DataRecord,
    /// Run that provided the initial weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// SHA-256 of the file with the initial weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from_sha256: Option<String>,
    /// File from which the weights were imported; `None` if the run was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<ImportedWeights>,
    /// Backends of earlier sessions, if the run was resumed on another backend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_backends: Vec<BackendKind>,
    /// Steps at which the run was resumed.
    #[serde(default)]
    pub resumed_at_steps: Vec<u64>,
    /// Timings; `None` until the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
    /// Input columns and target of the model.
    pub schema: Schema,
    /// Mapping from the values of a row to the network's inputs.
    pub preprocessing: Preprocessor,
}

/// A file with imported weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedWeights {
    /// Path as given by the user.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Timings of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Time for reading, splitting and scaling the data, in seconds.
    pub data_seconds: f64,
    /// Training time including validation and checkpoints, over all sessions, in seconds.
    pub training_seconds: f64,
    /// Time for evaluating all splits at the end, in seconds.
    pub evaluation_seconds: f64,
    /// Training rows per second, including validation and checkpoints.
    pub rows_per_second: f64,
    /// Time from the start of the last session to the metrics of its first update, in seconds. On a GPU this
    /// includes the compilation of kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_update_seconds: Option<f64>,
    /// Time that the last session spent waiting for metrics from the GPU, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_seconds: Option<f64>,
}

/// Returns the current time in UTC as RFC 3339.
#[must_use]
pub fn now() -> String {
    let now = time::OffsetDateTime::now_utc()
        .replace_nanosecond(0)
        .unwrap_or_else(|_| time::OffsetDateTime::now_utc());
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

impl Manifest {
    /// Format version that this program reads and writes.
    pub const FORMAT: u32 = 2;

    /// Returns the positive one of two classes: the one on record, else the rarer of the training rows; `None` of any other
    /// number of classes.
    #[must_use]
    pub fn positive(&self) -> Option<u32> {
        let classes = self.schema.classes();
        if classes.len() != 2 {
            return None;
        }
        let named = self.data.positive.as_ref();
        let named = named.and_then(|name| class_number(classes, name));
        let rarer = || rarer_class(&self.data.class_counts).unwrap_or(1);
        Some(named.unwrap_or_else(rarer))
    }

    /// Reads a run's manifest.
    ///
    /// # Errors
    /// If the file is missing, damaged or has another format version.
    pub fn read(run: &RunDirectory) -> Result<Self, RunError> {
        json::read(&run.manifest(), Self::FORMAT)
    }

    /// Writes the manifest and sets `updated` to the current time.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&mut self, run: &RunDirectory) -> Result<(), RunError> {
        self.updated = now();
        json::write(&run.manifest(), self)
    }
}
