//! Finds and loads checkpoints, skipping damaged ones.

use std::fs;
use std::path::PathBuf;

use super::{Checkpoint, FORMAT, MODEL, OPTIMIZER, STATE, StateFile, folder_name};
use crate::error::RunError;
use crate::run::{RunDirectory, json};
use crate::safetensors;
use mlp_data::sha256;

/// Selection of a checkpoint of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The best if the run has a validation split, else the last.
    Chosen,
    /// The best checkpoint by the validation metric that chooses it.
    Best,
    /// The newest valid checkpoint.
    Last,
    /// The checkpoint of a step.
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

/// A checkpoint loaded from the disk, and the damaged ones that were skipped.
#[derive(Clone, Debug)]
pub struct Found {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Descriptions of the newer checkpoints that were damaged and skipped.
    pub skipped: Vec<String>,
}

impl Checkpoint {
    /// Finds and loads a checkpoint. Damaged ones are skipped unless a step is requested.
    ///
    /// # Errors
    /// If there is no such checkpoint, the requested step is damaged, or the format version is not supported.
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
        let mut damaged = None;
        for step in Self::steps(run).into_iter().rev() {
            let newest = match Self::load(run, step) {
                Ok(checkpoint) => checkpoint,
                Err(error @ RunError::Damaged { .. }) => {
                    skipped.push(error.to_string());
                    damaged = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let checkpoint = match (which, newest.state.best.as_ref()) {
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
        Err(damaged.unwrap_or_else(|| Self::missing(run, which)))
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
        let network = safetensors::read(&verified(MODEL, &file.model_sha256)?)
            .map_err(damaged(folder.join(MODEL)))?;
        Ok(Self {
            network,
            optimizer: verified(OPTIMIZER, &file.optimizer_sha256)?,
            optimizer_tensors: file.optimizer_tensors,
            state: file.state,
        })
    }
}
