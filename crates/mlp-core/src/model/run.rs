//! Loads the model of a run folder.

use std::sync::Arc;

use mlp_data::{Labels, ReadOptions};

use super::Model;
use crate::config::{Config, Threshold};
use crate::decision::{Decision, StoredDecision};
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
    /// What a user must know of how this checkpoint decides.
    pub decision_note: Option<String>,
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
        let step = checkpoint.state.step;
        let stored = StoredDecision::read(run, manifest.schema.classes())?;
        let (decision, decision_note) = decision(&manifest, &config, stored.as_ref(), step);
        let model = Model::new(
            manifest.schema.clone(),
            manifest.preprocessing.clone(),
            checkpoint.network,
            loss_of(&config, Task::of(&manifest.schema.target)),
        );
        Ok(Self {
            model: Arc::new(model.with_decision(decision)),
            step,
            decision_note,
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

/// Returns how the checkpoint of a step decides, and what a user must know of that.
fn decision(
    manifest: &Manifest,
    config: &Config,
    stored: Option<&StoredDecision>,
    step: u64,
) -> (Decision, Option<String>) {
    let classes = manifest.schema.classes();
    let positive = manifest.positive();
    if let Some(stored) = stored.filter(|stored| stored.step == step) {
        return (stored.decision(classes, positive), None);
    }
    // A number is a wish, not a measurement of a checkpoint.
    let threshold = config.decision.threshold;
    let decision = Decision::configured(positive, threshold);
    let answers = match decision.threshold {
        Some(threshold) => format!("answers uncalibrated, with the threshold {threshold}"),
        None if manifest.schema.target_scaling().is_some() => return (decision, None),
        None => "answers uncalibrated, with the most probable class".to_owned(),
    };
    let note = match stored {
        Some(stored) => Some(format!(
            "decision.json belongs to the checkpoint of step {}; that of step {step} {answers}",
            stored.step
        )),
        None => matches!(threshold, Threshold::Rule(_)).then(|| {
            format!(
                "decision.threshold = \"{threshold}\" is chosen when the training ends, and there is no decision.json: the \
                 checkpoint of step {step} {answers}"
            )
        }),
    };
    (decision, note)
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
