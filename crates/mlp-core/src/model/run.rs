//! Loads the model of a run folder.

use std::sync::Arc;

use mlp_data::{Labels, ReadOptions};

use super::Model;
use crate::config::Config;
use crate::error::{Error, RunError};
use crate::run::{Checkpoint, Found, Manifest, RunDirectory, Which};
use crate::task::{Loss, Task};

/// A run loaded for prediction.
#[derive(Clone, Debug)]
pub struct LoadedRun {
    /// Model of one checkpoint.
    pub model: Arc<Model>,
    /// Step of that checkpoint.
    pub step: u64,
    /// Descriptions of newer checkpoints that were damaged and skipped.
    pub skipped: Vec<String>,
    /// Manifest of the run.
    pub manifest: Manifest,
    /// Config of the run.
    pub config: Config,
}

impl LoadedRun {
    /// Loads a checkpoint of a run.
    ///
    /// # Errors
    /// If the run is damaged or has no such checkpoint.
    pub fn load(run: &RunDirectory, which: Which) -> Result<Self, Error> {
        let (manifest, config) = (Manifest::read(run)?, run.read_config()?);
        check(&manifest, &config, run)?;
        let Found {
            checkpoint,
            skipped,
        } = Checkpoint::find(run, which)?;
        if checkpoint.network.sizes() != manifest.layer_sizes {
            return Err(RunError::Damaged {
                path: run.checkpoints(),
                cause: format!(
                    "its network has layers of {:?} units, run.json says {:?}",
                    checkpoint.network.sizes(),
                    manifest.layer_sizes
                ),
            }
            .into());
        }
        let model = Model::new(
            manifest.schema.clone(),
            manifest.preprocessing.clone(),
            checkpoint.network,
            loss_of(&config, Task::of(&manifest.schema.target)),
        );
        Ok(Self {
            model: Arc::new(model),
            step: checkpoint.state.step,
            skipped,
            manifest,
            config,
        })
    }

    /// Returns the options for reading files with this model's columns and target.
    #[must_use]
    pub fn read_options(&self, labels: Labels) -> ReadOptions {
        ReadOptions::of_model(&self.config.data, Arc::clone(&self.model.schema), labels)
    }
}

/// Returns the loss that a training with this config minimises.
fn loss_of(config: &Config, task: Task) -> Loss {
    config.training.loss.unwrap_or(task.default_loss())
}

/// Checks that the layer sizes, schema and preprocessing of the manifest are consistent.
fn check(manifest: &Manifest, config: &Config, run: &RunDirectory) -> Result<(), RunError> {
    let task = Task::of(&manifest.schema.target);
    if loss_of(config, task).task() != task {
        return Err(RunError::Damaged {
            path: run.config(),
            cause: "its loss does not fit the target in run.json".to_owned(),
        });
    }
    let columns = manifest.schema.columns.len();
    let fits = match manifest.layer_sizes.as_slice() {
        [inputs, .., outputs] => {
            manifest.preprocessing.suits(&manifest.schema)
                && *inputs == manifest.preprocessing.width(columns)
                && *outputs == manifest.schema.target.outputs()
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(RunError::Damaged {
        path: run.manifest(),
        cause: "layer_sizes, schema and preprocessing do not fit together".to_owned(),
    })
}
