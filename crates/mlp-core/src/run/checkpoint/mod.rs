//! Checkpoints, written atomically.
//!
//! A checkpoint is a folder `step-00000123` with the weights, the optimizer state and the training state. It is
//! written under a hidden name in the same folder, synced and renamed. `state.json` holds the hashes of the other two
//! files, so that damage is detected.

mod find;
mod writer;

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RunDirectory;
use super::removal::folder_bytes;
use crate::error::RunError;
use crate::fault;
use crate::metrics::MetricAccumulator;
use crate::network::Network;
use crate::safetensors;
use crate::task::Scores;
use mlp_data::atomic_file;
use mlp_data::sha256;

pub use find::{Found, Which};
pub use writer::{CheckpointWriter, Written};

const FORMAT: u32 = 2;
const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.bpk";
const STATE: &str = "state.json";
/// Suffix of the name of a checkpoint that is being written.
const PARTIAL: &str = ".partial";
/// Links for readers of the run folder. The program itself relies on the state of the newest checkpoint.
const BEST: &str = "best";
const LAST: &str = "last";

/// State of a training besides the weights and the optimizer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingState {
    /// Updates made.
    pub step: u64,
    /// Epoch of the next update, counted from 0.
    pub epoch: usize,
    /// Completed batches of that epoch.
    pub batch: usize,
    /// Training metrics of that epoch so far.
    pub epoch_metrics: MetricAccumulator,
    /// The best checkpoint by the validation metric that chooses it.
    pub best: Option<Best>,
    /// Best value so far of the watched metric, as early stopping counts improvements.
    pub stopping_best: Option<f64>,
    /// Epochs since that metric improved.
    pub stopping_stale: usize,
    /// Where a schedule that reduces the rate on a plateau stands.
    #[serde(default, skip_serializing_if = "Plateau::is_default")]
    pub plateau: Plateau,
    /// Reason for early stopping, if it ended the training.
    pub stopped: Option<String>,
    /// Whether that reason is that the patience ran out: with more of it the training can go on.
    #[serde(default)]
    pub is_out_of_patience: bool,
    /// Length of the learning-rate curve, in epochs.
    pub schedule_epochs: f64,
    /// Number of lines in `metrics.jsonl`.
    pub metrics_lines: u64,
    /// Training time so far, in seconds.
    pub seconds: f64,
}

/// Position of a schedule that reduces the rate whenever the watched metric stays on a plateau.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// Best value so far of the watched metric, as the schedule counts improvements.
    pub best: Option<f64>,
    /// Epochs since then, or since the last drop.
    pub stale: usize,
    /// Numbers of updates after which the rate was dropped, in ascending order.
    pub drops: Vec<u64>,
}

impl TrainingState {
    /// Returns whether the training stopped because its patience ran out and would not have with this one, where 0 is
    /// without end.
    #[must_use]
    pub const fn continues_with(&self, patience: usize) -> bool {
        self.is_out_of_patience && (patience == 0 || self.stopping_stale < patience)
    }
}

impl Plateau {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The best checkpoint by the validation metric that chooses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Step.
    pub step: u64,
    /// Its validation metrics.
    #[serde(flatten)]
    pub scores: Scores,
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Weights and biases.
    pub network: Network,
    /// Optimizer state of every parameter, in Burn's burnpack format.
    pub optimizer: Vec<u8>,
    /// Number of tensors in the optimizer state, verified after loading because Burn skips what it cannot restore.
    pub optimizer_tensors: usize,
    /// Training state.
    pub state: TrainingState,
}

#[derive(Serialize, Deserialize)]
struct StateFile {
    format: u32,
    optimizer_tensors: usize,
    model_sha256: String,
    optimizer_sha256: String,
    #[serde(flatten)]
    state: TrainingState,
}

fn folder_name(step: u64) -> String {
    format!("step-{step:08}")
}

/// Returns the name of an unfinished checkpoint, which readers ignore.
fn partial_name(step: u64) -> String {
    format!(".{}{PARTIAL}", folder_name(step))
}

/// Returns the names in the folder of checkpoints; empty if it cannot be read.
fn names(run: &RunDirectory) -> Vec<String> {
    let entries = fs::read_dir(run.checkpoints()).into_iter().flatten();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    entries.flatten().filter_map(name).collect()
}

impl Checkpoint {
    /// Writes the checkpoint into a run and updates the links `last` and `best`.
    ///
    /// # Errors
    /// If it cannot be written; earlier checkpoints remain intact.
    pub fn save(&self, run: &RunDirectory) -> Result<(), RunError> {
        let folder = run.checkpoints();
        let path = folder.join(folder_name(self.state.step));
        let partial = folder.join(partial_name(self.state.step));
        self.try_save(&folder, &partial, &path).map_err(|source| {
            let _ = fs::remove_dir_all(&partial); // the disk may be full
            RunError::Write { path, source }
        })
    }

    fn try_save(&self, folder: &Path, partial: &Path, path: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let _ = fs::remove_dir_all(partial); // exists only after a crash
        fs::create_dir(partial)?;

        let model = safetensors::write(&self.network, &[]);
        atomic_file::write_synced(&partial.join(MODEL), &model)?;
        fault::point("checkpoint-model")?;
        atomic_file::write_synced(&partial.join(OPTIMIZER), &self.optimizer)?;
        fault::point("checkpoint-optimizer")?;
        let state = StateFile {
            format: FORMAT,
            optimizer_tensors: self.optimizer_tensors,
            model_sha256: sha256(&model),
            optimizer_sha256: sha256(&self.optimizer),
            state: self.state.clone(),
        };
        atomic_file::write_synced(&partial.join(STATE), &serde_json::to_vec_pretty(&state)?)?;
        atomic_file::sync_folder(partial)?;
        fault::point("checkpoint-state")?;

        let _ = fs::remove_dir_all(path); // exists only if a damaged one of the same step was skipped
        fs::rename(partial, path)?;
        atomic_file::sync_folder(folder)?;
        fault::point("checkpoint-renamed")?;

        atomic_file::point_to(&folder.join(LAST), &folder_name(self.state.step))?;
        if let Some(best) = &self.state.best {
            atomic_file::point_to(&folder.join(BEST), &folder_name(best.step))?;
        }
        fault::point("checkpoint-linked")
    }

    /// Removes all checkpoints except the `keep_last` newest up to this one, which must be saved, and the best.
    ///
    /// Later checkpoints, which were damaged and skipped, and incomplete ones left by a crash are removed too.
    ///
    /// # Errors
    /// If a folder cannot be removed.
    pub fn prune_others(&self, run: &RunDirectory, keep_last: usize) -> Result<(), RunError> {
        let remove = |name: String| {
            let path = run.checkpoints().join(name);
            match fs::remove_dir_all(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(RunError::Write {
                        path,
                        source: error,
                    })
                }
                _ => Ok(()),
            }
        };
        let best = self.state.best.as_ref().map(|best| best.step);
        let newest_first = Self::steps(run).into_iter().rev();
        let (later, kept): (Vec<u64>, Vec<u64>) =
            newest_first.partition(|step| *step > self.state.step);
        let old = kept.into_iter().skip(keep_last.max(1));
        for step in later.into_iter().chain(old) {
            if Some(step) != best {
                remove(folder_name(step))?;
            }
        }
        for name in names(run) {
            if name.starts_with('.') && name.ends_with(PARTIAL) {
                remove(name)?;
            }
        }
        fault::point("checkpoint-pruned").map_err(RunError::writing(run.checkpoints()))
    }

    /// Computes the SHA-256, in hexadecimal, of the file with the weights.
    #[must_use]
    pub fn model_sha256(&self) -> String {
        sha256(&safetensors::write(&self.network, &[]))
    }

    /// Returns the size of the checkpoint of a step in bytes, valid or damaged; 0 if it does not exist.
    #[must_use]
    pub fn bytes(run: &RunDirectory, step: u64) -> u64 {
        folder_bytes(&run.checkpoints().join(folder_name(step)))
    }

    /// Returns the steps that have a checkpoint, valid or damaged, in ascending order.
    #[must_use]
    pub fn steps(run: &RunDirectory) -> Vec<u64> {
        let step = |name: String| name.strip_prefix("step-")?.parse().ok();
        let mut steps: Vec<u64> = names(run).into_iter().filter_map(step).collect();
        steps.sort_unstable();
        steps
    }
}
