//! Runs made of weights that were trained elsewhere.

use std::path::Path;

use super::finish::score_all;
use super::open::{new_manifest, write_config};
use super::{Prepared, optimizer};
use crate::engine::pack;
use crate::error::{Error, TrainingError};
use mlp_core::evaluation::Evaluation;
use mlp_core::network::{Layer, Network};
use mlp_core::run::{Checkpoint, ImportedWeights, MetricsLog, RunDirectory, Status, TrainingState};

/// Writes a finished run with these weights, as if its training had ended at step 0, and evaluates all splits.
///
/// `layers` must have the shapes of `prepared.layer_sizes`.
///
/// # Errors
/// If the backend is not available, or the run cannot be written.
pub fn import_weights(
    prepared: &Prepared,
    layers: Vec<Layer>,
    from: ImportedWeights,
    run_dir: Option<&Path>,
) -> Result<(RunDirectory, Evaluation), Error> {
    let state = TrainingState {
        stopped: Some(format!(
            "its weights were imported from {}",
            from.path.display()
        )),
        ..TrainingState::default()
    };
    let checkpoint = checkpoint(prepared, layers, state)?;
    let run = RunDirectory::create(&prepared.config.name, run_dir)?;
    let _lock = MetricsLog::open(&run.metrics())?;
    let mut manifest = new_manifest(prepared, &run);
    manifest.imported_from = Some(from);
    write_config(&run, &prepared.config)?;
    manifest.write(&run)?;
    let outcome = checkpoint
        .save(&run)
        .map_err(Error::from)
        .and_then(|()| score_all(prepared, &run))
        .and_then(|evaluation| {
            evaluation.write(&run)?;
            Ok(evaluation)
        });
    manifest.status = if outcome.is_ok() {
        Status::Finished
    } else {
        Status::Failed
    };
    let written = manifest.write(&run);
    let evaluation = outcome?; // of two errors, the first is the cause
    written?;
    Ok((run, evaluation))
}

/// Returns a checkpoint of the weights and an optimizer that has made no step.
fn checkpoint(
    prepared: &Prepared,
    layers: Vec<Layer>,
    state: TrainingState,
) -> Result<Checkpoint, Error> {
    let network = Network {
        layers,
        activation: prepared.config.model.activation,
    };
    let optimizer = optimizer(&prepared.config.optimizer, None).to_record();
    let checkpoint = pack(network, optimizer, state);
    checkpoint.map_err(|error| TrainingError::Engine(error.to_string()).into())
}
