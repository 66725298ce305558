//! Creates the folder of a new run, or opens that of a run to resume.

use std::path::Path;

use super::init_from::{InitialWeights, initial_weights};
use super::{Prepared, Start};
use crate::backend;
use crate::callback::{Callback as _, Callbacks, Level};
use crate::engine::StartingPoint;
use crate::error::Error;
use crate::model::parameter_counts;
use mlp_core::config::{Config, to_toml};
use mlp_core::error::RunError;
use mlp_core::run::{Checkpoint, Manifest, MetricsLog, RunDirectory, Status, Which, now};
use mlp_data::{DataFile, Schema, atomic_file};

/// A run that this process has locked.
pub(super) struct Opened {
    pub run: RunDirectory,
    pub manifest: Manifest,
    pub metrics: MetricsLog,
    pub start: StartingPoint,
}

pub(super) fn open(
    prepared: &Prepared,
    start: Start,
    callbacks: &mut Callbacks,
) -> Result<Opened, Error> {
    match start {
        Start::New { run_dir, init_from } => create(
            prepared,
            run_dir.as_deref(),
            init_from.as_deref(),
            callbacks,
        ),
        Start::Resume(run) => reopen(prepared, run, callbacks),
    }
}

fn create(
    prepared: &Prepared,
    run_dir: Option<&Path>,
    init_from: Option<&Path>,
    callbacks: &mut Callbacks,
) -> Result<Opened, Error> {
    let initial = initial_weights(init_from, prepared)?; // before a folder is created
    let run = RunDirectory::create(&prepared.config.name, run_dir)?;
    let metrics = MetricsLog::open(&run.metrics())?;
    let mut manifest = new_manifest(prepared, &run);
    let start = at_step_0(&mut manifest, initial, callbacks);
    write_config(&run, &prepared.config)?;
    manifest.write(&run)?;
    Ok(Opened {
        run,
        manifest,
        metrics,
        start,
    })
}

/// Starts at step 0, and records which weights the training starts from.
fn at_step_0(
    manifest: &mut Manifest,
    initial: Option<InitialWeights>,
    callbacks: &mut Callbacks,
) -> StartingPoint {
    let Some(initial) = initial else {
        return StartingPoint::Initial;
    };
    if let Some(note) = &initial.note {
        callbacks.on_message(Level::Note, note);
    }
    manifest.init_from = Some(initial.run.path().to_owned());
    manifest.init_from_sha256 = Some(initial.sha256);
    StartingPoint::Weights(initial.network)
}

/// Nothing is written before the run is locked and known to be resumable.
fn reopen(
    prepared: &Prepared,
    run: RunDirectory,
    callbacks: &mut Callbacks,
) -> Result<Opened, Error> {
    let config = &prepared.config;
    let metrics = MetricsLog::open(&run.metrics())?;
    let mut manifest = Manifest::read(&run)?;
    let reasons = obstacles(prepared, &manifest, &run.read_config()?);
    if !reasons.is_empty() {
        return Err(RunError::ResumeRefused {
            path: run.path().to_owned(),
            reasons,
        }
        .into());
    }
    let mut last = last_whole(&run, callbacks)?;
    if let Some(checkpoint) = &mut last
        && checkpoint
            .state
            .continues_with(config.early_stopping.patience)
    {
        checkpoint.state.stopped = None;
        checkpoint.state.is_out_of_patience = false;
    }
    let initial = match &last {
        Some(_) => None,
        None => initial_weights(manifest.init_from.as_deref(), prepared)?,
    };
    if manifest.backend != config.backend {
        callbacks.on_message(Level::Note, &format!(
            "the run was begun on {} and goes on on {}: no longer bit for bit what it would have been",
            manifest.backend.name(),
            config.backend.name()
        ));
        manifest.earlier_backends.push(manifest.backend);
    }
    let step = last.as_ref().map_or(0, |last| last.state.step);
    let start = if let Some(checkpoint) = last {
        StartingPoint::Checkpoint(Box::new(checkpoint), run.checkpoints())
    } else {
        manifest.earlier_backends.clear(); // no earlier result is kept
        at_step_0(&mut manifest, initial, callbacks)
    };
    manifest.status = Status::Running;
    manifest.backend = config.backend;
    manifest.device.clone_from(&config.device);
    manifest.adapter = adapter_name(config);
    manifest.threads = backend::threads(config.training.threads);
    manifest.data = prepared.record(); // the same rows, perhaps at another path
    manifest.resumed_at_steps.push(step);
    manifest.timings = None;
    write_config(&run, config)?;
    manifest.write(&run)?;
    Ok(Opened {
        run,
        manifest,
        metrics,
        start,
    })
}

fn adapter_name(config: &Config) -> Option<String> {
    backend::adapter(config.backend, &config.device).map(|adapter| adapter.name)
}

/// Returns the reason why these rows and epochs cannot continue the run, if there is one.
fn obstacles(prepared: &Prepared, manifest: &Manifest, saved: &Config) -> Vec<String> {
    let mut reasons = Vec::new();
    let (old, new) = (&manifest.data.fingerprint, &prepared.record().fingerprint);
    if old != new {
        reasons.push(format!(
            "the training rows are not those it was trained on (SHA-256 of their content is {new}, was {old})"
        ));
    }
    let (old, new) = (&manifest.data.validation, &prepared.record().validation);
    if sha256(old.as_ref()) != sha256(new.as_ref()) {
        reasons.push(format!(
            "the validation rows are not those of the run (SHA-256 of their file is {}, was {})",
            sha256(new.as_ref()),
            sha256(old.as_ref())
        ));
    }
    let (old, new) = (saved.training.epochs, prepared.config.training.epochs);
    if new < old {
        reasons.push(format!(
            "`training.epochs` is {old} in the run and {new} now (it may only grow)"
        ));
    }
    let config = &prepared.config;
    for (key, is_equal) in [
        ("data.scale", saved.data.scale == config.data.scale),
        ("data.missing", saved.data.missing == config.data.missing),
        ("training.loss", saved.training.loss == config.training.loss),
        (
            "training.drop_last",
            saved.training.drop_last == config.training.drop_last,
        ),
        (
            "model.weight_init",
            saved.model.weight_init == config.model.weight_init,
        ),
    ] {
        if !is_equal {
            reasons.push(format!("`{key}` comes to another value than in the run"));
        }
    }
    reasons
}

/// Returns the SHA-256 of a file in words.
fn sha256(file: Option<&DataFile>) -> &str {
    let sha256 = file.and_then(|file| file.sha256.as_deref());
    sha256.unwrap_or("that of no file")
}

/// Loads the newest whole checkpoint; damaged ones are reported.
fn last_whole(
    run: &RunDirectory,
    callbacks: &mut Callbacks,
) -> Result<Option<Checkpoint>, RunError> {
    let place = run.path().display();
    let none = format!("{place} has no whole checkpoint: starting at step 0 in the same folder");
    let found = match Checkpoint::find(run, Which::Last) {
        Ok(found) => found,
        Err(RunError::NoCheckpoint { .. }) => {
            callbacks.on_message(Level::Note, &none);
            return Ok(None);
        }
        Err(RunError::Damaged { path, cause }) => {
            callbacks.on_message(Level::Note, &format!("{}: {cause}", path.display()));
            callbacks.on_message(Level::Note, &none);
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    for skipped in &found.skipped {
        callbacks.on_message(
            Level::Note,
            &format!("a damaged checkpoint was passed over: {skipped}"),
        );
    }
    let mut checkpoint = found.checkpoint;
    let step = checkpoint.state.step;
    if let Some(best) = &checkpoint.state.best
        && best.step != step
        && let Err(error) = Checkpoint::find(run, Which::Step(best.step))
    {
        callbacks.on_message(
            Level::Note,
            &format!("the best checkpoint is lost, the best from here on takes its place: {error}"),
        );
        checkpoint.state.best = None;
    }
    callbacks.on_message(Level::Note, &format!("continuing {place} at step {step}"));
    Ok(Some(checkpoint))
}

pub(super) fn write_config(run: &RunDirectory, config: &Config) -> Result<(), Error> {
    let text = to_toml(config)?;
    atomic_file::replace(&run.config(), text.as_bytes())
        .map_err(RunError::writing(run.config()))?;
    Ok(())
}

pub(super) fn new_manifest(prepared: &Prepared, run: &RunDirectory) -> Manifest {
    let config = &prepared.config;
    Manifest {
        format: Manifest::FORMAT,
        id: run.id(),
        name: config.name.clone(),
        status: Status::Running,
        created: now(),
        updated: now(),
        mlp_version: env!("CARGO_PKG_VERSION").to_owned(),
        burn_version: crate::BURN_VERSION.to_owned(),
        backend: config.backend,
        device: config.device.clone(),
        adapter: adapter_name(config),
        threads: backend::threads(config.training.threads),
        seed: config.seed,
        layer_sizes: prepared.layer_sizes.clone(),
        parameters: parameter_counts(&prepared.layer_sizes).iter().sum(),
        schema: Schema::clone(prepared.schema()),
        preprocessing: (*prepared.preprocessor).clone(),
        data: prepared.record(),
        init_from: None,
        init_from_sha256: None,
        imported_from: None,
        earlier_backends: Vec::new(),
        resumed_at_steps: Vec::new(),
        timings: None,
    }
}
