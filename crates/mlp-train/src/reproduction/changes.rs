//! Differences between the recorded conditions of a run and the present ones.

use serde::Serialize;

use super::Original;
use crate::error::Error;
use crate::model::layer_sizes;
use mlp_core::config::{BackendKind, Config};
use mlp_core::run::{Checkpoint, Manifest, RunDirectory, Which};
use mlp_data::{DataFile, Source, fingerprint};

/// A condition that has changed since the run was trained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Name of the condition.
    pub what: &'static str,
    /// Value recorded by the run.
    pub then: String,
    /// Present value.
    pub now: String,
    /// Effect on the result of the training.
    pub effect: Effect,
}

/// Effect of a change on the result of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The result is identical bit for bit.
    None,
    /// The result may differ.
    Possible,
    /// The result differs.
    Certain,
}

impl Original {
    /// Returns what has changed since the run was trained; `source` holds the present rows.
    ///
    /// # Errors
    /// If the run that provided the initial weights no longer exists.
    pub fn changes(&self, source: &Source) -> Result<Vec<Change>, Error> {
        let (then, config) = (&self.manifest, &self.config);
        let mut changes = Changes(Vec::new());
        changes.certain(
            "training data",
            &data(&then.data.fingerprint, &then.data.train),
            &data(&fingerprint(&source.train), &source.train_file),
        );
        let outputs = source.train.schema.target.outputs();
        let columns = source.train.columns();
        let inputs = if then.preprocessing.suits(&source.train.schema) {
            then.preprocessing.width(columns)
        } else {
            columns
        };
        let sizes = layer_sizes(inputs, &config.model.hidden, outputs);
        changes.certain("network", &units(&then.layer_sizes), &units(&sizes));
        if let Some(known) = &then.init_from_sha256 {
            changes.certain("initial weights", known, &initial_weights(then, known)?);
        }
        changes.possible("seed", &then.seed.to_string(), &config.seed.to_string());
        changes.possible("mlp", &then.mlp_version, env!("CARGO_PKG_VERSION"));
        changes.possible("Burn", &then.burn_version, crate::BURN_VERSION);
        changes.possible("backend", &backends(then), config.backend.name());
        changes.possible("device", &then.device, &config.device);
        changes.possible(
            "validation file",
            &held_out_file(then.data.validation.as_ref()),
            &held_out_file(source.validation_file.as_ref()),
        );
        changes.possible(
            "test file",
            &held_out_file(then.data.test.as_ref()),
            &held_out_file(source.test_file.as_ref()),
        );
        let threads = rayon::current_num_threads();
        changes.add(
            "threads",
            &then.threads.to_string(),
            &threads.to_string(),
            no_effect_of_threads(config),
        );
        Ok(changes.0)
    }
}

struct Changes(Vec<Change>);

impl Changes {
    fn certain(&mut self, what: &'static str, then: &str, now: &str) {
        self.add(what, then, now, Effect::Certain);
    }

    fn possible(&mut self, what: &'static str, then: &str, now: &str) {
        self.add(what, then, now, Effect::Possible);
    }

    fn add(&mut self, what: &'static str, then: &str, now: &str, effect: Effect) {
        if then != now {
            self.0.push(Change {
                what,
                then: then.to_owned(),
                now: now.to_owned(),
                effect,
            });
        }
    }
}

/// Returns the effect of another number of threads: none on a CPU.
fn no_effect_of_threads(config: &Config) -> Effect {
    match config.backend {
        BackendKind::Flex | BackendKind::Ndarray => Effect::None,
        BackendKind::Wgpu => Effect::Possible,
    }
}

fn data(fingerprint: &str, file: &DataFile) -> String {
    format!("{} rows, SHA-256 of their content {fingerprint}", file.rows)
}

fn held_out_file(file: Option<&DataFile>) -> String {
    match file {
        None => "none".to_owned(),
        Some(file) => match &file.sha256 {
            None => format!("{} rows", file.rows),
            Some(sha256) => format!("{} rows, SHA-256 {sha256}", file.rows),
        },
    }
}

fn units(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("–")
}

/// Lists the backends that trained the run, in order.
fn backends(manifest: &Manifest) -> String {
    let all = manifest.earlier_backends.iter().chain([&manifest.backend]);
    let names: Vec<&str> = all.map(|backend| backend.name()).collect();
    names.join(", then ")
}

/// Computes the SHA-256 of the present file of the initial weights.
fn initial_weights(manifest: &Manifest, known: &str) -> Result<String, Error> {
    let Some(path) = &manifest.init_from else {
        return Ok(known.to_owned());
    };
    let run = RunDirectory::find(path)?;
    Ok(Checkpoint::find(&run, Which::Chosen)?
        .checkpoint
        .model_sha256())
}
