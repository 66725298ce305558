//! A trained network with everything that requests ask of it, read once.

use std::path::PathBuf;

use axum::body::Bytes;

use super::about::About;
use super::limits::Limits;
use super::mistakes::{self, StoredMistake};
use super::network::Weights;
use super::openapi;
use crate::error::Error;
use mlp_core::error::Error as CoreError;
use mlp_core::run::{RunDirectory, Which};
use mlp_data::error::Error as DataErrors;
use mlp_train::error::Error as TrainError;
use mlp_train::inference::{PictureForm, Predictor, cpu_backend_for};

/// Where a network is loaded from, now and when it is loaded anew.
#[derive(Clone, Debug)]
pub struct ModelSource {
    /// A run folder, or a folder of runs: the newest of them.
    pub run: PathBuf,
    /// Which of its checkpoints.
    pub checkpoint: Which,
}

/// A trained network that is served.
#[derive(Debug)]
pub struct Model {
    pub(super) predictor: Predictor,
    pub(super) weights: Weights,
    /// How images become rows, or why they cannot.
    pub(super) pictures: Result<PictureForm, String>,
    pub(super) mistakes: Vec<StoredMistake>,
    /// What `GET /v1/model` says.
    pub(super) about: Bytes,
    /// What `GET /openapi.json` says.
    pub(super) openapi: Bytes,
    remarks: Vec<String>,
    pub(super) run_id: String,
}

impl Model {
    /// Loads the network that a source leads to now.
    ///
    /// # Errors
    /// If there is none, or the run is damaged.
    pub fn load(source: &ModelSource, limits: &Limits) -> Result<Self, Error> {
        let run = RunDirectory::find(&source.run)?.under_its_own_name();
        let config = run.read_config()?;
        let predictor = Predictor::load(&run, source.checkpoint, Some(cpu_backend_for(&config)))?;
        let mut remarks: Vec<String> = predictor
            .skipped
            .iter()
            .map(|skipped| format!("a damaged checkpoint was passed over: {skipped}"))
            .collect();
        let pictures = PictureForm::of(&run, &predictor)
            .map_err(|error| format!("this network takes no images: {}", why(&error)));
        let weights = Weights::of(&predictor);
        let stored = mistakes::read(&run, &weights, pictures.as_ref().ok());
        let mistakes = stored.unwrap_or_else(|error| {
            remarks.push(format!("the run's mistakes cannot be read: {error}"));
            Vec::new()
        });
        let about = About::of(&run, &predictor, pictures.as_ref().ok(), mistakes.len());
        Ok(Self {
            about: serde_json::to_vec(&about).unwrap_or_default().into(), // plain strings and numbers
            openapi: openapi::describe(&predictor, pictures.is_ok(), limits).into(),
            weights,
            pictures,
            mistakes,
            remarks,
            run_id: run.id(),
            predictor,
        })
    }

    /// What a user must know of how it was loaded.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// What is served, in words.
    #[must_use]
    pub fn title(&self) -> String {
        let manifest = &self.predictor.manifest;
        let sizes: Vec<String> = manifest.layer_sizes.iter().map(usize::to_string).collect();
        format!(
            "{} ({}), {} at step {}",
            manifest.name,
            self.run_id,
            sizes.join("–"),
            self.predictor.step
        )
    }

    /// Number of inputs.
    pub(super) fn features(&self) -> usize {
        self.predictor.manifest.feature_names.len()
    }
}

/// An error without the path that it is about.
fn why(error: &TrainError) -> String {
    match error {
        TrainError::Core(CoreError::Data(DataErrors::Data(error))) => error.kind.to_string(),
        other => other.to_string(),
    }
}
