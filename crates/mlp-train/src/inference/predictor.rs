//! A trained network with everything needed to predict: read from a run folder and nothing else.

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device};

use crate::backend;
use crate::error::Error;
use crate::model::{Fused, Mlp, Objective};
use mlp_core::config::{BackendKind, Config, MissingPolicy};
use mlp_core::error::RunError;
use mlp_core::fault;
use mlp_core::kernels::ThreadPool;
use mlp_core::metrics::{argmax, softmax};
use mlp_core::network::Layer;
use mlp_core::run::{Checkpoint, Manifest, RunDirectory, Which};
use mlp_data::{Dataset, Labels, ReadOptions, Scaling};

/// Rows that go through the network at once.
pub const BATCH: usize = 1024;

/// What the network says of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index of the most probable class.
    pub class: u32,
    /// Probability of each class.
    pub probabilities: Vec<f64>,
    /// Logarithm of the softmax's normaliser: `ln p[c] = logit[c] − normaliser`.
    pub log_normaliser: f64,
    /// Outputs of the last layer.
    pub logits: Vec<f32>,
}

impl Prediction {
    /// From the outputs of the last layer, `[classes]`, at least one.
    #[must_use]
    pub fn of(logits: &[f32]) -> Self {
        let (probabilities, log_normaliser) = softmax(logits);
        #[allow(clippy::cast_possible_truncation)] // classes are counted in 32 bits
        let class = argmax(logits) as u32;
        Self {
            class,
            probabilities,
            log_normaliser,
            logits: logits.to_vec(),
        }
    }

    /// Probability of the predicted class.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.class as usize]
    }

    /// Cross-entropy, in nats, if the row is of this class.
    #[must_use]
    pub fn loss(&self, label: u32) -> f64 {
        self.log_normaliser - f64::from(self.logits[label as usize])
    }
}

/// A trained network.
#[derive(Debug)]
pub struct Predictor {
    model: Mlp,
    scaling: Scaling,
    /// Step of the checkpoint.
    pub step: u64,
    /// Newer checkpoints that were damaged and passed over.
    pub skipped: Vec<String>,
    /// What the run is.
    pub manifest: Manifest,
    /// How it was trained.
    pub config: Config,
}

impl Predictor {
    /// Loads a checkpoint of a run onto a backend; `None` takes the run's own, or the preferred one of
    /// this binary if that is not compiled in.
    ///
    /// # Errors
    /// If the run is damaged or has no such checkpoint, or the backend is not available.
    pub fn load(
        run: &RunDirectory,
        which: Which,
        backend: Option<BackendKind>,
    ) -> Result<Self, Error> {
        let (manifest, config) = (read_manifest(run)?, run.read_config()?);
        let kind = backend_for(&config, backend);
        let device = backend::device(kind, &config.device)?;
        Self::assemble(run, which, manifest, config, kind, &device)
    }

    /// Loads a checkpoint of a run onto a device, named as in the config.
    ///
    /// # Errors
    /// As [`Predictor::load`].
    pub fn load_on(
        run: &RunDirectory,
        which: Which,
        kind: BackendKind,
        device: &str,
    ) -> Result<Self, Error> {
        let (manifest, config) = (read_manifest(run)?, run.read_config()?);
        let device = backend::device(kind, device)?;
        Self::assemble(run, which, manifest, config, kind, &device)
    }

    fn assemble(
        run: &RunDirectory,
        which: Which,
        manifest: Manifest,
        config: Config,
        kind: BackendKind,
        device: &Device,
    ) -> Result<Self, Error> {
        let found = Checkpoint::find(run, which)?;
        let model = Mlp::new(
            &config.model,
            &manifest.layer_sizes,
            0,
            Objective::default(),
            device,
        )?;
        let mut model = load_weights(model, &found.checkpoint, run)?.valid();
        let pool = ThreadPool::new(backend::threads(config.training.threads));
        if let Some(kernels) = Fused::of(&pool, &config, kind, &manifest.layer_sizes, BATCH, false)
        {
            model = model.with_fused(kernels);
        }
        fault::point("network-loaded").map_err(RunError::writing(run.path()))?;
        Ok(Self {
            model,
            scaling: manifest.scaling.clone(),
            step: found.checkpoint.state.step,
            skipped: found.skipped,
            manifest,
            config,
        })
    }

    /// Predicts rows of raw values, as files hold them. The columns must be the network's.
    #[must_use]
    pub fn predict(&self, dataset: &Dataset, rows: &[u32]) -> Vec<Prediction> {
        let classes = self.class_names().len();
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(BATCH) {
            let logits = self.model.logits(dataset, &self.scaling, rows); // [rows, classes]
            predictions.extend(logits.chunks_exact(classes).map(Prediction::of));
        }
        predictions
    }

    /// Weights and biases of each layer, in order; they act on scaled inputs.
    #[must_use]
    pub fn layer_values(&self) -> Vec<Layer> {
        self.model.to_network().layers
    }

    /// `[features]`, what an empty cell of each becomes; `None` where it is an error.
    #[must_use]
    pub fn fill(&self) -> Option<Vec<f32>> {
        let number = match self.config.data.missing {
            MissingPolicy::Number(number) => Some(vec![number; self.manifest.feature_names.len()]),
            MissingPolicy::Named(_) => None,
        };
        self.scaling.fill.clone().or(number)
    }

    /// How files with this network's columns and classes are read.
    #[must_use]
    pub fn read_options(&self, labels: Labels) -> ReadOptions {
        let data = &self.config.data;
        ReadOptions {
            label: data.label.clone(),
            labels,
            classes: Some(self.manifest.class_names.clone()),
            columns: Some(self.manifest.feature_names.len()),
            missing: data.missing,
            scale: data.scale,
            limit: 0,
        }
    }

    /// Class names in the order of the outputs.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.manifest.class_names
    }
}

/// The backend to predict on: the one asked for, else the config's, else the preferred one of this
/// binary if that is not compiled in.
#[must_use]
pub fn backend_for(config: &Config, asked_for: Option<BackendKind>) -> BackendKind {
    let compiled = backend::compiled();
    asked_for.unwrap_or_else(|| {
        if compiled.contains(&config.backend) {
            config.backend
        } else {
            compiled[0] // never empty: checked at build time
        }
    })
}

/// The same where the weights are to be had on the CPU: another than the config's if that one is a GPU.
#[must_use]
pub fn cpu_backend_for(config: &Config) -> BackendKind {
    backend::on_cpu(backend_for(config, None))
}

/// The manifest of a run, if the parts of it that prediction relies on fit together.
fn read_manifest(run: &RunDirectory) -> Result<Manifest, RunError> {
    let manifest = Manifest::read(run)?;
    let columns = manifest.feature_names.len();
    let fits = match manifest.layer_sizes.as_slice() {
        [inputs, .., outputs] => {
            *inputs == columns
                && *outputs == manifest.class_names.len()
                && manifest.scaling.fits(columns)
        }
        _ => false,
    };
    if fits {
        return Ok(manifest);
    }
    Err(RunError::Damaged {
        path: run.manifest(),
        cause: "layer_sizes, feature_names, class_names and scaling do not fit together".to_owned(),
    })
}

/// Replaces the values of a network by those of a checkpoint.
///
/// # Errors
/// If they are not those of such a network.
pub fn load_weights(
    model: Mlp,
    checkpoint: &Checkpoint,
    run: &RunDirectory,
) -> Result<Mlp, RunError> {
    ModuleRecord::from_bytes(Bytes::from_bytes_vec(checkpoint.model.clone()))
        .and_then(|record| model.try_load_record(record))
        .map_err(|error| RunError::Damaged {
            path: run.checkpoints(),
            cause: error.to_string(),
        })
}
