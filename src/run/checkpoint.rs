//! Checkpoints: whole or not there at all.
//!
//! A checkpoint is a folder `step-00000123` with the weights, the optimizer's state and the position.
//! It is written beside under a hidden name, synced, and renamed; `state.json` holds the hashes of the
//! other two, so that a damaged one is known for what it is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::removal::folder_bytes;
use super::{RunDirectory, durable, fault, json};
use crate::error::RunError;
use crate::metrics::RunningMean;

const FORMAT: u32 = 1;
const MODEL: &str = "model.bpk";
const OPTIMIZER: &str = "optimizer.bpk";
const STATE: &str = "state.json";
/// Names that readers of the run folder may follow; the state of the newest checkpoint decides.
const BEST: &str = "best";
const LAST: &str = "last";

/// Everything about a training's position that is not a weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingState {
    /// Updates made.
    pub step: u64,
    /// Epoch of the next update, counted from 0.
    pub epoch: usize,
    /// Batches of that epoch already done.
    pub batch: usize,
    /// Training figures of that epoch so far.
    pub epoch_figures: RunningMean,
    /// The checkpoint with the lowest validation loss.
    pub best: Option<Best>,
    /// Best value so far of the metric that early stopping watches.
    pub stopping_best: Option<f64>,
    /// Epochs since it improved.
    pub stopping_stale: usize,
    /// Why it ended before its last epoch, if a rule of its own ended it.
    pub stopped: Option<String>,
    /// Epochs over which the learning-rate curve is stretched.
    pub schedule_epochs: f64,
    /// Lines of `metrics.jsonl`.
    pub metrics_lines: u64,
    /// Training time so far.
    pub seconds: f64,
}

/// The checkpoint with the lowest validation loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its step.
    pub step: u64,
    /// Its validation loss.
    pub loss: f64,
    /// Its validation accuracy.
    pub accuracy: f64,
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Weights, in burnpack format.
    pub model: Vec<u8>,
    /// Optimizer state of every parameter, in burnpack format.
    pub optimizer: Vec<u8>,
    /// Number of tensors in it, to be compared after loading: Burn skips what it cannot rebuild.
    pub optimizer_tensors: usize,
    /// Position.
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

/// Which checkpoint of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The best if the run has a validation split, else the last.
    Chosen,
    /// Lowest validation loss.
    Best,
    /// The newest whole one.
    Last,
    /// That of a step.
    Step(u64),
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "best" => Ok(Self::Best),
            "last" => Ok(Self::Last),
            step => step
                .parse()
                .map(Self::Step)
                .map_err(|_| "expected best, last or a step number".to_owned()),
        }
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Chosen => formatter.write_str("usable"),
            Self::Best => formatter.write_str("best"),
            Self::Last => formatter.write_str("last"),
            Self::Step(step) => write!(formatter, "step {step}"),
        }
    }
}

/// A checkpoint found on the disk, with those newer ones that had to be passed over.
#[derive(Clone, Debug)]
pub struct Found {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Damaged ones that would have been taken before it, and why not.
    pub skipped: Vec<String>,
}

fn folder_name(step: u64) -> String {
    format!("step-{step:08}")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Checkpoint {
    /// Writes the checkpoint into a run and points `last`, and `best` if it is the best, to it.
    ///
    /// # Errors
    /// If the disk refuses; earlier checkpoints are untouched.
    pub fn save(&self, run: &RunDirectory) -> Result<(), RunError> {
        let folder = run.checkpoints();
        let path = folder.join(folder_name(self.state.step));
        self.try_save(&folder, &path)
            .map_err(RunError::writing(path))
    }

    fn try_save(&self, folder: &Path, path: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let name = folder_name(self.state.step);
        let partial = folder.join(format!(".{name}.partial"));
        let _ = fs::remove_dir_all(&partial); // left by a crash, or not there
        fs::create_dir(&partial)?;

        durable::write_synced(&partial.join(MODEL), &self.model)?;
        fault::point("checkpoint-model")?;
        durable::write_synced(&partial.join(OPTIMIZER), &self.optimizer)?;
        fault::point("checkpoint-optimizer")?;
        let state = StateFile {
            format: FORMAT,
            optimizer_tensors: self.optimizer_tensors,
            model_sha256: sha256(&self.model),
            optimizer_sha256: sha256(&self.optimizer),
            state: self.state.clone(),
        };
        durable::write_synced(&partial.join(STATE), &serde_json::to_vec_pretty(&state)?)?;
        durable::sync_folder(&partial)?;
        fault::point("checkpoint-state")?;

        let _ = fs::remove_dir_all(path); // a damaged one of the same step, or not there
        fs::rename(&partial, path)?;
        durable::sync_folder(folder)?;
        fault::point("checkpoint-renamed")?;

        durable::point_to(&folder.join(LAST), &name)?;
        if let Some(best) = self.state.best {
            durable::point_to(&folder.join(BEST), &folder_name(best.step))?;
        }
        fault::point("checkpoint-linked")
    }

    /// Bytes of the checkpoint of a step, whole or damaged; 0 if there is none.
    #[must_use]
    pub fn bytes(run: &RunDirectory, step: u64) -> u64 {
        folder_bytes(&run.checkpoints().join(folder_name(step)))
    }

    /// Removes all checkpoints but the newest `keep_last` and the best one.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn prune(run: &RunDirectory, keep_last: usize, best: Option<u64>) -> Result<(), RunError> {
        let steps = Self::steps(run);
        let old = steps.len().saturating_sub(keep_last.max(1));
        for &step in &steps[..old] {
            if Some(step) != best {
                let path = run.checkpoints().join(folder_name(step));
                fs::remove_dir_all(&path).map_err(RunError::writing(path))?;
            }
        }
        fault::point("checkpoint-pruned").map_err(RunError::writing(run.checkpoints()))
    }

    /// Steps that have a checkpoint, ascending; whole or damaged.
    #[must_use]
    pub fn steps(run: &RunDirectory) -> Vec<u64> {
        let entries = fs::read_dir(run.checkpoints())
            .into_iter()
            .flatten()
            .flatten();
        let mut steps: Vec<u64> = entries
            .filter_map(|entry| {
                entry
                    .file_name()
                    .to_str()?
                    .strip_prefix("step-")?
                    .parse()
                    .ok()
            })
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Finds and loads a checkpoint; damaged ones are skipped unless one step was asked for.
    ///
    /// # Errors
    /// If there is none, the one asked for is damaged, or it is of a newer format.
    pub fn find(run: &RunDirectory, which: Which) -> Result<Found, RunError> {
        if let Which::Step(step) = which {
            if !Self::steps(run).contains(&step) {
                return Err(Self::missing(run, which));
            }
            return Ok(Found {
                checkpoint: Self::load(run, step)?,
                skipped: Vec::new(),
            });
        }
        let mut skipped = Vec::new();
        for step in Self::steps(run).into_iter().rev() {
            let newest = match Self::load(run, step) {
                Ok(checkpoint) => checkpoint,
                Err(RunError::Damaged { path, cause }) => {
                    skipped.push(format!("{}: {cause}", path.display()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let checkpoint = match (which, newest.state.best) {
                (Which::Chosen | Which::Best, Some(best)) if best.step != step => {
                    Self::load(run, best.step)?
                }
                (Which::Best, None) => return Err(Self::missing(run, which)),
                _ => newest,
            };
            return Ok(Found {
                checkpoint,
                skipped,
            });
        }
        match skipped.pop() {
            None => Err(Self::missing(run, which)),
            Some(cause) => Err(RunError::Damaged {
                path: run.checkpoints(),
                cause,
            }),
        }
    }

    fn missing(run: &RunDirectory, wanted: Which) -> RunError {
        RunError::NoCheckpoint {
            path: run.path().to_owned(),
            wanted: wanted.to_string(),
        }
    }

    fn load(run: &RunDirectory, step: u64) -> Result<Self, RunError> {
        let folder = run.checkpoints().join(folder_name(step));
        let damaged = |path: PathBuf| move |cause: String| RunError::Damaged { path, cause };
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|error| damaged(path)(error.to_string()))
        };
        let file: StateFile = json::read(&folder.join(STATE), FORMAT)?;
        let verified = |name: &str, hash: &str| {
            let bytes = read(name)?;
            if sha256(&bytes) == hash {
                Ok(bytes)
            } else {
                Err(damaged(folder.join(name))(
                    "its content is not what was written (SHA-256 differs)".to_owned(),
                ))
            }
        };
        Ok(Self {
            model: verified(MODEL, &file.model_sha256)?,
            optimizer: verified(OPTIMIZER, &file.optimizer_sha256)?,
            optimizer_tensors: file.optimizer_tensors,
            state: file.state,
        })
    }
}
