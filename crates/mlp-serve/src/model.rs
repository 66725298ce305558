//! A trained network with everything that requests ask of it, read once.

use std::path::PathBuf;

use axum::body::Bytes;

use super::about::About;
use super::limits::Limits;
use super::mistakes::{self, StoredMistake};
use super::openapi;
use crate::error::Error;
use mlp_core::error::Error as CoreError;
use mlp_core::model::{ImageForm, LoadedRun};
use mlp_core::run::{RunDirectory, Which};
use mlp_data::error::Error as DataErrors;

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
pub struct ServedModel {
    pub(super) trained: LoadedRun,
    /// How images become rows, or why they cannot.
    pub(super) pictures: Result<ImageForm, String>,
    pub(super) mistakes: Vec<StoredMistake>,
    /// What `GET /v1/model` says.
    pub(super) about: Bytes,
    /// What `GET /openapi.json` says.
    pub(super) openapi: Bytes,
    remarks: Vec<String>,
    pub(super) run_id: String,
}

impl ServedModel {
    /// Loads the network that a source leads to now.
    ///
    /// # Errors
    /// If there is none, or the run is damaged.
    pub fn load(source: &ModelSource, limits: &Limits) -> Result<Self, Error> {
        let run = RunDirectory::find(&source.run)?.under_its_own_name();
        let trained = LoadedRun::load(&run, source.checkpoint)?;
        let mut remarks: Vec<String> = trained
            .skipped
            .iter()
            .map(|skipped| format!("a damaged checkpoint was passed over: {skipped}"))
            .collect();
        let pictures = ImageForm::of(&run, &trained)
            .map_err(|error| format!("this network takes no images: {}", why(&error)));
        let stored = mistakes::read(&run, &trained, pictures.as_ref().ok());
        let mistakes = stored.unwrap_or_else(|error| {
            remarks.push(format!("the run's mistakes cannot be read: {error}"));
            Vec::new()
        });
        let about = About::of(&run, &trained, pictures.as_ref().ok(), mistakes.len());
        Ok(Self {
            about: serde_json::to_vec(&about).unwrap_or_default().into(), // plain strings and numbers
            openapi: openapi::describe(&trained, pictures.is_ok(), limits).into(),
            pictures,
            mistakes,
            remarks,
            run_id: run.id(),
            trained,
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
        let manifest = &self.trained.manifest;
        let sizes: Vec<String> = manifest.layer_sizes.iter().map(usize::to_string).collect();
        format!(
            "{} ({}), {} at step {}",
            manifest.name,
            self.run_id,
            sizes.join("–"),
            self.trained.step
        )
    }

    /// Class names in the order of the outputs.
    pub(super) fn classes(&self) -> &[String] {
        self.trained.model.classes()
    }

    /// Number of inputs.
    pub(super) fn features(&self) -> usize {
        self.trained.model.features()
    }
}

/// An error without the path that it is about.
fn why(error: &CoreError) -> String {
    match error {
        CoreError::Data(DataErrors::Data(error)) => error.kind.to_string(),
        other => other.to_string(),
    }
}
